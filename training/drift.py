"""Whether features are distributed as they were among the training rows, by the population stability index (PSI).

Without any drift, PSI is about (1/n + 1/m) times a chi-square with one degree of freedom less than there are bins, for n and m independent
rows. So what is too much depends on rows and bins: the cut is where chance alone would be rare. As many features are looked at together,
the share of false ones among those that are said to drift is controlled (Benjamini and Hochberg).
"""

from collections.abc import Collection, Mapping, Sequence

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.stats import chi2

from training.inputs import Floats
from training.reference import Bins, Ids, effective, placed

LEAST_EXPECTED = 5.0
"""Independent rows: bins of which a window would have fewer are put together, since the approximation needs some in each."""
MIN_ROWS = 1_000
Shares = npt.NDArray[np.float64]


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """One feature in a window, against the reference."""

    feature: str
    psi: float
    cut: float
    """The PSI above which it has drifted; 0 if all values are in one bin."""
    chance: float
    """How often chance alone gives as much (the p-value)."""
    drifted: bool


def drifts(
    reference: Mapping[str, Bins], names: Sequence[str], x: Floats, people: Ids, *, false_discovery: float, without: Collection[str] = ()
) -> list[Drift]:
    """Each feature of a window of rows, those that have drifted most first. `names`: the features of the columns of `x`."""
    tested = [(name, *_tested(reference[name], x[:, n], people)) for n, name in enumerate(names) if name in reference and name not in without]
    limit = _limit([chance for _, _, chance, _, _ in tested], false_discovery)
    found = [
        Drift(
            feature=name,
            psi=psi,
            cut=float(chi2.isf(limit, free) * scale) if free else 0.0,
            chance=chance,
            drifted=bool(free) and chance <= limit,
        )
        for name, psi, chance, free, scale in tested
    ]
    return sorted(found, key=lambda each: (each.chance, -each.psi, each.feature))


def in_a_row(before: Mapping[str, int], now: Sequence[Drift]) -> dict[str, int]:
    """In how many windows in a row, this one included, each feature has drifted."""
    return {each.feature: before.get(each.feature, 0) + 1 for each in now if each.drifted}


def _tested(bins: Bins, x: Floats, people: Ids) -> tuple[float, float, int, float]:
    """PSI, how often chance gives as much, degrees of freedom, and what a chi-square is multiplied by."""
    places = placed(bins.edges, x)
    theirs, ours = np.array(bins.counts, dtype=float), np.bincount(places, minlength=len(bins.counts)).astype(float)
    n, m = effective(places, people, len(bins.counts)), bins.effective
    merged = _merged(theirs, ours, min(n, m))
    if len(merged) < 2 or min(n, m) <= 0:
        return 0.0, 1.0, 0, 0.0
    p, q = (_shares(merged[:, side]) for side in (0, 1))
    psi, scale = float(((p - q) * np.log(p / q)).sum()), 1 / n + 1 / m
    free = len(merged) - 1
    return psi, float(chi2.sf(psi / scale, free)), free, scale


def _merged(theirs: Shares, ours: Shares, rows: float) -> Shares:
    """Both counts, by bins large enough: neighbours are put together until each is. A bin that only one of both fills is large, too."""
    shares = (theirs / max(1.0, theirs.sum()) + ours / max(1.0, ours.sum())) / 2
    found: list[list[float]] = []
    held = np.zeros(3)
    for each in zip(theirs, ours, shares * rows, strict=True):
        held = held + np.array(each)
        if held[2] >= LEAST_EXPECTED:
            found.append(held[:2].tolist())
            held = np.zeros(3)
    if held[:2].any() and found:
        found[-1] = (np.array(found[-1]) + held[:2]).tolist()
    return np.array(found).reshape(-1, 2)


def _shares(counts: Shares) -> Shares:
    """Shares, none of them 0: half a row more in each bin."""
    more = counts + 0.5
    return np.asarray(more / more.sum())


def _limit(chances: Sequence[float], share: float) -> float:
    """The chance up to which a feature has drifted, after Benjamini and Hochberg; that of the first step if none has."""
    steps = [k * share / len(chances) for k in range(1, len(chances) + 1)]
    return max((step for chance, step in zip(sorted(chances), steps, strict=True) if chance <= step), default=steps[0] if steps else 0.0)
