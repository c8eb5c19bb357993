"""The lists that the job makes, for the histories of an evaluation: the engine's own function is called, history by history."""

from collections.abc import Iterator, Sequence

import numpy as np

from training.recommend.cases import Histories
from training.recommend.scores import NONE, Lists
from training.recommend.sequences import Sequences
from udfs.core.recommend.candidates import About, Candidate, candidates
from udfs.core.recommend.chosen import Pool, chosen
from udfs.core.recommend.history import MAX_HISTORY, visit_of
from udfs.core.recommend.recommender import Recommender
from udfs.core.recommend.strategy import Strategy


def as_kept(histories: Histories) -> Histories:
    """Histories as the job keeps them: each item once, as of its latest time, and only the newest ones. What is seen stays."""
    sequences = histories.sequences
    owners = sequences.owners
    backwards = np.arange(len(sequences.items) - 1, -1, -1)
    keys = owners * np.int64(sequences.n_items) + sequences.items
    latest = np.sort(backwards[np.unique(keys[backwards], return_index=True)[1]])
    counts = np.bincount(owners[latest], minlength=len(sequences))
    kept = Sequences(sequences.items[latest], sequences.times[latest], np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), sequences.n_items)
    return Histories(kept.tail(MAX_HISTORY), histories.own, histories.seen)


def about(recommender: Recommender, histories: Histories, categories: Sequence[Sequence[str]] = ()) -> Iterator[tuple[About, frozenset[int]]]:
    """What the job would know of each history, and the items that must not be shown. `categories`: of each item, the narrowest first."""
    sequences = histories.sequences
    rows = np.searchsorted(histories.seen, np.arange(len(histories) + 1) * sequences.n_items)
    for row in range(len(histories)):
        begin, end = sequences.starts[row], sequences.starts[row + 1]
        mine, times = sequences.items[begin:end].tolist(), sequences.times[begin:end].tolist()
        seen = frozenset((histories.seen[rows[row] : rows[row + 1]] % sequences.n_items).tolist())
        looked_at = categories[mine[-1]] if categories and mine else ()
        yield About([recommender.item(number) for number in mine], looked_at, visit=visit_of(times)), seen


def lists(recommender: Recommender, strategy: Strategy, histories: Histories, count: int, categories: Sequence[Sequence[str]] = ()) -> Lists:
    """The first `count` places of each."""
    found = Lists(np.full((len(histories), count), NONE, np.int32), np.zeros((len(histories), count)))
    for row, (known, seen) in enumerate(about(recommender, histories, categories)):
        made = chosen(Pool(candidates(recommender, strategy, known), _Unseen(seen).allowed), strategy, count, lambda _: 1.0)
        for place, each in enumerate(made):
            found.ids[row, place], found.scores[row, place] = each.candidate.number, each.candidate.score
    return found


class _Unseen:
    """Leaves out what must not be shown again."""

    def __init__(self, seen: frozenset[int]) -> None:
        self._seen = seen

    def allowed(self, candidate: Candidate) -> bool:
        """Whether it may be shown."""
        return candidate.number not in self._seen
