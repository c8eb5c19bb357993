"""The two distributions that everything here rests on: the normal one, and chi-square. Pure."""

import math
from statistics import NormalDist

_STANDARD = NormalDist()


def quantile(share: float) -> float:
    """The value below which this share of a standard normal distribution lies: quantile(.975) is 1.96."""
    return _STANDARD.inv_cdf(share)


def two_sided(z: float) -> float:
    """How likely a standard normal value is at least as far from 0 as `z`."""
    return math.erfc(abs(z) / math.sqrt(2))


def chi_square_tail(value: float, degrees: int) -> float:
    """How likely a chi-square value of so many degrees of freedom (1 or more) is at least `value`.

    In closed form, by the recurrence of the incomplete gamma function from 1 or 2 degrees upwards.
    """
    if value <= 0:
        return 1.0
    half = value / 2
    if degrees % 2:
        tail, power, rank = math.erfc(math.sqrt(half)), math.sqrt(half) * math.exp(-half) / math.gamma(1.5), 1.5
    else:
        tail, power, rank = math.exp(-half), half * math.exp(-half), 2.0
    for _ in range((degrees - 1) // 2):
        tail, power, rank = tail + power, power * half / rank, rank + 1
    return min(1.0, tail)
