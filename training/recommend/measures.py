"""Measures of recommendation lists: hit rate, NDCG, MRR, coverage and popularity bias."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from training.recommend.scores import NONE, Lists
from training.recommend.sequences import Flags, Floats, Ints, Longs

CUT = 20
"""The length of the lists that are evaluated."""
ABSENT = CUT
"""The rank of an item that is not in the list. The first has rank 0."""
DRAWS = 1_000

OF_RANKS: Mapping[str, Callable[[Longs], Floats]] = {
    "HR@10": lambda rank: (rank < 10).astype(np.float64),
    "HR@20": lambda rank: (rank < 20).astype(np.float64),
    "NDCG@10": lambda rank: np.where(rank < 10, 1 / np.log2(rank + 2.0), 0.0),
    "MRR@20": lambda rank: np.where(rank < 20, 1 / (rank + 1.0), 0.0),
}
"""Hit rate: how often the item is among the first. NDCG and MRR count more the further in front it is."""


def ranks(lists: Lists, target: Ints) -> Longs:
    """Where in its list each item to find is; ABSENT where it is not among the first 20."""
    found = lists.ids[:, :CUT] == target[:, None]
    return np.where(found.any(axis=1), found.argmax(axis=1), ABSENT).astype(np.int64)


@dataclass
class Tally:
    """The measures of one strategy, batch by batch."""

    popularity: Floats
    """For each item how many people, or visits, that were learned from have it."""
    rank: list[Longs] = field(default_factory=list)
    _shown: Flags | None = None
    _popular: float = 0.0
    _wanted: float = 0.0
    _slots: int = 0

    def add(self, lists: Lists, target: Ints) -> None:
        """Count a batch."""
        if self._shown is None:
            self._shown = np.zeros(len(self.popularity), dtype=bool)
        self.rank.append(ranks(lists, target))
        shown = lists.ids[:, :CUT]
        shown = shown[shown != NONE]
        self._shown[shown] = True
        self._popular += float(self.popularity[shown].sum())
        self._slots += len(shown)
        self._wanted += float(self.popularity[target].sum())

    @property
    def ranks(self) -> Longs:
        """Of all cases, in their order."""
        return np.concatenate(self.rank) if self.rank else np.zeros(0, np.int64)

    def figures(self) -> dict[str, float | None]:
        """The measures.

        `coverage@20` is the share of all items that are in any list. `popularity_bias@20` is how popular the items in the lists are, compared
        with those that people took: 1 is as popular, 2 twice; None where no list has an item, or nothing that people took was known.
        """
        found: dict[str, float | None] = {name: float(measure(self.ranks).mean()) for name, measure in OF_RANKS.items()}
        found["coverage@20"] = float(self._shown.mean()) if self._shown is not None else 0.0
        per_slot, per_target = self._popular / max(self._slots, 1), self._wanted / max(len(self.ranks), 1)
        found["popularity_bias@20"] = per_slot / per_target if self._slots and per_target else None
        return found


@dataclass(frozen=True, kw_only=True)
class Gain:
    """A difference of means, with its 95 % interval by a bootstrap over people."""

    gain: float
    low: float
    high: float


def gain(ours: Longs, theirs: Longs, people: Longs, measure: str, *, seed: int) -> Gain:
    """What one strategy has more than another on the same cases. Several cases of one person are drawn together."""
    difference = OF_RANKS[measure](ours) - OF_RANKS[measure](theirs)
    person = np.unique(people, return_inverse=True)[1]
    sums, cases = np.bincount(person, difference), np.bincount(person)
    random = np.random.default_rng(seed)
    drawn = []
    for _ in range(DRAWS):
        some = random.integers(0, len(sums), len(sums))
        drawn.append(sums[some].sum() / cases[some].sum())
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Gain(gain=float(difference.mean()), low=float(low), high=float(high))
