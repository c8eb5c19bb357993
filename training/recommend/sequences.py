"""Sequences of items in flat arrays: millions of them cost 12 bytes an item, and are cut and gathered without a loop."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def spans(begin: Longs, end: Longs) -> tuple[Longs, Longs]:
    """The positions of all spans `begin:end`, one after the other, and where each span starts among them.

    >>> [each.tolist() for each in spans(np.array([0, 7]), np.array([2, 10]))]
    [[0, 1, 7, 8, 9], [0, 2, 5]]
    """
    starts = np.concatenate([[0], np.cumsum(end - begin)]).astype(np.int64)
    return np.arange(starts[-1], dtype=np.int64) + np.repeat(begin - starts[:-1], end - begin), starts


@dataclass(frozen=True)
class Sequences:
    """What people (or visits) took, one after the other, each in order of time. Items are numbered in the order of their ids."""

    items: Ints
    times: Longs
    """Epoch milliseconds."""
    starts: Longs
    """Where each sequence starts; the last entry is the end."""
    n_items: int
    """How many items there are, whether they occur here or not."""

    def __len__(self) -> int:
        return len(self.starts) - 1

    @cached_property
    def lengths(self) -> Longs:
        """How many items each sequence has."""
        return np.diff(self.starts)

    @cached_property
    def owners(self) -> Longs:
        """For each item the number of its sequence."""
        return np.repeat(np.arange(len(self), dtype=np.int64), self.lengths)

    @cached_property
    def distinct(self) -> Longs:
        """Each pair of a sequence and an item once, as `sequence * n_items + item`, sorted."""
        found: Longs = np.unique(self.owners * self.n_items + self.items)
        return found

    @cached_property
    def popularity(self) -> Floats:
        """For each item how many sequences have it. Whoever takes it a thousand times counts once."""
        return np.bincount(self.distinct % self.n_items, minlength=self.n_items).astype(np.float64)

    def cut(self, begin: Longs, end: Longs) -> Self:
        """New sequences: the spans `begin:end` of the flat arrays."""
        at, starts = spans(begin, end)
        return type(self)(self.items[at], self.times[at], starts, self.n_items)

    def take(self, rows: Longs) -> Self:
        """The sequences with these numbers."""
        return self.cut(self.starts[rows], self.starts[rows + 1])

    def tail(self, longest: int) -> Self:
        """At most the latest `longest` items of each sequence."""
        if not len(self) or self.lengths.max() <= longest:
            return self
        return self.cut(np.maximum(self.starts[:-1], self.starts[1:] - longest), self.starts[1:])
