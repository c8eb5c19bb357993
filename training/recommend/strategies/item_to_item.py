"""Item-to-item collaborative filtering: what the same people took shortly before or after (https://doi.org/10.1109/MIC.2003.1167344).

Two items belong together the more, the more people took both, the closer to each other they did, and the fewer took either at all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from training.recommend.scores import Lists, best
from training.recommend.sequences import Floats, Ints, Longs, Sequences
from training.recommend.strategies.neighbours import MAX_NEIGHBOURS, ByNeighbours, Table
from training.recommend.strategies.strategy import MAX_LENGTH, Given

WINDOW = 30
"""Items further apart than this, in items, do not count as taken together."""
MAX_PAIRS = 2_000_000
"""Pairs that are sorted at a time: what bounds the memory."""


@dataclass(frozen=True)
class Settings:
    """Hyperparameters."""

    backward: float
    """How much an item counts that came before, where one that came after counts 1."""
    damping: float
    """People that are added to each item's number: neighbours that few people speak for count less."""
    decay: float
    """How much the neighbours of an item count, compared with those of the next one."""

    def __str__(self) -> str:
        return f"backward {self.backward:g}, damping {self.damping:g}, decay {self.decay:g}"


class ItemToItem:
    """Cosine of co-occurrence, weighted by distance; one person has one say for each pair."""

    title = "item-to-item collaborative filtering"
    tried: Sequence[Settings] = tuple(
        Settings(backward, damping, decay) for backward, damping in ((0.5, 20), (1.0, 20), (0.5, 5), (1.0, 5)) for decay in (0.5, 0.8)
    )

    def __init__(self, given: Given) -> None:
        self._repeats = given.repeats
        self._tables: dict[tuple[float, float], Table] = {}
        self._of: Sequences | None = None

    def fit(self, train: Sequences, settings: Settings, *, seed: int) -> ByNeighbours:
        """Settings that differ in `decay` alone share a table."""
        if self._of is not train:
            self._of, self._tables = train, {}
        key = settings.backward, settings.damping
        if key not in self._tables:
            self._tables[key] = table(train, backward=settings.backward, damping=settings.damping, repeats=self._repeats)
        return ByNeighbours(self._tables[key], settings.decay)


def table(train: Sequences, *, backward: float, damping: float, repeats: bool) -> Table:
    """The neighbours of every item. `repeats`: an item that people take again is its own neighbour."""
    people = np.sqrt(train.popularity + damping)
    train = train.tail(MAX_LENGTH)
    lists = Lists(np.full((train.n_items, MAX_NEIGHBOURS), -1, np.int32), np.zeros((train.n_items, MAX_NEIGHBOURS)))
    order = np.argsort(train.items, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(train.items, minlength=train.n_items))]).astype(np.int64)
    for low, high in _blocks(first, MAX_PAIRS // (2 * WINDOW)):
        found = _together(train, order[first[low] : first[high]], low, backward, repeats=repeats)
        if found is None:
            continue
        rows, ids, sums = found
        part = best(rows, ids, sums / (people[low + rows] * people[ids]), number=high - low, k=MAX_NEIGHBOURS, exact=True)
        lists.ids[low:high], lists.scores[low:high] = part
    return Table.of(lists)


def _blocks(first: Longs, most: int) -> Iterator[tuple[int, int]]:
    """Ranges of items that occur at most so often together, but at least one item each."""
    low, n_items = 0, len(first) - 1
    while low < n_items:
        high = max(low + 1, int(np.searchsorted(first, first[low] + most, side="right")) - 1)
        yield low, high
        low = high


def _together(train: Sequences, at: Longs, low: int, backward: float, *, repeats: bool) -> tuple[Longs, Ints, Floats] | None:
    """For each item of a block, whose places in the sequences are `at`, what people took with it, and how much each counts."""
    begin, end = train.starts[train.owners[at]], train.starts[train.owners[at] + 1]
    rows, people = train.items[at].astype(np.int64) - low, len(train)
    gaps = [(1 / gap, gap) for gap in range(1, WINDOW + 1)] + [(backward / gap, -gap) for gap in range(1, WINDOW + 1)]
    keys: list[Longs] = []
    weights: list[Floats] = []
    for weight, gap in sorted(gaps, key=lambda each: (-each[0], -each[1])):  # the largest first: of one person it is the one that counts
        beside = at + gap
        inside = (beside >= begin) & (beside < end)
        if not weight or not inside.any():
            continue
        ids = train.items[beside[inside]].astype(np.int64)
        row = rows[inside]
        keys.append((row * train.n_items + ids) * people + train.owners[at[inside]])
        if not repeats:
            keys[-1] = keys[-1][ids != row + low]
        weights.append(np.full(len(keys[-1]), weight))
    together = np.concatenate(keys) if keys else np.zeros(0, np.int64)
    if not len(together):
        return None
    once, first = np.unique(together, return_index=True)
    pairs, start = np.unique(once // people, return_index=True)
    sums: Floats = np.add.reduceat(np.concatenate(weights)[first], start)
    return pairs // train.n_items, (pairs % train.n_items).astype(np.int32), sums
