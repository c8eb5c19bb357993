"""Small hand-made ONNX models and their manifests, without training."""

import hashlib
from pathlib import Path
from typing import Any

import numpy
from onnx import TensorProto, checker, helper, numpy_helper

from udfs.core.features.features import FeatureSet


def linear(weights: list[float], *, bias: float = 0.0, scale: float = 1.0) -> bytes:
    """p = scale * sigmoid(x·w + b), answered as [1 - p, p]."""
    constants = [
        numpy_helper.from_array(numpy.array([[weight] for weight in weights], numpy.float32), "w"),
        numpy_helper.from_array(numpy.array([bias], numpy.float32), "b"),
        numpy_helper.from_array(numpy.array([scale], numpy.float32), "s"),
        numpy_helper.from_array(numpy.array([1.0], numpy.float32), "one"),
    ]
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["xw"]),
        helper.make_node("Add", ["xw", "b"], ["z"]),
        helper.make_node("Sigmoid", ["z"], ["sigmoid"]),
        helper.make_node("Mul", ["sigmoid", "s"], ["p"]),
        helper.make_node("Sub", ["one", "p"], ["q"]),
        helper.make_node("Concat", ["q", "p"], ["probabilities"], axis=1),
    ]
    return _written(nodes, constants, columns=len(weights), answers=2)


def slow(columns: int, *, rounds: int = 60, size: int = 600) -> bytes:
    """As `linear`, but it multiplies large matrices before it answers."""
    constants = [
        numpy_helper.from_array(numpy.full((size, size), 1.0 / size, numpy.float32), "big0"),
        numpy_helper.from_array(numpy.array([[0.0]] * columns, numpy.float32), "w"),
        numpy_helper.from_array(numpy.array([[0.5, 0.5]], numpy.float32), "half"),
        numpy_helper.from_array(numpy.array([0.0], numpy.float32), "zero"),
    ]
    nodes = [helper.make_node("MatMul", ["x", "w"], ["xw"]), helper.make_node("Add", ["big0", "xw"], ["big1"])]  # depends on x: not folded away
    nodes += [helper.make_node("MatMul", [f"big{n}", f"big{n}"], [f"big{n + 1}"]) for n in range(1, rounds)]
    nodes += [
        helper.make_node("ReduceMean", [f"big{rounds}"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["half", "nothing"], ["probabilities"]),
    ]
    return _written(nodes, constants, columns=columns, answers=2)


def hanging(columns: int) -> bytes:
    """A model that answers at once if the first input is at most 2, and hangs otherwise."""
    flag, whole = TensorProto.BOOL, TensorProto.INT64
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["go_on"]), helper.make_node("Identity", ["before"], ["after"])],
        "body",
        [
            helper.make_tensor_value_info("round", whole, []),
            helper.make_tensor_value_info("go", flag, []),
            helper.make_tensor_value_info("before", TensorProto.FLOAT, [1, 2]),
        ],
        [helper.make_tensor_value_info("go_on", flag, []), helper.make_tensor_value_info("after", TensorProto.FLOAT, [1, 2])],
    )
    constants = [
        numpy_helper.from_array(numpy.array([0], numpy.int64), "first"),
        numpy_helper.from_array(numpy.array(2.0, numpy.float32), "two"),
        numpy_helper.from_array(numpy.array(1e12, numpy.float32), "many"),
        numpy_helper.from_array(numpy.array(True), "true"),
        numpy_helper.from_array(numpy.array([[0.5, 0.5]], numpy.float32), "half"),
    ]
    nodes = [
        helper.make_node("Gather", ["x", "first"], ["column"], axis=1),
        helper.make_node("ReduceMax", ["column"], ["most"], keepdims=0),
        helper.make_node("Sub", ["most", "two"], ["more"]),
        helper.make_node("Mul", ["more", "many"], ["rounds"]),
        helper.make_node("Cast", ["rounds"], ["count"], to=whole),
        helper.make_node("Loop", ["count", "true", "half"], ["probabilities"], body=body),
    ]
    return _written(nodes, constants, columns=columns, answers=2)


def elsewhere(folder: Path, columns: int) -> bytes:
    """A model with its weights in another file, `weights.bin` in that folder, which the hash does not cover."""
    weights = numpy.zeros((columns, 2), numpy.float32)
    (folder / "weights.bin").write_bytes(weights.tobytes())
    outside = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=weights.shape, data_location=TensorProto.EXTERNAL)
    for key, value in (("location", "weights.bin"), ("length", str(weights.nbytes))):
        entry = outside.external_data.add()
        entry.key, entry.value = key, value
    return _written([helper.make_node("MatMul", ["x", "w"], ["probabilities"])], [outside], columns=columns, answers=2, check=False)


def _written(nodes: list[Any], constants: list[Any], *, columns: int, answers: int, check: bool = True) -> bytes:
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, columns])]
    outputs = [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, answers])]
    graph = helper.make_graph(nodes, "made-by-hand", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    if check:
        checker.check_model(model)
    return bytes(model.SerializeToString())


def manifest(folder: Path, data: bytes, *, features: FeatureSet, inputs: list[str], name: str = "propensity", **changes: Any) -> dict[str, Any]:
    """The manifest of a file that it writes into a content-addressed folder."""
    digest = hashlib.sha256(data).hexdigest()
    path = folder / f"{digest}.onnx"
    path.write_bytes(data)
    return {
        "model": name,
        "version": digest[:12],
        "uri": path.as_uri(),
        "sha256": digest,
        "bytes": len(data),
        "task": "binary",
        "classes": ["no", "yes"],
        "inputs": [{"feature": each, "definition": features.features[each].definition} for each in inputs],
        "input": "x",
        "output": "probabilities",
        "feature_version": features.version,
        **changes,
    }
