"""Gradient-boosted trees by LightGBM. Its trees are written as ONNX here, so that no converter is involved.

A text is a category: a node asks whether its value is in a set. One that is unknown or new is in no set. Several boosters, each of other
rows, answer together, by the mean of what they add up to before the sigmoid.
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
    """Of the inputs that each node may read."""
    boosters: int
    smallest_leaf: int = 100

    def __str__(self) -> str:
        many = f"{self.boosters} boosters of " if self.boosters > 1 else ""
        return f"{many}{self.trees} trees of {self.leaves} leaves, rate {self.rate}, {self.share:.0%} of the inputs at each node"


@dataclass(frozen=True)
class Fitted:
    """Boosters of LightGBM. `categories`: input -> how many values it has, for those that are texts."""

    boosters: Sequence[Booster]
    categories: Mapping[int, int]
    width: int

    def probabilities(self, x: Floats) -> Probabilities:
        """The boosters' own answers."""
        known = as_read(x, self.categories)
        sums = [np.asarray(each.predict(known, num_threads=1, raw_score=True), dtype=np.float64) for each in self.boosters]
        return two_columns(1 / (1 + np.exp(-np.mean(sums, axis=0))))

    def onnx(self) -> bytes:
        """The trees, summed, behind a sigmoid."""
        share = 1 / len(self.boosters)
        trees = [tree(each["tree_structure"], share) for booster in self.boosters for each in booster.dump_model()["tree_info"]]
        return Ensemble(trees, 0.0, sigmoid=True, width=self.width).onnx()


class LightGbm:
    """LightGBM on one thread, so that sums are added in one order."""

    title = "gradient-boosted trees (LightGBM)"
    tried = (Settings(12, 350, 0.02, 0.6, 3), Settings(4, 250, 0.05, 0.8, 1))
    least_rows = 200
    """With fewer no tree can make two leaves."""

    def fit(self, settings: Settings, x: Floats, y: Labels, *, inputs: Sequence[Input], seed: int) -> Model:
        """Rows and inputs of each tree are drawn by the seed."""
        categories = {n: len(each.values) for n, each in enumerate(inputs) if each.values is not None}
        parameters = {
            "objective": "binary",
            "num_leaves": settings.leaves,
            "learning_rate": settings.rate,
            "min_data_in_leaf": settings.smallest_leaf,
            "feature_fraction_bynode": settings.share,
            "lambda_l2": 5.0,
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "min_data_per_group": 50,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,
            "verbosity": -1,
        }
        known = as_read(x, categories)

        def booster(number: int) -> Booster:
            rows = Dataset(known, y, categorical_feature=list(categories))
            return train({**parameters, "seed": (seed * settings.boosters + number) % 2**31}, rows, num_boost_round=settings.trees)

        return Fitted([booster(n) for n in range(settings.boosters)], categories, len(inputs))


def as_read(x: Floats, categories: Mapping[int, int]) -> Any:
    """The rows as LightGBM reads them. It would take 1.5 for the category 1, and a number that is no category for whatever the machine makes
    of it: both are unknown.
    """
    found = x.astype(np.float64)
    for n, many in categories.items():
        column = found[:, n]
        found[:, n] = np.where(np.isin(column, np.arange(many)), column, np.nan)
    return found


def tree(root: Mapping[str, Any], share: float = 1.0) -> Tree:
    """One tree of LightGBM's dump, with `share` of what its leaves add.

    An unknown number goes where the node says, or, where none was unknown, the way of zero. An unknown category goes right.
    """
    made = _Made()
    made.walk(root, share)
    return Tree(
        feature=np.array(made.feature, dtype=np.int64),
        threshold=at_most(np.array(made.threshold)),  # a category is a small whole number, which stays as it is
        left=np.array(made.left, dtype=np.int64),
        right=np.array(made.right, dtype=np.int64),
        unknown_left=np.array(made.unknown_left, dtype=bool),
        value=np.array(made.value),
        same=np.array(made.same, dtype=bool),
        cover=np.array(made.cover),
    )


class _Made:
    """The nodes of a tree, as they are made."""

    def __init__(self) -> None:
        self.feature: list[int] = []
        self.threshold: list[float] = []
        self.left: list[int] = []
        self.right: list[int] = []
        self.unknown_left: list[bool] = []
        self.value: list[float] = []
        self.same: list[bool] = []
        self.cover: list[float] = []

    def walk(self, node: Mapping[str, Any], share: float) -> int:
        """Add a node and all under it. Returns its place."""
        if "left_child" not in node:
            return self._add(value=float(node["leaf_value"]) * share, cover=float(node.get("leaf_count", 0)))
        feature, cover = int(node["split_feature"]), float(node["internal_count"])
        if node["decision_type"] != "==":
            place = self._add(feature=feature, threshold=float(node["threshold"]), unknown_left=_unknown_left(node), cover=cover)
            self.left[place], self.right[place] = self.walk(node["left_child"], share), self.walk(node["right_child"], share)
            return place
        places = [self._add(feature=feature, threshold=float(each), same=True, cover=cover) for each in str(node["threshold"]).split("||")]
        left, right = self.walk(node["left_child"], share), self.walk(node["right_child"], share)
        for place, following in zip(places, [*places[1:], right], strict=True):
            self.left[place], self.right[place] = left, following
        return places[0]

    def _add(
        self, *, cover: float, feature: int = LEAF, threshold: float = 0.0, unknown_left: bool = False, value: float = 0.0, same: bool = False
    ) -> int:
        for held, each in (
            (self.feature, feature),
            (self.threshold, threshold),
            (self.left, 0),
            (self.right, 0),
            (self.unknown_left, unknown_left),
            (self.value, value),
            (self.same, same),
            (self.cover, cover),
        ):
            held.append(each)  # type: ignore[arg-type]
        return len(self.feature) - 1


def _unknown_left(node: Mapping[str, Any]) -> bool:
    return bool(node["default_left"]) if node["missing_type"] == "NaN" else float(node["threshold"]) >= 0
