"""The probability that each arm is the best: what Thompson sampling (https://doi.org/10.1093/biomet/25.3-4.285) draws arms with.

Sampling draws from every posterior and takes the arm whose draw is largest. The probability of that is the integral of an arm's density times the
distribution functions of all others. It is integrated here on one grid that resolves every posterior, so nothing is random, and the probability
that is logged is the one that was used. Against numerical quadrature the error is below .001 (`tests/core/bandits/test_best.py`).
"""

from collections.abc import Sequence
from itertools import accumulate

from udfs.core.bandits.posterior import Posterior

STEPS = 12
"""Points of the grid in a standard deviation of an arm."""
REACH = 10
"""Standard deviations on either side of an arm."""
FLOOR = 0.01
"""The probability that every arm keeps, so that what is logged can be evaluated, and a change of the world is noticed."""
MAX_ARMS = 20
DIGITS = 6
"""Of a probability that is logged, and drawn with."""


def best_of(arms: Sequence[Posterior]) -> tuple[float, ...]:
    """For each arm the probability that its rate, or mean, is the largest. All arms are of one kind."""
    if len(arms) == 1:
        return (1.0,)
    grid = sorted({arm.centre + arm.width * step / STEPS for arm in arms for step in range(-REACH * STEPS, REACH * STEPS + 1)})
    below = [_distribution(arm.densities(grid), grid) for arm in arms]
    found = [_wins(place, below) for place in range(len(arms))]
    total = sum(found)
    return tuple(each / total for each in found)


def _distribution(densities: Sequence[float], grid: Sequence[float]) -> list[float]:
    """The distribution function at the points of the grid."""
    parts = [(grid[k] - grid[k - 1]) * (densities[k] + densities[k - 1]) / 2 for k in range(1, len(grid))]
    sums = list(accumulate(parts, initial=0.0))
    return [each / sums[-1] for each in sums]


def _wins(place: int, below: Sequence[Sequence[float]]) -> float:
    """The probability that all others are below the arm at `place`."""
    own, others = below[place], [each for number, each in enumerate(below) if number != place]
    all_below = [1.0] * len(own)
    for each in others:
        all_below = [product * value for product, value in zip(all_below, each, strict=True)]
    return sum((own[k] - own[k - 1]) * (all_below[k] + all_below[k - 1]) / 2 for k in range(1, len(own)))


def with_floor(probabilities: Sequence[float], floor: float = FLOOR) -> tuple[float, ...]:
    """Every arm has the floor, and what is left is shared by the probabilities: so their order stays, and nothing is cut off."""
    left = 1 - len(probabilities) * floor
    return tuple(round(floor + left * each, DIGITS) for each in probabilities)


def thompson(arms: Sequence[Posterior], floor: float = FLOOR) -> tuple[float, ...]:
    """The probabilities to draw arms with."""
    return with_floor(best_of(arms), floor) if len(arms) > 1 else (1.0,)


def uniform(number: int) -> tuple[float, ...]:
    """Where nothing has been learned yet."""
    return (round(1 / number, DIGITS),) * number


def draw(probabilities: Sequence[float], drawn: float) -> int:
    """Index of the arm that a lot in [0, 1) draws. What rounding leaves over belongs to the last."""
    upper = 0.0
    for index, probability in enumerate(probabilities):
        upper += probability
        if drawn < upper:
            return index
    return len(probabilities) - 1
