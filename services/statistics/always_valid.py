"""Intervals that stay valid however often somebody looks: an asymptotic confidence sequence, by a normal mixture. Pure.

The boundary is Theorem 2.2 of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence
sequences" (Annals of Statistics 52, 2024; arXiv 2103.06476). With probability 1 - alpha, the mean of n independent values stays within

    error(n) * sqrt(2 * (1 + 1/u) * log(sqrt(1 + u) / alpha)),   u = n * rho^2

of the estimate at every n at once, where error(n) is the usual standard error. An ordinary interval holds at one n that was fixed in advance.
If the means drift, the mean of those who are counted so far is what is covered.

`rho` says at which n the interval is narrowest, and must be chosen before anybody looks: `planned` people. There, at 95 %, it is 1.55 times as
wide as the ordinary one, and at most 1.6 times from 0.4 to 4 times as many people.
"""

import math

PLANNED = 10_000
"""People for whom the interval is narrowest, where nobody says how many there will be."""


def width(people: float, *, planned: float = PLANNED, alpha: float = 0.05) -> float:
    """Half the width of the interval, in standard errors, at so many people in all groups together."""
    return math.sqrt(2 * _stretch(people, planned, alpha) * (_growth(people, planned, alpha) - math.log(alpha)))


def p_value(z: float, people: float, *, planned: float = PLANNED, alpha: float = 0.05) -> float:
    """The smallest error probability whose interval excludes 0, for an estimate `z` standard errors from it; `rho` is that of `alpha`."""
    return min(1.0, math.exp(_growth(people, planned, alpha) - z * z / (2 * _stretch(people, planned, alpha))))


def _u(people: float, planned: float, alpha: float) -> float:
    """n * rho^2 for the rho that makes the interval narrowest at `planned`, by the paper's approximation of Lambert's function."""
    loss = -2 * math.log(alpha)
    return people / planned * (loss + math.log(loss + 1))


def _stretch(people: float, planned: float, alpha: float) -> float:
    return 1 + 1 / _u(people, planned, alpha)


def _growth(people: float, planned: float, alpha: float) -> float:
    return math.log1p(_u(people, planned, alpha)) / 2
