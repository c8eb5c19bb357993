"""Adding up what several parts bring: a tenth of a millisecond for a thousand neighbours, however many items there are."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from udfs.core.recommend.recommender import STEPS

MAX_RANKED = 400
"""Items that are put in order: more than one list looks at."""


class Sums:
    """Items by their sums."""

    __slots__ = ("_ends", "_items", "_worth", "numbers", "scores")

    def __init__(self, pieces: Sequence[tuple[Any, Any, float]]) -> None:
        """`pieces`: the items of a part, their scores, and how much it counts."""
        self.numbers: list[int] = []
        self.scores: list[float] = []
        if not pieces:
            return
        self._items = np.concatenate([items for items, _, _ in pieces])
        self._worth = np.concatenate([scores.astype(np.float64) * weight for _, scores, weight in pieces])
        self._ends = np.cumsum([len(items) for items, _, _ in pieces])
        numbers, place = np.unique(self._items, return_inverse=True)
        steps = np.rint(np.bincount(place, weights=self._worth, minlength=len(numbers)) * STEPS)
        order = np.argsort(-steps, kind="stable")[:MAX_RANKED]
        steps = steps[order]
        order = order[steps > 0]
        self.numbers = numbers[order].tolist()
        self.scores = (steps[: len(order)] / STEPS).tolist()

    def part(self, number: int) -> int:
        """Which part brought an item most, the first of equals."""
        places = np.flatnonzero(self._items == number)
        best = places[np.argmax(self._worth[places])]
        return int(np.searchsorted(self._ends, best, side="right"))
