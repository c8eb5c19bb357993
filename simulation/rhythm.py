"""When people come: by hour of the day, day of the week, and season. The shop and the truth use the same function.

A visit rate is so many visits an hour times the rhythm's factor of that hour, 1 on average over a week. Arrivals are a Poisson process in
this warped time: `measure` converts an interval into average hours, `advance` converts them back.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

HOUR = 3_600_000
WEEK = 168 * HOUR
_THURSDAY = 3
"""The epoch began on one; Monday is 0."""
_NIGHT = (0.15, 0.08, 0.05, 0.04, 0.05, 0.15)

RHYTHMS: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = {  # hours of the day, days from Monday
    "early": ((*_NIGHT, 0.9, 2.0, 2.2, 1.6, 1.2, 1.0, 1.1, 0.9, 0.8, 0.8, 0.9, 1.0, 1.0, 0.9, 0.7, 0.5, 0.3, 0.2), (1, 1, 1, 1, 1, 1, 1)),
    "office": (
        (*_NIGHT, 0.3, 0.6, 1.0, 1.8, 1.9, 1.7, 2.4, 2.0, 1.6, 1.6, 1.5, 1.1, 0.8, 0.8, 0.9, 0.8, 0.5, 0.3),
        (1.3, 1.3, 1.2, 1.2, 1, 0.4, 0.6),
    ),
    "evening": ((*_NIGHT, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.9, 0.8, 0.7, 0.8, 1.0, 1.4, 1.9, 2.6, 3.0, 2.7, 1.8, 0.8), (1, 1, 1, 1.1, 0.8, 1, 1.2)),
    "night": ((1.8, 1.2, 0.8, 0.4, 0.1, 0.1, 0.1, 0.1, 0.2, 0.3, 0.5, 0.6, 0.8, 0.9, 0.9, 0.9, 1.0, 1.1, 1.2, 1.4, 1.8, 2.4, 2.6, 2.4), (1,) * 7),
    "weekend": ((*_NIGHT, 0.2, 0.4, 0.8, 1.4, 1.8, 1.8, 1.5, 1.4, 1.5, 1.6, 1.5, 1.3, 1.2, 1.3, 1.4, 1.2, 0.8, 0.4), (0.5, 0.5, 0.5, 0.6, 0.9, 2, 2)),
}
_WAVE = 0.25
"""By how much the best week of the year, at the end of November, exceeds the average; the weakest falls short by the same amount."""
_BEST = datetime(2025, 11, 26, tzinfo=UTC).timestamp() * 1000
_YEAR = 365.25 * 24 * HOUR


@dataclass(frozen=True, slots=True)
class _Week:
    """A week from its first hour in UTC: the factor of each hour, and what has passed at its beginning."""

    factors: tuple[float, ...]
    passed: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The habits of one person, in her time zone. With `even`, all hours and seasons are the same, so that a demo is as busy at night."""

    name: str
    zone: str
    even: bool = False

    def measure(self, start: int, end: int) -> float:
        """The number of average hours in this interval (epoch ms)."""
        if self.even or end <= start:
            return max(0, end - start) / HOUR
        total, at = 0.0, start
        while at < end:
            number, inside = divmod(at, WEEK)
            until = min(end, (number + 1) * WEEK)
            week = _week(self.name, self.zone, number)
            total += _passed(week, inside + until - at) - _passed(week, inside)
            at = until
        return total

    def advance(self, start: int, hours: float) -> int:
        """The time at which this many average hours have passed since `start`."""
        if self.even:
            return start + int(hours * HOUR)
        number, inside = divmod(start, WEEK)
        week = _week(self.name, self.zone, number)
        goal = _passed(week, inside) + hours
        while goal >= week.passed[168]:
            goal -= week.passed[168]
            number += 1
            week = _week(self.name, self.zone, number)
        hour = bisect_right(week.passed, goal) - 1
        return number * WEEK + int((hour + (goal - week.passed[hour]) / week.factors[hour]) * HOUR)


def season(at: int) -> float:
    """The seasonal factor of this time's week."""
    return 1.0 + _WAVE * math.cos(2 * math.pi * (at - _BEST) / _YEAR)


def _passed(week: _Week, inside: int) -> float:
    if inside >= WEEK:
        return week.passed[168]
    hour, rest = divmod(inside, HOUR)
    return week.passed[hour] + week.factors[hour] * rest / HOUR


@lru_cache(maxsize=4096)
def _week(name: str, zone: str, number: int) -> _Week:
    """Daylight saving changes at the end of a week here, instead of the night before: the hour makes no difference."""
    began = datetime.fromtimestamp(number * WEEK / 1000, tz=UTC)
    offset = ZoneInfo(zone).utcoffset(began)
    ahead = 0 if offset is None else round(offset.total_seconds() / 3600)
    hours, days = RHYTHMS[name]
    local = [divmod(hour + ahead + 24 * _THURSDAY, 24) for hour in range(168)]
    raw = [hours[hour] * days[day % 7] for day, hour in local]
    scale = season(number * WEEK + WEEK // 2) * 168 / sum(raw)
    factors = tuple(each * scale for each in raw)
    return _Week(factors, tuple(accumulate(factors, initial=0.0)))
