"""What every way to find segments offers. One file each, and one suite of laws for all: tests/training/segments/test_methods.py.

A method groups the customers it is given. What serves it in the job is a rule that puts any customer into one of the groups. That is the method
itself where it has such a rule (k-means, a Gaussian mixture), otherwise a stand-in, whose agreement with the method is measured.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from training.segments.scale import Points

Places = npt.NDArray[np.int64]
"""For each customer the number of a segment; OUTSIDE: none of them."""
OUTSIDE = -1


class Rule(Protocol):
    """What the job asks: the segment of any customer."""

    @property
    def segments(self) -> int:
        """How many segments there are, outliers not counted."""

    @property
    def outliers(self) -> bool:
        """Whether there is a last column for those who are in no segment."""

    def answers(self, z: Points) -> Points:
        """For each customer a number for each segment; they add up to 1."""

    def nodes(self, source: str, target: str) -> tuple[list[Any], list[Any]]:
        """The same as ONNX, in double precision, and its constants."""


class Method(Protocol):
    """A way to find segments."""

    @property
    def title(self) -> str:
        """Its name for people."""

    @property
    def exact(self) -> bool:
        """Whether the rule is the method itself."""

    def settings(self, numbers: Sequence[int], z: Points) -> Sequence[Any]:
        """What to compare: numbers of segments, or, of a method that finds their number, how dense a segment is."""

    def fit(self, setting: Any, z: Points, *, seed: int) -> Places:
        """The segment of each of these customers. Numbers go from 0 without a gap."""

    def rule(self, setting: Any, z: Points, places: Places, *, seed: int) -> Rule:
        """What serves these segments in the job."""


def places_of(rule: Rule, z: Points) -> Places:
    """The segment of each customer, by the rule."""
    found = rule.answers(z).argmax(axis=1).astype(np.int64)
    return np.where(found == rule.segments, OUTSIDE, found)


def in_order(places: Places) -> Places:
    """The same segments, the largest first, so that their numbers do not depend on chance."""
    numbers, first, sizes = np.unique(places[places >= 0], return_index=True, return_counts=True)
    order = sorted(range(len(numbers)), key=lambda n: (-sizes[n], first[n]))
    new = {int(numbers[n]): place for place, n in enumerate(order)}
    return np.array([new.get(int(each), OUTSIDE) for each in places], dtype=np.int64)
