"""Event times and spans as text."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

_INSTANT = re.compile(r"\b1\d{12}\b")
_SPAN = re.compile(r"\b(\d+) ms\b")


def date_and_time(at: int) -> str:
    """Format epoch milliseconds as a date and a time of day, in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def span(ms: int) -> str:
    """A length of time in words: `1h 30m`, `45s`."""
    parts, rest = [], ms
    for unit, length in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)):
        count, rest = divmod(rest, length)
        parts += [f"{count}{unit}"] if count else []
    return " ".join(parts[:2]) or f"{ms} ms"


def with_times(detail: str | None, when: Callable[[int], str]) -> str:
    """A detail with its instants as `when` writes them, and its spans in words."""
    told = _INSTANT.sub(lambda match: when(int(match[0])), detail or "")
    return _SPAN.sub(lambda match: span(int(match[1])), told)
