"""What each input adds to the answer of a model of trees: exact Shapley values, in a millisecond or two.

An input that is not known counts as the rows that a model learned from: at a node that asks about it both ways are gone, each as often as those rows
went it (`tree_path_dependent` of SHAP, `pred_contrib` of LightGBM).

What a leaf adds is a product over the inputs that the way to it asks about. With each input present with the probability t, it is a polynomial in t,
and the Shapley value of an input is the integral of its derivative from 0 to 1; the quadrature of Gauss is exact for it. All questions that a way
asks about one input come down to one: whether its value is between two bounds. Leaves with equally many inputs are worked through together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]
LARGEST = 1e300
"""In place of infinity, which is neither above nor below a bound that is infinite itself."""


class Parts(NamedTuple):
    """One answer, before it becomes a probability: `base` and all of `inputs` add up to it."""

    base: float
    """The answer where nothing is known."""
    inputs: Numbers
    """What each input adds, in the order of the model's inputs."""

    @property
    def sum(self) -> float:
        """What the trees add up to."""
        return float(self.base + self.inputs.sum())


@dataclass(frozen=True)
class Sets:
    """Questions whether a value is in a set: only those of texts."""

    feature: Whole
    """Of each question: its input."""
    values: Numbers
    """Everything that is in any of the sets, in order."""
    held: Truths
    """Question and value -> whether it is in the set."""
    asked: Whole
    """Of each answer that a way asks for: the question, sorted by place."""
    wanted: Truths
    """Whether the value has to be in the set."""
    starts: Whole
    """Where the answers of a place begin."""
    places: Whole
    """Which place that is."""

    def agree(self, row: Numbers) -> Truths:
        """Of each of `places`: whether the row goes this way. What is unknown is in no set."""
        value = row[self.feature]
        at = np.minimum(np.searchsorted(self.values, value), len(self.values) - 1)
        inside = self.held[np.arange(len(at)), at] & (self.values[at] == value)
        return np.logical_and.reduceat(inside[self.asked] == self.wanted, self.starts)


class Group(NamedTuple):
    """Leaves whose ways ask about equally many inputs. Their places are a table: a row an input, a column a leaf."""

    places: slice
    inputs: int
    leaves: Numbers
    """What each leaf adds."""
    points: tuple[tuple[float, float], ...]
    """Of the quadrature: point, weight."""


@dataclass(frozen=True)
class Trees:
    """An ensemble. A place is one leaf and one input that the way to it asks about."""

    width: int
    base: float
    feature: Whole
    """Of each place: its input."""
    above: Numbers
    """The value must be above this …"""
    at_most: Numbers
    """… and at most this."""
    unknown: Truths
    """Whether who is unknown goes this way."""
    share: Numbers
    """Of the rows that the model learned from: which go this way."""
    groups: Sequence[Group]
    sets: Sets | None

    @property
    def work(self) -> int:
        """How much there is to compute for a row: places, each as often as there are points."""
        return sum(each.inputs * len(each.leaves) * len(each.points) for each in self.groups)

    def parts(self, row: npt.NDArray[Any]) -> Parts:
        """Of one row, as the model reads it."""
        read = np.clip(row.astype(np.float64), -LARGEST, LARGEST)
        value = read[self.feature]
        agrees = (value > self.above) & (value <= self.at_most)
        if np.isnan(read).any():
            agrees = np.where(np.isnan(value), self.unknown, agrees)
        if self.sets is not None:
            agrees[self.sets.places] &= self.sets.agree(read)
        adds = np.empty(len(agrees))
        for group in self.groups:
            _add(group, agrees, self.share, adds)
        inputs = np.bincount(self.feature, weights=adds, minlength=self.width).astype(np.float64)
        return Parts(self.base, inputs)


def _add(group: Group, agrees: Truths, share: Numbers, adds: Numbers) -> None:
    """What each place of a group adds. In each term the product over the other inputs of the leaf is the product over all, divided by its own."""
    shape = (group.inputs, len(group.leaves))
    known, unknown = agrees[group.places].reshape(shape).astype(np.float64), share[group.places].reshape(shape)
    total: Any = 0.0
    for point, weight in group.points:
        factor = unknown * (1 - point) + known * point
        total = total + (factor.prod(axis=0) * (weight * group.leaves)) / factor
    adds[group.places] = ((known - unknown) * total).ravel()


def quadrature(inputs: int) -> tuple[tuple[float, float], ...]:
    """Points and weights that are exact for the derivative of a product of so many factors, from 0 to 1."""
    points, weights = np.polynomial.legendre.leggauss(max(1, -(-inputs // 2)))
    return tuple(zip(((points + 1) / 2).tolist(), (weights / 2).tolist(), strict=True))


def per_input(parts: Numbers, widths: Sequence[int]) -> Numbers:
    """What each input of a model adds, where one may be read as several numbers."""
    starts = np.cumsum([0, *widths[:-1]])
    return parts if len(parts) == len(widths) else np.asarray(np.add.reduceat(parts, starts), dtype=np.float64)
