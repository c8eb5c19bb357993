"""The period of a report and its weeks, by the clock of a time zone: a day is what the wall calendar says, also where clocks change."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

MAX_WEEKS = 520


class Week(NamedTuple):
    """A week from Monday to Sunday, as ISO 8601 counts them. `since` and `until` are instants, epoch milliseconds."""

    label: str
    since: int
    until: int
    is_whole: bool
    """Whether all of it is in the period."""


@dataclass(frozen=True, kw_only=True)
class Period:
    """From an instant until another, which is no longer part of it: epoch milliseconds."""

    since: int
    until: int
    zone: ZoneInfo

    @classmethod
    def of_days(cls, first: date, last: date, zone: ZoneInfo) -> "Period":
        """Whole days, the last one included."""
        return cls(since=midnight(first, zone), until=midnight(last + timedelta(days=1), zone), zone=zone)

    @property
    def first(self) -> date:
        """Its first day."""
        return day_of(self.since, self.zone)

    @property
    def last(self) -> date:
        """Its last day."""
        return day_of(max(self.since, self.until - 1), self.zone)

    def weeks(self) -> Iterator[Week]:
        """Its weeks, the first and the last maybe in part."""
        monday = self.first - timedelta(days=self.first.weekday())
        for _ in range(MAX_WEEKS):
            since, until = midnight(monday, self.zone), midnight(monday + timedelta(days=7), self.zone)
            if since >= self.until:
                return
            year, number, _ = monday.isocalendar()
            yield Week(f"{year}-W{number:02}", max(since, self.since), min(until, self.until), since >= self.since and until <= self.until)
            monday += timedelta(days=7)


def midnight(day: date, zone: ZoneInfo) -> int:
    """When a day begins, epoch milliseconds."""
    return round(datetime.combine(day, time(), zone).timestamp() * 1000)


def day_of(at: int, zone: ZoneInfo) -> date:
    """The day of an instant."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).date()
