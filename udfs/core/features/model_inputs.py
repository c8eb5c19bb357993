"""What a model reads: a feature vector as numbers in a fixed order. One function, for training and for the job: they cannot differ."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Any

MAX_FLOAT32 = 3.4028234e38
"""Of a float32, which is what models compute with."""
_USUAL = frozenset({int, float, NoneType})


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
    return Row(inputs).of(vector)


class Row:
    """The inputs of a model, made ready once for all vectors."""

    __slots__ = ("_has_texts", "_inputs", "_names")

    def __init__(self, inputs: Iterable[Input]) -> None:
        self._inputs = tuple(inputs)
        self._names = tuple(each.feature for each in self._inputs)
        self._has_texts = any(each.values is not None for each in self._inputs)

    def of(self, vector: Mapping[str, Any]) -> list[float]:
        """As `encode`. Where all are numbers or unknown, they are looked at together: half the time of one look at each."""
        found = list(map(vector.get, self._names))
        if not self._has_texts and _USUAL.issuperset(map(type, found)):
            known = [value for value in found if value is not None]
            if _are_usual(known):
                return known if len(known) == len(found) else [math.nan if value is None else value for value in found]
        return [_number(value, each.values) for value, each in zip(found, self._inputs, strict=True)]


def _are_usual(known: Sequence[float]) -> bool:
    """Whether each of them is in range, and none is NaN."""
    try:
        return sum(map(abs, known)) <= MAX_FLOAT32
    except OverflowError:  # a whole number beyond every float
        return False


def _number(value: Any, values: Mapping[str, int] | None) -> float:
    if values is not None:
        return float(values.get(value, math.nan)) if isinstance(value, str) else math.nan
    if isinstance(value, (int, float)) and -MAX_FLOAT32 <= value <= MAX_FLOAT32:
        return value if type(value) in _USUAL else float(value)
    return math.nan
