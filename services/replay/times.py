"""Event times as text."""

from datetime import UTC, datetime


def date_and_time(at: int) -> str:
    """Format epoch milliseconds as a date and a time of day, in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
