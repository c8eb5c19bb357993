"""The first stage: what any strategy puts into its list, and what is known of each of these candidates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.recommend.cases import Histories
from training.recommend.scores import NONE, Lists, among
from training.recommend.sequences import Floats, Ints, Longs, Sequences
from training.recommend.strategies.neighbours import ByNeighbours
from training.recommend.strategies.strategy import Fitted
from udfs.core.values.durations import DAY

WIDTH: Mapping[str, int] = {"popularity": 20, "trending": 20, "content": 40}
"""How many candidates a strategy brings, if not `MAX_WIDTH`."""
MAX_WIDTH = 60

FACTS = ("people who took it", "days since it was new", "days since the latest of them", "length of the history", "in the history", "strategies")
"""Features that no strategy gives; the last one: how many strategies have it in their lists."""

Features = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Candidates:
    """Items to choose among, in order of history and id."""

    rows: Longs
    """The number of the history."""
    ids: Ints
    features: Features
    lists: Mapping[str, Lists]
    """What each strategy alone recommends."""


@dataclass(frozen=True)
class FirstStage:
    """Strategies that have learned, and facts about items from what they learned from."""

    fitted: Mapping[str, Fitted]
    popularity: Floats
    first: Longs
    """When somebody took each item first, and last; epoch milliseconds, 0 if never."""
    last: Longs

    @classmethod
    def of(cls, fitted: Mapping[str, Fitted], train: Sequences) -> "FirstStage":
        """With the facts of these sequences."""
        first, last = np.full(train.n_items, np.iinfo(np.int64).max), np.zeros(train.n_items, np.int64)
        np.minimum.at(first, train.items, train.times)
        np.maximum.at(last, train.items, train.times)
        return cls(fitted, train.popularity, np.where(train.popularity > 0, first, 0), last)

    @property
    def names(self) -> Sequence[str]:
        """What the columns of the features mean."""
        found = []
        for name in self.fitted:
            found += [f"score by {name}", f"share of the best score by {name}", f"place in the list of {name}"]
        for name in self._tables():
            found += [f"near the latest item by {name}", f"near the item before by {name}", f"items of the history it is near to by {name}"]
        return [
            *found,
            "people who took it",
            "days since it was new",
            "days since the latest of them",
            "length of the history",
            "in the history",
            "strategies",
        ]

    def lists(self, histories: Histories) -> dict[str, Lists]:
        """What each strategy recommends alone."""
        return {name: each.scores(histories).top(MAX_WIDTH, histories.seen) for name, each in self.fitted.items()}

    def candidates(self, histories: Histories) -> Candidates:
        """The candidates of a batch."""
        n_items = histories.sequences.n_items
        scores = {name: each.scores(histories) for name, each in self.fitted.items()}
        lists = {name: each.top(MAX_WIDTH, histories.seen) for name, each in scores.items()}
        keys = np.unique(np.concatenate([_first(found, WIDTH.get(name, MAX_WIDTH)).keys(n_items) for name, found in lists.items()]))
        rows, ids = keys // n_items, (keys % n_items).astype(np.int32)
        columns: list[Floats] = []
        strategies = np.zeros(len(keys))
        for name, found in lists.items():
            score, place = scores[name].of(rows, ids), _places(found, keys, n_items)
            best = np.maximum(found.scores[rows, 0], 1e-9)
            columns += [score, np.clip(score / best, -10, 10), place]
            strategies += ~np.isnan(place)
        for each in self._tables().values():
            columns += [each.scores(histories.only(back)).of(rows, ids) for back in (0, 1)]
            columns.append(each.hits(histories).of(rows, ids))
        now = histories.now[rows]
        columns += [np.log1p(self.popularity[ids]), _days(now, self.first[ids]), _days(now, self.last[ids])]
        columns += [histories.sequences.lengths[rows].astype(np.float64), self._held(histories, keys), strategies]
        return Candidates(rows, ids, np.column_stack(columns).astype(np.float32), lists)

    def _tables(self) -> dict[str, ByNeighbours]:
        return {name: each for name, each in self.fitted.items() if isinstance(each, ByNeighbours)}

    @staticmethod
    def _held(histories: Histories, keys: Longs) -> Floats:
        return among(keys, histories.sequences.distinct).astype(np.float64)


def _first(lists: Lists, width: int) -> Lists:
    return Lists(lists.ids[:, :width], lists.scores[:, :width])


def _places(lists: Lists, keys: Longs, n_items: int) -> Floats:
    """The place of each candidate in a list, counted from 0; NaN: it is not in it."""
    found = np.full(len(keys), np.nan)
    rows, places = np.nonzero(lists.ids != NONE)
    listed = rows * np.int64(n_items) + lists.ids[rows, places]
    order = np.argsort(listed)
    if len(order):
        at = np.minimum(np.searchsorted(listed[order], keys), len(order) - 1)
        same = listed[order][at] == keys
        found[same] = places[order][at[same]]
    return found


def _days(now: Longs, then: Longs) -> Floats:
    """Days between; not known of what nobody took."""
    return np.where(then > 0, (now - then) / DAY, np.nan)
