"""The difference between two groups as it was at every look, person by person. Pure.

For what a single look cannot say: since when something is certain, and whether intervals hold over a whole path.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.statistics import always_valid
from services.statistics.difference import ALPHA, MIN_EITHER, MIN_PEOPLE, Groups, Numbers
from services.statistics.normal import quantile


@dataclass(frozen=True, kw_only=True)
class Path:
    """One entry for each person, in the order in which they are counted."""

    effect: Numbers
    error: Numbers
    """NaN while there is too little to tell."""

    def fixed(self, *, alpha: float = ALPHA) -> Numbers:
        """Half the width of the ordinary interval."""
        return self.error * quantile(1 - alpha / 2)

    def always(self, *, planned: float = always_valid.PLANNED, alpha: float = ALPHA) -> Numbers:
        """Half the width of the always-valid interval."""
        people = np.arange(1, len(self.error) + 1)
        loss = -2 * np.log(alpha)
        u = people / planned * (loss + np.log(loss + 1))
        found: Numbers = self.error * np.sqrt(2 * (1 + 1 / u) * (np.log1p(u) / 2 - np.log(alpha)))
        return found


def path(outcome: Numbers, treated: Groups) -> Path:
    """The difference after each person: what `difference` would say of all up to her."""
    sides = [_running(outcome, group) for group in (treated, ~treated)]
    (mean, spread, enough), (base, base_spread, base_enough) = sides
    with np.errstate(invalid="ignore"):
        error = np.where(enough & base_enough, np.sqrt(spread + base_spread), np.nan)
    return Path(effect=mean - base, error=np.where(error > 0, error, np.nan))


def _running(outcome: Numbers, group: Groups) -> tuple[Numbers, Numbers, NDArray[np.bool_]]:
    """Of one group after each person: its mean, the variance of that mean, and whether there are enough people."""
    count, total = np.cumsum(group), np.cumsum(np.where(group, outcome, 0.0))
    squares, busy = np.cumsum(np.where(group, outcome * outcome, 0.0)), np.cumsum(group & (outcome != 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / count
        spread = np.maximum(0.0, (squares - total * mean) / (count - 1)) / count
    enough = (count >= MIN_PEOPLE) & (busy >= MIN_EITHER) & (count - busy >= (MIN_EITHER if _is_rate(outcome) else 0))
    return mean, spread, enough


def _is_rate(outcome: Numbers) -> bool:
    return bool(np.isin(outcome, (0.0, 1.0)).all())
