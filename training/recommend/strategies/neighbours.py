"""Tables of neighbours: for each item the items that belong to it, with how much. A history's scores are the sum over its latest items."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from training.recommend.cases import Histories
from training.recommend.scores import NONE, Few, Lists, Scores
from training.recommend.sequences import Floats, Ints, Longs

LAST = 10
"""How many of the latest items of a history are looked at."""
MAX_NEIGHBOURS = 100
"""Neighbours that are kept for each item."""


@dataclass(frozen=True)
class Table:
    """The best neighbours of each item, the best one first; NONE where there are fewer."""

    ids: Ints
    rounded: npt.NDArray[np.float32]
    """Scores. Strategies keep the tables of several settings, and a catalogue of 100,000 items has ten million neighbours."""

    @classmethod
    def of(cls, lists: Lists) -> "Table":
        """A table, rounded to float32, which is what is exported."""
        return cls(lists.ids, lists.scores.astype(np.float32))

    @property
    def scores(self) -> Floats:
        """As they are summed."""
        return self.rounded.astype(np.float64)

    @property
    def matrix(self) -> Any:
        """As a sparse matrix (CSR)."""
        rows, places = np.nonzero(self.ids != NONE)
        values = self.rounded[rows, places].astype(np.float64)
        return sparse.csr_matrix((values, (rows, self.ids[rows, places])), shape=(len(self.ids), len(self.ids)))


@dataclass(frozen=True)
class ByNeighbours:
    """Scores by a table: the neighbours of the latest items, those of older ones counting less."""

    table: Table
    decay: float

    def scores(self, histories: Histories) -> Scores:
        """The sum over the history's latest items."""
        return Few(weighted(histories, self.decay, LAST) @ self._matrix)

    def hits(self, histories: Histories) -> Scores:
        """Of how many of the latest items something is a neighbour."""
        return Few(weighted(histories, 1.0, LAST) @ self._pattern)

    @cached_property
    def _matrix(self) -> Any:
        return self.table.matrix

    @cached_property
    def _pattern(self) -> Any:
        """1 for each neighbour."""
        found = self.table.matrix
        found.data[:] = 1
        return found


def weighted(histories: Histories, decay: float, last: int) -> Any:
    """Histories as a sparse matrix (CSR) of weights: a row for each history, a column for each item."""
    sequences = histories.sequences
    weights = histories.weights(decay, last)
    kept = weights > 0
    starts: Longs = np.concatenate([[0], np.cumsum(kept)])[sequences.starts]
    return sparse.csr_matrix((weights[kept], sequences.items[kept], starts), shape=(len(sequences), sequences.n_items))
