"""Hierarchical clustering by Ward's method: neighbours are joined until so many segments are left.

It has no rule for somebody new. The stand-in is the segment of the nearest customer.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.cluster import AgglomerativeClustering

from training.segments.methods.kmeans import Number
from training.segments.methods.method import Places, Rule, in_order
from training.segments.methods.nearest import Nearest
from training.segments.scale import Points

MAX_CUSTOMERS = 5_000
"""It keeps every distance, 100 MB of so many customers. Of more, so many are drawn, and the others are with the nearest of these."""


class Hierarchical:
    """Ward's method of scikit-learn."""

    title = "hierarchical (Ward)"
    exact = False

    def settings(self, numbers: Sequence[int], z: Points) -> Sequence[Number]:
        """The numbers."""
        return [Number(each) for each in numbers]

    def fit(self, setting: Number, z: Points, *, seed: int) -> Places:
        """Join neighbours."""
        drawn = _drawn(len(z), seed)
        found = AgglomerativeClustering(setting.segments, linkage="ward").fit_predict(z[drawn]).astype(np.int64)
        if len(drawn) < len(z):
            found = Nearest(z[drawn], found).answers(z).argmax(axis=1).astype(np.int64)
        return in_order(found)

    def rule(self, setting: Number, z: Points, places: Places, *, seed: int) -> Rule:
        """The nearest customer's segment."""
        drawn = _drawn(len(z), seed)
        absent = set(range(int(places.max()) + 1)) - set(places[drawn].tolist())
        more = [int(np.flatnonzero(places == n)[0]) for n in sorted(absent)]
        kept = np.concatenate([drawn, np.array(more, dtype=np.int64)])
        return Nearest(z[kept], places[kept])


def _drawn(number: int, seed: int) -> Places:
    if number <= MAX_CUSTOMERS:
        return np.arange(number, dtype=np.int64)
    return np.sort(np.random.default_rng(seed).choice(number, MAX_CUSTOMERS, replace=False)).astype(np.int64)
