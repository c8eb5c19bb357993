"""Popularity: what most people took. The least that any other strategy has to beat."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.recommend.cases import Histories
from training.recommend.scores import Scores, Shared, ordered
from training.recommend.sequences import Floats, Ints, Sequences


@dataclass(frozen=True)
class Settings:
    """There is nothing to set."""

    def __str__(self) -> str:
        return "people who took it"


@dataclass(frozen=True)
class Fitted:
    """The same for everybody."""

    values: Floats
    order: Ints

    def scores(self, histories: Histories) -> Scores:
        """The number of people."""
        return Shared(self.values, self.order, np.zeros(len(histories), np.int64))


class Popularity:
    """How many people took it, each counted once."""

    title = "popularity"
    tried: Sequence[Settings] = (Settings(),)

    def fit(self, train: Sequences, settings: Settings, *, seed: int) -> Fitted:
        """Count people."""
        values = train.popularity[None, :]
        return Fitted(values, ordered(values))
