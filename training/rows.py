"""Rows to learn from: the feature vector at a decision, and whether the goal followed in time."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from training.errors import nothing_readable
from training.replay import Replay, Seen

OPEN = "their window is still open at the end of the history"
ANONYMOUS = "anonymous (--anonymous keeps them)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One decision: what was known at the time, and whether the goal followed."""

    decision_id: str
    attempt: int
    user_id: str
    at: int
    known_at: int
    """The newest event time that went into the vector. If it is later than `at`, there is a leak."""
    features: Mapping[str, Any]
    label: bool
    goals: int
    """How often the goal's events had happened by then, including the triggering event: the baseline's frequency."""
    since_goal: int | None
    """Milliseconds since the last of them before this instant, or None: the baseline's recency."""
    decided_as: str = ""
    """The id under which it was decided, where that has turned out to be `user_id` later."""


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Rows in order of time, all with closed windows, and how many were left out and why."""

    rows: Sequence[Row]
    within: int
    first: int
    last: int
    """The newest event time of the history: a window that ends later is still open."""
    events: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Reason -> number of rows."""
    notes: Sequence[str] = ()
    """Notes of the history's reader for the user."""
    around: Callable[[str], frozenset[str]] | None = None
    """The ids whose events are needed to decide about a person again; None: each id is a customer of its own."""

    @property
    def positives(self) -> int:
        """The number of rows that the goal followed."""
        return sum(row.label for row in self.rows)


def dataset(seen: Iterable[Seen], replay: Replay, *, within: int, anonymous: bool = False) -> Dataset:
    """Label decisions by the goals that the same replay saw. Raises HistoryError if nothing is left.

    `anonymous` keeps decisions about people without a user id. They cannot be recognised later, so no goal can follow.
    """
    decisions = list(seen)  # first, because the replay's figures are complete only then
    if replay.first is None:
        raise nothing_readable(replay.rejected)
    goals = _Goals(replay)
    rows: list[Row] = []
    still_open = strange = 0
    for decision, known_at in decisions:
        if not anonymous and decision.user_id in replay.strangers:
            strange += 1
        elif decision.at + within > replay.last:
            still_open += 1
        else:
            person, known = replay.persons.of(decision.user_id), goals.known(decision.user_id, decision.at)
            before, by_then = bisect_left(known, decision.at), bisect_right(known, decision.at)
            rows.append(
                Row(
                    decision_id=decision.decision_id,
                    attempt=decision.attempt,
                    user_id=person,
                    at=decision.at,
                    known_at=known_at,
                    features=decision.features,
                    label=replay.goal.reached(followed=goals.follow(person, decision.at, within)),
                    goals=by_then,
                    since_goal=decision.at - known[before - 1] if before else None,
                    decided_as="" if person == decision.user_id else decision.user_id,
                )
            )
    left_out = {
        OPEN: still_open,
        ANONYMOUS: strange,
        "the engine failed on them": replay.failed,
    }
    return Dataset(
        rows=sorted(rows, key=lambda row: (row.at, row.decision_id, row.attempt)),
        within=within,
        first=replay.first,
        last=replay.last,
        events=replay.events,
        left_out={why: number for why, number in left_out.items() if number},
        notes=tuple(replay.notes),
        around=replay.around if replay.persons else None,
    )


class _Goals:
    """When the goal's events happened: to whom in the end, and as far as it was known of an id at an instant."""

    def __init__(self, replay: Replay) -> None:
        self._persons = replay.persons
        self._by_id = {user: sorted(times) for user, times in replay.goals.items()}
        self._ids: dict[str, list[str]] = defaultdict(list)
        for user in self._by_id:
            self._ids[self._persons.of(user)].append(user)

    def known(self, user_id: str, at: int) -> list[int]:
        """What was known of this id at `at`, in order of time: its own, and those of ids that it had turned out to be by then."""
        if not self._persons:
            return self._by_id.get(user_id, [])
        since = {each: self._persons.since(each, user_id) for each in self._ids.get(self._persons.of(user_id), ())}
        return sorted(time for each, known in since.items() if known is not None and known <= at for time in self._by_id[each])

    def follow(self, person: str, at: int, within: int) -> bool:
        """Whether the goal came in time, under whichever id of the person."""
        for each in self._ids.get(person, ()):
            times = self._by_id[each]
            first = bisect_right(times, at)
            if first < len(times) and times[first] <= at + within:
                return True
        return False
