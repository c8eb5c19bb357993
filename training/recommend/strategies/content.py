"""Content similarity: items whose catalogue entries say the same. It needs no history of an item, so it knows new ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from training.recommend.scores import Lists, best
from training.recommend.sequences import Sequences
from training.recommend.strategies.neighbours import MAX_NEIGHBOURS, ByNeighbours, Table
from training.recommend.strategies.strategy import Given

COMMON = 2_000
"""A word that more items have says nothing, and would take long."""
BLOCK = 256
"""Items that are compared with all others at a time."""


@dataclass(frozen=True)
class Settings:
    """Hyperparameters."""

    decay: float
    """How much what is similar to an item counts, compared with what is similar to the next one."""

    def __str__(self) -> str:
        return f"decay {self.decay:g}"


class Content:
    """Cosine of words, rare ones counting more."""

    title = "content similarity"
    tried: Sequence[Settings] = (Settings(0.8), Settings(0.5))

    def __init__(self, given: Given) -> None:
        self._tokens = given.tokens
        self._table: Table | None = None

    def fit(self, train: Sequences, settings: Settings, *, seed: int) -> ByNeighbours:
        """Nothing is learned from histories."""
        if self._table is None:
            self._table = similar(self._tokens)
        return ByNeighbours(self._table, settings.decay)


def similar(tokens: Any) -> Table:
    """The items that are most similar to each."""
    number = tokens.shape[0]
    having = np.asarray((tokens > 0).sum(axis=0)).ravel()
    useful = (having > 1) & (having <= min(COMMON, max(2, number // 2)))
    vectors = sparse.csr_matrix(tokens[:, useful], dtype=np.float64)
    vectors.data[:] = 1
    vectors = vectors @ sparse.diags(np.log(number / having[useful]))
    length = np.sqrt(np.asarray(vectors.multiply(vectors).sum(axis=1)).ravel())
    vectors = sparse.csr_matrix(sparse.diags(np.divide(1, length, out=np.zeros(number), where=length > 0)) @ vectors)
    across = sparse.csr_matrix(vectors.T)
    lists = Lists(np.full((number, MAX_NEIGHBOURS), -1, np.int32), np.zeros((number, MAX_NEIGHBOURS)))
    for low in range(0, number, BLOCK):
        found = (vectors[low : low + BLOCK] @ across).tocoo()
        other = (found.row + low != found.col) & (found.data > 0)
        rows, ids = found.row[other].astype(np.int64), found.col[other].astype(np.int32)
        part = best(rows, ids, found.data[other], number=found.shape[0], k=MAX_NEIGHBOURS, exact=True)
        lists.ids[low : low + BLOCK], lists.scores[low : low + BLOCK] = part
    return Table.of(lists)
