"""Event times as people read them."""

from datetime import UTC, datetime


def moment(at: int) -> str:
    """A time in epoch milliseconds as a date and a time of day, UTC."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
