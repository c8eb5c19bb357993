"""Logistic regression: one weight for each input. The simplest model there is, and the easiest to explain."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from training.estimators.encoding import learned
from training.estimators.estimator import Labels, Model
from training.estimators.layers import Layered
from training.inputs import Floats
from udfs.core.features.model_inputs import Input


@dataclass(frozen=True)
class Settings:
    """Hyperparameters: the weight of the data against that of small coefficients."""

    data: float

    def __str__(self) -> str:
        return f"C {self.data:g}"


class Logistic:
    """Logistic regression with an L2 penalty, on standardised inputs."""

    title = "logistic regression"
    tried = (Settings(0.1), Settings(0.01), Settings(1.0))
    least_rows = 40

    def fit(self, settings: Settings, x: Floats, y: Labels, *, inputs: Sequence[Input], seed: int) -> Model:
        """Fit by L-BFGS, which draws nothing."""
        encoding = learned(x, inputs)
        with threadpool_limits(limits=1):
            fitted = LogisticRegression(C=settings.data, max_iter=2_000).fit(encoding.encode(x).astype(np.float64), y)
        return Layered(encoding, [(fitted.coef_.T, fitted.intercept_)], len(inputs))
