"""CUPED: what was known of people before they were in a group explains part of how they differ, and what is explained is no noise. Pure.

Deng, Xu, Kohavi and Walker, "Improving the Sensitivity of Online Controlled Experiments by Utilizing Pre-Experiment Data", WSDM 2013. It is not
biased however badly the figures explain the outcome, as long as the group cannot have changed them: they must end before it began.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.statistics.difference import Groups, Numbers

MIN_PEOPLE_EACH = 20
"""People for each figure that is used; with fewer, fitting finds noise."""


@dataclass(frozen=True, kw_only=True)
class Adjusted:
    """The outcomes without what the figures explain."""

    outcome: Numbers
    explained: float
    """The share of the variance within the groups that is gone."""
    unknown: float
    """The share of people of whom a figure is not known: theirs count as the mean, so that nobody is left out."""


def adjusted(outcome: Numbers, treated: Groups, figures: NDArray[np.float64]) -> Adjusted:
    """Outcomes less what the figures (one row a person, NaN for unknown) explain within the groups; the difference of the groups' means is then
    the effect. Where a figure is the same for all, or there are too few people, nothing changes.
    """
    unknown = float((~np.isfinite(figures)).any(axis=1).mean()) if figures.size else 0.0
    nothing = Adjusted(outcome=outcome, explained=0.0, unknown=unknown)
    known = figures[:, np.isfinite(figures).any(axis=0)] if figures.size else figures
    if not known.size or len(outcome) < MIN_PEOPLE_EACH * (known.shape[1] + 1) or not treated.any() or treated.all():
        return nothing
    known = np.where(np.isfinite(known), known, np.nanmean(np.where(np.isfinite(known), known, np.nan), axis=0))
    centred = known - known.mean(axis=0)
    centred = centred[:, centred.std(axis=0) > 1e-12 * (1 + np.abs(known).max(axis=0))]
    if not centred.size:
        return nothing
    centred = centred / centred.std(axis=0)
    within, left = _without_means(centred, treated), _without_means(outcome[:, None], treated)[:, 0]
    slope = np.linalg.lstsq(within, left, rcond=None)[0]
    before, after = float(left @ left), float(((left - within @ slope) ** 2).sum())
    if before <= 0:
        return nothing
    return Adjusted(outcome=outcome - centred @ slope, explained=max(0.0, 1 - after / before), unknown=unknown)


def _without_means(values: NDArray[np.float64], treated: Groups) -> NDArray[np.float64]:
    """Each group's values less the group's own mean: so the effect itself is not taken for something that the figures explain."""
    return np.where(treated[:, None], values - values[treated].mean(axis=0), values - values[~treated].mean(axis=0))
