"""Uplift as a weighted sum of regressors, some for each arm: what X- and DR-learners are once they are fitted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import helper

from training.export import INPUT
from training.inputs import Floats
from training.uplift.graph import UPLIFT, built, trees
from training.uplift.learners.learner import expected
from training.uplift.table import Numbers


@dataclass(frozen=True)
class Weighted:
    """For each arm: regressors of uplift, with their weights."""

    arms: Sequence[Sequence[tuple[float, Any]]]
    width: int

    def uplift(self, x: Floats) -> Numbers:
        """The sums."""
        return np.column_stack([sum((weight * expected(model, x) for weight, model in arm), np.zeros(len(x))) for arm in self.arms])

    def onnx(self) -> bytes:
        """Every regressor, its weight, and the sums side by side."""
        graphs, nodes, constants, sums = [], [], {}, []
        for place, arm in enumerate(self.arms):
            parts = []
            for number, (weight, model) in enumerate(arm):
                name = f"m{place}_{number}"
                graph, answer = trees(model, width=self.width, prefix=f"{name}_")
                graphs.append(graph)
                constants[f"{name}_weight"] = np.float32(weight)
                nodes += [
                    helper.make_node("Identity", [INPUT], [f"{name}_{INPUT}"]),
                    helper.make_node("Mul", [answer, f"{name}_weight"], [f"{name}_part"]),
                ]
                parts.append(f"{name}_part")
            nodes.append(helper.make_node("Sum", parts, [f"arm_{place}"]))
            sums.append(f"arm_{place}")
        nodes.append(helper.make_node("Concat", sums, [UPLIFT], axis=1))
        return built(graphs, nodes, constants, width=self.width, arms=len(self.arms))
