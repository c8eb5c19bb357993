"""Rankers for tests, as ONNX made by hand: they order by one feature, or do what no ranker should."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

from udfs.recommend.features import FACTS, FEATURES
from udfs.recommend.ranker import INPUT, OUTPUT


def by(feature: str, sign: float = 1.0, *, width: int = len(FEATURES), output: str = OUTPUT) -> bytes:
    """The sigmoid of a feature, which counts as 0 where it is unknown."""
    constants = {"at": np.array([FEATURES.index(feature)], np.int64), "sign": np.float32(sign), "zero": np.float32(0)}
    nodes = [
        helper.make_node("Gather", [INPUT, "at"], ["column"], axis=1),
        helper.make_node("IsNaN", ["column"], ["unknown"]),
        helper.make_node("Where", ["unknown", "zero", "column"], ["known"]),
        helper.make_node("Mul", ["known", "sign"], ["signed"]),
        helper.make_node("Sigmoid", ["signed"], [output]),
    ]
    return _model(nodes, constants, width=width, output=output)


def always(value: float) -> bytes:
    """The same for every row, whatever it is."""
    nodes = [
        helper.make_node("Gather", [INPUT, "at"], ["column"], axis=1),
        helper.make_node("IsNaN", ["column"], ["unknown"]),
        helper.make_node("Where", ["unknown", "value", "value"], ["some"]),
        helper.make_node("Identity", ["some"], [OUTPUT]),
    ]
    return _model(nodes, {"at": np.array([0], np.int64), "value": np.float32(value)})


def beyond(limit: float) -> bytes:
    """Answers with NaN where a sum is above `limit`."""
    nodes = [
        helper.make_node("Gather", [INPUT, "at"], ["column"], axis=1),
        helper.make_node("Greater", ["column", "limit"], ["above"]),
        helper.make_node("Where", ["above", "none", "half"], [OUTPUT]),
    ]
    constants = {"at": np.array([0], np.int64), "limit": np.float32(limit), "none": np.float32(np.nan), "half": np.float32(0.5)}
    return _model(nodes, constants)


def hanging(limit: float) -> bytes:
    """Answers at once while no sum is above `limit`, and hangs otherwise."""
    flag, whole, number = TensorProto.BOOL, TensorProto.INT64, TensorProto.FLOAT
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["go_on"]), helper.make_node("Identity", ["before"], ["after"])],
        "body",
        [
            helper.make_tensor_value_info("round", whole, []),
            helper.make_tensor_value_info("go", flag, []),
            helper.make_tensor_value_info("before", number, [None, 1]),
        ],
        [helper.make_tensor_value_info("go_on", flag, []), helper.make_tensor_value_info("after", number, [None, 1])],
    )
    nodes = [
        helper.make_node("Gather", [INPUT, "at"], ["column"], axis=1),
        helper.make_node("IsNaN", ["column"], ["unknown"]),
        helper.make_node("Where", ["unknown", "zero", "column"], ["known"]),
        helper.make_node("ReduceMax", ["known"], ["most"], keepdims=0),
        helper.make_node("Greater", ["most", "limit"], ["above"]),
        helper.make_node("Where", ["above", "many", "none"], ["count"]),
        helper.make_node("Sigmoid", ["known"], ["answer"]),
        helper.make_node("Loop", ["count", "true", "answer"], [OUTPUT], body=body),
    ]
    constants = {
        "at": np.array([0], np.int64),
        "zero": np.float32(0),
        "limit": np.float32(limit),
        "many": np.int64(10**12),
        "none": np.int64(0),
        "true": np.array(True),
    }
    return _model(nodes, constants)


def facts(items: Sequence[str], **told: dict[str, float]) -> dict[str, Any]:
    """What a file tells of its items: `item_people={"tent": 3}`; 0 for the others."""
    return {name: np.array([told.get(name, {}).get(item, 0) for item in items]) for name in FACTS}


def _model(nodes: list[Any], constants: dict[str, Any], *, width: int = len(FEATURES), output: str = OUTPUT) -> bytes:
    graph = helper.make_graph(
        nodes,
        "ranker",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [None, width])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, [None, 1])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    checker.check_model(made)
    content: bytes = made.SerializeToString()
    return content
