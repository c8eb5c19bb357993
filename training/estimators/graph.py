"""An ONNX model from nodes: `input`, rows of float32, to `probabilities`, two float32 a row, or to another output."""

from collections.abc import Sequence
from typing import Any

from onnx import TensorProto, checker, helper

from training.export import INPUT, OPSET, OUTPUT

IR = 9
"""The version of the file format that belongs to these operators."""


def model(nodes: Sequence[Any], constants: Sequence[Any], *, width: int, output: str = OUTPUT, numbers: int = 2) -> bytes:
    """The bytes of a model that has been checked."""
    graph = helper.make_graph(
        list(nodes),
        "model",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [None, width])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, [None, numbers])],
        list(constants),
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid(domain, OPSET[domain]) for domain in sorted(OPSET)], ir_version=IR)
    checker.check_model(made)
    content: bytes = made.SerializeToString(deterministic=True)
    return content
