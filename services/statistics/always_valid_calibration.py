"""How many times as often as predicted it happens, with bounds that hold however often somebody looks. Pure.

Each prediction is a probability of its own, so what happened is compared with it case by case. The evidence that the true ratio is above or below
a supposed one is the likelihood of probabilities with other odds, against the predicted ones times that ratio (`mixture.py`). Nothing is approximated
but that predictions with nearly the same odds are counted together. So it holds for rare events, and for few of them.

A ratio says what a difference cannot: 2 % that were predicted and 3 % that came are as far apart as 20 % and 30 %.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.statistics.mixture import error_probability

LEAST, MOST = 1e-3, 1e3
"""Ratios beyond which none is looked for."""
_TILTS = np.array([0.1, 0.2, 0.4, 0.7, 1.0, 1.5, 2.5])[:, None]
"""By how much the logarithm of the odds may differ, if the prediction is wrong."""
_HALVINGS = 20
"""The bounds are then exact to a thousandth of a per cent."""
_EDGE = 1e-9
Numbers = NDArray[np.float64]


class Group(NamedTuple):
    """Cases whose predictions are nearly alike."""

    cases: int
    predicted: float
    """How many were predicted: the sum of their probabilities."""
    happened: int


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What happened against what was predicted."""

    cases: int
    predicted: float
    happened: int
    low: float
    """Below this the ratio certainly is not."""
    high: float

    @property
    def ratio(self) -> float:
        """How many times as often as predicted it happened; NaN if nothing was predicted."""
        return self.happened / self.predicted if self.predicted > 0 else math.nan


def calibration(groups: Iterable[Group], *, alpha: float) -> Calibration:
    """Compare. `alpha`: the probability that the true ratio is ever outside the bounds. Raises ValueError for what cannot be.

    >>> found = calibration([Group(1_000, 100.0, 150)], alpha=0.01)
    >>> found.ratio, round(found.low, 2), round(found.high, 2)
    (1.5, 1.11, 1.96)
    """
    count, predicted, happened = _columns(groups)
    sums = {"cases": int(count.sum()), "predicted": float(predicted.sum()), "happened": int(happened.sum())}
    if not sums["predicted"]:
        return Calibration(**sums, low=0.0, high=math.inf)  # type: ignore[arg-type]
    ends = [_end(count, predicted / count, happened, alpha=alpha / 2, sign=sign) for sign in (1.0, -1.0)]
    return Calibration(**sums, low=ends[0], high=ends[1])  # type: ignore[arg-type]


def is_beyond(groups: Iterable[Group], tolerated: float, *, alpha: float) -> bool:
    """Whether it certainly happens more than `tolerated` times as often as predicted, or less than the inverse of that: what the bounds of
    `calibration` say, without looking for them.

    >>> [is_beyond([Group(1_000, 100.0, 150)], tolerated, alpha=0.01) for tolerated in (1.1, 1.25)]
    [True, False]
    """
    count, predicted, happened = _columns(groups)
    if not predicted.sum():
        return False
    chances = predicted / count
    return any(_excludes(sign * math.log(tolerated), count, chances, happened, alpha=alpha / 2, sign=sign) for sign in (1.0, -1.0))


def _columns(groups: Iterable[Group]) -> tuple[Numbers, Numbers, Numbers]:
    """Cases, how many were predicted, and how many happened. Raises ValueError for what cannot be."""
    told = [each for each in groups if each.cases]
    if any(not 0 <= each.happened <= each.cases or not 0 <= each.predicted <= each.cases for each in told):
        message = "more happened, or was predicted, than there are cases"
        raise ValueError(message)
    table = np.array(told, float).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def _end(count: Numbers, chances: Numbers, happened: Numbers, *, alpha: float, sign: float) -> float:
    """The ratio up to which (`sign` 1) or from which on (-1) the true one certainly is not."""
    certain, open_ = (math.log(LEAST), math.log(MOST)) if sign > 0 else (math.log(MOST), math.log(LEAST))
    if not _excludes(certain, count, chances, happened, alpha=alpha, sign=sign):
        return 0.0 if sign > 0 else math.inf
    for _ in range(_HALVINGS):
        middle = (certain + open_) / 2
        if _excludes(middle, count, chances, happened, alpha=alpha, sign=sign):
            certain = middle
        else:
            open_ = middle
    return math.exp(certain)


def _excludes(logarithm: float, count: Numbers, chances: Numbers, happened: Numbers, *, alpha: float, sign: float) -> bool:
    """Whether the true ratio is certainly beyond this one."""
    supposed = np.clip(chances * math.exp(logarithm), _EDGE, 1 - _EDGE)
    tilts = sign * _TILTS
    # With odds that are e^tilt times as large, p becomes p e^tilt / (1 - p + p e^tilt).
    scale = np.log1p(supposed * np.expm1(tilts))
    logarithms = (happened * tilts - count * scale).sum(axis=1)
    return error_probability(logarithms.tolist()) <= alpha
