"""Trending: what people took lately, as of the moment of the history. Nothing that came later is counted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.recommend.cases import Histories
from training.recommend.scores import Scores, Shared, ordered
from training.recommend.sequences import Floats, Ints, Longs, Sequences
from training.recommend.strategies.strategy import MAX_LENGTH
from udfs.core.values.durations import DAY, in_words

MOMENTS = 64
"""The counts are kept as of so many moments, between which equally much happened: one odd date does no harm."""


@dataclass(frozen=True)
class Settings:
    """Hyperparameters."""

    half_life: int
    """Milliseconds after which somebody counts half."""

    def __str__(self) -> str:
        return f"half-life {in_words(self.half_life)}"


@dataclass(frozen=True)
class Fitted:
    """Counts as of some moments."""

    moments: Longs
    """In order of time."""
    values: Floats
    """A row of zeros, for what is before the first moment; then a row for each."""
    order: Ints

    def scores(self, histories: Histories) -> Scores:
        """The counts as of the latest moment before the history's last event."""
        return Shared(self.values, self.order, np.searchsorted(self.moments, histories.now, side="left").astype(np.int64))


class Trending:
    """How many people took it lately."""

    title = "trending"
    tried: Sequence[Settings] = (Settings(7 * DAY), Settings(DAY), Settings(30 * DAY))

    def fit(self, train: Sequences, settings: Settings, *, seed: int) -> Fitted:
        """Count each person once for an item and a moment, by the latest time."""
        train = train.tail(MAX_LENGTH)
        if not len(train.items):
            return Fitted(np.zeros(0, np.int64), np.zeros((1, train.n_items)), ordered(np.zeros((1, train.n_items))))
        moments = np.unique(np.quantile(train.times, np.linspace(1 / MOMENTS, 1, MOMENTS), method="higher").astype(np.int64))
        slot = np.searchsorted(moments, train.times, side="left")
        latest = np.lexsort((-train.times, train.items, train.owners, slot))
        key = ((slot * len(train) + train.owners) * train.n_items + train.items)[latest]
        once = latest[np.concatenate([[True], key[1:] != key[:-1]])]
        weight = 0.5 ** ((moments[slot[once]] - train.times[once]) / settings.half_life)
        values = np.zeros((len(moments) + 1, train.n_items))
        np.add.at(values, (slot[once] + 1, train.items[once]), weight)
        for n in range(2, len(values)):
            values[n] += values[n - 1] * 0.5 ** ((moments[n - 1] - moments[n - 2]) / settings.half_life)
        return Fitted(moments, values, ordered(values))
