"""Times as senders write them, made epoch milliseconds: the one reader of instants and of days."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from udfs.core.values.errors import InvalidInput
from udfs.core.values.spellings import written

EARLIEST = 631_152_000_000
"""1990-01-01T00:00Z. An event before it comes from a clock that was never set."""
LATEST = 4_102_444_800_000
"""2100-01-01T00:00Z, exclusive."""
FIRST_YEAR = 1901
"""A date before it was never filled in: databases write 1900-01-01, 1899-12-30 or 0001-01-01 for none."""

_FIRST = -2_177_452_800_000
"""1901-01-01T00:00Z."""
_FEWEST = 100_000_000
"""A number nearer to zero, March 1973 in seconds, is an age, a year or a day without its points, but no time since 1970."""
_NEVER = frozenset(
    each * unit
    for each in (-62_135_596_800, 32_503_680_000, 253_402_214_400, 253_402_300_799, 253_402_300_799.999, 253_402_300_800)
    for unit in (1, 1000)
)
"""The first day of the years 1 and 3000 and the end of the year 9999, in seconds and milliseconds: what programs write for never. In the next
smaller unit they would be times of 1968, 1971 and 1978, and none of them a midnight."""
_DAY = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_MIDNIGHT = time()
_COMPACT_DAY = re.compile(r"(19|20)\d{6}")
_HINT = "send ISO 8601 as in 2024-03-01T10:00:00.000Z, or epoch milliseconds"


def day_of(at: int) -> str:
    """The day (UTC) of an instant, epoch milliseconds: `2026-03-02`."""
    return (_EPOCH + timedelta(milliseconds=at)).date().isoformat()


def iso_of(at: int) -> str:
    """An instant, epoch milliseconds, as events write it: `2026-03-02T10:00:00.000Z`."""
    return (_EPOCH + timedelta(milliseconds=at)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class BadInstant(InvalidInput):
    """A value that is no point in time between 1990 and 2100; says what is wrong and what to send."""


class Reading(NamedTuple):
    """What a value says: a point in time, and the day where it says no time of the day."""

    at: int
    """Epoch milliseconds; of a day its midnight, in UTC or by the offset that is written."""
    day: date | None
    """The day as it is written, wherever the customer lives."""


def parse_instant(value: str | float) -> int:
    """Epoch milliseconds of a text or a number. Without a zone: UTC; finer than a millisecond: cut.

    Text is ISO 8601 in its usual variants, a day as people write it, or a date of RFC 2822 (`Fri, 01 Mar 2024 09:00:00 GMT`). A number, also as
    text, counts seconds, milliseconds, microseconds or nanoseconds since 1970: between 1990 and 2100 the four ranges have no number in common.

    >>> parse_instant("2024-03-01T10:00:00+01:00") == parse_instant("2024-03-01 09:00") == parse_instant(1709283600000) == parse_instant(1709283600)
    True
    """
    if isinstance(value, str):
        at = _of_text(value)
    elif EARLIEST <= value < LATEST:
        return int(value)
    else:
        at = _of_number(value)
    if at is not None and EARLIEST <= at < LATEST:
        return at
    message = f"{_shown(value)} lies before 1990 or after 2100, or is no time: {_HINT}"
    raise BadInstant(message)


def read(value: Any) -> Reading | None:
    """The same for dates of customers, which may be earlier: from 1901 on. None where it is none.

    Of a number, seconds come before milliseconds: those of the first seven weeks of 1970 are read as seconds.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        told = _told(value) if isinstance(value, str) else value
    except BadInstant:
        return None
    if isinstance(told, datetime):
        at = _milliseconds(told)
        day = told.date() if told.time() == _MIDNIGHT else None
        return Reading(at, day) if told.year >= FIRST_YEAR and _FIRST - _DAY < at < LATEST else None
    number = _of_number(told)
    if number is None:
        return None
    return Reading(number, (_EPOCH + number * _MILLISECOND).date() if number % _DAY == 0 else None)


def _of_text(text: str) -> int | None:
    """The same as `_told`, made milliseconds, with as few calls as can be: most events say their time as a text."""
    try:
        if text.isdecimal():
            number = int(text)
            return number if EARLIEST <= number < LATEST else _of_number(number)
        moment = datetime.fromisoformat(text)
        return ((moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment) - _EPOCH) // _MILLISECOND
    except ValueError:
        told = _told(text)
    return _milliseconds(told) if isinstance(told, datetime) else _of_number(told)


def _told(text: str) -> datetime | float:
    try:
        # Digits first: Python's parser would read some of them as dates.
        return int(text) if text.isdecimal() else datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return written(text)
    except ValueError as error:
        message = f"{_shown(text)} is no time: {_HINT}"
        raise BadInstant(message) from error


def _milliseconds(moment: datetime) -> int:
    return ((moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment) - _EPOCH) // _MILLISECOND


def _of_number(value: float) -> int | None:
    """Milliseconds of a number, in the greatest unit in which it is a time between 1901 and 2100; None when it is in none."""
    if EARLIEST <= value < LATEST:  # the usual case
        return int(value)
    if not -1e30 < value < 1e30 or value in _NEVER:  # false for NaN too, so that int() stays sensible
        return None
    if -_FEWEST < value < _FEWEST:
        return _of_compact_day(value)
    for at in (value * 1000, value, value / 1000):
        if _FIRST <= at < LATEST:
            return int(at)
    return int(at) if EARLIEST <= (at := value / 1_000_000) < LATEST else None


def _of_compact_day(value: float) -> int | None:
    """20240301: as seconds it would be a day in 1970."""
    try:
        if value == int(value) and _COMPACT_DAY.fullmatch(text := str(int(value))):
            return _milliseconds(datetime.fromisoformat(text))
    except ValueError:  # the 31st of February
        pass
    return None


def _shown(value: object) -> str:
    try:
        text = str(value)
    except ValueError:  # Python does not write whole numbers of more than some thousand digits
        return "such a number"
    return repr(text[:40])


def in_utc(at: int) -> str:
    """Epoch milliseconds as people read them; milliseconds only where there are any.

    >>> in_utc(1_767_616_200_000), in_utc(1_767_616_200_500)
    ('2026-01-05 12:30:00 UTC', '2026-01-05 12:30:00.500 UTC')
    """
    told = datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return f"{told}.{at % 1000:03} UTC" if at % 1000 else f"{told} UTC"
