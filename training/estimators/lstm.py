"""A recurrent network over the steps of a visit, trained in numpy: fifty steps of a few numbers need no framework, and no 360 MB of one.

Backpropagation through time, Adam with decoupled weight decay (AdamW, https://arxiv.org/abs/1711.05101), gradients clipped by their norm (Pascanu et
al., https://arxiv.org/abs/1211.5063), and a rate that falls along a cosine. Batches are of visits of similar lengths; shorter ones wait at their
begin, where the state stays zero.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from training.errors import HistoryError
from training.estimators.encoding import learned
from training.estimators.estimator import Labels, Model, Probabilities, two_columns
from training.estimators.graph import mean_of, model
from training.estimators.sequences import Array, Recurrent, Weights, block_of, sigmoid
from training.inputs import Floats
from udfs.core.features.model_inputs import Input, columns

BATCH = 128
MAX_NORM = 1.0
_FIRST, _SECOND, _TINY = 0.9, 0.999, 1e-8
"""Of Adam: how long it remembers gradients and their squares."""


@dataclass(frozen=True)
class Settings:
    """Hyperparameters."""

    units: int
    passes: int
    rate: float = 0.005
    decay: float = 0.01
    """How much a weight loses at each step, times the rate."""

    def __str__(self) -> str:
        return f"{self.units} units, {self.passes} passes, rate {self.rate:g}"


@dataclass(frozen=True)
class Fitted:
    """A network, alone."""

    network: Recurrent
    width: int

    def probabilities(self, x: Floats) -> Probabilities:
        """In double precision."""
        with threadpool_limits(limits=1):
            return two_columns(self.network.scores(x))

    def onnx(self) -> bytes:
        """By hand: no converter is involved."""
        nodes, constants = self.network.nodes("input", "probability")
        last, more = mean_of(["probability"], known={each.name for each in constants})
        return model([*nodes, *last], [*constants, *more], width=self.width)


class Lstm:
    """One layer, and what else is known besides its last state."""

    title = "a recurrent network (LSTM) over the steps of a visit"
    tried = (Settings(16, 12), Settings(32, 12))
    least_rows = 200

    def fit(self, settings: Settings, x: Floats, y: Labels, *, inputs: Sequence[Input], seed: int) -> Model:
        """Weights and the order of batches are drawn by the seed. One thread, so that sums are added in one order. Raises HistoryError."""
        return Fitted(network(settings, x, y, inputs=inputs, seed=seed), x.shape[1])


def network(settings: Settings, x: Floats, y: Labels, *, inputs: Sequence[Input], seed: int) -> Recurrent:
    """Learn a network. Raises HistoryError where no input keeps the steps of a visit."""
    places = [place for place, each in zip(columns(inputs).values(), inputs, strict=True) if each.steps]
    if not places:
        problem = "no feature keeps the steps of a visit, which this estimator reads: declare one with aggregate: steps, and do not leave it out"
        raise HistoryError(problem)
    block = block_of(places, x)
    encoding = learned(x, inputs) if len(places) < len(inputs) else None
    beside = np.zeros((len(x), 0), dtype=np.float32) if encoding is None else encoding.encode(x)
    random = np.random.default_rng(seed)
    weights = _begin(block.width, settings.units, beside.shape[1], float(y.mean()), random)
    rows, lengths = block.read(x), block.lengths(x)
    with threadpool_limits(limits=1):
        weights = _trained(settings, weights, rows, lengths, beside, y.astype(np.float32), random)
    return Recurrent(block, encoding, weights)


def _begin(width: int, units: int, beside: int, rate: float, random: np.random.Generator) -> Weights:
    """Weights of variance one by what they sum up; the forget gate is open, and the answer is the rate of the goal."""
    drawn = [random.normal(size=shape) / np.sqrt(shape[0]) for shape in ((width, 4 * units), (units, 4 * units), (units, 1))]
    gates = np.zeros(4 * units)
    gates[2 * units : 3 * units] = 1
    bias = np.array([np.log(rate / (1 - rate))])
    return Weights(*(each.astype(np.float32) for each in (drawn[0], drawn[1], gates, drawn[2] * 0.1, np.zeros((beside, 1)), bias)))


def _trained(
    settings: Settings, weights: Weights, rows: Floats, lengths: npt.NDArray[np.int64], beside: Floats, y: Floats, random: np.random.Generator
) -> Weights:
    first, second = ([np.zeros_like(each) for each in weights] for _ in range(2))
    steps, done = settings.passes * -(-len(rows) // BATCH), 0
    for _ in range(settings.passes):
        for batch in _batches(lengths, random):
            done += 1
            _, slopes = slopes_of(weights, *aligned(rows[batch], lengths[batch]), beside[batch], y[batch])
            norm = float(np.sqrt(sum(float((each.astype(np.float64) ** 2).sum()) for each in slopes)))
            rate, small = settings.rate * (1 + np.cos(np.pi * done / steps)) / 2, min(1.0, MAX_NORM / max(norm, _TINY))
            made = []
            for n, (weight, slope) in enumerate(zip(weights, slopes, strict=True)):
                first[n] = _FIRST * first[n] + (1 - _FIRST) * slope * small
                second[n] = _SECOND * second[n] + (1 - _SECOND) * (slope * small) ** 2
                step = first[n] / (1 - _FIRST**done) / (np.sqrt(second[n] / (1 - _SECOND**done)) + _TINY)
                decay = settings.decay * weight if weight.ndim > 1 else 0
                made.append((weight - rate * (step + decay)).astype(np.float32))
            weights = Weights(*made)
    return weights


def _batches(lengths: npt.NDArray[np.int64], random: np.random.Generator) -> Iterator[npt.NDArray[np.int64]]:
    """All rows once, those of similar lengths together, in an order that is drawn."""
    order = random.permutation(len(lengths))
    order = order[np.argsort(lengths[order], kind="stable")]
    parts = [order[begin : begin + BATCH] for begin in range(0, len(order), BATCH)]
    for n in random.permutation(len(parts)):
        yield parts[n]


def aligned(rows: Array, lengths: npt.NDArray[np.int64]) -> tuple[Array, Array]:
    """Steps before rows, so that all end at the same step; and where there is a step."""
    longest = int(lengths.max())
    places = np.arange(longest)[None, :] - (longest - lengths)[:, None]
    found = np.take_along_axis(rows, np.maximum(places, 0)[:, :, None], axis=1)
    is_step = (places >= 0).astype(rows.dtype)
    return np.ascontiguousarray(found.swapaxes(0, 1)), np.ascontiguousarray(is_step.T)[:, :, None]


def slopes_of(weights: Weights, steps: Array, is_step: Array, beside: Array, y: Array) -> tuple[float, Weights]:
    """The mean cross entropy of these rows, and how it changes with each weight. `steps`: step, row, number; `is_step`: step, row, 1."""
    length, many, width = steps.shape
    units = len(weights.state)
    sums = (steps.reshape(-1, width) @ weights.steps).reshape(length, many, -1) + weights.gates
    hidden, cell = (np.zeros((length + 1, many, units), dtype=steps.dtype) for _ in range(2))
    gates, squashed = np.empty_like(sums), np.empty((length, many, units), dtype=steps.dtype)
    for t in range(length):
        z = sums[t] + hidden[t] @ weights.state
        gates[t, :, : 3 * units], gates[t, :, 3 * units :] = sigmoid(z[:, : 3 * units]), np.tanh(z[:, 3 * units :])
        i, o, f, g = np.split(gates[t], 4, axis=1)
        cell[t + 1] = (f * cell[t] + i * g) * is_step[t]
        squashed[t] = np.tanh(cell[t + 1])
        hidden[t + 1] = o * squashed[t] * is_step[t]
    answer = sigmoid(hidden[-1] @ weights.last + beside @ weights.beside + weights.bias)[:, 0]
    off = ((answer - y) / many)[:, None].astype(steps.dtype)
    back, back_cell = off @ weights.last.T, np.zeros((many, units), dtype=steps.dtype)
    back_gates = np.empty_like(sums)
    for t in reversed(range(length)):
        i, o, f, g = np.split(gates[t], 4, axis=1)
        back = back * is_step[t]
        back_cell = (back_cell + back * o * (1 - squashed[t] ** 2)) * is_step[t]
        slopes = (back_cell * g * i * (1 - i), back * squashed[t] * o * (1 - o), back_cell * cell[t] * f * (1 - f), back_cell * i * (1 - g**2))
        back_gates[t] = np.concatenate(slopes, axis=1)
        back, back_cell = back_gates[t] @ weights.state.T, back_cell * f
    flat = back_gates.reshape(-1, 4 * units)
    known = np.clip(answer.astype(np.float64), 1e-12, 1 - 1e-12)
    loss = float(-np.mean(y * np.log(known) + (1 - y) * np.log(1 - known)))
    return loss, Weights(
        steps=steps.reshape(-1, width).T @ flat,
        state=hidden[:-1].reshape(-1, units).T @ flat,
        gates=flat.sum(axis=0),
        last=hidden[-1].T @ off,
        beside=beside.T @ off,
        bias=off.sum(axis=0),
    )
