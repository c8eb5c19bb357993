"""Times as senders write them, made epoch milliseconds."""

import re
from datetime import UTC, datetime, timedelta

from udfs.core.values.errors import InvalidInput

EARLIEST = 631_152_000_000
"""1990-01-01T00:00Z. An event before it comes from a clock that was never set."""
LATEST = 4_102_444_800_000
"""2100-01-01T00:00Z, exclusive."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LEAP_SECOND = re.compile(r"(:\d\d):60")


class BadInstant(InvalidInput):
    """A value that is no point in time between 1990 and 2100; says what is wrong and what to send."""


def instant(value: str | float) -> int:
    """Epoch milliseconds of ISO 8601 text (without a zone: UTC; finer than a millisecond: cut) or of a number of milliseconds.

    >>> instant("2024-03-01T10:00:00+01:00") == instant("2024-03-01 09:00") == instant(1709283600000)
    True
    """
    if isinstance(value, str):
        at = _from_text(value)
    elif -1e18 < value < 1e18:  # false for NaN too, so that int() stays sensible
        at = int(value)
    else:
        message = f"{str(value)[:40]} is no time: send ISO 8601, or epoch milliseconds"
        raise BadInstant(message)
    if EARLIEST <= at < LATEST:
        return at
    hint = " (it looks like seconds)" if EARLIEST <= at * 1000 < LATEST else ""
    message = f"{str(value)[:40]!r} lies before 1990 or after 2100{hint}: send ISO 8601, or epoch milliseconds"
    raise BadInstant(message)


def _from_text(text: str) -> int:
    try:
        if text.isdecimal():  # first: fromisoformat would read some of these as dates
            return int(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = _from_odd_text(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MILLISECOND


def _from_odd_text(text: str) -> datetime:
    """Legal ISO 8601 that Python's own parser does not take: a small z, spaces around, a leap second (read as the second before)."""
    try:
        return datetime.fromisoformat(_LEAP_SECOND.sub(r"\1:59", text.strip().upper()))
    except ValueError as error:
        message = f"{text[:40]!r} is no time: send ISO 8601 as in 2024-03-01T10:00:00.000Z, or epoch milliseconds"
        raise BadInstant(message) from error
