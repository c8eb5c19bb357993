"""DBSCAN: a segment is where customers are dense; whoever is in no such place is an outlier. It finds the number of segments itself.

It has no rule for somebody new. The stand-in is the nearest customer in a dense place, unless all are too far away.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import DBSCAN
from sklearn.neighbors import NearestNeighbors

from training.segments.methods.method import OUTSIDE, Places, Rule, in_order
from training.segments.methods.nearest import Nearest
from training.segments.scale import Points

NEIGHBOURS = 15
"""So many customers within reach make a place dense."""
SHARES = (0.8, 0.9, 0.95)
"""The reach is such that this share of customers is in a dense place."""


@dataclass(frozen=True)
class Density:
    """How far a customer's neighbours may be."""

    reach: float

    def __str__(self) -> str:
        return f"reach {self.reach:.3f}"


class Dbscan:
    """DBSCAN of scikit-learn."""

    title = "DBSCAN"
    exact = False

    def settings(self, numbers: Sequence[int], z: Points) -> Sequence[Density]:
        """Some reaches, whatever numbers are asked for."""
        many = min(NEIGHBOURS, len(z))
        distances = NearestNeighbors(n_neighbors=many).fit(z).kneighbors(z)[0][:, -1]
        reaches = {round(float(np.quantile(distances, share)), 6) for share in SHARES}
        return [Density(each) for each in sorted(reaches) if each > 0]

    def fit(self, setting: Density, z: Points, *, seed: int) -> Places:
        """Draws nothing."""
        found = DBSCAN(eps=setting.reach, min_samples=NEIGHBOURS, n_jobs=1).fit_predict(z)
        return in_order(found.astype(np.int64))

    def rule(self, setting: Density, z: Points, places: Places, *, seed: int) -> Rule:
        """The customers in dense places."""
        core = DBSCAN(eps=setting.reach, min_samples=NEIGHBOURS, n_jobs=1).fit(z).core_sample_indices_
        core = core[places[core] != OUTSIDE]
        return Nearest(z[core], places[core], setting.reach)
