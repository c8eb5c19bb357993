"""How many people an experiment needs, so that an effect of a given size is found. Pure."""

import math
from collections.abc import Sequence

from services.statistics import always_valid
from services.statistics.normal import quantile

POWER = 0.8


def people_needed(
    *,
    effect: float,
    variance: float,
    changed_variance: float | None = None,
    shares: Sequence[float] = (0.5, 0.5),
    alpha: float = 0.05,
    power: float = POWER,
) -> int:
    """People in both groups together, so that an ordinary test at `alpha` finds `effect` with a probability of `power`.

    `variance`: between people of the second group; `changed_variance`: of the first. `shares`: of the first and the second group.
    Raises ValueError where no number of people would do.
    """
    if not effect or min(shares) <= 0 or variance < 0 or not 0 < alpha < 1 or not 0 < power < 1:
        message = f"an effect of {effect:g}, shares of {list(shares)}: an effect is not zero, and each group has somebody"
        raise ValueError(message)
    other = variance if changed_variance is None else changed_variance
    total = sum(shares)
    spread = other * total / shares[0] + variance * total / shares[1]
    return math.ceil((quantile(1 - alpha / 2) + quantile(power)) ** 2 * spread / effect**2)


def people_for_certainty(
    *, effect: float, spread: float, planned: float = always_valid.PLANNED, alpha: float = 0.05, most: float = 1e9
) -> float | None:
    """People after whom the always-valid interval excludes zero, if the effect stays as it is; None if not before `most`.

    `spread`: the square of the standard error, times the people that it is of.
    """
    if not effect or spread <= 0:
        return None

    def is_certain(people: float) -> bool:
        return always_valid.width(people, planned=planned, alpha=alpha) * math.sqrt(spread / people) < abs(effect)

    low, high = 1.0, most
    if not is_certain(high):
        return None
    while high / low > 1.001:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if is_certain(middle) else (middle, high)
    return high
