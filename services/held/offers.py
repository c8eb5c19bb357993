"""How large the offers of campaigns are: the most of each number that was given within four weeks. The engine holds what is far above it. Pure.

It is rounded up to two digits, so that an offer that is computed for each customer does not make a record with every new maximum.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from udfs.core.policy.anomaly import amount_in, is_discount
from udfs.core.values.durations import DAY

KEPT_DAYS = 28
MAX_NAMES = 20
"""Numbers of one campaign's offers that are kept."""


@dataclass
class Offers:
    """Campaign -> name in the offer -> day (since the epoch) -> the most that was given on it."""

    given: dict[str, dict[str, dict[int, float]]] = field(default_factory=dict)
    newest: int = 0
    """The newest day."""

    def take(self, action: Mapping[str, Any]) -> None:
        """One message that went out."""
        offer, day = action.get("offer"), int(action["at"]) // DAY
        if not offer:
            return
        self.newest = max(self.newest, day)
        for name, given in offer.items():
            value = amount_in(given)
            if value is None or not math.isfinite(value) or value <= 0 or not is_discount(name):
                continue
            names = self.given.setdefault(str(action["campaign"]), {})
            if name in names or len(names) < MAX_NAMES:
                days = names.setdefault(name, {})
                days[day] = max(days.get(day, 0.0), value)

    def forget(self) -> None:
        """Drop the days that no longer count, and the campaigns of which none is left."""
        for campaign, names in list(self.given.items()):
            for name, days in list(names.items()):
                names[name] = {day: value for day, value in days.items() if day > self.newest - KEPT_DAYS}
                if not names[name]:
                    del names[name]
            if not names:
                del self.given[campaign]

    def most(self) -> dict[str, dict[str, float]]:
        """What the engine has to know."""
        self.forget()
        return {campaign: {name: rounded_up(max(days.values())) for name, days in names.items()} for campaign, names in self.given.items()}

    def packed(self) -> dict[str, Any]:
        """As it is written to a file."""
        given = {
            campaign: {name: {str(day): value for day, value in days.items()} for name, days in names.items()}
            for campaign, names in self.given.items()
        }
        return {"given": given, "newest": self.newest}

    @staticmethod
    def unpacked(told: Mapping[str, Any]) -> "Offers":
        """What `packed` has made. Raises KeyError, ValueError or TypeError for anything else."""
        given = {
            str(campaign): {str(name): {int(day): float(value) for day, value in days.items()} for name, days in names.items()}
            for campaign, names in told["given"].items()
        }
        return Offers(given=given, newest=int(told["newest"]))


def rounded_up(value: float) -> float:
    """The next number of two digits.

    >>> rounded_up(8), rounded_up(12.31), rounded_up(1234)
    (8.0, 13.0, 1300.0)
    """
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    if not unit:  # smaller than what can be divided by
        return value
    return round(math.ceil(round(value / unit, 9)) * unit, 12)
