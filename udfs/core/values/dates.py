"""When a date of a customer's comes round: a birthday, a renewal, at a time of day where the customer lives."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from udfs.core.values.zones import instant

_DAY = re.compile(r"(?:(\d{4})-|--)?(\d{2})-(\d{2})")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_EPOCH = re.compile(r"-?\d{9,14}")
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
            traits = traits.get(name) if isinstance(traits, dict) else None
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
    """Year (None: every year), month and day of a date as senders write it; None when it is no date.

    `1990-05-17`, `1990-5-17`, `1990/05/17`, `17.05.1990`, `05-17`, an ISO time, epoch milliseconds (as text, too), and `17/05/1990` where
    one of the two numbers cannot be a month. A day has no zone: midnight, by UTC or by the offset that is written, is the day as it is
    written. Any other time of the day is the day on which it was so in `place`.
    """
    try:
        if isinstance(value, str):
            text = value.strip()
            if found := _written(text):
                year, month, day = found
                date(year or 2000, month, day)  # 2000 was a leap year
                return found
            if not _EPOCH.fullmatch(text):
                moment = datetime.fromisoformat(text)
                if moment.tzinfo and moment.time() != time():
                    moment = moment.astimezone(place)
                return moment.year, moment.month, moment.day
            value = int(text)
        moment = datetime.fromtimestamp(value / 1000, UTC)
        local = moment.astimezone(place) if moment.time() != time() else moment
    except (ValueError, OverflowError, OSError):
        return None
    return local.year, local.month, local.day


def _written(text: str) -> tuple[int | None, int, int] | None:
    """Year, month and day by the place of the numbers; what is between them tells which is which."""
    if match := _DAY.fullmatch(text):
        return int(match[1]) if match[1] else None, int(match[2]), int(match[3])
    if match := _YEAR_FIRST.fullmatch(text):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _DOTTED.fullmatch(text):
        return int(match[3]), int(match[2]), int(match[1])
    if match := _SLASHED.fullmatch(text):
        one, other, year = int(match[1]), int(match[2]), int(match[3])
        if one > 12:
            return year, other, one
        if other > 12 or one == other:
            return year, one, other
    return None
