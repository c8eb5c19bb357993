"""Spans, clocks and calendars of the oracle: minute by minute, by the wall clock, so that no arithmetic about summer time can be wrong."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
CLOCKS_DIFFER = 5 * MINUTE
"""Two clocks that both are right."""
UNITS = {"s": 1000, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def span(text: str) -> int:
    """`24h` in milliseconds."""
    return int(float(text[:-1]) * UNITS[text[-1]])


@lru_cache(maxsize=100_000)
def _wall(minute: int, zone: str) -> datetime:
    return datetime.fromtimestamp(minute * 60, ZoneInfo(zone))


def wall(at: int, zone: str) -> datetime:
    """Her wall clock, to the minute."""
    return _wall(at // MINUTE, zone)


@lru_cache(maxsize=1_000_000)
def _minute_of_day(minute: int, zone: str) -> int:
    clock = _wall(minute, zone)
    return clock.hour * 60 + clock.minute


def is_quiet(at: int, zone: str, start: str, end: str) -> bool:
    """Whether her clock stands from `start` until before `end`."""
    return _is_quiet(at // MINUTE, zone, minutes(start), minutes(end))


def _is_quiet(minute: int, zone: str, begins: int, ends: int) -> bool:
    clock = _minute_of_day(minute, zone)
    return begins <= clock < ends if begins <= ends else clock >= begins or clock < ends


def minutes(clock: str) -> int:
    """`08:30` as minutes of the day."""
    return int(clock[:2]) * 60 + int(clock[3:])


@lru_cache(maxsize=100_000)
def _quiet_until(minute: int, zone: str, start: str, end: str) -> int:
    begins, ends = minutes(start), minutes(end)
    while _is_quiet(minute, zone, begins, ends):
        minute += 1
    return minute * MINUTE


def quiet_until(at: int, zone: str, start: str, end: str) -> int:
    """The first instant that is not quiet, `at` itself if it is not."""
    return _quiet_until(at // MINUTE, zone, start, end) if is_quiet(at, zone, start, end) else at


@lru_cache(maxsize=100_000)
def beginning(day: date, zone: str) -> int:
    """The instant at which that day begins where she lives; if its midnight does not exist, when the clock jumps over it."""
    minute = int((datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=16)).timestamp()) // 60
    while _wall(minute, zone).date() < day:
        minute += 1
    return minute * MINUTE


def period(at: int, zone: str, per: str, week_starts: str) -> tuple[int, int]:
    """The calendar day, week or month of hers that `at` lies in: its beginning, and the next one's."""
    today = wall(at, zone).date()
    if per == "day":
        first, following = today, today + timedelta(days=1)
    elif per == "week":
        first = today - timedelta(days=(today.weekday() - WEEKDAYS.index(week_starts)) % 7)
        following = first + timedelta(days=7)
    else:
        first = today.replace(day=1)
        following = (first + timedelta(days=31)).replace(day=1)
    return beginning(first, zone), beginning(following, zone)
