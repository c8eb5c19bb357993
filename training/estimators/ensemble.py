"""Decision trees as arrays, and their sum as ONNX. For trees that skl2onnx does not convert with unknown values, or not at all.

An ensemble answers for a row with the sum of one leaf of each tree. A number goes left if it is at most the node's threshold; an unknown one
goes where the node says. At a node that compares with `is`, only the same number goes left: a set of values is a row of such nodes whose
left is the same node, which onnxruntime turns into one look at a set.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import helper, numpy_helper

from training.estimators.estimator import Probabilities, two_columns
from training.estimators.graph import model
from training.export import INPUT, OUTPUT
from training.inputs import Floats

LEAF = -1
"""As the feature of a node: it has none."""
ML = "ai.onnx.ml"


@dataclass(frozen=True)
class Tree:
    """Nodes in arrays; the first one is the root."""

    feature: npt.NDArray[np.int64]
    threshold: npt.NDArray[np.float32]
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    unknown_left: npt.NDArray[np.bool_]
    value: npt.NDArray[np.float64]
    """What a leaf adds."""
    same: npt.NDArray[np.bool_]
    """Whether the node compares with `is` instead of `at most`."""
    cover: npt.NDArray[np.float64]
    """How many training rows came to it: `udfs.scoring.trees` asks."""


@dataclass(frozen=True)
class Ensemble:
    """Trees, and how their sum becomes a probability: by a sigmoid, or as it is."""

    trees: Sequence[Tree]
    base: float
    sigmoid: bool
    width: int

    def onnx(self) -> bytes:
        """By hand: no converter is involved."""
        nodes = [
            helper.make_node("TreeEnsembleRegressor", [INPUT], ["sum"], domain=ML, n_targets=1, base_values=[self.base], **self.attributes()),
            helper.make_node(*(("Sigmoid", ["sum"], ["reached"]) if self.sigmoid else ("Clip", ["sum", "zero", "one"], ["reached"]))),
            helper.make_node("Sub", ["one", "reached"], ["missed"]),
            helper.make_node("Concat", ["missed", "reached"], [OUTPUT], axis=1),
        ]
        used = (("one", 1),) if self.sigmoid else (("one", 1), ("zero", 0))  # onnxruntime warns of constants that nothing reads
        constants = [numpy_helper.from_array(np.float32(value), name) for name, value in used]
        return model(nodes, constants, width=self.width)

    def exponential(self, output: str) -> bytes:
        """As one number a row, the exponential of the sum: what is learned on a logarithmic scale."""
        nodes = [
            helper.make_node("TreeEnsembleRegressor", [INPUT], ["sum"], domain=ML, n_targets=1, base_values=[self.base], **self.attributes()),
            helper.make_node("Exp", ["sum"], [output]),
        ]
        return model(nodes, [], width=self.width, output=output, numbers=1)

    def share(self, output: str) -> bytes:
        """As one number a row from 0 to 1, the sigmoid of the sum."""
        nodes = [
            helper.make_node("TreeEnsembleRegressor", [INPUT], ["sum"], domain=ML, n_targets=1, base_values=[self.base], **self.attributes()),
            helper.make_node("Sigmoid", ["sum"], [output]),
        ]
        return model(nodes, [], width=self.width, output=output, numbers=1)

    def attributes(self) -> dict[str, Any]:
        """What the operator of ONNX reads."""
        sizes = [len(tree.feature) for tree in self.trees]
        numbers = np.concatenate([np.arange(size) for size in sizes])
        owners = np.repeat(np.arange(len(sizes)), sizes)
        all_of = {name: np.concatenate([getattr(tree, name) for tree in self.trees]) for name in Tree.__dataclass_fields__}
        leaf = all_of["feature"] == LEAF
        return {
            "nodes_treeids": owners.tolist(),
            "nodes_nodeids": numbers.tolist(),
            "nodes_featureids": np.where(leaf, 0, all_of["feature"]).tolist(),
            "nodes_modes": np.where(leaf, "LEAF", np.where(all_of["same"], "BRANCH_EQ", "BRANCH_LEQ")).tolist(),
            "nodes_values": np.where(leaf, 0, all_of["threshold"]).astype(np.float32).tolist(),
            "nodes_truenodeids": np.where(leaf, 0, all_of["left"]).tolist(),
            "nodes_falsenodeids": np.where(leaf, 0, all_of["right"]).tolist(),
            "nodes_missing_value_tracks_true": np.where(leaf, 0, all_of["unknown_left"]).astype(int).tolist(),
            "nodes_hitrates": all_of["cover"].astype(np.float32).tolist(),
            "target_treeids": owners[leaf].tolist(),
            "target_nodeids": numbers[leaf].tolist(),
            "target_ids": [0] * int(leaf.sum()),
            "target_weights": all_of["value"][leaf].astype(np.float32).tolist(),
        }


def at_most(threshold: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """The largest float32 that is not above each threshold: for a float32, `x <= threshold` and `x <= at_most(threshold)` are the same."""
    with np.errstate(over="ignore"):
        near = threshold.astype(np.float32)
    above = near.astype(np.float64) > threshold
    return np.where(above, np.nextafter(near, np.float32(-np.inf)), near).astype(np.float32)


def from_sklearn(trees: Sequence[Any]) -> list[Tree]:
    """Trees of a classifier of scikit-learn, as their mean: each leaf adds its share of the rows that reach the goal, divided by their number."""
    return [_tree(each.tree_, len(trees)) for each in trees]


def _tree(found: Any, number: int) -> Tree:
    shares = found.value[:, 0, :]
    return Tree(
        feature=np.where(found.children_left == LEAF, LEAF, found.feature).astype(np.int64),
        threshold=at_most(found.threshold),
        left=found.children_left.astype(np.int64),
        right=found.children_right.astype(np.int64),
        unknown_left=found.missing_go_to_left.astype(bool),
        value=shares[:, 1] / shares.sum(axis=1) / number,
        same=np.zeros(len(found.feature), dtype=bool),
        cover=found.weighted_n_node_samples.astype(np.float64),
    )


@dataclass(frozen=True)
class Fitted:
    """A classifier of scikit-learn, and its trees."""

    classifier: Any
    trees: Sequence[Any]
    width: int

    def probabilities(self, x: Floats) -> Probabilities:
        """The classifier's own answers."""
        return two_columns(np.asarray(self.classifier.predict_proba(x), dtype=np.float64)[:, 1])

    def onnx(self) -> bytes:
        """The trees, averaged."""
        return Ensemble(from_sklearn(self.trees), 0.0, sigmoid=False, width=self.width).onnx()
