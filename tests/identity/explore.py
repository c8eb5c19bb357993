"""A small explicit-state model checker: every state that any interleaving can reach, and the shortest way to one that breaks a law."""

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from typing import NamedTuple, TypeVar

State = TypeVar("State", bound=Hashable)


class Broken(NamedTuple):
    """A law that does not hold, and the steps that lead there."""

    law: str
    steps: tuple[str, ...]


class Explored(NamedTuple):
    """What was found: how many states there are, how many of them are ends, and the first law that is broken (None: they all hold)."""

    states: int
    ends: int
    broken: Broken | None


def explore(
    start: State,
    steps: Callable[[State], Iterable[tuple[str, State]]],
    *,
    always: Callable[[State], str | None],
    at_end: Callable[[State], str | None],
    is_end: Callable[[list[str]], bool],
    limit: int = 3_000_000,
) -> Explored:
    """Visit everything breadth first. `always` and `at_end` name the law that a state breaks. `is_end`: whether nothing of the protocol is left to
    do, by the names of the steps that can be taken. Raises OverflowError beyond `limit` states, so that what was cut short never looks proved."""
    before: dict[State, tuple[State, str] | None] = {start: None}
    queue, ends = deque([start]), 0
    while queue:
        state = queue.popleft()
        following = list(steps(state))
        law = always(state)
        if law is None and is_end([name for name, _ in following]):
            ends += 1
            law = at_end(state)
        if law is not None:
            return Explored(len(before), ends, Broken(law, _way(before, state)))
        for name, after in following:
            if after not in before:
                before[after] = (state, name)
                queue.append(after)
        if len(before) > limit:
            message = f"more than {limit:,} states"
            raise OverflowError(message)
    return Explored(len(before), ends, None)


def _way(before: dict[State, tuple[State, str] | None], state: State) -> tuple[str, ...]:
    found: list[str] = []
    while (step := before[state]) is not None:
        state, name = step
        found.append(name)
    return tuple(reversed(found))
