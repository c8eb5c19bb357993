"""What models of value know of a customer: the number of orders, how long ago the first and the last one were, and what a repeat order is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.errors import TrainingError
from training.inputs import Floats
from udfs.core.features.model_inputs import Input

Doubles = npt.NDArray[np.float64]
WEEK = 7.0
"""Days. Parameters are those of weeks, as in the literature."""
PURCHASES: Mapping[str, str] = {
    "count": "orders",
    "first": "days_since_first_order",
    "last": "days_since_order",
    "mean": "repeat_order_value",
    "spent": "order_total",
}
"""What is read -> the feature that says it, unless the training file names another."""
READ = ("count", "first", "last", "mean")
"""What the job knows at a decision; `spent` serves to label rows."""
MAX_DAYS, MAX_ORDERS, MAX_MEAN = 36_500.0, 100_000.0, 1e9
"""Numbers beyond these count as these."""


@dataclass(frozen=True)
class Purchases:
    """Customers, one a position, in the terms of Fader, Hardie and Lee."""

    repeats: Doubles
    """Orders after the first one (x)."""
    recency: Doubles
    """Weeks from the first order to the last (t_x)."""
    age: Doubles
    """Weeks since the first order (T)."""
    mean: Doubles
    """Mean value of the repeat orders; 0 where there is none."""
    known: npt.NDArray[np.bool_]
    """Whether there is an order at all. Where there is none, nothing is predicted."""


def purchases(x: Floats) -> Purchases:
    """Rows of READ as float32, in double precision. What cannot be (a last order before the first) is brought within bounds, as in ONNX."""
    count, first, last, mean = (x[:, n].astype(np.float64) for n in range(4))
    known = ~(np.isnan(count) | np.isnan(first) | np.isnan(last)) & (count >= 1)
    count, first, last = (np.where(known, each, 1.0) for each in (count, first, last))
    repeats = np.clip(count - 1, 0, MAX_ORDERS)
    age = np.clip(first, 0, MAX_DAYS)
    recency = np.where(repeats > 0, age - np.clip(last, 0, age), 0.0)
    told = np.where(np.isnan(mean) | (repeats == 0), 0.0, np.clip(mean, 0, MAX_MEAN))
    return Purchases(repeats, recency / WEEK, age / WEEK, told, known)


def require_inputs(inputs: Sequence[Input], names: Mapping[str, str]) -> None:
    """Refuse inputs that are not those features, in that order. Raises TrainingError."""
    wanted = [names[each] for each in READ]
    if [each.feature for each in inputs][: len(READ)] != wanted:
        problem = f"a model of value reads {', '.join(wanted)} first: name other features under `purchases`, or declare these"
        raise TrainingError(problem)
