"""Instants, spans and details in words. It imports little, because every command that prints a decision uses it."""

from datetime import UTC, datetime
from typing import Any

from services.replay.times import date_and_time, span, with_times

__all__ = ["clock", "span", "spelled", "when"]


def when(at: int) -> str:
    """An instant for people: date and time in UTC, with milliseconds if there are any."""
    return f"{date_and_time(at)}{f'.{at % 1000:03}' if at % 1000 else ''} UTC"


def spelled(detail: str | None) -> str:
    """A detail with its instants and spans in words."""
    return with_times(detail, when)


def clock(at: int, zone: Any) -> str:
    """The time of the day at a place, as HH:MM."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).strftime("%H:%M")
