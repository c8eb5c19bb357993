"""When something is due: every so often, or by the calendar of a time zone. Pure: the present is an argument.

A local time that a changeover leaves out runs at the first instant after the gap; one that comes twice runs the first time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Protocol
from zoneinfo import ZoneInfo


class Times(Protocol):
    """A rule for instants."""

    def after(self, instant: datetime) -> datetime:
        """The first instant later than this one, in UTC. `instant` has a time zone."""


@dataclass(frozen=True)
class Every:
    """Every so often, at multiples of the period since 1970: a restart does not move them."""

    period: timedelta

    def after(self, instant: datetime) -> datetime:
        """The next multiple."""
        begin = datetime(1970, 1, 1, tzinfo=UTC)
        return begin + ((instant - begin) // self.period + 1) * self.period


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """Daily, weekly (`weekday`: Monday is 0) or monthly (`day`) at a local time."""

    zone: ZoneInfo
    at: time
    weekday: int | None = None
    day: int | None = None

    def after(self, instant: datetime) -> datetime:
        """The next one."""
        today = instant.astimezone(self.zone).date()
        return next(found for each in self._dates(today - timedelta(days=1)) if (found := self._on(each)) > instant)

    def _dates(self, begin: date) -> Iterator[date]:
        days = (begin + timedelta(days=n) for n in count())
        return (each for each in days if self._holds(each))

    def _holds(self, each: date) -> bool:
        if self.weekday is not None:
            return each.weekday() == self.weekday
        if self.day is not None:
            last = (each + timedelta(days=1)).month != each.month
            return each.day == self.day or (last and each.day < self.day)
        return True

    def _on(self, each: date) -> datetime:
        local = datetime.combine(each, self.at, tzinfo=self.zone)
        found = local.astimezone(UTC)
        if found.astimezone(self.zone).replace(tzinfo=None) == local.replace(tzinfo=None):
            return found
        # The local time does not exist: `found` counts with the offset from before the gap. The gap ends where the offset changes.
        low, high = found - timedelta(days=1), found
        before = low.astimezone(self.zone).utcoffset()
        while high - low > timedelta(seconds=1):
            middle = low + (high - low) / 2
            low, high = (middle, high) if middle.astimezone(self.zone).utcoffset() == before else (low, middle)
        return high.replace(microsecond=0)


@dataclass(frozen=True)
class Hourly:
    """At a minute of each hour that passes, so also in both hours of the same name."""

    minute: int
    zone: ZoneInfo

    def after(self, instant: datetime) -> datetime:
        """The next one. In zones half an hour off, the minute is the local one."""
        begin = instant.astimezone(UTC).replace(second=0, microsecond=0)
        return next(found for n in range(1, 181) if (found := begin + timedelta(minutes=n)).astimezone(self.zone).minute == self.minute)


def missed(times: Times, since: datetime, now: datetime) -> bool:
    """Whether it was due after `since` and until now."""
    return times.after(since) <= now
