"""Instants, spans and details in words. It imports little, because every command that prints a decision uses it."""

from datetime import UTC, datetime
from typing import Any

from services.replay.times import span, with_times
from udfs.core.values.instants import in_utc

__all__ = ["clock", "span", "spelled", "when"]


when = in_utc
"""An instant for people: date and time in UTC, with milliseconds if there are any."""


def spelled(detail: str | None) -> str:
    """A detail with its instants and spans in words."""
    return with_times(detail, when)


def clock(at: int, zone: Any) -> str:
    """The time of the day at a place, as HH:MM."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).strftime("%H:%M")
