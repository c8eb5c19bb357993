"""Instants, days, zones and durations, as they arrive."""

import datetime as dt
import re
import zoneinfo
from decimal import Decimal
from email.utils import parsedate_to_datetime

from tests.world_oracle.amounts import Unreadable

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
UNITS = {"ms": 1, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
NAMES = {name.casefold(): name for name in zoneinfo.available_timezones()}
WINDOWS = {
    "w. europe standard time": "Europe/Berlin",
    "eastern standard time": "America/New_York",
    "tokyo standard time": "Asia/Tokyo",
}  # a few of CLDR's
OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])\s*(\d{1,2})(?::?(\d{2}))?")


def duration(text: object) -> int:
    """Milliseconds of `30m`, `1.5h`, `7d`."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)\s*", str(text))
    if not found:
        raise Unreadable(text)
    return int(Decimal(found[1]) * UNITS[found[2]])


def instant(value: object) -> int:
    """Epoch milliseconds. Numbers are distinguished by range: seconds below 10^11, milliseconds above."""
    if isinstance(value, bool):
        raise Unreadable(value)
    if isinstance(value, str):
        text = value.strip()
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return epoch(Decimal(text))
        return of_datetime(written(text))
    if isinstance(value, int | float):
        told = Decimal(str(value))
        if told.is_finite():
            return epoch(told)
    raise Unreadable(value)


def epoch(number: Decimal) -> int:
    """Seconds or milliseconds, between 1973 and 5138."""
    if 10**8 <= number < 10**11:
        return int(number * 1000)
    if 10**11 <= number < 10**14:
        return int(number)
    raise Unreadable(number)


def written(text: str) -> dt.datetime:
    """ISO 8601 in its usual variants, with `UTC` or `GMT` behind it too, or RFC 2822. Without a zone: UTC."""
    plain = re.sub(r"\s*(UTC|GMT|Z)$", "+00:00", text.strip(), flags=re.IGNORECASE)
    plain = re.sub(r"\s+([+-]\d{2}:?\d{2})$", r"\1", plain)
    try:
        told = dt.datetime.fromisoformat(plain)
    except ValueError:
        try:
            told = parsedate_to_datetime(text)
        except (ValueError, TypeError) as broken:
            raise Unreadable(text) from broken
    return told if told.tzinfo else told.replace(tzinfo=dt.UTC)


def of_datetime(told: dt.datetime) -> int:
    """Epoch milliseconds of a time with a zone."""
    try:
        return (told - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(milliseconds=1)
    except OverflowError as broken:
        raise Unreadable(told) from broken


def day(value: object) -> tuple[int | None, int, int]:
    """Year (where told), month and day. A day that travels as an instant is the day as it is written."""
    if isinstance(value, str):
        text = value.strip()
        for pattern, order in (
            (r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", (1, 2, 3)),
            (r"(\d{1,2})\.(\d{1,2})\.(\d{4})", (3, 2, 1)),
        ):
            if found := re.fullmatch(pattern, text):
                return checked(int(found[order[0]]), int(found[order[1]]), int(found[order[2]]))
        if found := re.fullmatch(r"(?:--)?(\d{2})-(\d{2})", text):
            return None, *checked(2000, int(found[1]), int(found[2]))[1:]
        if not re.fullmatch(r"-?\d+(\.\d+)?", text):
            told = written(text)
            return told.year, told.month, told.day
        value = int(Decimal(text))
    if isinstance(value, int | float) and not isinstance(value, bool):
        unit = SECOND if abs(value) < 4_102_444_800 else 1  # below it, milliseconds would be of the first weeks of 1970
        try:
            told = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=int(value * unit))
        except (OverflowError, ValueError) as broken:
            raise Unreadable(value) from broken
        return told.year, told.month, told.day
    raise Unreadable(value)


def checked(year: int, month: int, of_month: int) -> tuple[int, int, int]:
    """A day that the calendar has."""
    try:
        dt.date(year, month, of_month)
    except ValueError as broken:
        raise Unreadable((year, month, of_month)) from broken
    return year, month, of_month


def zone(value: object) -> dt.tzinfo:
    """IANA names in any case and with blanks, offsets, Windows names."""
    if not isinstance(value, str):
        raise Unreadable(value)
    text = value.strip().casefold()
    if name := NAMES.get(text) or WINDOWS.get(text):
        return zoneinfo.ZoneInfo(name)
    if text in {"z", "utc", "gmt"}:
        return dt.UTC
    if found := OFFSET.fullmatch(text):
        ahead = dt.timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        if ahead <= dt.timedelta(hours=14):
            return dt.timezone(ahead if found[1] == "+" else -ahead)
    raise Unreadable(value)


def local(at: int, where: dt.tzinfo) -> dt.datetime:
    """The wall clock there."""
    return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=at)).astimezone(where)
