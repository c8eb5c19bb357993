"""What every estimator of a value offers. One file each, and one suite of laws for all: tests/training/value/test_value_pipeline.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from training.inputs import Floats
from training.value.purchases import Doubles
from udfs.core.features.model_inputs import Input


@dataclass(frozen=True)
class Labelled:
    """Customers at an instant, and what they ordered in the time after it."""

    x: Floats
    orders: Doubles
    value: Doubles


class Model(Protocol):
    """A fitted model."""

    def answers(self, x: Floats) -> Doubles:
        """Its answers for rows of inputs; NaN stands for unknown. The first column is the value; every number is finite."""

    def onnx(self) -> bytes:
        """The same model for the job: from `input` to `values`. The same model always gives the same bytes."""

    def __str__(self) -> str:
        """What was learned, for people."""


class Estimator(Protocol):
    """A way to learn what customers will order."""

    @property
    def title(self) -> str:
        """Its name for people."""

    @property
    def answers(self) -> Sequence[str]:
        """The numbers of an answer, by the names under which campaigns ask for them (`class:`); the value first."""

    @property
    def width(self) -> int | None:
        """How many of the inputs it reads; None: all."""

    @property
    def reads_labels(self) -> bool:
        """Whether it learns from earlier customers and what they ordered later; else from those at the split, of whom nothing later is known."""

    def fit(self, train_on: Labelled, now: Floats, *, inputs: Sequence[Input], weeks: float, seed: int) -> Model:
        """Fit. `train_on`: earlier instants, whose time is over. `now`: the customers at the split, of whom nothing later is known."""
