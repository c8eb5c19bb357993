"""The value of another policy from logged decisions, by four estimators, each with a 95 % interval.

* `ips` weights each reward with target over logged probability. It needs right logged probabilities.
* `snips` is the same, divided by the sum of the weights: less variance, a small bias.
* `direct` is what a model of the rewards expects. It needs a right model, and its interval does not know whether it is.
* `dr` is the model, corrected by the weighted errors of its predictions. It needs one of the two.

Horvitz and Thompson (1952), https://doi.org/10.1080/01621459.1952.10483446; Swaminathan and Joachims (2015), NeurIPS; Dudík, Langford and Li
(2011), https://arxiv.org/abs/1103.4601. Intervals are normal, of influence values summed by person: decisions of one person are not independent.
That of the direct method is from people drawn again.
"""

from dataclasses import dataclass

import numpy as np

from training.measures import Estimate
from training.ope.log import Floats, Log, Whole
from training.ope.refusal import Refusal, effective, refusal
from training.ope.reward_model import drawn_again, expected

NAMES = ("ips", "snips", "direct", "dr")
Z = 1.959964
"""Standard errors on either side of a 95 % interval."""


@dataclass(frozen=True, kw_only=True)
class Value:
    """What another policy is worth, or why that cannot be said."""

    decisions: int
    people: int
    effective_sample: float
    """As many decisions of the policy itself would say as much (Kish)."""
    effective_rewards: float
    """The same of the decisions that were rewarded."""
    mean_weight: float
    """1 in the long run, if the logged probabilities are right."""
    max_weight: float
    logged: Estimate
    """What the logged decisions were worth a decision."""
    refusal: Refusal | None
    """Why there are no estimates."""
    estimates: dict[str, Estimate]
    """By estimator; empty if they would mislead."""
    gain: Estimate | None
    """By how much the policy is better than what was logged, doubly robust."""
    notes: tuple[str, ...] = ()


def evaluate(log: Log, target: Floats, *, least: float = 100.0, seed: int = 0) -> Value:
    """The value of a policy that chooses with the probabilities `target`. `least`: the smallest effective sample for which it says anything."""
    rows = np.arange(len(log))
    weights: Floats = target[rows, log.chosen] / log.probabilities
    logged = _estimate(log.rewards, log.person)
    why = refusal(log, target, weights, least=least)
    estimates: dict[str, Estimate] = {}
    gain = None
    if why is None:
        predicted = expected(log, seed=seed)
        direct: Floats = (target * predicted).sum(axis=1)
        doubly: Floats = direct + weights * (log.rewards - predicted[rows, log.chosen])
        snips = float(weights @ log.rewards / weights.sum())
        estimates = {
            "ips": _estimate(weights * log.rewards, log.person),
            "snips": _around(snips, weights * (log.rewards - snips) / weights.mean(), log.person),
            "direct": _within(float(direct.mean()), Z * float(drawn_again(log, target, seed=seed).std())),
            "dr": _estimate(doubly, log.person),
        }
        gain = _estimate(doubly - log.rewards, log.person)
    return Value(
        decisions=len(log),
        people=int(log.person.max()) + 1,
        effective_sample=effective(weights),
        effective_rewards=effective(np.abs(weights * log.rewards)),
        mean_weight=float(weights.mean()),
        max_weight=float(weights.max()),
        logged=logged,
        refusal=why,
        estimates=estimates,
        gain=gain,
        notes=log.notes,
    )


def _estimate(values: Floats, person: Whole) -> Estimate:
    """The mean of values, one a decision."""
    mean = float(values.mean())
    return _around(mean, values - mean, person)


def _around(value: float, influence: Floats, person: Whole) -> Estimate:
    """A value with the interval that the influence of each decision on it gives."""
    sums = np.bincount(person, influence)
    people = len(sums)
    spread = Z * float(np.sqrt((sums**2).sum() * people / max(people - 1, 1))) / len(influence)
    return _within(value, spread)


def _within(value: float, spread: float) -> Estimate:
    return Estimate(value, value - spread, value + spread)
