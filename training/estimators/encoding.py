"""The inputs of models that need complete numbers of one scale (logistic regression, a neural network), in numpy and in ONNX alike.

Each number becomes two columns, its value and its signed logarithm, both standardised and clipped, and unknown counts as the mean. A number
that is unknown in some training rows has a third column that says so. A text becomes one column for each of its values; one that is unknown
or new has none. Both versions compute in float32, in the same order, so they agree to the last digit or nearly so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import helper, numpy_helper

from training.inputs import Floats
from udfs.core.features.model_inputs import Input, columns

CLIP = np.float32(8.0)
"""Standard deviations. What lies further out counts as this far."""
MAX = np.float32(1e30)
"""A value beyond this counts as this: the square of what is larger is no float32."""


@dataclass(frozen=True)
class Encoding:
    """Columns and their scales, as learned from the training rows."""

    numbers: npt.NDArray[np.int64]
    """Which inputs are numbers."""
    means: Floats
    scales: Floats
    """One over the standard deviation; of the values first, then of the logarithms."""
    gaps: npt.NDArray[np.int64]
    """Which inputs may be unknown."""
    texts: npt.NDArray[np.int64]
    """For each column of a text: its input."""
    codes: Floats
    """For each column of a text: the number that stands for the value."""

    @property
    def width(self) -> int:
        """How many columns there are."""
        return 2 * len(self.numbers) + len(self.gaps) + len(self.texts)

    def encode(self, x: Floats) -> Floats:
        """The columns of these rows."""
        with np.errstate(over="ignore", invalid="ignore"):
            raw = np.clip(x[:, self.numbers], -MAX, MAX)
            both = np.concatenate([raw, np.sign(raw) * np.log(np.abs(raw) + np.float32(1))], axis=1)
            scaled = np.clip((both - self.means) * self.scales, -CLIP, CLIP)
        filled = np.where(np.isnan(scaled), np.float32(0), scaled)
        missing = np.isnan(x[:, self.gaps]).astype(np.float32)
        texts = (x[:, self.texts] == self.codes).astype(np.float32)
        return np.concatenate([filled, missing, texts], axis=1)

    def nodes(self, source: str, target: str) -> tuple[list[Any], list[Any]]:
        """The same as ONNX: nodes from `source` to `target`, and their constants."""
        constants = {
            "numbers": self.numbers,
            "means": self.means,
            "scales": self.scales,
            "gaps": self.gaps,
            "texts": self.texts,
            "codes": self.codes,
            "clip_low": -CLIP,
            "clip_high": CLIP,
            "low": -MAX,
            "high": MAX,
            "one": np.float32(1),
            "zero": np.float32(0),
        }
        nodes = [
            helper.make_node("Gather", [source, "numbers"], ["picked"], axis=1),
            helper.make_node("Clip", ["picked", "low", "high"], ["raw"]),
            helper.make_node("Sign", ["raw"], ["sign"]),
            helper.make_node("Abs", ["raw"], ["size"]),
            helper.make_node("Add", ["size", "one"], ["more"]),
            helper.make_node("Log", ["more"], ["log"]),
            helper.make_node("Mul", ["sign", "log"], ["logarithm"]),
            helper.make_node("Concat", ["raw", "logarithm"], ["both"], axis=1),
            helper.make_node("Sub", ["both", "means"], ["centred"]),
            helper.make_node("Mul", ["centred", "scales"], ["spread"]),
            helper.make_node("Clip", ["spread", "clip_low", "clip_high"], ["scaled"]),
            helper.make_node("IsNaN", ["both"], ["unknown"]),
            helper.make_node("Where", ["unknown", "zero", "scaled"], ["filled"]),
            helper.make_node("Gather", [source, "gaps"], ["gappy"], axis=1),
            helper.make_node("IsNaN", ["gappy"], ["gap"]),
            helper.make_node("Cast", ["gap"], ["missing"], to=1),
            helper.make_node("Gather", [source, "texts"], ["told"], axis=1),
            helper.make_node("Equal", ["told", "codes"], ["same"]),
            helper.make_node("Cast", ["same"], ["is"], to=1),
            helper.make_node("Concat", ["filled", "missing", "is"], [target], axis=1),
        ]
        return nodes, [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]


def learned(x: Floats, inputs: Sequence[Input]) -> Encoding:
    """The encoding for these training rows."""
    found = [(place.start, each.values) for place, each in zip(columns(inputs).values(), inputs, strict=True) if not each.steps]
    numbers = np.array([n for n, values in found if values is None], dtype=np.int64)
    pairs = [(n, code) for n, values in found if values is not None for code in sorted(values.values())]
    raw = np.clip(x[:, numbers], -MAX, MAX)
    both = np.concatenate([raw, np.sign(raw) * np.log(np.abs(raw) + np.float32(1))], axis=1).astype(np.float64)
    known = ~np.isnan(both)
    count = np.maximum(known.sum(axis=0), 1)
    means = np.where(known, both, 0).sum(axis=0) / count
    spread = np.sqrt(np.where(known, (both - means) ** 2, 0).sum(axis=0) / count)
    scales = np.where(spread > 0, 1 / np.maximum(spread, 1e-30), 0)
    return Encoding(
        numbers=numbers,
        means=means.astype(np.float32),
        scales=np.minimum(scales, 1e30).astype(np.float32),
        gaps=np.array([n for n in numbers if np.isnan(x[:, n]).any()], dtype=np.int64),
        texts=np.array([n for n, _ in pairs], dtype=np.int64),
        codes=np.array([code for _, code in pairs], dtype=np.float32),
    )
