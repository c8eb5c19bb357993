"""Rows to learn from: the feature vector at a decision, and whether the goal followed in time."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from training.errors import HistoryError
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
        problem = "the history holds no readable event" + (f" ({replay.rejected:,} were rejected)" if replay.rejected else "")
        raise HistoryError(problem)
    goals = {user: sorted(times) for user, times in replay.goals.items()}
    rows: list[Row] = []
    still_open = strange = 0
    for decision, known_at in decisions:
        if not anonymous and decision.user_id in replay.strangers:
            strange += 1
        elif decision.at + within > replay.last:
            still_open += 1
        else:
            times = goals.get(decision.user_id, [])
            before, by_then = bisect_left(times, decision.at), bisect_right(times, decision.at)
            rows.append(
                Row(
                    decision_id=decision.decision_id,
                    attempt=decision.attempt,
                    user_id=decision.user_id,
                    at=decision.at,
                    known_at=known_at,
                    features=decision.features,
                    label=replay.goal.reached(followed=by_then < len(times) and times[by_then] <= decision.at + within),
                    goals=by_then,
                    since_goal=decision.at - times[before - 1] if before else None,
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
    )
