"""What makes a figure unknown: an event that adds to it, and of which nobody can read how much. Unknown is not wrong, and it passes.

A doubt has a state of its own next to the figure's, which exists only once there is one. It is kept in the same tiles, so a figure over a
window is unknown exactly as long as the event would count. Figures by key are unknown for that key alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from udfs.core.expressions.moment import Moment
from udfs.core.features.aggregate import Aggregate
from udfs.core.features.aggregates import Newest, Oldest, Total
from udfs.core.features.keyed import MAX_KEYS, Answers
from udfs.core.profile.state import Profile


class Unreadable:
    """The type of `UNREADABLE`."""

    __slots__ = ()


UNREADABLE = Unreadable()
"""What reading a value gives that was sent, or has to be there, and that nobody can read. None: it was not sent."""
ANY_KEY = "\0"
"""Stands for every key: nobody can read which one is meant."""


@dataclass(frozen=True, slots=True)
class ByKeyDoubts:
    """One doubt for each key; more of them than keys are kept concern every key."""

    one: Total | Newest

    def update(self, state: Any, at: int, now: int, value: Any) -> Any:
        """Note one about the key `value`."""
        held: dict[str, Any] = {} if state is None else state
        if value not in held and len(held) >= MAX_KEYS:
            for key in [key for key, doubt in held.items() if not self.one.evaluate(doubt, now)]:
                del held[key]
            if len(held) >= MAX_KEYS:
                value = ANY_KEY
        held[value] = self.one.update(held.get(value), at, now, 1)
        return held

    def merge(self, state: Any, other: Any, now: int) -> Any:
        """Those of both."""
        for key, doubt in other.items():
            place = key if key in state or len(state) < MAX_KEYS else ANY_KEY
            state[place] = self.one.merge(state[place], doubt, now) if place in state else doubt
        return state

    def evaluate(self, state: Any, now: int) -> Any:
        """The keys that are in doubt, whatever came after it."""
        return [] if state is None else [key for key, doubt in state.items() if self.one.evaluate(doubt, now)]


class Doubt(NamedTuple):
    """The doubts about one figure: where they stand, and what keeps them."""

    figure: str
    """Key of the figure's own state."""
    aggregate: Aggregate

    @property
    def key(self) -> str:
        """Key of the doubts' state."""
        return doubt_of(self.figure)

    def note(self, profile: Profile, at: int, now: int, place: Any) -> None:
        """An event at `at` cannot be read; `place` is its key."""
        key, held = self.key, profile.features
        held[key] = self.aggregate.update(held.get(key), at, now, 1 if place is None else place)

    def holds(self, moment: Moment) -> bool:
        """Whether the figure as a whole is unknown."""
        held = moment.profile.features
        state = held.get(self.key)
        if state is None:
            return False
        if isinstance(self.aggregate, ByKeyDoubts):
            return ANY_KEY in self.aggregate.evaluate(state, moment.now)
        return _matters(self.aggregate, state, held.get(self.figure), moment.now)

    def keys(self, moment: Moment) -> list[str]:
        """The keys whose figures are unknown."""
        if not isinstance(self.aggregate, ByKeyDoubts):
            return []
        one, figures = self.aggregate.one, moment.profile.features.get(self.figure) or {}
        held = moment.profile.features.get(self.key) or {}
        return [key for key, doubt in held.items() if _matters(one, doubt, figures[key][1] if key in figures else None, moment.now)]


def doubt_of(key: str) -> str:
    """Where the doubts about a figure stand; as long as its own key."""
    return f"?{key[1:]}"


def doubts_about(kind: str, figure: str, *, window: int | None, counting: Total, keyed: bool, can_arise: bool) -> Doubt | None:
    """What keeps the doubts about a figure; None where none can arise. `counting`: counts in the figure's own tiles."""
    one: Total | Newest | Oldest
    match kind if can_arise else "":
        case "sum" | "mean" | "min" | "max" | "distinct" | "count":
            one = counting
        case "last":
            one = Newest(window)
        case "first":
            one = Oldest()
        case _:
            return None
    return Doubt(figure, ByKeyDoubts(one) if keyed and not isinstance(one, Oldest) else one)


def where_known(compute: Callable[[Moment], Any], doubt: Doubt) -> Callable[[Moment], Any]:
    """The same, unknown while a doubt holds. Its default does not stand in: that is for a figure of nothing."""
    key = doubt.key

    def compute_if_known(moment: Moment) -> Any:
        if key not in moment.profile.features:
            return compute(moment)
        if doubt.holds(moment):
            return None
        found = compute(moment)
        if isinstance(found, Answers) and (unknown := doubt.keys(moment)):
            return Answers({**found, **dict.fromkeys(unknown)}, found.of_nothing)
        return found

    return compute_if_known


def _matters(one: Aggregate, doubt: Any, figure: Any, now: int) -> bool:
    """Whether a doubt concerns the figure: the latest value, only if nothing came after it, and the first one, if nothing came before."""
    if isinstance(one, Newest):
        return one.evaluate(doubt, now) is not None and (figure is None or doubt[0] >= figure[0])
    if isinstance(one, Oldest):
        return figure is None or doubt[0] <= figure[0]
    return bool(one.evaluate(doubt, now))
