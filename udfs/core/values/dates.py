"""When a date of a customer's comes round: a birthday, a renewal, at a time of day where the customer lives."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from udfs.core.values import names
from udfs.core.values.instants import read
from udfs.core.values.zones import instant

_YEARLY = re.compile(r"(?:--)?(\d{2})-(\d{2})")
_YEAR = 31_556_952_000
_YEARS = range(-1, 4)
"""Years around the present in which the next occurrence is looked for: `before` may move it by up to 400 days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anniversary:
    """A date that a trait holds, and when it is thought of."""

    trait: tuple[str, ...]
    """The trait's name, and the names of its parts."""
    at: int
    """Minutes after midnight, by the customer's wall clock."""
    before: int = 0
    """So many days ahead."""
    yearly: bool = True

    def value(self, traits: Any) -> Any:
        """What the customer's traits say."""
        for name in self.trait:
            traits = names.read(traits, name) if isinstance(traits, dict) else None
        return traits

    def next(self, value: Any, place: ZoneInfo, after: int) -> int | None:
        """The first occurrence after `after` (epoch milliseconds) by the clocks of `place`; None when there is none."""
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            return None
        year = 1970 + after // _YEAR
        if (own := _own_year(value, place)) is not None:
            year = max(year, own + 1) if self.yearly else own
        occurrences = (_occurrence(self, value, place, year + offset) for offset in _YEARS)
        return next((when for when in occurrences if when is not None and when > after), None)


@lru_cache(maxsize=4096)
def _own_year(value: Any, place: ZoneInfo) -> int | None:
    found = parse_date(value, place)
    return found[0] if found else None


@lru_cache(maxsize=4096)
def _occurrence(anniversary: Anniversary, value: Any, place: ZoneInfo, year: int) -> int | None:
    """The occurrence that belongs to `year`; a date has none before its own year."""
    found = parse_date(value, place)
    if found is None or not 1 < year < 9998:
        return None
    own, month, day = found
    if (own is None and not anniversary.yearly) or (own is not None and (year < own or (year > own and not anniversary.yearly))):
        return None
    if (month, day) == (2, 29) and (year % 4 or (not year % 100 and year % 400)):
        day = 28
    morning = datetime.combine(date(year, month, day) - timedelta(days=anniversary.before), time(anniversary.at // 60, anniversary.at % 60))
    return instant(morning, place)


def parse_date(value: Any, place: ZoneInfo) -> tuple[int | None, int, int] | None:
    """Year (None: every year), month and day of a date as senders write it; None when it is no date, or none between 1901 and 2100.

    `1990-05-17`, `1990-5-17`, `1990/05/17`, `17.05.1990`, `05-17`, whatever `instants.read` reads, and `17/05/1990` where one of the two
    numbers cannot be a month. A day has no zone: midnight, by UTC or by the offset that is written, is the day as it is written. Any other
    time of the day is the day on which it was so in `place`.
    """
    if isinstance(value, str) and (match := _YEARLY.fullmatch(value.strip())):
        month, day = int(match[1]), int(match[2])
        return (None, month, day) if 1 <= month <= 12 and 1 <= day <= monthrange(2000, month)[1] else None  # 2000 was a leap year
    found = read(value)
    if found is None:
        return None
    when = found.day or datetime.fromtimestamp(found.at / 1000, place)
    return when.year, when.month, when.day
