"""A time of the day, on any day or on one weekday, as people write it: `10:00`, `tuesday 10:00`, or the hour alone as a number."""

import re
from typing import Any, NamedTuple

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = re.compile(r"\s*(?:([A-Za-z]+)\s+)?([01]?\d|2[0-3]):([0-5]\d)\s*")


class TimeOfDay(NamedTuple):
    """Minutes after midnight, and the weekday as it was written, in lower case; empty: any day."""

    minute: int
    weekday: str = ""


def parse_time_of_day(value: Any) -> TimeOfDay | None:
    """Read it; None where it is none. Whether there is such a weekday is not checked here.

    >>> parse_time_of_day("Tuesday 10:30")
    TimeOfDay(minute=630, weekday='tuesday')
    >>> parse_time_of_day(19)
    TimeOfDay(minute=1140, weekday='')
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return TimeOfDay(int(value) * 60) if value in range(24) else None
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    return TimeOfDay(int(match[2]) * 60 + int(match[3]), (match[1] or "").lower()) if match else None
