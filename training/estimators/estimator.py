"""What every estimator of this folder offers. One file each, and one suite of laws for all: tests/training/test_estimators.py."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from training.errors import HistoryError
from training.inputs import Floats
from udfs.core.features.model_inputs import Input

Labels = npt.NDArray[np.int64]
Probabilities = npt.NDArray[np.float64]
"""One row per decision, and two columns: that the goal does not follow, and that it does."""


class Model(Protocol):
    """A fitted model."""

    def probabilities(self, x: Floats) -> Probabilities:
        """The model's answers for rows of inputs; NaN stands for unknown."""

    def onnx(self) -> bytes:
        """The same model for the job: from `input` to `probabilities`. The same model always gives the same bytes."""


class Estimator(Protocol):
    """A way to learn a probability. Settings are compared on validation rows; what is fitted depends on rows, settings and seed alone."""

    @property
    def title(self) -> str:
        """Its name for people."""

    @property
    def tried(self) -> Sequence[Any]:
        """The settings to compare. The first is used if there are too few rows to compare them."""

    @property
    def least_rows(self) -> int:
        """The minimum number of training rows."""

    def fit(self, settings: Any, x: Floats, y: Labels, *, inputs: Sequence[Input], seed: int) -> Model:
        """Fit these rows. Call `fit_with`, which checks them first."""


def fit_with(estimator: Estimator, settings: Any, x: Floats, y: Labels, *, inputs: Sequence[Input], seed: int = 0) -> Model:
    """Fit a model with these settings. Raises HistoryError if all rows are of one class."""
    if len(set(y.tolist())) < 2:
        problem = f"nothing to learn: the goal follows {'all' if len(y) and y[0] else 'none'} of these {len(y):,} rows"
        raise HistoryError(problem)
    return estimator.fit(settings, x, y, inputs=inputs, seed=seed)


def two_columns(positive: npt.NDArray[np.float64]) -> Probabilities:
    """Both columns, from the probability that the goal follows."""
    return np.column_stack([1 - positive, positive])
