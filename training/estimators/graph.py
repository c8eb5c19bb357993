"""An ONNX model from nodes: `input`, rows of float32, to `probabilities`, two float32 a row, or to another output."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

from training.export import INPUT, OPSET, OUTPUT

ONE, HALF = "one", "half"
IR = 9
"""The version of the file format that belongs to these operators."""


def mean_of(answers: Sequence[str], *, known: Collection[str] = ()) -> tuple[list[Any], list[Any]]:
    """Nodes from one probability, or two, to both columns of their mean; and their constants, without those that are `known`."""
    nodes, constants, reached = [], {ONE: np.float32(1)}, answers[0]
    if len(answers) == 2:
        constants[HALF] = np.float32(0.5)
        nodes = [helper.make_node("Add", list(answers), ["both_answers"]), helper.make_node("Mul", ["both_answers", HALF], ["reached"])]
        reached = "reached"
    nodes += [helper.make_node("Sub", [ONE, reached], ["missed"]), helper.make_node("Concat", ["missed", reached], [OUTPUT], axis=1)]
    return nodes, [numpy_helper.from_array(value, name) for name, value in constants.items() if name not in known]


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
