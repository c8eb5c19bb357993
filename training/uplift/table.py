"""What uplift is learned from: who was sent what, with which probability, and whether the goal followed. Sending nothing is arm 0."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.inputs import Floats
from udfs.core.features.model_inputs import Input

NOTHING = 0
"""The arm of those who were sent nothing."""
Numbers = npt.NDArray[np.float64]
Arms = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Table:
    """One row a decision."""

    x: Floats
    """Inputs; NaN where something is unknown."""
    inputs: Sequence[Input]
    arm: Arms
    names: Sequence[str]
    """Of the arms that send something: arm 1 is the first."""
    probabilities: Numbers
    """A row a decision, a column an arm: with which probability it was chosen. 0: it could not be sent."""
    y: Numbers
    """What the outcome was worth: 1 where the goal followed, or money."""
    people: Sequence[str]

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.arm)

    def take(self, rows: npt.NDArray[np.int64]) -> "Table":
        """Some of the rows."""
        return Table(
            x=self.x[rows],
            inputs=self.inputs,
            arm=self.arm[rows],
            names=self.names,
            probabilities=self.probabilities[rows],
            y=self.y[rows],
            people=[self.people[row] for row in rows],
        )

    @property
    def is_rate(self) -> bool:
        """Whether the outcome is yes or no."""
        return bool(np.isin(self.y, (0.0, 1.0)).all())

    @property
    def own(self) -> Numbers:
        """The probability of the arm that each row has."""
        found: Numbers = self.probabilities[np.arange(len(self)), self.arm]
        return found
