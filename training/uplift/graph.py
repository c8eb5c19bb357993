"""Uplift models as ONNX: graphs of trees by skl2onnx, put together by hand. From `input`, rows of float32, to `uplift`, one float32 an arm."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, checker, compose, helper, numpy_helper

from training.estimators.graph import IR
from training.export import INPUT, OPSET, export

UPLIFT = "uplift"


def trees(model: Any, *, width: int, prefix: str) -> tuple[Any, str]:
    """The graph of a classifier or regressor of scikit-learn, with names of its own, and the output that holds its answer."""

    found = compose.add_prefix(onnx.load_from_string(export(model, width=width)), prefix)
    names = [each.name for each in found.graph.output]
    return found.graph, next((name for name in names if name.endswith("probabilities")), names[-1])


def built(graphs: Sequence[Any], nodes: Sequence[Any], constants: dict[str, Any], *, width: int, arms: int) -> bytes:
    """One model of these graphs and nodes, checked. Nodes come in the order in which they run: those of `nodes` that feed graphs are found."""
    every = _in_order([*nodes, *(node for graph in graphs for node in graph.node)], {INPUT, *constants, *_names(graphs)})
    graph = helper.make_graph(
        every,
        "uplift",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [None, width])],
        [helper.make_tensor_value_info(UPLIFT, TensorProto.FLOAT, [None, arms])],
        [*(each for graph in graphs for each in graph.initializer), *(numpy_helper.from_array(np.asarray(v), n) for n, v in constants.items())],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid(domain, OPSET[domain]) for domain in sorted(OPSET)], ir_version=IR)
    checker.check_model(made)
    content: bytes = made.SerializeToString(deterministic=True)
    return content


def _names(graphs: Sequence[Any]) -> set[str]:
    return {each.name for graph in graphs for each in graph.initializer}


def _in_order(nodes: Sequence[Any], known: set[str]) -> list[Any]:
    """Each node after those whose answers it reads."""
    waiting, found = list(nodes), []
    while waiting:
        ready = [node for node in waiting if all(name in known or not name for name in node.input)]
        if not ready:
            message = f"a graph reads what nothing answers: {[list(node.input) for node in waiting]}"
            raise ValueError(message)
        found += ready
        known = known | {name for node in ready for name in node.output}
        waiting = [node for node in waiting if node not in ready]
    return found
