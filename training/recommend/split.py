"""What is learned from, what settings are chosen on, and what is evaluated. Nothing of a later part is known to an earlier one."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from training.errors import HistoryError
from training.recommend.cases import Cases
from training.recommend.sequences import Flags, Ints, Longs, Sequences
from udfs.core.profile.sessions import GAP

PROTOCOLS = ("leave-one-out", "sessions")
SHARE = 0.1
"""The share of visits that are evaluated; as many before them choose the settings."""
MAX_STEPS = 100
"""Of a longer visit only the latest so many steps are asked: a bot must not decide the figures."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """One way to divide a history."""

    train: Sequences
    """What strategies learn from while settings are chosen."""
    validation: Cases
    full: Sequences
    """What they learn from before they are evaluated."""
    test: Cases
    everything: Sequences
    """What is learned from once nothing has to be held out any longer."""
    left_out: Mapping[str, int]
    """Why so many people, visits or steps are not evaluated."""


def split(sequences: Sequences, protocol: str) -> Parts:
    """Divide a history. Raises HistoryError if nobody is left to evaluate."""
    parts = leave_one_out(sequences) if protocol == PROTOCOLS[0] else by_sessions(sequences)
    if not len(parts.test):
        told = "; ".join(f"{number:,} {why}" for why, number in parts.left_out.items())
        problem = f"nothing can be held out: {told or 'the history is too short'}. A longer history is needed"
        raise HistoryError(problem)
    return parts


def leave_one_out(sequences: Sequences) -> Parts:
    """Each person's last item is held out, and the one before it chooses the settings.

    The last item is the last one that was new to the person: what is seen is masked, so nothing else can be found. What happened before
    that moment is the history, with repeats. Whoever took a single item is learned from and not evaluated; of whoever took two, the second
    is evaluated, and the first is its whole history.
    """
    n_items = sequences.n_items
    firsts = np.sort(np.unique(sequences.owners * n_items + sequences.items, return_index=True)[1]).astype(np.int64)
    number = np.bincount(sequences.owners[firsts], minlength=len(sequences))
    last = np.cumsum(number) - 1
    people = np.arange(len(sequences), dtype=np.int64)
    several, many = people[number > 1], people[number > 2]
    final, before = firsts[last[several]], firsts[last[several] - 1]
    ends = sequences.starts[1:].copy()
    ends[several] = before
    train = sequences.cut(sequences.starts[:-1], ends)
    single = int((number == 1).sum())
    return Parts(
        train=train,
        validation=_cases(sequences, many, firsts[last[many] - 1]),
        full=train,  # validation items stay unknown, as in the published figures of this protocol
        test=_cases(sequences, several, final),
        everything=sequences,
        left_out={"people with a single item": single} if single else {},
    )


def _cases(sequences: Sequences, people: Longs, at: Longs) -> Cases:
    return Cases(sequences, sequences.starts[people], at, sequences.items[at], people, people, masked=True)


def by_sessions(sequences: Sequences) -> Parts:
    """Visits are divided by the time of their ends: the latest tenth is evaluated, the tenth before it chooses the settings.

    A visit ends after 30 minutes without an event. At each of its items the next one is asked, and repeats are allowed.
    """
    visits, people = sessions(sequences)
    asked = visits.lengths > 1
    ends = visits.times[visits.starts[1:] - 1]
    order = np.argsort(ends, kind="stable")
    rank = np.cumsum(asked[order])
    total = int(rank[-1]) if len(rank) else 0
    late = max(1, round(total * SHARE))
    test = order[rank > total - late]
    validation = order[(rank > total - 2 * late) & (rank <= total - late)]
    train = order[rank <= total - 2 * late]
    found = {name: _steps(visits, np.sort(rows[asked[rows]]), people) for name, rows in (("validation", validation), ("test", test))}
    left_out = {"visits with a single item": int((~asked).sum()), f"steps of visits longer than {MAX_STEPS}": found["test"][1]}
    return Parts(
        train=visits.take(np.sort(train)),
        validation=found["validation"][0],
        full=visits.take(np.sort(np.concatenate([train, validation]))),
        test=found["test"][0],
        everything=visits,
        left_out={why: number for why, number in left_out.items() if number},
    )


def sessions(sequences: Sequences) -> tuple[Sequences, Longs]:
    """The visits, and whose each is."""
    begins: Flags = np.ones(len(sequences.items), dtype=bool)
    begins[1:] = (np.diff(sequences.owners) != 0) | (np.diff(sequences.times) > GAP)
    starts = np.flatnonzero(begins).astype(np.int64)
    return Sequences(sequences.items, sequences.times, np.append(starts, len(begins)), sequences.n_items), sequences.owners[starts]


def _steps(visits: Sequences, rows: Longs, people: Longs) -> tuple[Cases, int]:
    """A case for each item of these visits but the first, and how many are left out."""
    begin, end = visits.starts[rows], visits.starts[rows + 1]
    first = np.maximum(begin + 1, end - MAX_STEPS)
    steps = end - first
    starts = np.cumsum(steps) - steps
    at = np.arange(int(steps.sum()), dtype=np.int64) + np.repeat(first - starts, steps)
    target: Ints = visits.items[at]
    cases = Cases(visits, np.repeat(begin, steps), at, target, np.full(len(at), -1, np.int64), np.repeat(people[rows], steps), masked=False)
    return cases, int((first - begin - 1).sum())
