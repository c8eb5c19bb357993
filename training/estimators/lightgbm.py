"""Gradient-boosted trees by LightGBM. Its trees are written as ONNX here, so that no converter is involved.

Texts are their numbers, as for all trees here: LightGBM's own categories would need nodes that hold sets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from lightgbm import Booster, Dataset, train

from training.estimators.ensemble import LEAF, Ensemble, Tree, at_most
from training.estimators.estimator import Labels, Model, Probabilities, two_columns
from training.inputs import Floats
from udfs.core.features.model_inputs import Input


@dataclass(frozen=True)
class Settings:
    """Hyperparameters."""

    leaves: int
    trees: int
    rate: float
    share: float
    """Of the inputs that each tree may read."""
    smallest_leaf: int = 50

    def __str__(self) -> str:
        return f"{self.trees} trees of {self.leaves} leaves, rate {self.rate}, {self.share:.0%} of the inputs each"


@dataclass(frozen=True)
class Fitted:
    """A booster of LightGBM."""

    booster: Booster
    width: int

    def probabilities(self, x: Floats) -> Probabilities:
        """The booster's own answers."""
        return two_columns(np.asarray(self.booster.predict(x.astype(np.float64), num_threads=1), dtype=np.float64))

    def onnx(self) -> bytes:
        """The trees, summed, behind a sigmoid."""
        trees = [tree(each["tree_structure"]) for each in self.booster.dump_model()["tree_info"]]
        return Ensemble(trees, 0.0, sigmoid=True, width=self.width).onnx()


class LightGbm:
    """LightGBM on one thread, so that sums are added in one order."""

    title = "gradient-boosted trees (LightGBM)"
    tried = (Settings(12, 250, 0.03, 0.8), Settings(4, 250, 0.05, 0.8))
    least_rows = 100

    def fit(self, settings: Settings, x: Floats, y: Labels, *, inputs: Sequence[Input], seed: int) -> Model:
        """Rows and inputs of each tree are drawn by the seed."""
        parameters = {
            "objective": "binary",
            "num_leaves": settings.leaves,
            "learning_rate": settings.rate,
            "min_data_in_leaf": settings.smallest_leaf,
            "feature_fraction": settings.share,
            "lambda_l2": 5.0,
            "bagging_fraction": 0.6,
            "bagging_freq": 1,
            "seed": seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,
            "verbosity": -1,
        }
        return Fitted(train(parameters, Dataset(x.astype(np.float64), y), num_boost_round=settings.trees), len(inputs))


def tree(root: Mapping[str, Any]) -> Tree:
    """One tree of LightGBM's dump. An unknown number goes where the node says, or, where none was unknown, the way of zero."""
    nodes: list[Mapping[str, Any]] = []
    places: list[tuple[int, int]] = []

    def walk(node: Mapping[str, Any]) -> int:
        place = len(nodes)
        nodes.append(node)
        places.append((0, 0))
        if "left_child" in node:
            places[place] = walk(node["left_child"]), walk(node["right_child"])
        return place

    walk(root)
    inner = ["left_child" in node for node in nodes]
    thresholds = np.array([float(node["threshold"]) if split else 0.0 for node, split in zip(nodes, inner, strict=True)])
    return Tree(
        feature=np.array([node["split_feature"] if split else LEAF for node, split in zip(nodes, inner, strict=True)], dtype=np.int64),
        threshold=at_most(thresholds),
        left=np.array([left for left, _ in places], dtype=np.int64),
        right=np.array([right for _, right in places], dtype=np.int64),
        unknown_left=np.array([split and _unknown_left(node) for node, split in zip(nodes, inner, strict=True)], dtype=bool),
        value=np.array([0.0 if split else float(node["leaf_value"]) for node, split in zip(nodes, inner, strict=True)]),
    )


def _unknown_left(node: Mapping[str, Any]) -> bool:
    return bool(node["default_left"]) if node["missing_type"] == "NaN" else float(node["threshold"]) >= 0
