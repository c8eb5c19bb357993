"""How many messages of one campaign went out, by minute and by hour, and how many that usually are. Pure; time is record time.

A minute counts for the time at which its decisions belong, whenever they are read: an hour of backlog that is worked off in a minute is no peak.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from udfs.core.values.durations import DAY, HOUR, MINUTE

WINDOWS = (1, 10, 60)
"""Minutes. A short one finds what is large at once, a long one what is smaller."""
KEPT_MINUTES = 180
"""Minutes are kept for so long, and hours are closed then."""
KEPT_DAYS = 35
DAYS, WEEKS = 7, 4
"""How far `usual` looks back: the same hours of so many days, and of the same weekday in so many weeks."""
_PER_HOUR = HOUR // MINUTE
_HOURS_A_DAY = DAY // HOUR

Peaks = tuple[int, ...]
"""The most messages of an hour within each of `WINDOWS`."""


@dataclass(kw_only=True)
class Counts:
    """One campaign, or all together."""

    minutes: dict[int, int] = field(default_factory=dict)
    """Minute (since the epoch) -> messages; the last `KEPT_MINUTES`."""
    hours: dict[int, Peaks] = field(default_factory=dict)
    """Hour (since the epoch) -> its peaks; hours without a message are not there."""
    first: int | None = None
    """The first minute of which something is known, from decisions that were made in time: one event that comes days late makes no history."""
    newest: int = 0
    """The newest minute."""
    closed: int = 0
    """Hours before this one are history."""
    unlike: int | None = None
    """From this minute on nothing teaches what is usual: a person has not said yet whether it was right."""

    def add(self, at: int, *, in_time: bool = True) -> int:
        """One message at an instant (epoch milliseconds). Returns its minute. What is too old for its minute is left out."""
        minute = at // MINUTE
        if minute // _PER_HOUR < self.closed:
            return minute
        self.minutes[minute] = self.minutes.get(minute, 0) + 1
        if in_time:
            self.first = minute if self.first is None else min(self.first, minute)
        if minute > self.newest:
            self.newest = minute
            self._close((minute - KEPT_MINUTES) // _PER_HOUR)
        return minute

    def _close(self, before: int) -> None:
        """Hours before this one become history, and the oldest history goes."""
        if before <= self.closed:
            return
        taught = [minute for minute in self.minutes if self.closed <= minute // _PER_HOUR < before]
        if (unlike := self.unlike) is not None:
            taught = [minute for minute in taught if minute < unlike]
        for hour in {minute // _PER_HOUR for minute in taught}:
            known = [minute for minute in taught if minute // _PER_HOUR == hour]
            self.hours[hour] = tuple(max(self.within(minute, length) for minute in known) for length in WINDOWS)
        self.closed = before
        for minute in [minute for minute in self.minutes if minute < before * _PER_HOUR - WINDOWS[-1]]:
            del self.minutes[minute]
        for hour in [hour for hour in self.hours if hour < before - KEPT_DAYS * _HOURS_A_DAY]:
            del self.hours[hour]

    def within(self, minute: int, length: int, *, after: int | None = None) -> int:
        """Messages in the `length` minutes that end with this one; `after`: only those after that minute."""
        begins = minute - length + 1 if after is None else max(minute - length + 1, after + 1)
        return sum(self.minutes.get(each, 0) for each in range(begins, minute + 1))

    def usual(self, minute: int, length: int) -> int | None:
        """The most in such a time at this hour of the day, or the one before or after it (clocks change): on each of the last days, and on this
        weekday of the last weeks. None: less than a day is known."""
        if self.first is None or minute - self.first < _HOURS_A_DAY * _PER_HOUR:
            return None
        hour = minute // _PER_HOUR
        back = [day * _HOURS_A_DAY for day in range(1, DAYS + 1)] + [week * 7 * _HOURS_A_DAY for week in range(2, WEEKS + 1)]
        return max(self._peak(hour - each + near, length) for each in back for near in (-1, 0, 1))

    def ever(self, length: int, *, before: int) -> int:
        """The most in such a time that is known of, in hours before that of this minute."""
        hour = before // _PER_HOUR
        return max((peaks[WINDOWS.index(length)] for each, peaks in self.hours.items() if each < hour), default=0)

    def forget(self, begins: int, ends: int) -> None:
        """What happened in these minutes, the last one included, was wrong: it teaches nothing."""
        for minute in [minute for minute in self.minutes if begins <= minute <= ends]:
            del self.minutes[minute]

    def _peak(self, hour: int, length: int) -> int:
        peaks = self.hours.get(hour)
        return 0 if peaks is None else peaks[WINDOWS.index(length)]

    def packed(self) -> dict[str, Any]:
        """As it is written to a file."""
        return {
            "minutes": {str(minute): count for minute, count in self.minutes.items()},
            "hours": {str(hour): list(peaks) for hour, peaks in self.hours.items()},
            "first": self.first,
            "newest": self.newest,
            "closed": self.closed,
            "unlike": self.unlike,
        }

    @staticmethod
    def unpacked(told: Mapping[str, Any]) -> "Counts":
        """What `packed` has made. Raises KeyError, ValueError or TypeError for anything else."""
        return Counts(
            minutes={int(minute): int(count) for minute, count in told["minutes"].items()},
            hours={int(hour): _peaks(peaks) for hour, peaks in told["hours"].items()},
            newest=int(told["newest"]),
            closed=int(told["closed"]),
            first=None if told["first"] is None else int(told["first"]),
            unlike=None if told["unlike"] is None else int(told["unlike"]),
        )


def _peaks(found: Sequence[Any]) -> Peaks:
    peaks = tuple(int(each) for each in found)
    if len(peaks) != len(WINDOWS):
        message = f"peaks are of {len(WINDOWS)} windows"
        raise ValueError(message)
    return peaks
