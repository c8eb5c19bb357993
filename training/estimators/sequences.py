"""A recurrent network (LSTM) over the steps of a visit, with what else is known besides its last state: its answers in numpy, and its nodes in ONNX.

Steps stand in a row from the earliest, and what is left of their places is NaN: that is how ONNX wants sequences of several lengths. A row without
any step has one that says nothing. Both versions clip and scale in the same way, so they agree to the last digit or nearly so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, helper, numpy_helper

from training.estimators.encoding import Encoding
from training.inputs import Floats
from udfs.core.features.steps import LEVELS, WIDTH

Array = npt.NDArray[Any]
HIGHEST = np.float32(LEVELS - 1)
CHUNK = 4_096
"""Rows that are answered together: memory holds one chunk."""


class Weights(NamedTuple):
    """What is learned. Gates stand in ONNX's order: input, output, forget, candidate."""

    steps: Array
    """Of a step's numbers, to the gates."""
    state: Array
    """Of the state before, to the gates."""
    gates: Array
    """What is added to the gates."""
    last: Array
    """Of the last state, to the answer."""
    beside: Array
    """Of what else is known, to the answer."""
    bias: Array


@dataclass(frozen=True)
class Block:
    """Where the steps of a feature stand in a row, and how their numbers become the network's."""

    begin: int
    length: int
    kinds: npt.NDArray[np.int64]
    """Kinds that were seen in training; another one is none of them."""

    @property
    def width(self) -> int:
        """How many numbers the network reads of a step."""
        return len(self.kinds) + WIDTH - 1

    def lengths(self, x: Floats) -> npt.NDArray[np.int64]:
        """How many steps each row has, at least one."""
        kind = x[:, self.begin : self.begin + self.length * WIDTH : WIDTH]
        return np.asarray(np.maximum(1, (~np.isnan(kind)).sum(axis=1)))

    def read(self, x: Floats) -> Floats:
        """Rows, steps and numbers."""
        told = x[:, self.begin : self.begin + self.length * WIDTH].reshape(len(x), self.length, WIDTH)
        is_kind = (told[:, :, :1] == self.kinds.astype(np.float32)).astype(np.float32)
        known = np.where(np.isnan(told[:, :, 1:]), np.float32(0), told[:, :, 1:])
        return np.concatenate([is_kind, np.clip(known, np.float32(0), HIGHEST) * self.scale], axis=2)

    @property
    def scale(self) -> Floats:
        """Levels become numbers up to one; the last is yes or no, and clipped at the same height."""
        return np.array([*[1 / (LEVELS - 1)] * (WIDTH - 2), 1], dtype=np.float32)

    def nodes(self, source: str, target: str, lengths: str) -> tuple[list[Any], list[Any]]:
        """The same as ONNX, with steps before rows; and their constants."""
        constants = {
            "block_begin": np.array([self.begin], dtype=np.int64),
            "block_end": np.array([self.begin + self.length * WIDTH], dtype=np.int64),
            "axis_1": np.array([1], dtype=np.int64),
            "axis_2": np.array([2], dtype=np.int64),
            "block_shape": np.array([-1, self.length, WIDTH], dtype=np.int64),
            "first": np.array([0], dtype=np.int64),
            "second": np.array([1], dtype=np.int64),
            "width": np.array([WIDTH], dtype=np.int64),
            "kinds": self.kinds.astype(np.float32),
            "level_low": np.float32(0),
            "level_high": HIGHEST,
            "level_scale": self.scale,
            "one_step": np.int32(1),
        }
        nodes = [
            helper.make_node("Slice", [source, "block_begin", "block_end", "axis_1"], ["block_flat"]),
            helper.make_node("Reshape", ["block_flat", "block_shape"], ["block"]),
            helper.make_node("Slice", ["block", "first", "second", "axis_2"], ["kind"]),
            helper.make_node("IsNaN", ["kind"], ["no_kind"]),
            helper.make_node("Not", ["no_kind"], ["has_kind"]),
            helper.make_node("Cast", ["has_kind"], ["step_count"], to=TensorProto.INT32),
            helper.make_node("Squeeze", ["step_count", "axis_2"], ["step_counts"]),
            helper.make_node("ReduceSum", ["step_counts", "axis_1"], ["steps_told"], keepdims=0),
            helper.make_node("Max", ["steps_told", "one_step"], [lengths]),
            helper.make_node("Equal", ["kind", "kinds"], ["same_kind"]),
            helper.make_node("Cast", ["same_kind"], ["is_kind"], to=TensorProto.FLOAT),
            helper.make_node("Slice", ["block", "second", "width", "axis_2"], ["levels"]),
            helper.make_node("IsNaN", ["levels"], ["no_level"]),
            helper.make_node("Where", ["no_level", "level_low", "levels"], ["levels_known"]),
            helper.make_node("Clip", ["levels_known", "level_low", "level_high"], ["levels_clipped"]),
            helper.make_node("Mul", ["levels_clipped", "level_scale"], ["levels_scaled"]),
            helper.make_node("Concat", ["is_kind", "levels_scaled"], ["steps_by_row"], axis=2),
            helper.make_node("Transpose", ["steps_by_row"], [target], perm=[1, 0, 2]),
        ]
        return nodes, [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]


