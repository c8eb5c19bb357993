"""The propensity model: gradient-boosted trees. Of a few settings, the best one on the latest part of the training rows is used.

Only what skl2onnx converts faithfully is used: no categorical features (it converts them wrongly, without an error), and sigmoid
calibration without an ensemble.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from training.errors import HistoryError
from training.inputs import Floats, labels, matrix
from training.rows import Row
from training.split import instant_for, split
from udfs.core.features.model_inputs import Input

MIN_ROWS_PER_CLASS = 20
"""The minimum number of rows of each class, on either side of a split."""
VALIDATE = 0.25
"""The latest share of the training rows, on which settings are compared."""
FOLDS = 5


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Hyperparameters of the estimator."""

    leaves: int
    trees: int
    rate: float
    smallest_leaf: int
    calibrated: bool = False

    def __str__(self) -> str:
        return f"{self.trees} trees of {self.leaves} leaves, rate {self.rate}" + (", sigmoid calibration" if self.calibrated else "")


SHALLOW = Settings(leaves=4, trees=150, rate=0.05, smallest_leaf=50)
DEEPER = Settings(leaves=12, trees=150, rate=0.05, smallest_leaf=50)
TRIED = tuple(
    Settings(leaves=each.leaves, trees=each.trees, rate=each.rate, smallest_leaf=each.smallest_leaf, calibrated=calibrated)
    for each in (SHALLOW, DEEPER)
    for calibrated in (False, True)
)


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A model, its settings, and the Brier score of every setting on the validation rows (empty if there are too few rows to compare)."""

    estimator: Any
    settings: Settings
    trials: Mapping[str, float]

    def scores(self, x: Floats) -> npt.NDArray[np.float64]:
        """The probability of the goal for each row."""
        return probabilities(self.estimator, x)[:, 1]


def require_splittable(rows: Sequence[Row]) -> None:
    """Refuse training rows that are too few for a tree with two leaves: every row would get the same score. Raises HistoryError."""
    least = 2 * min(settings.smallest_leaf for settings in TRIED)
    if len(rows) < least:
        problem = (
            f"too little to learn from: {len(rows):,} training rows, and a tree needs at least {least} to tell any two of them apart: use a "
            "longer history, a smaller --test-share, a shorter --within, or a campaign that decides more often"
        )
        raise HistoryError(problem)


def require_difference(scores: npt.NDArray[np.float64]) -> None:
    """Refuse a model that gives every test row the same score. Raises HistoryError."""
    if len(scores) and (scores == scores[0]).all():
        problem = (
            f"nothing was learned: all {len(scores):,} test rows get the same score, {scores[0]:.4f}: use a longer history, or features "
            "that tell people apart (--features)"
        )
        raise HistoryError(problem)


def require(rows: Sequence[Row], *, where: str, goal: str) -> None:
    """Refuse rows with too few of one class. Raises HistoryError."""
    positives = sum(row.label for row in rows)
    if min(positives, len(rows) - positives) < MIN_ROWS_PER_CLASS:
        problem = (
            f"too little to learn from: of {len(rows):,} {where} rows {positives:,} are followed by {goal}, {len(rows) - positives:,} are not, and "
            f"both must be at least {MIN_ROWS_PER_CLASS}: use a longer history, another --within, --goal or --split, or a campaign that decides more"
        )
        raise HistoryError(problem)


def fit(rows: Sequence[Row], inputs: Sequence[Input], *, within: int, seed: int = 0) -> Fitted:
    """Choose settings on the latest training rows, with the same embargo as the test, then fit all rows with the best."""
    trials = _trials(rows, inputs, within=within, seed=seed)
    best = min(trials, key=lambda settings: trials[settings]) if trials else SHALLOW
    estimator = fit_with(best, matrix(inputs, rows), labels(rows), seed=seed)
    return Fitted(estimator=estimator, settings=best, trials={str(settings): brier for settings, brier in trials.items()})


def _trials(rows: Sequence[Row], inputs: Sequence[Input], *, within: int, seed: int) -> dict[Settings, float]:
    inner = split(rows, at=instant_for(rows, share=VALIDATE), within=within)
    if len(inner.train) < 2 * max(settings.smallest_leaf for settings in TRIED):
        return {}
    for part in (inner.train, inner.test):
        if min(positives := sum(row.label for row in part), len(part) - positives) < MIN_ROWS_PER_CLASS:
            return {}
    x, y = matrix(inputs, inner.train), labels(inner.train)
    later, came = matrix(inputs, inner.test), labels(inner.test)
    tried = {settings: probabilities(fit_with(settings, x, y, seed=seed), later) for settings in TRIED}
    return {settings: float(np.mean((scores[:, 1] - came) ** 2)) for settings, scores in tried.items()}


def fit_with(settings: Settings, x: Floats, y: npt.NDArray[np.int64], *, seed: int = 0) -> Any:
    """An estimator with these settings. It uses one thread, so that the same rows give the same bytes every time."""
    trees = HistGradientBoostingClassifier(
        max_leaf_nodes=settings.leaves,
        max_iter=settings.trees,
        learning_rate=settings.rate,
        min_samples_leaf=settings.smallest_leaf,
        l2_regularization=1.0,
        early_stopping=False,  # it would hold out rows at random, not by time
        random_state=seed,
    )
    model = CalibratedClassifierCV(trees, method="sigmoid", ensemble=False, cv=FOLDS, n_jobs=1) if settings.calibrated else trees
    with threadpool_limits(limits=1):
        return model.fit(x, y)


def probabilities(estimator: Any, x: Floats) -> npt.NDArray[np.float64]:
    """The estimator's answers: for each row, one probability per class."""
    with threadpool_limits(limits=1):
        return np.asarray(estimator.predict_proba(x), dtype=np.float64)
