"""Aggregates that hold several values: the latest few, one for each key, and the most frequent. All of them bounded."""

from dataclasses import dataclass
from typing import Any

from udfs.core.features.aggregate import Aggregate

MAX_LATEST = 20
"""The most that last_n keeps."""
MAX_KEYS = 32
"""Different keys side by side; beyond that the one that was not seen for the longest gives way."""


class Answers(dict[str, Any]):
    """Key -> answer, with an answer for a key that was never seen: what has not been bought was bought for 0."""

    def __init__(self, answers: dict[str, Any], of_nothing: Any) -> None:
        super().__init__(answers)
        self.of_nothing = of_nothing

    def get(self, key: str, default: Any = None) -> Any:
        """The answer for a key."""
        return super().get(key, self.of_nothing if default is None else default)


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest `n` values, newest first, each once: what comes again moves to the front. Of records the first field tells one from another."""

    window: int | None
    n: int

    def update(self, state: Any, at: int, now: int, value: Any) -> Any:
        """Put it where its time belongs. The state is a list of [time, value], newest first."""
        held: list[list[Any]] = state or []
        mark = _mark(value)
        if held and held[0][0] <= at and _mark(held[0][1]) == mark:  # the usual case: the same again
            held[0] = [at, value]
            return held
        for place, (told, other) in enumerate(held):
            if _mark(other) == mark:
                if told > at:
                    return held
                del held[place]
                break
        place = next((place for place, (told, _) in enumerate(held) if told <= at), len(held))
        held.insert(place, [at, value])
        del held[self.n :]
        return held

    def merge(self, state: Any, other: Any, now: int) -> Any:
        """The latest of both, each once."""
        held: list[list[Any]] = []
        for at, value in sorted([*state, *other], key=lambda each: -each[0]):
            if all(_mark(value) != _mark(known) for _, known in held):
                held.append([at, value])
        return held[: self.n]

    def evaluate(self, state: Any, now: int) -> Any:
        """The values as a list; empty before the first."""
        if state is None:
            return []
        since = None if self.window is None else now - self.window
        return [value for at, value in state if since is None or at >= since]


def _mark(value: Any) -> Any:
    return next(iter(value.values())) if isinstance(value, dict) else value


@dataclass(frozen=True, slots=True)
class ByKey:
    """Another aggregate, once for each key. `value` is (key, value). The state is key -> [latest time, state]."""

    one: Aggregate

    def update(self, state: Any, at: int, now: int, value: Any) -> Any:
        """Take it into the state of its key."""
        held: dict[Any, list[Any]] = {} if state is None else state
        key, amount = value
        entry = held.get(key)
        if entry is None:
            if len(held) >= MAX_KEYS:
                oldest = min(held, key=lambda other: held[other][0])
                if held[oldest][0] > at:
                    return held
                del held[oldest]
            held[key] = [at, self.one.update(None, at, now, amount)]
        else:
            entry[0] = max(entry[0], at)
            entry[1] = self.one.update(entry[1], at, now, amount)
        return held

    def merge(self, state: Any, other: Any, now: int) -> Any:
        """Each key by itself; beyond the bound those that were not seen for the longest give way."""
        for key, (at, amount) in other.items():
            held = state.get(key)
            state[key] = [at, amount] if held is None else [max(held[0], at), self.one.merge(held[1], amount, now)]
        for key in sorted(state, key=lambda each: state[each][0])[: max(0, len(state) - MAX_KEYS)]:
            del state[key]
        return state

    def evaluate(self, state: Any, now: int) -> Any:
        """Key -> answer, of those keys that have one."""
        nothing = self.one.evaluate(None, now)
        found = {} if state is None else {key: self.one.evaluate(held, now) for key, (_, held) in state.items()}
        return Answers({key: answer for key, answer in found.items() if answer is not None and answer != nothing}, nothing)


@dataclass(frozen=True, slots=True)
class Top:
    """The most frequent value; of equally frequent ones the latest."""

    counts: ByKey

    def update(self, state: Any, at: int, now: int, value: Any) -> Any:
        """Count it."""
        return self.counts.update(state, at, now, (value, 1))

    def merge(self, state: Any, other: Any, now: int) -> Any:
        """Add up the counts of each value."""
        return self.counts.merge(state, other, now)

    def evaluate(self, state: Any, now: int) -> Any:
        """The value, None of nothing."""
        if state is None:
            return None
        count = self.counts.one.evaluate
        best = max(((count(held, now), at, key) for key, (at, held) in state.items()), default=(0, 0, None))
        return best[2] if best[0] else None
