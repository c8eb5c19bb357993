"""A small neural network (multilayer perceptron), on the same inputs as logistic regression."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from training.estimators.encoding import learned
from training.estimators.estimator import Labels, Model
from training.estimators.layers import Layered
from training.inputs import Floats
from udfs.core.features.model_inputs import Input


@dataclass(frozen=True)
class Settings:
    """Hyperparameters."""

    units: int
    passes: int
    small: float
    """The weight of the penalty on large weights."""

    def __str__(self) -> str:
        return f"{self.units} units, {self.passes} passes, penalty {self.small:g}"


class Mlp:
    """One hidden layer, trained by Adam for a fixed number of passes: no rows are held out at random."""

    title = "a neural network"
    tried = (Settings(16, 20, 1.0), Settings(32, 40, 1.0))
    least_rows = 100

    def fit(self, settings: Settings, x: Floats, y: Labels, *, inputs: Sequence[Input], seed: int) -> Model:
        """Weights and the order of rows are drawn by the seed."""
        encoding = learned(x, inputs)
        network = MLPClassifier((settings.units,), alpha=settings.small, max_iter=settings.passes, tol=0, random_state=seed)
        with threadpool_limits(limits=1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the number of passes is meant
            network.fit(encoding.encode(x).astype(np.float64), y)
        return Layered(encoding, list(zip(network.coefs_, network.intercepts_, strict=True)), len(inputs))
