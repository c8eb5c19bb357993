"""What a feature remembers and how it answers: one small class an aggregate, all with the same four verbs.

`update(state, at, now, value)` takes one event into the state and returns it (None stands for the empty state); `evaluate(state,
now)` answers for the window that ends at `now`; `merge(state, other, now)` makes one state of two, whose customers turn out to be
one. All are pure but for the state they are handed. States are plain lists, dicts and numbers, so that they can stand in the
profile's blob. `now` is the newest time known of the user, never less than `at`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from udfs.core.features import counters
from udfs.core.features.aggregate import Aggregate
from udfs.core.features.distinct import Distinct
from udfs.core.features.keyed import ByKey, Latest, Top
from udfs.core.features.steps import Steps
from udfs.core.values.durations import DAY


@dataclass(frozen=True, slots=True)
class Total:
    """Count (every value 1) or sum; over a window, or ever (`window` None)."""

    window: int | None
    hop: int

    def update(self, state: Any, at: int, now: int, value: Any) -> Any:
        """Add the value."""
        window, hop = self.window, self.hop
        if window is None:
            return (state or 0) + value
        index = at // hop
        if state and index in state:  # the usual case: the tile of now
            state[index] += value
            return state
        tiles = {} if state is None else state
        counters.add(tiles, at, now, window, hop, value)
        return tiles

    def less(self, state: Any, at: int, value: float, times: int) -> Any:
        """Take back what an event at `at` added; what no window reaches any more is gone already."""
        if self.window is None:
            return round(state - value, 9)
        index = at // self.hop
        if index in state:
            state[index] = round(state[index] - value, 9)
        return state

    def merge(self, state: Any, other: Any, now: int) -> Any:
        """Add them up, tile by tile."""
        if self.window is None:
            return state + other
        for index, amount in other.items():
            state[index] = state.get(index, 0) + amount
        counters.forget(state, counters.tail(now, self.window, self.hop))
        return state

    def evaluate(self, state: Any, now: int) -> Any:
        """The total; 0 of nothing."""
        if state is None:
            return 0
        window, hop = self.window, self.hop
        if window is None:
            return state
        if state and min(state) >= (now - window) // hop:  # the usual case: nothing has to be picked out
            return sum(state.values())
        return counters.total(state, now, window, hop)


@dataclass(frozen=True, slots=True)
class Extreme:
    """The least (`sign` 1) or greatest (-1) value."""

    window: int | None
    hop: int
    sign: int

    def update(self, state: Any, at: int, now: int, value: Any) -> Any:
        """Keep it if it is more extreme."""
        amount = self.sign * value
        if self.window is None:
            return amount if state is None else min(state, amount)
        tiles = {} if state is None else state
        counters.lower(tiles, at, now, self.window, self.hop, amount)
        return tiles

    def merge(self, state: Any, other: Any, now: int) -> Any:
        """The more extreme of both, tile by tile."""
        if self.window is None:
            return min(state, other)
        for index, amount in other.items():
            state[index] = min(state.get(index, amount), amount)
        counters.forget(state, counters.tail(now, self.window, self.hop))
        return state

    def evaluate(self, state: Any, now: int) -> Any:
        """The extreme, None of nothing."""
        if state is None:
            return None
        least = state if self.window is None else counters.least(state, now, self.window, self.hop)
        return None if least is None else self.sign * least


@dataclass(frozen=True, slots=True)
class Mean:
    """The arithmetic mean: a sum and a count side by side."""

    sums: Total
    counts: Total

    def update(self, state: Any, at: int, now: int, value: Any) -> Any:
        """Add to both."""
        held = state or [None, None]
        return [self.sums.update(held[0], at, now, value), self.counts.update(held[1], at, now, 1)]

    def less(self, state: Any, at: int, value: float, times: int) -> Any:
        """Take back from both: `times` is 0 where the event itself stands, and only a part of its value does not."""
        return [self.sums.less(state[0], at, value, times), self.counts.less(state[1], at, times, times)]

    def merge(self, state: Any, other: Any, now: int) -> Any:
        """Add up both sides."""
        return [self.sums.merge(state[0], other[0], now), self.counts.merge(state[1], other[1], now)]

    def evaluate(self, state: Any, now: int) -> Any:
        """Sum by count, None of nothing."""
        if state is None:
            return None
        number = self.counts.evaluate(state[1], now)
        return self.sums.evaluate(state[0], now) / number if number else None


@dataclass(frozen=True, slots=True)
class Newest:
    """The value of the latest event (of equals, the one that came last); with a window, only while it is younger than that."""

    window: int | None

    def update(self, state: Any, at: int, now: int, value: Any) -> Any:
        """Replace an older one."""
        return [at, value] if state is None or at >= state[0] else state

    def merge(self, state: Any, other: Any, now: int) -> Any:
        """The later one; of two at one instant the first stays, since nobody knows which came last."""
        return other if other[0] > state[0] else state

    def evaluate(self, state: Any, now: int) -> Any:
        """The value."""
        return None if state is None or (self.window is not None and state[0] < now - self.window) else state[1]


@dataclass(frozen=True, slots=True)
class Oldest:
    """The value of the first event."""

    def update(self, state: Any, at: int, now: int, value: Any) -> Any:
        """Replace a younger one."""
        return [at, value] if state is None or at < state[0] else state

    def merge(self, state: Any, other: Any, now: int) -> Any:
        """The earlier one."""
        return other if other[0] < state[0] else state

    def evaluate(self, state: Any, now: int) -> Any:
        """The value."""
        return None if state is None else state[1]


@dataclass(frozen=True, slots=True)
class TimeSince:
    """How long ago the latest event was, in `unit` milliseconds."""

    unit: int

    def update(self, state: Any, at: int, now: int, value: Any) -> Any:
        """Remember the newest time."""
        return at if state is None else max(state, at)

    def merge(self, state: Any, other: Any, now: int) -> Any:
        """The newest of both."""
        return max(state, other)

    def evaluate(self, state: Any, now: int) -> Any:
        """Time since then, None before the first."""
        return None if state is None else (now - state) / self.unit


@dataclass(frozen=True, slots=True)
class TimeSinceFirst:
    """How long ago the first event was, in `unit` milliseconds."""

    unit: int

    def update(self, state: Any, at: int, now: int, value: Any) -> Any:
        """Remember the oldest time."""
        return at if state is None else min(state, at)

    def merge(self, state: Any, other: Any, now: int) -> Any:
        """The oldest of both."""
        return min(state, other)

    def evaluate(self, state: Any, now: int) -> Any:
        """Time since then, None before the first."""
        return None if state is None else (now - state) / self.unit


@dataclass(frozen=True, slots=True)
class Streak:
    """On how many days in a row it happened, up to the latest one; broken when a whole day (UTC) passes without."""

    def update(self, state: Any, at: int, now: int, value: Any) -> Any:
        """Lengthen, restart, or leave as it is (the same or an earlier day)."""
        day = at // DAY
        if state is None:
            return [day, 1]
        last, length = state
        return state if day <= last else [day, length + 1 if day == last + 1 else 1]

    def merge(self, state: Any, other: Any, now: int) -> Any:
        """One run where the two touch or overlap, else the later one. A run that was over by then is not known any more, and joins nothing."""
        (last, length), (end, other_length) = sorted((state, other), reverse=True)
        first = last - length + 1
        return [last, last - min(first, end - other_length + 1) + 1] if end >= first - 1 else [last, length]

    def evaluate(self, state: Any, now: int) -> Any:
        """Length in days."""
        return 0 if state is None or now // DAY > state[0] + 1 else state[1]


AGGREGATES: Mapping[str, str] = {
    "count": "how often",
    "sum": "the total of a number",
    "min": "the least",
    "max": "the greatest",
    "mean": "the average",
    "last": "the latest value",
    "first": "the first value",
    "distinct": "how many different values",
    "last_n": "the latest values, newest first, each once",
    "top": "the most frequent value",
    "time_since": "how long ago",
    "time_since_first": "how long ago the first one was",
    "streak": "days in a row",
    "steps": "the steps of the latest visit, for models that read sequences",
}
NUMERIC = frozenset({"sum", "min", "max", "mean"})
WINDOWED = frozenset({"count", "sum", "min", "max", "mean", "distinct", "last", "last_n", "top"})
"""Aggregates that may have a window; without one they are about all time."""
BY_KEY = frozenset({"count", "sum", "min", "max", "mean", "last"})
"""Aggregates that may be kept for each value of something (`by`)."""


def make(aggregate: str, *, window: int | None, unit: int, n: int = 1, keyed: bool = False, events: Sequence[str] = ()) -> Aggregate:
    """The aggregate of a name in AGGREGATES. `n`: how many last_n keeps; `keyed`: one of many side by side, so in fewer tiles; `events`: of which
    steps are made.
    """
    hop = counters.hop_for(window, counters.FEW_TILES if keyed or aggregate == "top" else counters.TILES) if window else 1
    match aggregate:
        case "count" | "sum":
            return Total(window, hop)
        case "min":
            return Extreme(window, hop, 1)
        case "max":
            return Extreme(window, hop, -1)
        case "mean":
            return Mean(Total(window, hop), Total(window, hop))
        case "distinct":
            return Distinct(window, hop if window else 1)
        case "last":
            return Newest(window)
        case "last_n":
            return Latest(window, n)
        case "top":
            return Top(ByKey(Total(window, hop)))
        case "first":
            return Oldest()
        case "time_since":
            return TimeSince(unit)
        case "time_since_first":
            return TimeSinceFirst(unit)
        case "streak":
            return Streak()
        case "steps":
            return Steps(tuple(dict.fromkeys(events)))
    raise ValueError(aggregate)
