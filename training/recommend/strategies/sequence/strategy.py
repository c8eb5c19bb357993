"""GRU and SASRec as strategies: the next item by a network that reads the latest 20."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from training.recommend.cases import Histories
from training.recommend.scores import All, Scores
from training.recommend.sequences import Flags, Sequences
from training.recommend.strategies.sequence.network import LENGTH, Gru, Network, Parameters, Sasrec
from training.recommend.strategies.sequence.training import Trainer, padded
from training.recommend.strategies.strategy import MAX_LENGTH

ROWS = 512
"""Histories that are read at a time; more are read in parts."""


@dataclass(frozen=True)
class Settings:
    """Hyperparameters."""

    epochs: int

    def __str__(self) -> str:
        return f"{self.epochs} epochs"


@dataclass(frozen=True)
class Fitted:
    """A network that has learned."""

    read: Any
    """Sequences -> scores of all items as the next one."""
    parameters: Parameters
    known: Flags
    """Items that were learned from: of others nothing is said."""

    def scores(self, histories: Histories) -> Scores:
        """In parts of the same size, which is compiled once."""
        items = padded(histories.sequences, LENGTH)
        parts = []
        for low in range(0, len(items), ROWS):
            part = np.zeros((ROWS, LENGTH), np.int32)
            part[: len(items[low : low + ROWS])] = items[low : low + ROWS]
            parts.append(np.asarray(self.read(self.parameters, part)))
        values = np.concatenate(parts)[: len(items), 1:].copy() if parts else np.zeros((0, len(self.known)), np.float32)
        values[:, ~self.known] = -np.inf
        return All(values)


class NeuralSequence:
    """A network, trained for some epochs. Settings with more epochs train on from those with fewer."""

    tried: Sequence[Settings] = (Settings(10), Settings(5), Settings(20))

    def __init__(self, title: str, network: Network) -> None:
        self.title, self._network = title, network
        self._trainers: dict[int, Trainer] = {}
        self._known: dict[tuple[int, int], Parameters] = {}
        self._of: Sequences | None = None
        self._read = jax.jit(lambda parameters, items: network.read(parameters, items, None)[:, -1] @ parameters["items"].T)

    def fit(self, train: Sequences, settings: Settings, *, seed: int) -> Fitted:
        """Train up to the epochs of the settings."""
        if self._of is not train:
            self._of, self._trainers, self._known = train, {}, {}
        for epochs in sorted({each.epochs for each in self.tried if each.epochs < settings.epochs} | {settings.epochs}):
            if (seed, epochs) not in self._known:
                if seed not in self._trainers or self._trainers[seed].epochs > epochs:
                    self._trainers[seed] = Trainer(self._network, train.tail(MAX_LENGTH), seed=seed)
                self._known[seed, epochs] = self._trainers[seed].train(epochs)
        return Fitted(self._read, self._known[seed, settings.epochs], train.popularity > 0)


def gru() -> NeuralSequence:
    """Gated recurrent units."""
    return NeuralSequence("recurrent network (GRU)", Gru())


def sasrec() -> NeuralSequence:
    """Self-attention."""
    return NeuralSequence("self-attention (SASRec)", Sasrec())
