"""Scores of items, and the best of them. Equal means equal to a millionth; then the smaller id comes first, in every strategy.

A strategy may know scores of few items for each history (`Few`), of all items (`All`), or the same for many histories (`Shared`).
"""

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from training.recommend.sequences import Flags, Floats, Ints, Longs

STEPS = 1e6
"""Scores are compared in steps of a millionth."""
MAX_SORTED = 1 << 20
"""Scores that are sorted at a time: what bounds the memory."""
NONE = -1
"""In place of an item: the list ends before."""


class Lists(NamedTuple):
    """The best items of each history, the best one first."""

    ids: Ints
    """A row for each history; NONE at the end of a list that is shorter."""
    scores: Floats

    def keys(self, n_items: int) -> Longs:
        """`row * n_items + item` of every item, sorted."""
        rows, places = np.nonzero(self.ids != NONE)
        return np.sort(rows * np.int64(n_items) + self.ids[rows, places])


def _empty(k: int) -> Lists:
    return Lists(np.zeros((0, k), np.int32), np.zeros((0, k)))


class Scores(Protocol):
    """The scores of a batch of histories."""

    def top(self, k: int, seen: Longs) -> Lists:
        """The `k` best items of each, without those in `seen`: sorted keys `row * n_items + item`."""

    def of(self, rows: Longs, ids: Ints) -> Floats:
        """The scores of these items; 0 where nothing is known of one."""


def best(rows: Longs, ids: Any, scores: Floats, *, number: int, k: int, exact: bool = False) -> Lists:
    """The `k` best of each of `number` rows. `rows` is sorted. `exact`: scores are not rounded before they are compared."""
    compared = scores if exact else np.rint(scores * STEPS)
    near = _near(compared, np.searchsorted(rows, np.arange(number + 1)), k)
    rows, ids, scores, compared = rows[near], ids[near], scores[near], compared[near]
    order = np.lexsort((ids, -compared, rows))
    rows, ids, scores = rows[order], ids[order], scores[order]
    place = np.arange(len(rows)) - np.searchsorted(rows, np.arange(number))[rows]
    kept = place < k
    found = Lists(np.full((number, k), NONE, np.int32), np.zeros((number, k)))
    found.ids[rows[kept], place[kept]] = ids[kept]
    found.scores[rows[kept], place[kept]] = scores[kept]
    return found


def _near(compared: Floats, starts: Longs, k: int) -> Flags:
    """What may be among the `k` best of its row, ties included: to sort all of a long row would take most of the time."""
    near = np.ones(len(compared), dtype=bool)
    lengths = np.diff(starts)
    for row in np.flatnonzero(lengths > 2 * k):
        part = compared[starts[row] : starts[row + 1]]
        near[starts[row] : starts[row + 1]] = part >= np.partition(part, len(part) - k)[len(part) - k]
    return near


def among(keys: Longs, sorted_keys: Longs) -> Flags:
    """Which keys occur in `sorted_keys`."""
    if not len(sorted_keys):
        return np.zeros(len(keys), dtype=bool)
    at = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
    found: Flags = sorted_keys[at] == keys
    return found


@dataclass(frozen=True)
class Few:
    """Scores above zero for some items of each history, as a sparse matrix (CSR). The others are not recommended."""

    matrix: Any

    def _entries(self) -> tuple[Longs, Longs, Floats]:
        """Keys in order, rows and scores."""
        self.matrix.sum_duplicates()
        rows = np.repeat(np.arange(self.matrix.shape[0], dtype=np.int64), np.diff(self.matrix.indptr))
        return rows * self.matrix.shape[1] + self.matrix.indices, rows, self.matrix.data.astype(np.float64)

    def top(self, k: int, seen: Longs) -> Lists:
        """The best of those that have a score."""
        keys, rows, scores = self._entries()
        kept = (scores * STEPS > 0.5) & ~among(keys, seen)
        rows, keys, scores = rows[kept], keys[kept], scores[kept]
        return best(rows, (keys % self.matrix.shape[1]).astype(np.int32), scores, number=self.matrix.shape[0], k=k)

    def of(self, rows: Longs, ids: Ints) -> Floats:
        """Zero where there is no score."""
        keys, _, scores = self._entries()
        if not len(keys):
            return np.zeros(len(rows))
        asked = rows * self.matrix.shape[1] + ids
        at = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
        return np.where(keys[at] == asked, scores[at], 0.0)


