"""Texts that say a time and that Python's own parser of ISO 8601 does not take, made a datetime or a number."""

import re
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from math import isfinite

_NUMERAL = re.compile(r"-?\d{1,20}(\.\d{1,20})?(e\+?\d{1,2})?", re.IGNORECASE)
_LEAP_SECOND = re.compile(r"(:\d\d):60")
_END_OF_DAY = re.compile(r"([T ])24:00(?=$|[^:\d]|:00(?![\d.,]*[1-9]))")
"""24:00 is the midnight after it."""
_ZONE_NAME = re.compile(r"(?<=[\dZ])\[[\w/+-]+\]$", re.IGNORECASE)
"""Java writes `2024-03-01T11:00:00+01:00[Europe/Berlin]`."""
_NAMED_UTC = re.compile(r"(?<=\d) ?(UTC|GMT)$| (?=[+-]\d\d:?\d\d$)")
_TWICE_SAID = re.compile(r"(?<=[+-]\d{4}) [A-Z]{3,4}$")
"""Go writes `2024-03-01 10:00:00 +0000 UTC`."""
_RFC_2822 = re.compile(r"([A-Z]{3}, *)?\d{1,2} [A-Z]{3} [12]\d{3} \d\d:\d\d(:\d\d)? ([+-]\d{4}|GMT|UTC?|Z|[ECMP][SD]T)( \([^)]*\))?", re.IGNORECASE)
_JAVASCRIPT = re.compile(r"[A-Z]{3} ([A-Z]{3}) (\d\d) (\d{4}) (\d\d:\d\d:\d\d) GMT([+-]\d{4})( \([^)]*\))?", re.IGNORECASE)
_CTIME = re.compile(r"[A-Z]{3} ([A-Z]{3}) +(\d{1,2}) (\d\d:\d\d:\d\d)(?: UTC| GMT)? (\d{4})", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?=$|[T ])")
_DAY_FIRST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?=$|[T ])")


def written(text: str) -> datetime | float:
    """What a text says: a datetime, naive where no zone is written, or a number of seconds, milliseconds and so on since 1970.

    Raises ValueError where it says neither, or may say two things: `05/06/1990`.
    """
    text = text.strip()
    if text[:1].isalpha():
        return _by_mail(text)
    if _NUMERAL.fullmatch(text):
        number = float(text)
        return int(number) if isfinite(number) and number.is_integer() else number
    iso, days = _END_OF_DAY.subn(r"\g<1>00:00", _iso_day(text.upper()))
    iso = _TWICE_SAID.sub("", _ZONE_NAME.sub("", _LEAP_SECOND.sub(r"\1:59", iso)))
    iso = _NAMED_UTC.sub(lambda found: "+00:00" if found[1] else "", iso)
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        moment = _by_mail(text)
    try:
        return moment + timedelta(days=days)
    except OverflowError as error:  # the midnight after the last day of the year 9999
        raise ValueError(text[:40]) from error


def _by_mail(text: str) -> datetime:
    """RFC 2822, JavaScript's Date as text, and C's ctime. A leap second is read as the second before it."""
    told = _CTIME.sub(r"\2 \1 \4 \3 +0000", _JAVASCRIPT.sub(r"\2 \1 \3 \4 \5", _LEAP_SECOND.sub(r"\1:59", text)))
    if not _RFC_2822.fullmatch(told):  # Python's parser takes much else, and guesses
        raise ValueError(text[:40])
    try:
        return parsedate_to_datetime(told)
    except TypeError as error:
        raise ValueError(text[:40]) from error


def _iso_day(text: str) -> str:
    """The same with its day as ISO 8601 writes it. What is between the numbers tells which is which; between slashes and dashes the one that
    cannot be a month is the day."""
    if found := _YEAR_FIRST.match(text):
        year, month, day = found[1], found[3], found[4]
    elif found := _DAY_FIRST.match(text):
        day, month, year = found[1], found[3], found[4]
        if found[2] != "." and int(day) <= 12:
            if int(month) <= 12 and int(day) != int(month):
                raise ValueError(text[:40])
            day, month = month, day
    else:
        return text
    return f"{year}-{month:0>2}-{day:0>2}{text[found.end() :]}"
