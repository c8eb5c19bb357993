"""Gradient-boosted trees that learn the value itself, from all features: its mean, on a logarithmic scale, under Tweedie's distribution
(many spend nothing, a few very much)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from lightgbm import Booster, Dataset, train

from training.errors import HistoryError
from training.estimators.ensemble import Ensemble
from training.estimators.lightgbm import as_read, tree
from training.inputs import Floats
from training.value.estimators.estimator import Labelled, Model
from training.value.graph import OUTPUT
from training.value.purchases import Doubles
from udfs.core.features.model_inputs import Input

LEAST_ROWS = 200
PARAMETERS: Mapping[str, Any] = {
    "objective": "tweedie",
    "tweedie_variance_power": 1.3,
    "num_leaves": 8,
    "learning_rate": 0.03,
    "min_data_in_leaf": 50,
    "lambda_l2": 5.0,
    "feature_fraction_bynode": 0.8,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
ROUNDS = 200


@dataclass(frozen=True)
class Fitted:
    """A booster of LightGBM. `categories`: input -> how many values it has, for those that are texts."""

    booster: Booster
    categories: Mapping[int, int]
    width: int

    def answers(self, x: Floats) -> Doubles:
        """The booster's own answers."""
        raw = np.asarray(self.booster.predict(as_read(x, self.categories), num_threads=1, raw_score=True), dtype=np.float64)
        return np.exp(raw)[:, None]

    def onnx(self) -> bytes:
        """The trees, summed, and the exponential of that."""
        trees = [tree(each["tree_structure"]) for each in self.booster.dump_model()["tree_info"]]
        return Ensemble(trees, 0.0, sigmoid=False, width=self.width).exponential(OUTPUT)

    def __str__(self) -> str:
        return f"{ROUNDS} trees of {PARAMETERS['num_leaves']} leaves, rate {PARAMETERS['learning_rate']}"


class LightGbm:
    """LightGBM on one thread, so that sums are added in one order."""

    title = "gradient-boosted trees (LightGBM)"
    answers: Sequence[str] = ("value",)
    width = None
    reads_labels = True

    def fit(self, train_on: Labelled, now: Floats, *, inputs: Sequence[Input], weeks: float, seed: int) -> Model:
        """Fit to the rows whose time is over. Raises HistoryError if they are too few."""
        if len(train_on.value) < LEAST_ROWS or not train_on.value.any():
            problem = (
                f"too little to learn from: {len(train_on.value):,} customers at instants whose time was over at the split, "
                f"{int((train_on.value > 0).sum()):,} of them ordered again; it takes {LEAST_ROWS}: use a longer history, or estimator: bg-nbd"
            )
            raise HistoryError(problem)
        categories = {n: len(each.values) for n, each in enumerate(inputs) if each.values is not None}
        rows = Dataset(as_read(train_on.x, categories), train_on.value, categorical_feature=list(categories))
        booster = train({**PARAMETERS, "seed": seed % 2**31}, rows, num_boost_round=ROUNDS)
        return Fitted(booster, categories, len(inputs))
