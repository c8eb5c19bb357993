"""The S-learner: one model of the outcome that reads the arm as an input. Uplift is its answer with the arm less its answer with nothing.

https://doi.org/10.1073/pnas.1804597116. Each arm is a column, so what is common to all arms is learned from all of them.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import helper

from training.export import INPUT
from training.inputs import Floats
from training.uplift.graph import UPLIFT, built, trees
from training.uplift.learners.learner import Uplift, expected, outcome_model
from training.uplift.table import Numbers, Table

TREES = 300
"""The first hundred mostly say what is common to all arms; whom one moves more than another comes after."""


@dataclass(frozen=True)
class Single:
    """One model of the outcome."""

    model: Any
    width: int
    arms: int

    def uplift(self, x: Floats) -> Numbers:
        """The differences."""
        found = [expected(self.model, with_arm(x, arm, self.arms)) for arm in range(self.arms + 1)]
        return np.column_stack([each - found[0] for each in found[1:]])

    def onnx(self) -> bytes:
        """The rows once for each arm and once for nothing, one pass through the trees, and the differences."""
        graph, answer = trees(self.model, width=self.width + self.arms, prefix="m_")
        many = self.arms + 1
        constants: dict[str, Any] = {
            "marks": np.concatenate([np.zeros((1, self.arms)), np.eye(self.arms)]).astype(np.float32)[:, None, :],
            "first": np.array([0], dtype=np.int64),
            "second": np.array([1], dtype=np.int64),
            "end": np.array([2], dtype=np.int64),
            "copies": np.array([many], dtype=np.int64),
            "no_width": np.array([1], dtype=np.int64),
            "columns": np.array([-1, self.width + self.arms], dtype=np.int64),
            "by_arm": np.array([many, -1], dtype=np.int64),
            "arms": np.array([self.arms], dtype=np.int64),
            "inputs": np.array([self.width], dtype=np.int64),
        }
        last = answer
        nodes = [
            helper.make_node("Shape", [INPUT], ["shape"]),
            helper.make_node("Slice", ["shape", "first", "second"], ["rows"]),
            helper.make_node("Concat", ["copies", "rows", "arms"], ["marked"], axis=0),
            helper.make_node("Concat", ["copies", "rows", "inputs"], ["repeated"], axis=0),
            helper.make_node("Expand", ["marks", "marked"], ["each_mark"]),
            helper.make_node("Unsqueeze", [INPUT, "first"], ["once"]),
            helper.make_node("Expand", ["once", "repeated"], ["each_row"]),
            helper.make_node("Concat", ["each_row", "each_mark"], ["stacked"], axis=2),
            helper.make_node("Reshape", ["stacked", "columns"], ["m_" + INPUT]),
        ]
        if answer.endswith("probabilities"):
            nodes.append(helper.make_node("Slice", [answer, "second", "end", "second"], ["reached"]))
            last = "reached"
        nodes += [
            helper.make_node("Reshape", [last, "by_arm"], ["expected"]),
            helper.make_node("Slice", ["expected", "first", "second", "first"], ["with_nothing"]),
            helper.make_node("Slice", ["expected", "second", "copies", "first"], ["with_arm"]),
            helper.make_node("Sub", ["with_arm", "with_nothing"], ["difference"]),
            helper.make_node("Transpose", ["difference"], [UPLIFT], perm=[1, 0]),
        ]
        read = {name for node in nodes for name in node.input}
        return built([graph], nodes, {name: each for name, each in constants.items() if name in read}, width=self.width, arms=self.arms)


class SLearner:
    """One model for all arms, the default."""

    title = "S-learner"

    def fit(self, table: Table, *, seed: int) -> Uplift:
        """Trees over inputs and arms."""
        arms = len(table.names)
        marks = np.eye(arms + 1, dtype=np.float32)[table.arm][:, 1:]
        model = outcome_model(np.c_[table.x, marks], table.y, rate=table.is_rate, seed=seed, trees=TREES)
        return Single(model, table.x.shape[1], arms)


def with_arm(x: Floats, arm: int, arms: int) -> Floats:
    """The rows, with what marks an arm."""
    marks = np.array([float(arm == each) for each in range(1, arms + 1)], dtype=np.float32)
    found: Floats = np.concatenate([x, np.tile(marks, (len(x), 1))], axis=1)
    return found