@dataclass(frozen=True)
class All:
    """A score for each item and history; minus infinity: it is not recommended."""

    values: npt.NDArray[np.float32]

    def top(self, k: int, seen: Longs) -> Lists:
        """Only what can be among the best is sorted; where scores are all but equal, that is everything, so few rows are looked at at a time."""
        number, n_items = self.values.shape
        size = max(1, MAX_SORTED // n_items)
        parts = [self._top(low, min(low + size, number), k, seen) for low in range(0, number, size)]
        return Lists(np.concatenate([each.ids for each in parts]), np.concatenate([each.scores for each in parts])) if parts else _empty(k)

    def _top(self, low: int, high: int, k: int, seen: Longs) -> Lists:
        values, n_items = self.values[low:high].copy(), self.values.shape[1]
        first, last = np.searchsorted(seen, [low * n_items, high * n_items])
        values.reshape(-1)[seen[first:last] - low * n_items] = -np.inf
        k = min(k, n_items)
        worst = -np.partition(-values, k - 1, axis=1)[:, k - 1].astype(np.float64)
        least = np.where(np.isfinite(worst), (np.rint(worst * STEPS) - 0.75) / STEPS, -np.inf)
        rows, ids = np.nonzero((values >= least.astype(np.float32)[:, None]) & np.isfinite(values))
        return best(rows, ids, values[rows, ids].astype(np.float64), number=high - low, k=k)

    def of(self, rows: Longs, ids: Ints) -> Floats:
        """Zero where it is minus infinity."""
        found = self.values[rows, ids].astype(np.float64)
        return np.where(np.isfinite(found), found, 0.0)


@dataclass(frozen=True)
class Shared:
    """The same scores for all histories of a group. Items whose score is zero are not recommended."""

    values: Floats
    """A row for each group."""
    order: Ints
    """The items of each group, the best one first (`ordered`)."""
    group: Longs
    """The group of each history."""

    def top(self, k: int, seen: Longs) -> Lists:
        """The first that are not seen. Only as many are looked at as the longest history makes necessary."""
        number, n_items = len(self.group), self.values.shape[1]
        rows = np.arange(number)
        masked = np.bincount(seen // n_items, minlength=number)
        found = Lists(np.full((number, k), NONE, np.int32), np.zeros((number, k)))
        for part in np.array_split(rows[np.argsort(masked, kind="stable")], max(1, number // 64)):
            ahead = self.order[self.group[part], : k + masked[part].max()]
            keys = part[:, None] * np.int64(n_items) + ahead
            scores = self.values[self.group[part][:, None], ahead]
            usable = ~among(keys.ravel(), seen).reshape(keys.shape) & (scores * STEPS > 0.5)
            usable &= np.cumsum(usable, axis=1) <= k
            place = (np.cumsum(usable, axis=1) - 1)[usable]
            row = np.broadcast_to(part[:, None], keys.shape)[usable]
            found.ids[row, place], found.scores[row, place] = ahead[usable], scores[usable]
        return found

    def of(self, rows: Longs, ids: Ints) -> Floats:
        """As they are."""
        found: Floats = self.values[self.group[rows], ids]
        return found


def ordered(values: Floats) -> Ints:
    """The items of each row, the best one first."""
    return np.argsort(-np.rint(values * STEPS), axis=1, kind="stable").astype(np.int32)
