"""What every strategy of this folder offers. One suite of laws for all: tests/training/recommend/test_strategies.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from training.recommend.cases import Histories
from training.recommend.scores import Scores
from training.recommend.sequences import Sequences

MAX_LENGTH = 500
"""Learned from are at most so many of the latest items of each sequence: a bot with a million events says no more than a person."""


class Fitted(Protocol):
    """A strategy that has learned."""

    def scores(self, histories: Histories) -> Scores:
        """The scores of items for each history. They depend on the history alone, and never on the others of the batch."""


class Strategy(Protocol):
    """A way to score items. What is fitted depends on sequences, settings and seed alone."""

    @property
    def title(self) -> str:
        """Its name for people."""

    @property
    def tried(self) -> Sequence[Any]:
        """The settings to compare on validation items. The first is used if there are none."""

    def fit(self, train: Sequences, settings: Any, *, seed: int) -> Fitted:
        """Learn from these sequences."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """What strategies may need besides sequences."""

    repeats: bool = False
    """Whether an item may be recommended that is in the history."""
    tokens: Any = None
    """What a catalogue says of items: a sparse matrix (CSR), a row for each item and a column for each word. None: there is no catalogue."""
