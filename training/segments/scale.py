"""One scale for all inputs, in numpy and in ONNX alike: the signed logarithm, standardised and clipped; unknown counts as the mean.

Money and counts have long tails: without the logarithm a few customers would be a segment each. All of it is computed in double precision,
so both versions find the same nearest point.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, helper, numpy_helper

from training.inputs import Floats
from udfs.core.decision.membership import CLIP, MAX

Points = npt.NDArray[np.float64]
"""A row for each customer, a column for each input."""


@dataclass(frozen=True)
class Scale:
    """Means and standard deviations of the logarithms, as learned from all customers."""

    means: Points
    spreads: Points

    def scaled(self, x: Floats) -> Points:
        """The same customers on one scale."""
        wide = np.clip(x.astype(np.float64), -MAX, MAX)
        found = np.clip((np.sign(wide) * np.log(np.abs(wide) + 1.0) - self.means) / self.spreads, -CLIP, CLIP)
        return np.where(np.isnan(found), 0.0, found)

    def nodes(self, source: str, target: str) -> tuple[list[Any], list[Any]]:
        """The same as ONNX: nodes from `source`, float32, to `target`, double; and their constants."""
        constants = {
            "scale_means": self.means,
            "scale_spreads": self.spreads,
            "scale_low": np.float64(-CLIP),
            "scale_high": np.float64(CLIP),
            "least": np.float64(-MAX),
            "most": np.float64(MAX),
            "one": np.float64(1),
            "zero": np.float64(0),
        }
        nodes = [
            helper.make_node("Cast", [source], ["double"], to=TensorProto.DOUBLE),
            helper.make_node("Clip", ["double", "least", "most"], ["wide"]),
            helper.make_node("Sign", ["wide"], ["sign"]),
            helper.make_node("Abs", ["wide"], ["size"]),
            helper.make_node("Add", ["size", "one"], ["more"]),
            helper.make_node("Log", ["more"], ["log"]),
            helper.make_node("Mul", ["sign", "log"], ["logarithm"]),
            helper.make_node("Sub", ["logarithm", "scale_means"], ["centred"]),
            helper.make_node("Div", ["centred", "scale_spreads"], ["spread"]),
            helper.make_node("Clip", ["spread", "scale_low", "scale_high"], ["clipped"]),
            helper.make_node("IsNaN", ["double"], ["unknown"]),
            helper.make_node("Where", ["unknown", "zero", "clipped"], [target]),
        ]
        return nodes, [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]


def learned(x: Floats) -> Scale:
    """The scale of these customers."""
    wide = np.clip(x.astype(np.float64), -MAX, MAX)
    logarithms = np.sign(wide) * np.log(np.abs(wide) + 1.0)
    known = ~np.isnan(logarithms)
    count = np.maximum(known.sum(axis=0), 1)
    means = np.where(known, logarithms, 0).sum(axis=0) / count
    spreads = np.sqrt(np.where(known, (logarithms - means) ** 2, 0).sum(axis=0) / count)
    return Scale(means, np.where(spreads > 0, spreads, 1.0))


def model_of(scale: Scale, nodes: Sequence[Any], constants: Sequence[Any], *, width: int, classes: int) -> bytes:
    """The bytes of a model from `input` to `probabilities`, one float32 a segment. `nodes` go from `scaled` to `answer`, both double."""
    from onnx import checker

    from training.estimators.graph import IR
    from training.export import INPUT, OPSET, OUTPUT

    before, scales = scale.nodes(INPUT, "scaled")
    last = helper.make_node("Cast", ["answer"], [OUTPUT], to=TensorProto.FLOAT)
    graph = helper.make_graph(
        [*before, *nodes, last],
        "segments",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [None, width])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [None, classes])],
        [*scales, *constants],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET[""])], ir_version=IR)
    checker.check_model(made)
    content: bytes = made.SerializeToString(deterministic=True)
    return content
