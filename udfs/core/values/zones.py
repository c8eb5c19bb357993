"""Time zones and a customer's wall clock. Daylight saving is the IANA database's word."""

import re
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from io import BytesIO
from struct import pack
from zoneinfo import ZoneInfo, available_timezones

from udfs.core.values.windows_zones import WINDOWS_ZONES

MAX_NAME = 100
"""Characters of a zone's name. No zone is called anything longer."""

_OFFSET = re.compile(r"(?:(?:utc|gmt)\s*)?([-+\N{MINUS SIGN}])\s*(\d{1,2})(?::?(\d{2}))?")
_DISPLAYED = re.compile(r"\((?:utc|gmt)[^)]*\)\s*(.+)")


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo | None:
    """The zone that a name means, None when it means none.

    An IANA name in any case and with blanks for underscores, a Windows name (`W. Europe Standard Time`), a place after which exactly one
    zone is named (`Berlin`, also behind an offset: `(GMT+01:00) Berlin`), or an offset (`+01:00`, `UTC+1`; without daylight saving).
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found; not a legal key; a folder of the database
        return _spelled_otherwise(name)


def _spelled_otherwise(name: str) -> ZoneInfo | None:
    if len(name) > MAX_NAME:
        return None
    text = " ".join(name.split()).lower()
    if offset := _OFFSET.fullmatch(text):
        return _fixed(offset[1], int(offset[2]), int(offset[3] or 0))
    if found := _known().get(text.replace(" ", "_")) or WINDOWS_ZONES.get(text):
        return ZoneInfo(found)
    if displayed := _DISPLAYED.fullmatch(text):
        if found := WINDOWS_ZONES.get(displayed[1].replace(" time (us & canada)", " standard time")):
            return ZoneInfo(found)
        places = (place.strip().replace(" ", "_") for place in displayed[1].split(","))
        return next((ZoneInfo(found) for place in places if (found := _places().get(place))), None)
    found = _places().get(text.replace(" ", "_"))
    return ZoneInfo(found) if found else None


@cache
def _known() -> dict[str, str]:
    """Every IANA name by its spelling in lower case."""
    return {name.lower(): name for name in available_timezones()}


@cache
def _places() -> dict[str, str]:
    """The last part of a name -> the name, where one zone alone has it: berlin -> Europe/Berlin."""
    found: dict[str, str] = {}
    for name in sorted(available_timezones()):
        area, _, place = name.rpartition("/")
        if not area or area in {"Etc", "SystemV", "US", "posix", "right"}:
            continue
        place = place.lower()
        found[place] = "" if place in found else name
    return found


def _fixed(sign: str, hours: int, minutes: int) -> ZoneInfo | None:
    """A zone that always has one offset, as a file of the IANA database would say it (RFC 8536)."""
    if hours * 60 + minutes > 14 * 60 or minutes > 59:
        return None
    seconds = (hours * 3600 + minutes * 60) * (1 if sign == "+" else -1)
    name = f"{'+' if sign == '+' else '-'}{hours:02}:{minutes:02}"
    label = name.encode() + b"\0"
    header = b"TZif" + bytes(16) + pack(">6l", 0, 0, 0, 0, 1, len(label))
    return ZoneInfo.from_file(BytesIO(header + pack(">lbb", seconds, 0, 0) + label), key=name)


def wall(at: int, place: ZoneInfo) -> datetime:
    """The wall clock of `place` at epoch milliseconds `at`."""
    return datetime.fromtimestamp(at / 1000, place)


def instant(naive: datetime, place: ZoneInfo, *, again: bool = False) -> int:
    """Epoch milliseconds of a wall-clock time.

    A time that comes twice is its first (`again`: its second); a time that the clock jumps over is the instant of the jump.
    """
    local = naive.replace(tzinfo=place, fold=int(again))
    exact = local.astimezone(UTC)
    if exact.astimezone(place).replace(tzinfo=None) == naive:
        return int(exact.timestamp() * 1000)
    return _jump(naive, place)


def _jump(naive: datetime, place: ZoneInfo) -> int:
    """The instant at which the clock jumps over `naive`, to the second."""
    low, high = (naive.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (1, 0))  # in a gap fold 1 is read as the earlier instant
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(place).replace(tzinfo=None) > naive:
            high = middle
        else:
            low = middle
    return int(high.timestamp()) * 1000
