"""The segment of the nearest of some points: centres of segments, or customers who are in them. In numpy and in ONNX alike."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from training.segments.methods.method import Places
from training.segments.scale import Points


@dataclass(frozen=True)
class Nearest:
    """Points, each in a segment. Who is farther than `reach` from all of them is in none."""

    points: Points
    places: Places
    reach: float | None = None

    @property
    def segments(self) -> int:
        """As many as the points have."""
        return int(self.places.max()) + 1

    @property
    def outliers(self) -> bool:
        """Where there is a reach."""
        return self.reach is not None

    def answers(self, z: Points) -> Points:
        """1 for the segment of the nearest point, 0 for all others."""
        distances = z @ (self.points.T * -2.0) + (self.points**2).sum(axis=1)
        near = self.places[distances.argmin(axis=1)]
        if self.reach is not None:
            far = distances.min(axis=1) + (z**2).sum(axis=1) > self.reach**2
            near = np.where(far, self.segments, near)
        found: Points = np.eye(self.segments + self.outliers)[near]
        return found

    def nodes(self, source: str, target: str) -> tuple[list[Any], list[Any]]:
        """The same, with the same sums."""
        constants: dict[str, Any] = {
            "points": np.ascontiguousarray(self.points.T * -2.0),
            "lengths": (self.points**2).sum(axis=1),
            "places": self.places,
            "width": np.int64(self.segments + self.outliers),
            "off_on": np.array([0, 1], dtype=np.float32),
        }
        nodes = [
            helper.make_node("MatMul", [source, "points"], ["products"]),
            helper.make_node("Add", ["products", "lengths"], ["distances"]),
            helper.make_node("ArgMin", ["distances"], ["nearest"], axis=1, keepdims=0),
            helper.make_node("Gather", ["places", "nearest"], ["near"]),
        ]
        if self.reach is not None:
            constants |= {"reach": np.float64(self.reach**2), "outside": np.int64(self.segments), "columns": np.array([1], dtype=np.int64)}
            nodes += [
                helper.make_node("ReduceMin", ["distances", "columns"], ["least_distance"], keepdims=0),
                helper.make_node("ReduceSumSquare", [source, "columns"], ["own_length"], keepdims=0),
                helper.make_node("Add", ["least_distance", "own_length"], ["how_far"]),
                helper.make_node("Greater", ["how_far", "reach"], ["far"]),
                helper.make_node("Where", ["far", "outside", "near"], ["segment"]),
            ]
        last = "near" if self.reach is None else "segment"
        nodes += [
            helper.make_node("OneHot", [last, "width", "off_on"], ["hot"], axis=-1),
            helper.make_node("Cast", ["hot"], [target], to=TensorProto.DOUBLE),
        ]
        return nodes, [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
