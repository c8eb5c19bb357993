"""How many places of each period of a channel are used, and the first period with a free one: found in logarithmic time, however long the queue."""

from bisect import bisect_right
from collections import Counter

from udfs.core.values.durations import HOUR

MIN_PERIODS = 128
"""Periods that are over and still remembered: at least so many, and those of the last hour. Customers' clocks need not go in step."""
SLACK = 64


class Periods:
    """Places taken by period. Full periods are kept as runs, in order, so that a queue of any length is passed in one step."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: dict[int, int] = {}
        self._starts: list[int] = []
        """First period of each run of full ones; `_ends` has the first one after it. No two runs touch."""
        self._ends: list[int] = []

    def __len__(self) -> int:
        """Periods remembered."""
        return len(self._taken)

    def first_free(self, period: int, most: int, mine: int | None = None) -> int:
        """The first period from `period` on that has fewer than `most` places taken, not counting the one of whoever asks in period `mine`."""
        if most != self._most:
            self._resize(most)
        run = bisect_right(self._starts, period) - 1
        found = self._ends[run] if run >= 0 and self._ends[run] > period else period
        if mine is not None and period <= mine < found and self._taken[mine] <= most:
            return mine
        return found

    def add(self, period: int) -> None:
        """Use one more place."""
        taken = self._taken[period] = self._taken.get(period, 0) + 1
        if taken == self._most:
            self._fill(period)

    def remove(self, period: int) -> None:
        """A place is free again; one must have been taken."""
        taken = self._taken[period] = self._taken[period] - 1
        if taken == self._most - 1:
            self._open(period)
        if not taken:
            del self._taken[period]

    def forget(self, before: int) -> None:
        """Nothing is remembered of periods before `before`."""
        self._taken = {period: taken for period, taken in self._taken.items() if period >= before}
        self._rebuild()

    def _resize(self, most: int) -> None:
        self._most = most
        self._rebuild()

    def _rebuild(self) -> None:
        self._starts, self._ends = [], []
        for period in sorted(period for period, taken in self._taken.items() if taken >= self._most):
            self._fill(period)

    def _fill(self, period: int) -> None:
        """A period has become full: it begins a run, or lengthens those next to it."""
        run = bisect_right(self._starts, period)
        after = run < len(self._starts) and self._starts[run] == period + 1
        if run and self._ends[run - 1] == period:
            self._ends[run - 1] = period + 1
            if after:
                self._ends[run - 1] = self._ends[run]
                del self._starts[run], self._ends[run]
        elif after:
            self._starts[run] = period
        else:
            self._starts.insert(run, period)
            self._ends.insert(run, period + 1)

    def _open(self, period: int) -> None:
        """A full period has become free: its run is cut in two, or shortened."""
        run = bisect_right(self._starts, period) - 1
        start, end = self._starts[run], self._ends[run]
        parts = [(first, last) for first, last in ((start, period), (period + 1, end)) if first < last]
        self._starts[run : run + 1] = [first for first, _ in parts]
        self._ends[run : run + 1] = [last for _, last in parts]


class Lane:
    """The schedule of one channel, in periods of `length` milliseconds.

    What goes out sees only what goes out; a member of the holdout sees both. `waiting` counts the places that are kept for deferred
    candidates: those of one period are alike, so nobody need be known by name, and a candidate whose place is not among them (a start has
    forgotten it) has none.
    """

    def __init__(self, length: int, most: int) -> None:
        self._past = max(MIN_PERIODS, HOUR // length)
        self._sent, self._all = Periods(most), Periods(most)
        self.waiting: Counter[tuple[int, bool]] = Counter()
        self._newest = 0
        self._limit = 0

    def __len__(self) -> int:
        """Entries remembered."""
        return len(self._sent) + len(self._all) + len(self.waiting)

    def first_free(self, period: int, most: int, *, in_holdout: bool, mine: int | None = None) -> int:
        """The first period from `period`, the present one, on that has a place for a candidate; it has one of its own in `mine`."""
        return (self._all if in_holdout else self._sent).first_free(period, most, mine)

    def reach(self, period: int) -> None:
        """The present has come to this period: what is long before it may be forgotten."""
        self._newest = max(self._newest, period)

    def change(self, period: int, by: int, *, in_holdout: bool, waiting: bool) -> None:
        """One place more (`by` 1) or less (-1) is used, and maybe kept for somebody who waits."""
        for periods in (self._all,) if in_holdout else (self._sent, self._all):
            if by > 0:
                periods.add(period)
            else:
                periods.remove(period)
        if waiting:
            self.waiting[period, in_holdout] += by
            if not self.waiting[period, in_holdout]:
                del self.waiting[period, in_holdout]

    def tidy(self) -> None:
        """Forget what is long over, now and then, so that a change costs the same on average however much there was."""
        if len(self) > self._limit:
            before = self._newest - self._past
            self._sent.forget(before)
            self._all.forget(before)
            self.waiting = Counter({key: count for key, count in self.waiting.items() if key[0] >= before})
            self._limit = len(self) + len(self) // 4 + SLACK
