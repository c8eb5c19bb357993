"""The baseline that a model has to beat: logistic regression on recency and frequency, on the same rows."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from training.inputs import labels
from training.rows import Row
from udfs.core.values.durations import DAY


def baseline(train: Sequence[Row], test: Sequence[Row]) -> npt.NDArray[np.float64]:
    """The baseline's probabilities for the test rows, learned from the training rows."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(_matrix(train), labels(train))
    scores: npt.NDArray[np.float64] = model.predict_proba(_matrix(test))[:, 1]
    return scores


def _matrix(rows: Sequence[Row]) -> npt.NDArray[np.float64]:
    return np.array([_figures(row) for row in rows])


def _figures(row: Row) -> tuple[float, float, float]:
    recency = 0.0 if row.since_goal is None else math.log1p(row.since_goal / DAY)
    return recency, float(row.since_goal is None), math.log1p(row.goals)
