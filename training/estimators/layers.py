"""Layers of weights behind an encoding: what a logistic regression and a neural network both are, once they are fitted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from onnx import helper, numpy_helper

from training.estimators.encoding import Encoding
from training.estimators.estimator import Probabilities, two_columns
from training.estimators.graph import model
from training.export import OUTPUT
from training.inputs import Floats

Weights = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Layered:
    """An encoding, then layers with a rectifier between them, and a sigmoid at the end."""

    encoding: Encoding
    layers: Sequence[tuple[Weights, Weights]]
    """Weights and biases of each layer; the last one has a single output."""
    width: int
    """The number of inputs."""

    def probabilities(self, x: Floats) -> Probabilities:
        """In double precision, as it was fitted."""
        values = self.encoding.encode(x).astype(np.float64)
        for n, (weights, bias) in enumerate(self.layers):
            values = values @ weights + bias
            if n < len(self.layers) - 1:
                values = np.maximum(values, 0)
        with np.errstate(over="ignore"):
            return two_columns(1 / (1 + np.exp(-values[:, 0])))

    def onnx(self) -> bytes:
        """By hand: no converter is involved."""
        nodes, constants = self.encoding.nodes("input", "layer_0")
        for n, (weights, bias) in enumerate(self.layers):
            last = n == len(self.layers) - 1
            constants += [numpy_helper.from_array(each.astype(np.float32), f"{name}_{n}") for each, name in ((weights, "weights"), (bias, "bias"))]
            nodes.append(helper.make_node("Gemm", [f"layer_{n}", f"weights_{n}", f"bias_{n}"], ["logit" if last else f"sum_{n}"]))
            if not last:
                nodes.append(helper.make_node("Relu", [f"sum_{n}"], [f"layer_{n + 1}"]))
        nodes += [
            helper.make_node("Sigmoid", ["logit"], ["reached"]),
            helper.make_node("Sub", ["one", "reached"], ["missed"]),
            helper.make_node("Concat", ["missed", "reached"], [OUTPUT], axis=1),
        ]
        return model(nodes, constants, width=self.width)
