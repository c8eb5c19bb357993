"""What is asked of a strategy: histories, and the item that came next."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from training.recommend.sequences import Floats, Ints, Longs, Sequences, spans

RECENT = 50
"""Strategies look at the latest items of a history only. What is seen is masked all the same, however long ago it was."""


@dataclass(frozen=True)
class Histories:
    """A batch of histories, none of them empty."""

    sequences: Sequences
    """The latest items of each."""
    own: Longs
    """The number of the same person's sequence among those learned from; -1: there is none."""
    seen: Longs
    """What must not be recommended, as sorted keys `row * n_items + item`; empty where repeats are allowed."""

    def __len__(self) -> int:
        return len(self.sequences)

    @cached_property
    def now(self) -> Longs:
        """The time of each history's latest event, epoch milliseconds."""
        found: Longs = self.sequences.times[self.sequences.starts[1:] - 1]
        return found

    @cached_property
    def back(self) -> Longs:
        """For each item how many came after it in its history."""
        ends = np.repeat(self.sequences.starts[1:], self.sequences.lengths)
        return ends - 1 - np.arange(len(self.sequences.items))

    def weights(self, decay: float, last: int) -> Floats:
        """`decay` to the power of how many came after; zero for all but the `last` items."""
        return np.where(self.back < last, decay ** np.minimum(self.back, last).astype(np.float64), 0.0)

    def only(self, back: int) -> Self:
        """The same with one item each: the latest (0), the one before it (1), and so on; the first of shorter histories."""
        at = np.maximum(self.sequences.starts[:-1], self.sequences.starts[1:] - 1 - back)
        return type(self)(self.sequences.cut(at, at + 1), self.own, self.seen)


@dataclass(frozen=True)
class Cases:
    """Spans of sequences as histories, each with the item to find."""

    base: Sequences
    begin: Longs
    """Where each history begins in the flat arrays of `base`."""
    end: Longs
    target: Ints
    own: Longs
    """See `Histories`."""
    people: Longs
    """Whose history it is: intervals are over people."""
    masked: bool
    """Whether what is in a history must not be recommended again."""

    def __len__(self) -> int:
        return len(self.target)

    def take(self, rows: Longs) -> Self:
        """The cases with these numbers."""
        return type(self)(self.base, self.begin[rows], self.end[rows], self.target[rows], self.own[rows], self.people[rows], self.masked)

    def sample(self, most: int, *, seed: int) -> Self:
        """At most so many of them, drawn by the seed."""
        if len(self) <= most:
            return self
        return self.take(np.sort(np.random.default_rng(seed).choice(len(self), most, replace=False)))

    def histories(self) -> Histories:
        """The histories of all of them: take a batch first."""
        recent = self.base.cut(np.maximum(self.begin, self.end - RECENT), self.end)
        seen = np.zeros(0, np.int64)
        if self.masked:
            at, starts = spans(self.begin, self.end)
            rows = np.repeat(np.arange(len(self), dtype=np.int64), np.diff(starts))
            seen = np.unique(rows * self.base.n_items + self.base.items[at])
        return Histories(recent, self.own, seen)
