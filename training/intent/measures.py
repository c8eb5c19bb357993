"""The figures of a model of intents on the test texts, at a threshold below which a text is about nothing that it knows."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest
from sklearn.metrics import f1_score

from training.intent.texts import Text
from udfs.core.features.models import OUT_OF_SCOPE

Probabilities = npt.NDArray[np.float64]
SHOWN = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
"""Thresholds that a card compares."""


class Confused(msgspec.Struct, frozen=True, kw_only=True):
    """An intent that is confused with another, and how often."""

    intent: str
    taken_for: str
    texts: int


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """What a threshold would do: figures as of `Measured`."""

    threshold: float
    accuracy: float
    answered: float
    out_of_scope: float | None


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Figures at a threshold."""

    texts: int
    accuracy: float
    """The share of texts in scope whose intent is found."""
    low: float
    high: float
    """Of its 95 % interval (Wilson)."""
    out_of_scope: float | None
    """The share of texts out of scope that are found to be so; None where there are none."""
    outside: int
    """Texts out of scope."""
    answered: float
    """The share of texts in scope that are not found to be out of it."""
    macro_f1: float
    confused: list[Confused] = []


def measured(texts: Sequence[Text], probabilities: Probabilities, classes: Sequence[str], *, threshold: float) -> Measured:
    """Figures of these answers. At least one of the texts is in scope."""
    found = found_of(probabilities, classes, threshold)
    true = np.array([each.intent for each in texts])
    inside = true != OUT_OF_SCOPE
    right = (found == true) & inside
    number = int(inside.sum())
    interval = binomtest(int(right.sum()), number).proportion_ci(method="wilson")
    wrong = Counter((str(a), str(b)) for a, b in zip(true[inside & ~right], found[inside & ~right], strict=True))
    return Measured(
        texts=number,
        accuracy=float(right.sum() / number),
        low=float(interval.low),
        high=float(interval.high),
        out_of_scope=float((found[~inside] == OUT_OF_SCOPE).mean()) if (~inside).any() else None,
        outside=int((~inside).sum()),
        answered=float((found[inside] != OUT_OF_SCOPE).mean()),
        macro_f1=float(f1_score(true[inside], found[inside], labels=np.unique(true[inside]), average="macro", zero_division=0)),
        confused=[Confused(intent=a, taken_for=b, texts=many) for (a, b), many in sorted(wrong.items(), key=lambda each: (-each[1], each[0]))[:10]],
    )


def found_of(probabilities: Probabilities, classes: Sequence[str], threshold: float) -> npt.NDArray[Any]:
    """The intent of each text: the most probable one, or out of scope where it is less probable than the threshold."""
    best = np.array(classes)[probabilities.argmax(axis=1)]
    return np.where(probabilities.max(axis=1) < threshold, OUT_OF_SCOPE, best)


def thresholds(texts: Sequence[Text], probabilities: Probabilities, classes: Sequence[str]) -> list[Threshold]:
    """What other thresholds would do."""
    told = ((each, measured(texts, probabilities, classes, threshold=each)) for each in SHOWN)
    return [Threshold(threshold=each, accuracy=found.accuracy, answered=found.answered, out_of_scope=found.out_of_scope) for each, found in told]
