"""k-means: segments around centres. The rule is the nearest centre, which is k-means itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.cluster import KMeans as Fitted
from threadpoolctl import threadpool_limits

from training.segments.methods.method import Places, Rule, in_order
from training.segments.methods.nearest import Nearest
from training.segments.scale import Points

BEGINNINGS = 10
"""It may end in a poor place, so the best of so many is kept."""


@dataclass(frozen=True)
class Number:
    """How many segments to find."""

    segments: int

    def __str__(self) -> str:
        return f"{self.segments} segments"


class KMeans:
    """k-means of scikit-learn."""

    title = "k-means"
    exact = True

    def settings(self, numbers: Sequence[int], z: Points) -> Sequence[Number]:
        """The numbers."""
        return [Number(each) for each in numbers]

    def fit(self, setting: Number, z: Points, *, seed: int) -> Places:
        """The best of ten beginnings."""
        return in_order(self._fitted(setting, z, seed).labels_.astype(np.int64))

    def rule(self, setting: Number, z: Points, places: Places, *, seed: int) -> Rule:
        """The centres, in the order of the segments."""
        fitted = self._fitted(setting, z, seed)
        order = [int(fitted.labels_[places == n][0]) for n in range(int(places.max()) + 1)]
        return Nearest(fitted.cluster_centers_[order], np.arange(len(order), dtype=np.int64))

    def _fitted(self, setting: Number, z: Points, seed: int) -> Any:
        with threadpool_limits(limits=1):  # sums are added in one order
            return Fitted(setting.segments, n_init=BEGINNINGS, random_state=seed).fit(z)
