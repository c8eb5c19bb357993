"""Times as senders write them, made epoch milliseconds."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from math import isfinite

from udfs.core.values.errors import InvalidInput

EARLIEST = 631_152_000_000
"""1990-01-01T00:00Z. An event before it comes from a clock that was never set."""
LATEST = 4_102_444_800_000
"""2100-01-01T00:00Z, exclusive."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LEAP_SECOND = re.compile(r"(:\d\d):60")
_NUMERAL = re.compile(r"\d{1,20}(\.\d{1,20})?")
_COMPACT_DAY = re.compile(r"(19|20)\d{6}")
_NAMED_UTC = re.compile(r"(?<=\d) ?(UTC|GMT)$| (?=[+-]\d\d:?\d\d$)")
_TWICE_SAID = re.compile(r"(?<=[+-]\d{4}) [A-Z]{3,4}$")
"""Go writes `2024-03-01 10:00:00 +0000 UTC`."""
_RFC_2822 = re.compile(r"([A-Z]{3}, *)?\d{1,2} [A-Z]{3} \d{4} \d\d:\d\d(:\d\d)? ([+-]\d{4}|GMT|UTC?|Z|[ECMP][SD]T)( \([^)]*\))?", re.IGNORECASE)
_JAVASCRIPT = re.compile(r"[A-Z]{3} ([A-Z]{3}) (\d\d) (\d{4}) (\d\d:\d\d:\d\d) GMT([+-]\d{4})( \([^)]*\))?", re.IGNORECASE)
_HINT = "send ISO 8601 as in 2024-03-01T10:00:00.000Z, or epoch milliseconds"


class BadInstant(InvalidInput):
    """A value that is no point in time between 1990 and 2100; says what is wrong and what to send."""


def parse_instant(value: str | float) -> int:
    """Epoch milliseconds of a text or a number. Without a zone: UTC; finer than a millisecond: cut.

    Text is ISO 8601 in its usual variants, or a date of RFC 2822 (`Fri, 01 Mar 2024 09:00:00 GMT`). A number counts seconds,
    milliseconds, microseconds or nanoseconds since 1970: between 1990 and 2100 the four ranges have no number in common.

    >>> parse_instant("2024-03-01T10:00:00+01:00") == parse_instant("2024-03-01 09:00") == parse_instant(1709283600000) == parse_instant(1709283600)
    True
    """
    if isinstance(value, str):
        at = _from_text(value)
    elif -1e30 < value < 1e30:  # false for NaN too, so that int() stays sensible
        if EARLIEST <= value < LATEST:
            return int(value)
        at = _from_number(value)
    else:
        message = f"{_shown(value)} is no time: {_HINT}"
        raise BadInstant(message)
    if EARLIEST <= at < LATEST:
        return at
    message = f"{_shown(value)} lies before 1990 or after 2100: {_HINT}"
    raise BadInstant(message)


def _from_number(value: float) -> int:
    """Milliseconds of a number in whatever unit makes it a time between 1990 and 2100; the number itself when none does."""
    if not 0 < value < 1e30:  # above it a whole number may be more than a double holds
        return int(value)
    for at in (value * 1000, value / 1000, value / 1_000_000):
        if EARLIEST <= at < LATEST:
            return int(at)
    return int(value)


def _from_text(text: str) -> int:
    try:
        if text.isdecimal():  # first: fromisoformat would read some of these as dates
            return _from_digits(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        found = _from_odd_text(text.strip())
        if isinstance(found, int):
            return found
        moment = found
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MILLISECOND


def _from_digits(text: str) -> int:
    at = int(text)
    if EARLIEST <= at < LATEST:
        return at
    if _COMPACT_DAY.fullmatch(text):  # 20240301: as a number it would be a day in 1970
        return (datetime.fromisoformat(text).replace(tzinfo=UTC) - _EPOCH) // _MILLISECOND
    return _from_number(at)


def _from_odd_text(text: str) -> datetime | int:
    """What Python's own parser does not take: a small z, spaces, a leap second (read as the second before), RFC 2822, JavaScript's Date as text,
    decimal seconds.
    """
    if _NUMERAL.fullmatch(text):
        number = float(text)
        return _from_number(number) if isfinite(number) and not EARLIEST <= number < LATEST else int(number)
    iso = _LEAP_SECOND.sub(r"\1:59", text.upper())
    iso = _NAMED_UTC.sub(lambda found: "+00:00" if found[1] else "", _TWICE_SAID.sub("", iso))
    try:
        return datetime.fromisoformat(iso)
    except ValueError:
        pass
    written = _JAVASCRIPT.sub(r"\2 \1 \3 \4 \5", text)
    try:
        if _RFC_2822.fullmatch(written):  # Python's parser takes much else, and guesses
            return parsedate_to_datetime(written)
    except (ValueError, TypeError):  # the 31st of February
        pass
    message = f"{_shown(text)} is no time: {_HINT}"
    raise BadInstant(message)


def _shown(value: object) -> str:
    try:
        text = str(value)
    except ValueError:  # Python does not write whole numbers of more than some thousand digits
        return "such a number"
    return repr(text[:40])
