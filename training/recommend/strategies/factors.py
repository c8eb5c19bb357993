"""Matrix factorisation by alternating least squares on implicit feedback (https://doi.org/10.1109/ICDM.2008.22, weights as in
https://doi.org/10.1145/3523227.3548486).

A history's own factors are solved from its items, so that people and visits that were not learned from are known as well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from threadpoolctl import threadpool_limits

from training.recommend.cases import RECENT, Histories
from training.recommend.scores import All, Scores
from training.recommend.sequences import Longs, Sequences
from training.recommend.strategies.neighbours import weighted
from training.recommend.strategies.strategy import MAX_LENGTH

Factors = npt.NDArray[np.float32]
MAX_VECTORS = 200_000
"""Vectors that are gathered at a time."""


@dataclass(frozen=True)
class Settings:
    """Hyperparameters."""

    unseen: float
    """The weight of a pair that did not happen, where one that did has 1."""
    penalty: float
    """Of large factors, for each pair."""
    decay: float
    """How much an item of a history counts, compared with the next one."""
    factors: int = 64
    rounds: int = 8

    def __str__(self) -> str:
        return f"{self.factors} factors, unseen {self.unseen:g}, penalty {self.penalty:g}, decay {self.decay:g}"


@dataclass(frozen=True)
class Fitted:
    """Factors of items, and what everything that is not in a history adds to its equations."""

    items: Factors
    known: npt.NDArray[np.bool_]
    """Which items were learned from."""
    settings: Settings

    def scores(self, histories: Histories) -> Scores:
        """Products of factors; nothing is said of items that nobody took."""
        with threadpool_limits(limits=1):  # sums are added in one order
            people = solve(weighted(histories, self.settings.decay, RECENT), self.items, self.settings)
            values = people @ self.items.T
        values[:, ~self.known] = -np.inf
        return All(values)


class MatrixFactorisation:
    """People and items as vectors whose product is near 1 where somebody took something."""

    title = "matrix factorisation (alternating least squares)"
    tried: Sequence[Settings] = (Settings(0.1, 0.02, 0.8), Settings(0.1, 0.02, 1.0), Settings(0.02, 0.02, 0.8), Settings(0.005, 0.02, 0.8))

    def __init__(self) -> None:
        self._fitted: dict[tuple[float, ...], Factors] = {}
        self._of: Sequences | None = None

    def fit(self, train: Sequences, settings: Settings, *, seed: int) -> Fitted:
        """Rounds of least squares, for people and items in turn. Settings that differ in `decay` alone share factors."""
        if self._of is not train:
            self._of, self._fitted = train, {}
        key = settings.unseen, settings.penalty, settings.factors, settings.rounds, seed
        if key not in self._fitted:
            self._fitted[key] = factorise(train.tail(MAX_LENGTH), settings, seed=seed)
        return Fitted(self._fitted[key], train.popularity > 0, settings)


def factorise(train: Sequences, settings: Settings, *, seed: int) -> Factors:
    """The factors of items."""
    rows, items = train.distinct // train.n_items, train.distinct % train.n_items
    taken = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, items)), shape=(len(train), train.n_items))
    across = sparse.csr_matrix(taken.T)
    found: Factors = np.random.default_rng(seed).normal(0, 1 / np.sqrt(settings.factors), (train.n_items, settings.factors)).astype(np.float32)
    with threadpool_limits(limits=1):
        for _ in range(settings.rounds):
            people = solve(taken, found, settings)
            found = solve(across, people, settings)
    return found


def solve(weights: Any, others: Factors, settings: Settings) -> Factors:
    """The factors of each row of a sparse matrix (CSR), given those of its columns."""
    size = others.shape[1]
    found = np.zeros((weights.shape[0], size), np.float32)
    everything = settings.unseen * (others.T @ others)
    padded = np.vstack([others, np.zeros((1, size), np.float32)])
    eye = np.eye(size, dtype=np.float32)
    for rows, width in _alike(np.diff(weights.indptr)):
        starts, ends = weights.indptr[rows].astype(np.int64), weights.indptr[rows + 1].astype(np.int64)
        at = starts[:, None] + np.arange(width)
        inside = at < ends[:, None]
        at = np.where(inside, at, 0)
        vectors = padded[np.where(inside, weights.indices[at], len(others))]
        heavy = np.where(inside, weights.data[at], 0).astype(np.float32)[:, :, None] * vectors
        penalty = settings.penalty * ((ends - starts) + settings.unseen * len(others))
        left = vectors.transpose(0, 2, 1) @ heavy + everything + penalty.astype(np.float32)[:, None, None] * eye
        found[rows] = np.linalg.solve(left, heavy.sum(axis=1)[:, :, None])[:, :, 0]
    return found


def _alike(lengths: Longs) -> Iterator[tuple[Longs, int]]:
    """Rows of about the same length together, as many as fit; rows without anything are left out."""
    order = np.argsort(lengths, kind="stable")
    order = order[lengths[order] > 0]
    while len(order):
        fits = max(1, int(np.searchsorted(np.arange(1, len(order) + 1) * lengths[order], MAX_VECTORS, side="right")))
        rows, order = order[: min(fits, 1_024)], order[min(fits, 1_024) :]
        yield rows, int(lengths[rows[-1]])
