"""Fit a model: of an estimator's few settings, the best one on the latest part of the training rows is used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.errors import HistoryError
from training.estimators.all import DEFAULT
from training.estimators.all import estimator as known
from training.estimators.estimator import Estimator, Model, fit_with
from training.inputs import Floats, labels, matrix
from training.rows import Row
from training.split import instant_for, split
from udfs.core.features.model_inputs import Input

MIN_ROWS_PER_CLASS = 20
"""The minimum number of rows of each class, on either side of a split."""
VALIDATE = 0.25
"""The latest share of the training rows, on which settings are compared."""


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A model, its settings, and the Brier score of every setting on the validation rows (empty if there are too few rows to compare)."""

    model: Model
    title: str
    """The estimator, for people."""
    settings: Any
    trials: Mapping[str, float]

    def scores(self, x: Floats) -> npt.NDArray[np.float64]:
        """The probability of the goal for each row."""
        return self.model.probabilities(x)[:, 1]


def require_splittable(rows: Sequence[Row], *, estimator: str = DEFAULT) -> None:
    """Refuse training rows that are too few for this estimator. Raises HistoryError."""
    least = known(estimator).least_rows
    if len(rows) < least:
        problem = (
            f"too little to learn from: {len(rows):,} training rows, and {known(estimator).title} need at least {least} to tell any two of them "
            "apart: use a longer history, a smaller --test-share, a shorter --within, or a campaign that decides more often"
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


def fit(rows: Sequence[Row], inputs: Sequence[Input], *, within: int, seed: int = 0, estimator: str = DEFAULT) -> Fitted:
    """Choose settings on the latest training rows, with the same embargo as the test, then fit all rows with the best."""
    chosen = known(estimator)
    trials = _trials(chosen, rows, inputs, within=within, seed=seed)
    best = min(trials, key=lambda settings: trials[settings]) if trials else chosen.tried[0]
    model = fit_with(chosen, best, matrix(inputs, rows), labels(rows), inputs=inputs, seed=seed)
    return Fitted(model=model, title=chosen.title, settings=best, trials={str(settings): brier for settings, brier in trials.items()})


def _trials(chosen: Estimator, rows: Sequence[Row], inputs: Sequence[Input], *, within: int, seed: int) -> dict[Any, float]:
    if len(chosen.tried) < 2:
        return {}
    inner = split(rows, at=instant_for(rows, share=VALIDATE), within=within)
    if len(inner.train) < chosen.least_rows:
        return {}
    for part in (inner.train, inner.test):
        if min(positives := sum(row.label for row in part), len(part) - positives) < MIN_ROWS_PER_CLASS:
            return {}
    x, y = matrix(inputs, inner.train), labels(inner.train)
    later, came = matrix(inputs, inner.test), labels(inner.test)
    tried = {settings: fit_with(chosen, settings, x, y, inputs=inputs, seed=seed).probabilities(later)[:, 1] for settings in chosen.tried}
    return {settings: float(np.mean((scores - came) ** 2)) for settings, scores in tried.items()}
