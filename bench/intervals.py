"""The interval of a mean of customers."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

SURE = 1.959964
"""Of a normal distribution, for 95 %."""


class Interval(NamedTuple):
    """A mean, and its 95 % interval."""

    low: float
    mean: float
    high: float


def of_mean(values: Sequence[float] | npt.NDArray[np.float64]) -> Interval:
    """Of two values or more; NaN of fewer."""
    found = np.array(values, float)
    if len(found) < 2:
        return Interval(float("nan"), float("nan"), float("nan"))
    mean, half = float(found.mean()), SURE * float(found.std(ddof=1)) / len(found) ** 0.5
    return Interval(mean - half, mean, mean + half)
