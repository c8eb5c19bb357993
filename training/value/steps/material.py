"""What the dataset step of values leaves to the others: rows with their targets, and the inputs that the estimator reads."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.inputs import matrix
from training.manifest import read
from training.rows import Row
from training.steps.material import Material as Base
from training.steps.material import material as base
from training.steps.step import Run
from training.value.dataset import Target
from training.value.estimators.all import estimator
from training.value.estimators.estimator import Estimator, Labelled
from udfs.core.features.model_inputs import Input

TARGETS = "targets.jsonl"


@dataclass(frozen=True)
class Material:
    """The rows of a run, the estimator that learns from them, and the inputs that it reads."""

    base: Base
    estimator: Estimator
    inputs: list[Input]
    train: Labelled
    test: Labelled

    @property
    def weeks(self) -> float:
        """The time ahead."""
        return self.base.facts.within / (7 * 86_400_000)


def material(run: Run) -> Material:
    """Read what the dataset step has made. Raises TrainingError if it was not run."""
    found, targets = base(run), run.folder.get_lines(TARGETS, Target)
    known = estimator(run.config["estimator"])
    inputs = list(read(found.facts.inputs))[: known.width]
    of = {row.decision_id: target for row, target in zip(found.rows, targets, strict=True)}

    def labelled(rows: Sequence[Row]) -> Labelled:
        each = [of[row.decision_id] for row in rows]
        orders, value = (np.array(numbers, dtype=np.float64) for numbers in ([one.orders for one in each], [one.value for one in each]))
        return Labelled(matrix(inputs, rows), orders, value)

    return Material(found, known, inputs, labelled(found.parts.train), labelled(found.parts.test))
