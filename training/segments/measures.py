"""How good a grouping is: how far apart its segments are, and whether other customers of the same shop would give the same ones.

Silhouette (https://doi.org/10.1016/0377-0427(87)90125-7): -1 to 1, the higher the better; how much nearer people are to their own segment than
to the next. Calinski-Harabasz (https://doi.org/10.1080/03610927408827101): the higher the better; variance between segments to that within.
Davies-Bouldin (https://doi.org/10.1109/TPAMI.1979.4766909): the lower the better; how much the closest segments overlap. Outliers are left out.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import adjusted_rand_score, calinski_harabasz_score, davies_bouldin_score, silhouette_score

from training.segments.methods.method import OUTSIDE, Method, Places, places_of
from training.segments.scale import Points

SAMPLE = 4_000
"""The silhouette compares everybody with everybody: of more customers, so many are drawn."""
RESAMPLES = 10
SHARE = 0.7
"""The share of customers that each resample holds."""


@dataclass(frozen=True, kw_only=True)
class Scores:
    """The figures of one grouping."""

    segments: int
    smallest: float
    """Share of the customers in the smallest segment."""
    outliers: float
    """Share of the customers in none."""
    silhouette: float
    calinski_harabasz: float
    davies_bouldin: float


def scores(z: Points, places: Places, *, seed: int) -> Scores | None:
    """The figures; None where there are not two segments to compare."""
    inside = places != OUTSIDE
    sizes = np.bincount(places[inside]) if inside.any() else np.zeros(0)
    if len(sizes) < 2 or inside.sum() <= len(sizes):
        return None
    points, found = z[inside], places[inside]
    sample = min(SAMPLE, len(points))
    return Scores(
        segments=len(sizes),
        smallest=float(sizes.min() / len(places)),
        outliers=float(1 - inside.mean()),
        silhouette=_silhouette(points, found, sample, seed),
        calinski_harabasz=float(calinski_harabasz_score(points, found)),
        davies_bouldin=float(davies_bouldin_score(points, found)),
    )


def _silhouette(points: Points, found: Places, sample: int, seed: int) -> float:
    drawn = np.random.default_rng(seed).choice(len(points), sample, replace=False)
    if len(set(found[drawn].tolist())) < 2:  # the sample has missed all segments but one
        return float(silhouette_score(points, found))
    return float(silhouette_score(points[drawn], found[drawn]))


def stability(method: Method, setting: Any, z: Points, places: Places, *, seed: int, resamples: int = RESAMPLES) -> float:
    """Mean adjusted Rand index (1: the same segments, 0: as by chance) between these segments and those of resamples, over all customers."""
    random = np.random.default_rng(seed)
    found = []
    for number in range(resamples):
        drawn = np.sort(random.choice(len(z), max(2, int(SHARE * len(z))), replace=False))
        theirs = method.fit(setting, z[drawn], seed=seed + number + 1)
        if not (theirs != OUTSIDE).any():
            found.append(0.0)
            continue
        rule = method.rule(setting, z[drawn], theirs, seed=seed + number + 1)
        found.append(float(adjusted_rand_score(places, places_of(rule, z))))
    return float(np.mean(found))


def agreement(method: Method, setting: Any, z: Points, places: Places, *, seed: int) -> float:
    """Of a stand-in that was made from 70 % of the customers: the share of the others whom it puts where the method has put them."""
    drawn = np.random.default_rng(seed).random(len(z)) < SHARE
    known = drawn & (places != OUTSIDE)
    if not known.any() or drawn.all() or len(set(places[known].tolist())) <= places.max():
        return 0.0
    rule = method.rule(setting, z[drawn], places[drawn], seed=seed)
    return float((places_of(rule, z[~drawn]) == places[~drawn]).mean())
