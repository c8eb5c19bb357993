"""Gradient-boosted trees on histograms, the default.

Only what skl2onnx converts faithfully is used: no categorical features (it converts them wrongly, without an error), and sigmoid
calibration without an ensemble.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from training.estimators.estimator import Labels, Model, Probabilities
from training.export import export, with_covers
from training.inputs import Floats
from udfs.core.features.model_inputs import Input

FOLDS = 5


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Hyperparameters."""

    leaves: int
    trees: int
    rate: float
    smallest_leaf: int
    calibrated: bool = False

    def __str__(self) -> str:
        return f"{self.trees} trees of {self.leaves} leaves, rate {self.rate}" + (", sigmoid calibration" if self.calibrated else "")


@dataclass(frozen=True)
class Fitted:
    """A classifier of scikit-learn that skl2onnx converts."""

    classifier: Any
    width: int

    def probabilities(self, x: Floats) -> Probabilities:
        """One thread, so that sums are added in one order."""
        with threadpool_limits(limits=1):
            return np.asarray(self.classifier.predict_proba(x), dtype=np.float64)

    def onnx(self) -> bytes:
        """By skl2onnx, with the number of training rows that came to each node, which it leaves out."""
        calibrated = getattr(self.classifier, "calibrated_classifiers_", None)
        trees = calibrated[0].estimator if calibrated else self.classifier
        covers = [float(count) for (each,) in trees._predictors for count in each.nodes["count"]]
        return with_covers(export(self.classifier, width=self.width), covers)


class Boosted:
    """Histogram gradient boosting of scikit-learn."""

    title = "gradient-boosted trees"
    tried = tuple(
        Settings(leaves=leaves, trees=150, rate=0.05, smallest_leaf=50, calibrated=calibrated) for leaves in (4, 12) for calibrated in (False, True)
    )
    least_rows = 100
    """With fewer no tree can make two leaves, and every row would get the same score."""

    def fit(self, settings: Settings, x: Floats, y: Labels, *, inputs: Sequence[Input], seed: int) -> Model:
        """One thread, so that the same rows give the same bytes every time."""
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
            return Fitted(model.fit(np.where(np.isnan(x).all(axis=0), np.float32(0), x), y), len(inputs))  # it cannot bin what is never known
