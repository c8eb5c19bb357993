"""Training of a network: the next item against random others that all sequences of a batch share. Adam, by hand."""

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from training.recommend.sequences import Ints, Sequences
from training.recommend.strategies.sequence.network import LENGTH, NEVER, Array, Network, Parameters

BATCH = 128
OTHERS = 1_024
RATE, SLOWER = 3e-3, 0.9
"""The rate of the first epoch, and what it is multiplied with after each."""
LARGEST = 5.0
"""Gradients are cut to this length."""
FIRST, SECOND, TINY = 0.9, 0.999, 1e-8

State = tuple[Parameters, Parameters, Parameters]
"""Parameters, and the first and second moments of their gradients."""


def padded(sequences: Sequences, length: int) -> Ints:
    """The latest items of each sequence, numbered from 1, with zeros on the left."""
    found = np.zeros((len(sequences), length), np.int32)
    back = np.repeat(sequences.starts[1:], sequences.lengths) - 1 - np.arange(len(sequences.items))
    kept = back < length
    found[sequences.owners[kept], length - 1 - back[kept]] = sequences.items[kept] + 1
    return found


def windows(sequences: Sequences) -> Ints:
    """Long sequences in pieces of LENGTH + 1 items, each beginning with the last item of the one before it."""
    steps = np.maximum(-(-(sequences.lengths - 1) // LENGTH), 0)
    owner = np.repeat(np.arange(len(sequences)), steps)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(steps) - steps, steps)
    end = sequences.starts[1:][owner] - number * LENGTH
    return padded(sequences.cut(np.maximum(end - LENGTH - 1, sequences.starts[:-1][owner]), end), LENGTH + 1)


class Trainer:
    """Trains on, epoch by epoch. The same sequences and seed give the same parameters."""

    def __init__(self, network: Network, sequences: Sequences, *, seed: int) -> None:
        self._network, self._n_items = network, sequences.n_items
        self._rows, self._seed = windows(sequences), seed
        parameters = network.begin(np.random.default_rng(seed), sequences.n_items)
        zeros = jax.tree.map(jnp.zeros_like, parameters)
        self.state: State = (parameters, zeros, zeros)
        self.epochs = self._steps = 0
        self._step = jax.jit(self._stepped)

    def train(self, epochs: int) -> Parameters:
        """The parameters after so many epochs in all."""
        while self.epochs < epochs:
            for batch in self._batches():
                self._steps += 1
                key = jax.random.fold_in(jax.random.PRNGKey(self._seed), self._steps)
                self.state = self._step(self.state, batch, key, self._steps, RATE * SLOWER**self.epochs)
            self.epochs += 1
        return self.state[0]

    def _batches(self) -> Iterator[Ints]:
        """All windows in random order; a last batch that is not full is filled with nothing."""
        order = np.random.default_rng([self._seed, self.epochs]).permutation(len(self._rows))
        for low in range(0, len(order), BATCH):
            batch = np.zeros((BATCH, LENGTH + 1), np.int32)
            chosen = order[low : low + BATCH]
            batch[: len(chosen)] = self._rows[chosen]
            yield batch

    def _stepped(self, state: State, batch: Array, key: Array, step: Array, rate: Array) -> State:
        parameters, first, second = state
        gradient: Any = jax.grad(self._loss)(parameters, batch, key)
        length = jnp.sqrt(sum((each**2).sum() for each in jax.tree.leaves(gradient)))
        gradient = jax.tree.map(lambda each: each * jnp.minimum(1.0, LARGEST / (length + TINY)), gradient)
        first = jax.tree.map(lambda old, new: FIRST * old + (1 - FIRST) * new, first, gradient)
        second = jax.tree.map(lambda old, new: SECOND * old + (1 - SECOND) * new**2, second, gradient)

        def moved(value: Array, mean: Array, square: Array) -> Array:
            return value - rate * (mean / (1 - FIRST**step)) / (jnp.sqrt(square / (1 - SECOND**step)) + TINY)

        return jax.tree.map(moved, parameters, first, second), first, second

    def _loss(self, parameters: Parameters, batch: Array, key: Array) -> Array:
        """Cross-entropy of the next item among it and the others, at each place that has one."""
        here, following = batch[:, :-1], batch[:, 1:]
        vectors = self._network.read(parameters, here, key)
        others = jax.random.randint(jax.random.fold_in(key, 1 << 20), (OTHERS,), 1, self._n_items + 1)
        right = (vectors * parameters["items"][following]).sum(-1)
        wrong = jnp.where(others == following[..., None], NEVER, vectors @ parameters["items"][others].T)
        loss = jax.nn.logsumexp(jnp.concatenate([right[..., None], wrong], -1), -1) - right
        asked = (here > 0) & (following > 0)
        return (loss * asked).sum() / jnp.maximum(asked.sum(), 1)
