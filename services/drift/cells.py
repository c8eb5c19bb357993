"""What one version of a model has said in one campaign, week by week, and what followed. Pure.

A customer counts once a week, and so many an hour: enough for any comparison, and bounded. Which of them count has nothing to do with what follows.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.statistics.always_valid_calibration import Group
from udfs.core.values.durations import DAY, HOUR

WEEK = 7 * DAY
KEPT_WEEKS = 8
AN_HOUR = 20
"""Customers of an hour whose predictions are compared with what follows."""
SCORES_AN_HOUR = 12
"""Of these, those whose scores are kept."""
_A_STEP = 10
"""Predictions whose odds differ by less than a tenth of a logarithm are counted together."""


@dataclass(kw_only=True)
class Week:
    """A week of one cell."""

    scores: list[float] = field(default_factory=list)
    groups: dict[int, tuple[int, float, int]] = field(default_factory=dict)
    """Odds -> cases, the sum of their predictions, and how many happened. Only cases whose outcome is final."""
    seen: set[bytes] = field(default_factory=set)
    hours: dict[int, int] = field(default_factory=dict)
    """Hour -> customers that count."""
    is_closed: bool = False
    """Nobody is added any more; outcomes still are."""

    def take(self, customer: bytes, at: int, score: float) -> bool:
        """One answer. Returns whether it counts."""
        hour = at // HOUR
        count = self.hours.get(hour, 0)
        if self.is_closed or count >= AN_HOUR or customer in self.seen:
            return False
        self.seen.add(customer)
        self.hours[hour] = count + 1
        if count < SCORES_AN_HOUR:
            self.scores.append(score)
        return True

    def follow(self, predicted: float, *, happened: bool) -> None:
        """What was predicted has happened, or has not."""
        odds = round(_A_STEP * _logit(predicted))
        cases, total, came = self.groups.get(odds, (0, 0.0, 0))
        self.groups[odds] = cases + 1, total + predicted, came + happened

    def packed(self) -> dict[str, Any]:
        """As it is written to a file."""
        return {
            "scores": self.scores,
            "groups": {str(odds): list(told) for odds, told in self.groups.items()},
            "seen": [each.hex() for each in sorted(self.seen)],
            "hours": {str(hour): count for hour, count in self.hours.items()},
            "closed": self.is_closed,
        }

    @staticmethod
    def unpacked(told: Mapping[str, Any]) -> "Week":
        """What `packed` has made. Raises KeyError, ValueError, TypeError or AttributeError for anything else."""
        return Week(
            scores=[float(each) for each in told["scores"]],
            groups={int(odds): (int(cases), float(total), int(came)) for odds, (cases, total, came) in told["groups"].items()},
            seen={bytes.fromhex(each) for each in told["seen"]},
            hours={int(hour): int(count) for hour, count in told["hours"].items()},
            is_closed=bool(told["closed"]),
        )


Cell = dict[int, Week]
"""Week (since the epoch) -> what is known of it."""


def groups(weeks: Iterable[Week]) -> list[Group]:
    """Everything that happened or did not, in several weeks."""
    return [Group(*told) for week in weeks for told in week.groups.values()]


def tidy(cell: Cell, newest: int) -> None:
    """Forget weeks that are too old, and close those before the last one: what happens in them is known."""
    for week in [each for each in cell if each <= newest - KEPT_WEEKS]:
        del cell[week]
    for week, found in cell.items():
        if week < newest - 1 and not found.is_closed:
            found.is_closed = True
            found.seen, found.hours = set(), {}


def _logit(chance: float) -> float:
    bounded = min(max(chance, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))