@dataclass(frozen=True)
class Recurrent:
    """A network that has been learned."""

    block: Block
    encoding: Encoding | None
    """Of the inputs that are one number each; None where there are none."""
    weights: Weights

    def scores(self, x: Floats) -> npt.NDArray[np.float64]:
        """The probability of the goal for each row, in double precision."""
        found = [self._scores(x[begin : begin + CHUNK]) for begin in range(0, len(x), CHUNK)]
        return np.concatenate(found) if found else np.zeros(0)

    def _scores(self, x: Floats) -> npt.NDArray[np.float64]:
        w = Weights(*(each.astype(np.float64) for each in self.weights))
        lengths, steps = self.block.lengths(x), self.block.read(x).astype(np.float64)
        hidden = np.zeros((len(x), len(w.state)))
        cell = np.zeros_like(hidden)
        for t in range(int(lengths.max(initial=0))):
            i, o, f, g = np.split(steps[:, t] @ w.steps + hidden @ w.state + w.gates, 4, axis=1)
            after = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
            goes_on = (t < lengths)[:, None]
            hidden = np.where(goes_on, sigmoid(o) * np.tanh(after), hidden)
            cell = np.where(goes_on, after, cell)
        sums = hidden @ w.last + w.bias
        if self.encoding is not None:
            sums = sums + self.encoding.encode(x).astype(np.float64) @ w.beside
        return np.asarray(sigmoid(sums[:, 0]))

    def nodes(self, source: str, target: str) -> tuple[list[Any], list[Any]]:
        """The probability as ONNX, one number a row: nodes from `source` to `target`, and their constants."""
        nodes, constants = self.block.nodes(source, "steps", "lengths")
        w = Weights(*(np.asarray(each, dtype=np.float32) for each in self.weights))
        units = len(w.state)
        held = {
            "network_steps": w.steps.T[None],
            "network_state": w.state.T[None],
            "network_gates": np.concatenate([w.gates, np.zeros(4 * units, dtype=np.float32)])[None],
            "network_last": w.last,
            "network_bias": w.bias,
            "axis_0": np.array([0], dtype=np.int64),
        }
        nodes += [
            helper.make_node("LSTM", ["steps", "network_steps", "network_state", "network_gates", "lengths"], ["", "states"], hidden_size=units),
            helper.make_node("Squeeze", ["states", "axis_0"], ["last_state"]),
            helper.make_node("Gemm", ["last_state", "network_last", "network_bias"], ["from_steps"]),
        ]
        if self.encoding is not None:
            encoded, scales = self.encoding.nodes(source, "beside")
            nodes, constants = [*nodes, *encoded], [*constants, *scales]
            held["network_beside"] = w.beside
            nodes += [
                helper.make_node("MatMul", ["beside", "network_beside"], ["from_beside"]),
                helper.make_node("Add", ["from_steps", "from_beside"], ["network_sum"]),
            ]
        nodes.append(helper.make_node("Sigmoid", ["from_steps" if self.encoding is None else "network_sum"], [target]))
        return nodes, [*constants, *(numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in held.items())]


def sigmoid(x: Array) -> Array:
    """One over one and the exponential of minus x."""
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-x)))


def block_of(places: Sequence[slice], x: Floats) -> Block:
    """The steps in that place, with the kinds that occur in these rows."""
    place = places[0]
    kind = x[:, place.start : place.stop : WIDTH]
    return Block(place.start, (place.stop - place.start) // WIDTH, np.unique(kind[~np.isnan(kind)]).astype(np.int64))
