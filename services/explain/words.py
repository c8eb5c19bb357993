"""Instants, spans and details in words. It imports little, because every command that prints a decision uses it."""

import re
from datetime import UTC, datetime
from typing import Any

from services.replay.times import date_and_time

_INSTANT = re.compile(r"\b1\d{12}\b")
_SPAN = re.compile(r"\b(\d+) ms\b")


def when(at: int) -> str:
    """An instant for people: date and time in UTC, with milliseconds if there are any."""
    return f"{date_and_time(at)}{f'.{at % 1000:03}' if at % 1000 else ''} UTC"


def spelled(detail: str | None) -> str:
    """A detail with its instants and spans in words."""
    told = _INSTANT.sub(lambda match: when(int(match[0])), detail or "")
    return _SPAN.sub(lambda match: span(int(match[1])), told)


def span(ms: int) -> str:
    """A length of time in words: `1h 30m`, `45s`."""
    parts, rest = [], ms
    for unit, length in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)):
        count, rest = divmod(rest, length)
        parts += [f"{count}{unit}"] if count else []
    return " ".join(parts[:2]) or f"{ms} ms"


def clock(at: int, zone: Any) -> str:
    """The time of the day at a place, as HH:MM."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).strftime("%H:%M")
