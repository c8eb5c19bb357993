"""AUC, average precision and Brier score of weighted rows, and their bootstrap over users.

Rows of one user are not independent, so the bootstrap draws users, not rows (https://doi.org/10.1201/9780429246593). Scores are sorted
once; each draw is then one pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
NAMES = ("auc", "ap", "brier")
DRAWS = 1_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"

    def brief(self) -> str:
        """The estimate with three decimals, for a terminal."""
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


class Ranking:
    """Labels in the order of their scores."""

    def __init__(self, labels: npt.NDArray[np.int64], scores: Floats) -> None:
        self._order = np.argsort(-scores, kind="stable")
        ranked = scores[self._order]
        self._labels = labels[self._order].astype(np.float64)
        self._errors = (ranked - self._labels) ** 2
        self._ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], np.True_))  # the last of each group of equal scores

    def figures(self, weights: Floats | None = None) -> Floats:
        """AUC, AP and Brier, in the order of NAMES; NaN if the weights leave only one class."""
        w = np.ones(len(self._labels)) if weights is None else weights[self._order]
        came = np.cumsum(w * self._labels)[self._ends]
        stayed = np.cumsum(w * (1 - self._labels))[self._ends]
        brier = float(w @ self._errors / w.sum())
        if came[-1] == 0 or stayed[-1] == 0:
            return np.array([np.nan, np.nan, brier])
        more_came, more_stayed = np.diff(came, prepend=0.0), np.diff(stayed, prepend=0.0)
        auc = float(more_stayed @ (came - more_came / 2) / (came[-1] * stayed[-1]))
        so_far = came + stayed
        precision = np.divide(came, so_far, out=np.zeros_like(came), where=so_far > 0)
        return np.array([auc, float(more_came @ precision / came[-1]), brier])


def bootstrap(rankings: Sequence[Ranking], users: Sequence[str], *, draws: int = DRAWS, seed: int = 0) -> npt.NDArray[np.float64]:
    """Figures by draw, ranking and name: shape (draws, rankings, 3). All rankings share the draws, so their differences are paired."""
    codes = np.unique(np.asarray(users), return_inverse=True)[1]
    number = int(codes.max()) + 1
    random = np.random.default_rng(seed)
    drawn = (np.bincount(random.integers(0, number, number), minlength=number)[codes].astype(np.float64) for _ in range(draws))
    return np.array([[ranking.figures(weights) for ranking in rankings] for weights in drawn])


def estimate(value: float, draws: Floats) -> Estimate:
    """A figure and the middle 95 % of its draws."""
    known = draws[~np.isnan(draws)]
    low, high = np.percentile(known, [2.5, 97.5]) if len(known) else (np.nan, np.nan)
    return Estimate(float(value), float(low), float(high))
