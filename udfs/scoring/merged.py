"""Several models that read the same row, as one graph: onnxruntime is entered once for all of them.

A call costs onnxruntime about as much as a small model itself, so eight small models in one graph take two thirds of the time of eight calls. The
nodes of the models stand side by side and share nothing but the input. That their answers are the same to the last bit is checked before the graph is
used. It needs the package `onnx`, which the extra `job` has.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from udfs.core.features.models import Model
from udfs.scoring.session import Session

INPUT = "row"
MAX_BYTES = 16 * 1024 * 1024
"""Of all files together: beyond that, the nodes take the time, and not the calls."""

GROWN = frozenset({("ai.onnx.ml", "TreeEnsembleClassifier"), ("ai.onnx.ml", "TreeEnsembleRegressor")})
"""Operators whose later versions can do more, and do everything as before."""


class NotMerged(Exception):
    """These models cannot be one graph, and why. Each is asked alone."""


def merged(models: Sequence[Model], files: Sequence[bytes]) -> tuple[bytes, list[str]]:
    """One graph of several models, and the names of their outputs in it. Raises NotMerged; a file that is no model raises an error of `onnx`."""
    if sum(map(len, files)) > MAX_BYTES:
        problem = f"their files have more than {MAX_BYTES // 1024**2} MB together"
        raise NotMerged(problem)
    try:
        import onnx
        from onnx import compose
    except ModuleNotFoundError as missing:
        problem = "the package onnx is not installed: pip install onnx"
        raise NotMerged(problem) from missing
    everything = [compose.add_prefix(onnx.load_from_string(file), f"m{number}_") for number, file in enumerate(files)]
    opsets: dict[str, int] = {}
    for read in everything:
        for each in read.opset_import:
            opsets[each.domain] = max(each.version, opsets.get(each.domain, 0))
    graph = onnx.GraphProto(name="merged")
    graph.input.append(onnx.helper.make_tensor_value_info(INPUT, onnx.TensorProto.FLOAT, [None, models[0].row.width]))
    outputs = []
    for number, (model, read) in enumerate(zip(models, everything, strict=True)):
        _require_plain(model, read)
        _require_same_operators(model, read, opsets)
        _rename(read.graph, f"m{number}_{model.input_name}")
        graph.node.extend(read.graph.node)
        graph.initializer.extend(read.graph.initializer)
        outputs.append(f"m{number}_{model.output_name}")
        graph.output.extend(each for each in read.graph.output if each.name == outputs[-1])
    version = max(each.ir_version for each in everything)
    whole = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid(*each) for each in opsets.items()], ir_version=version)
    return whole.SerializeToString(deterministic=True), outputs


def _require_plain(model: Model, read: Any) -> None:
    """Nothing in the file that this way to merge does not know."""
    graph = read.graph
    if read.functions or graph.sparse_initializer or len(graph.input) != 1:
        problem = f"{model.label} has functions, sparse weights or several inputs"
        raise NotMerged(problem)


def _require_same_operators(model: Model, read: Any, opsets: Mapping[str, int]) -> None:
    """Every operator of the file must be the same one in the versions of all operators that the graph has."""
    from onnx import defs

    own = {each.domain: each.version for each in read.opset_import}
    for node in _nodes(read.graph):
        was, now = own.get(node.domain, 1), opsets.get(node.domain, 1)
        if was == now or (node.domain, node.op_type) in GROWN:
            continue
        since = {defs.get_schema(node.op_type, version, node.domain).since_version for version in (was, now)}
        if len(since) > 1:
            problem = f"{model.label} has the operator {node.op_type} of {node.domain or 'ai.onnx'} {was}, which is another one in {now}"
            raise NotMerged(problem)


def _nodes(graph: Any) -> Iterator[Any]:
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for body in (attribute.g, *attribute.graphs):
                yield from _nodes(body)


def _rename(graph: Any, name: str) -> None:
    """Read the common row in the place of a model's own input, also in the bodies of loops and branches."""
    for node in graph.node:
        for place, each in enumerate(node.input):
            if each == name:
                node.input[place] = INPUT
        for attribute in node.attribute:
            for body in (attribute.g, *attribute.graphs):
                _rename(body, name)


class MergedSession(Session):
    """The same as `Session`, with the answers of several models."""

    def __init__(self, models: Sequence[Model], files: Sequence[bytes], alone: Sequence[Session], *, deadline: float) -> None:
        """`alone`: their sessions, with whose answers it must agree. Raises NotMerged and ModelRefused."""
        self._models, self._alone = models, alone
        data, self._names = merged(models, files)
        super().__init__(models[0], data, deadline=deadline)

    def answers(self, row: Sequence[float]) -> list[list[float]]:
        """All numbers of each model for one row. Raises Stopped if it was cancelled, and onnxruntime's errors."""
        self.run(row)
        return [each.tolist() for each in self._found]

    def _check_shape(self) -> None:
        """Each was checked alone."""

    def _bind(self, shared: Any) -> None:
        self._row = self._numpy.zeros((1, self._models[0].row.width), self._numpy.float32)
        first = self._session.run(self._names, {INPUT: self._row}, self._options)
        self._binding: Any = self._session.io_binding()
        self._binding.bind_ortvalue_input(INPUT, shared(self._row))
        self._found = []
        for name, each in zip(self._names, first, strict=True):
            answer = self._numpy.zeros_like(each)
            self._binding.bind_ortvalue_output(name, shared(answer))
            self._found.append(answer.ravel())

    def _warm_up(self, deadline: float) -> None:
        """Some rows, of small numbers and of what is unknown: each answer must be the one of the model alone."""
        width = self._models[0].row.width
        rows = [*self._trials(), [math.nan] * width, *([math.sin(place * turn) for place in range(width)] for turn in range(1, 9))]
        for row in rows:
            for model, ours, theirs in zip(self._models, self.answers(row), [each.apart(row) for each in self._alone], strict=True):
                if self._numpy.array(ours).tobytes() != self._numpy.array(theirs).tobytes():
                    problem = f"{model.label} answers {row[:4]} with {theirs[:4]} alone, and with {ours[:4]} in one graph"
                    raise NotMerged(problem)
