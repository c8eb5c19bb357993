"""V-SKNN: what people took whose items are most like the latest ones of this history (https://doi.org/10.1007/s11257-018-9209-6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from training.recommend.cases import Histories
from training.recommend.scores import Few, Scores, best
from training.recommend.sequences import Longs, Sequences
from training.recommend.strategies.neighbours import LAST, weighted
from training.recommend.strategies.strategy import MAX_LENGTH

MAX_SEQUENCES = 500
"""Of each item only so many of the latest sequences are looked at."""


@dataclass(frozen=True)
class Settings:
    """Hyperparameters."""

    neighbours: int
    """Sequences that have a say."""
    decay: float
    """How much an item of the history counts, compared with the next one."""

    def __str__(self) -> str:
        return f"{self.neighbours} neighbours, decay {self.decay:g}"


@dataclass(frozen=True)
class Fitted:
    """The sequences as sparse matrices (CSR)."""

    by_item: Any
    """Items x sequences: 1 / sqrt(length) of each sampled sequence, times how rare the item is."""
    by_sequence: Any
    """Sequences x items: how rare the item is."""
    settings: Settings

    def scores(self, histories: Histories) -> Scores:
        """The items of the nearest sequences, by how near they are. A person's own sequence is not among them."""
        near = sparse.csr_matrix(weighted(histories, self.settings.decay, LAST) @ self.by_item)
        rows = np.repeat(np.arange(len(histories), dtype=np.int64), np.diff(near.indptr))
        other = histories.own[rows] != near.indices
        lists = best(rows[other], near.indices[other], near.data[other], number=len(histories), k=self.settings.neighbours)
        at, place = np.nonzero(lists.ids >= 0)
        nearest = sparse.csr_matrix((lists.scores[at, place], (at, lists.ids[at, place])), shape=near.shape)
        return Few(sparse.csr_matrix(nearest @ self.by_sequence))


class Vsknn:
    """Neighbouring sequences."""

    title = "neighbouring sequences (V-SKNN)"
    tried: Sequence[Settings] = (Settings(100, 0.6), Settings(100, 0.9), Settings(300, 0.6), Settings(300, 0.9))

    def fit(self, train: Sequences, settings: Settings, *, seed: int) -> Fitted:
        """Index the sequences by their items."""
        train = train.tail(MAX_LENGTH)
        number, n_items = len(train), train.n_items
        rows, items = train.distinct // n_items, (train.distinct % n_items).astype(np.int32)
        rarity = np.log(max(number, 2) / np.maximum(train.popularity, 1))
        by_sequence = sparse.csr_matrix((rarity[items], (rows, items)), shape=(number, n_items))
        latest = np.full(number, np.iinfo(np.int64).min)
        some = train.lengths > 0
        latest[some] = train.times[train.starts[1:][some] - 1]
        kept = _latest(rows, items.astype(np.int64), latest)
        length = np.sqrt(np.bincount(rows, minlength=number))
        by_item = sparse.csr_matrix((rarity[items[kept]] / length[rows[kept]], (items[kept], rows[kept])), shape=(n_items, number))
        return Fitted(by_item, by_sequence, settings)


def _latest(rows: Longs, items: Longs, latest: Longs) -> Longs:
    """The pairs to keep: of each item those of the latest sequences."""
    order: Longs = np.lexsort((rows, -latest[rows], items))
    place = np.arange(len(order)) - np.searchsorted(items[order], items[order])
    kept: Longs = order[place < MAX_SEQUENCES]
    return kept
