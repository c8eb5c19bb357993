"""Features that no model gains from: they need not be collected for a model's sake.

A model gains from a feature if its figures fall when the feature's values are shuffled among the test rows. What a campaign's condition,
template or offer reads is still needed: the command says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnxruntime

from training.gate import ask
from training.inputs import Floats, labels
from training.measures import Ranking
from training.rows import Row
from udfs.core.features.model_inputs import Input, columns

SHUFFLES = 5
FIGURE = 1
"""Average precision, of NAMES: it falls first where the goal is rare."""


@dataclass(frozen=True, kw_only=True)
class Gain:
    """What a model loses when it does not know a feature: average precision, over several shuffles."""

    mean: float
    spread: float
    """The standard deviation over the shuffles."""

    @property
    def none(self) -> bool:
        """Whether the loss is no larger than chance."""
        return self.mean <= 2 * self.spread or self.mean <= 1e-4


def gains(session: onnxruntime.InferenceSession, inputs: Sequence[Input], x: Floats, rows: Sequence[Row], *, seed: int = 0) -> dict[str, Gain]:
    """Feature -> what the model gains from it on these rows."""
    y, random = labels(rows), np.random.default_rng(seed)
    whole = _precision(session, x, y)
    found = {}
    for name, place in columns(inputs).items():
        losses = []
        for _ in range(SHUFFLES):
            shuffled = x.copy()
            shuffled[:, place] = x[random.permutation(len(x)), place]
            losses.append(whole - _precision(session, shuffled, y))
        found[name] = Gain(mean=float(np.mean(losses)), spread=float(np.std(losses)))
    return found


def unused(declared: Sequence[str], models: Mapping[str, tuple[Mapping[str, Gain], Mapping[str, str]]]) -> dict[str, dict[str, str]]:
    """Feature -> model -> why it does not gain: only features from which no model gains. Each model has its gains, and what it left out."""
    found: dict[str, dict[str, str]] = {}
    for name in declared:
        reasons = {}
        for model, (gained, left_out) in models.items():
            gain = gained.get(name)
            if gain is None:
                reasons[model] = left_out.get(name, "not declared when it was trained")
            elif gain.none:
                reasons[model] = f"gains {gain.mean:+.4f} of average precision, no more than chance"
        if len(reasons) == len(models):
            found[name] = reasons
    return found


def _precision(session: onnxruntime.InferenceSession, x: Floats, y: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> float:
    return float(Ranking(y, ask(session, x)[:, 1]).figures()[FIGURE])
