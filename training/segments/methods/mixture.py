"""A Gaussian mixture: segments that may overlap, of any breadth. The rule is the probability of each, which is the mixture itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import helper, numpy_helper
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from training.segments.methods.kmeans import Number
from training.segments.methods.method import Places, Rule, in_order
from training.segments.scale import Points

BEGINNINGS = 3
FLOOR = 1e-4
"""Added to variances: customers who are all alike would have none."""


@dataclass(frozen=True)
class Bells:
    """Normal distributions, with the factors of their inverse covariances."""

    means: Points
    factors: Points
    """For each segment, a matrix that makes its customers round."""
    constants: Points
    """Log weight and log determinant of each."""
    outliers: bool = False

    @property
    def segments(self) -> int:
        """One each."""
        return len(self.means)

    def answers(self, z: Points) -> Points:
        """The probability of each segment."""
        logs = np.column_stack(
            [constant - 0.5 * ((z @ factor - mean @ factor) ** 2).sum(axis=1) for mean, factor, constant in self._each()],
        )
        raised = np.exp(logs - logs.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))

    def nodes(self, source: str, target: str) -> tuple[list[Any], list[Any]]:
        """The same: all factors side by side, then squares and sums by segment."""
        width = self.means.shape[1]
        constants: dict[str, Any] = {
            "factors": np.concatenate(list(self.factors), axis=1),
            "centres": np.concatenate([mean @ factor for mean, factor, _ in self._each()]),
            "by_segment": np.array([-1, self.segments, width], dtype=np.int64),
            "inner": np.array([2], dtype=np.int64),
            "half": np.float64(-0.5),
            "weights": self.constants,
        }
        nodes = [
            helper.make_node("MatMul", [source, "factors"], ["turned"]),
            helper.make_node("Sub", ["turned", "centres"], ["apart"]),
            helper.make_node("Reshape", ["apart", "by_segment"], ["parts"]),
            helper.make_node("ReduceSumSquare", ["parts", "inner"], ["squares"], keepdims=0),
            helper.make_node("Mul", ["squares", "half"], ["exponents"]),
            helper.make_node("Add", ["exponents", "weights"], ["logs"]),
            helper.make_node("Softmax", ["logs"], [target], axis=1),
        ]
        return nodes, [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]

    def _each(self) -> Any:
        return zip(self.means, self.factors, self.constants, strict=True)


class Mixture:
    """Gaussian mixture of scikit-learn, with full covariances."""

    title = "Gaussian mixture"
    exact = True

    def settings(self, numbers: Sequence[int], z: Points) -> Sequence[Number]:
        """The numbers."""
        return [Number(each) for each in numbers]

    def fit(self, setting: Number, z: Points, *, seed: int) -> Places:
        """The most probable segment of each."""
        return in_order(np.asarray(self._fitted(setting, z, seed).predict(z), dtype=np.int64))

    def rule(self, setting: Number, z: Points, places: Places, *, seed: int) -> Rule:
        """The same mixture; its parts in the order of the segments. A part that nobody is most probably in comes last."""
        fitted = self._fitted(setting, z, seed)
        theirs = np.asarray(fitted.predict(z))
        order = [int(theirs[places == n][0]) for n in range(int(places.max()) + 1)]
        factors = fitted.precisions_cholesky_[order]
        turned = np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
        return Bells(fitted.means_[order], factors, np.log(fitted.weights_[order]) + turned)

    def bic(self, setting: Number, z: Points, *, seed: int) -> float:
        """Bayesian information criterion: lower is better."""
        return float(self._fitted(setting, z, seed).bic(z))

    def _fitted(self, setting: Number, z: Points, seed: int) -> Any:
        with threadpool_limits(limits=1):
            return GaussianMixture(setting.segments, n_init=BEGINNINGS, reg_covar=FLOOR, random_state=seed).fit(z)
