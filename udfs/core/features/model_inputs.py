"""What a model reads: a feature vector as numbers in a fixed order. One function, for training and for the job: they cannot differ."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_FLOAT32 = 3.4028234e38
"""Of a float32, which is what models compute with."""
PLAIN = frozenset({int, float})


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a model: a feature, and the hash of the definition it was trained on (`Feature.definition`).

    `values`: text -> the number that stands for it, for a feature whose values are texts; None for numbers and truth values.
    """

    feature: str
    definition: str
    values: Mapping[str, int] | None = None


def encode(inputs: Sequence[Input], vector: Mapping[str, Any]) -> list[float]:
    """The numbers of a vector in the order of `inputs`. What is unknown, missing, or of another kind than in training is NaN."""
    get: Callable[[str], Any] = vector.get
    return [
        value
        if type(value := get(each.feature)) in PLAIN
        and each.values is None
        and -MAX_FLOAT32 <= value <= MAX_FLOAT32  # the usual case, without a call
        else _number(value, each.values)
        for each in inputs
    ]


def _number(value: Any, values: Mapping[str, int] | None) -> float:
    if values is not None:
        return float(values.get(value, math.nan)) if isinstance(value, str) else math.nan
    if isinstance(value, (int, float)) and -MAX_FLOAT32 <= value <= MAX_FLOAT32:
        return float(value)
    return math.nan
