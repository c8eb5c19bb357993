"""What a model reads: a feature vector as numbers in a fixed order. One function, for training and for the job: they cannot differ."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Any

from udfs.core.features.steps import WIDTH, levels

MAX_FLOAT32 = 3.4028234e38
"""Of a float32, which is what models compute with."""
_USUAL = frozenset({int, float, bool, NoneType})


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a model: a feature, and the hash of the definition it was trained on (`Feature.definition`).

    `values`: text -> the number that stands for it, for a feature whose values are texts; None for numbers and truth values.
    `steps`: for a feature that keeps the steps of a visit, how many of them are read, the latest ones; 0 for others.
    """

    feature: str
    definition: str
    values: Mapping[str, int] | None = None
    steps: int = 0

    @property
    def width(self) -> int:
        """How many numbers a model reads for it."""
        return self.steps * WIDTH or 1


def columns(inputs: Iterable[Input]) -> dict[str, slice]:
    """Feature -> where its numbers stand in a row."""
    found, begin = {}, 0
    for each in inputs:
        found[each.feature] = slice(begin, begin + each.width)
        begin += each.width
    return found


def encode(inputs: Sequence[Input], vector: Mapping[str, Any]) -> list[float]:
    """The numbers of a vector in the order of `inputs`. What is unknown, missing, or of another kind than in training is NaN."""
    return Row(inputs).of(vector)


class Row:
    """The inputs of a model, made ready once for all vectors."""

    __slots__ = ("_has_steps", "_has_texts", "_inputs", "_names", "reads", "width")

    def __init__(self, inputs: Iterable[Input]) -> None:
        self._inputs = tuple(inputs)
        self._names = tuple(each.feature for each in self._inputs)
        self._has_texts = any(each.values is not None for each in self._inputs)
        self._has_steps = any(each.steps for each in self._inputs)
        self.width = sum(each.width for each in self._inputs)
        """How many numbers a row has."""
        self.reads = repr([(each.feature, each.definition, each.steps, sorted((each.values or {}).items())) for each in self._inputs])
        """The same text for models that read the same row."""

    def of(self, vector: Mapping[str, Any]) -> list[float]:
        """As `encode`. Where all are numbers or unknown, they are looked at together: half the time of one look at each."""
        found = list(map(vector.get, self._names))
        if self._has_steps:
            return self._with_steps(found)
        if not self._has_texts and _USUAL.issuperset(map(type, found)):
            known = [value for value in found if value is not None]
            if _are_usual(known):
                return known if len(known) == len(found) else [math.nan if value is None else value for value in found]
        return [_number(value, each.values) for value, each in zip(found, self._inputs, strict=True)]

    def _with_steps(self, found: Sequence[Any]) -> list[float]:
        """Steps stand one after the other, from the earliest; what is left of their places is NaN."""
        row: list[float] = []
        for value, each in zip(found, self._inputs, strict=True):
            if each.steps:
                known = levels(value, each.steps) or ()
                row += known
                row += [math.nan] * (each.width - len(known))
            else:
                row.append(_number(value, each.values))
        return row


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
