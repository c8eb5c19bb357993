"""Time zones and a customer's wall clock. Daylight saving is the IANA database's word."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo | None:
    """An IANA zone by name, None when there is no such zone."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found; not a legal key; a folder of the database
        return None


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
