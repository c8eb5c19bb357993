"""How well an uplift model ranks people, and what it is worth to act only on those whom it calls moved.

The difference-Qini is the area between the curve of gains, as more and more people are acted on in the order of their uplift, and the line of a
random order (https://doi.org/10.1007/s10115-011-0434-0). Rows are weighted with 1 / probability, so probabilities that differ by row are right.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.reference import Ids, ids
from training.uplift.table import NOTHING, Arms, Numbers, Table

Z95 = 1.959963984540054


@dataclass(frozen=True, kw_only=True)
class Worth:
    """A mean for each decision, with a 95 % interval by person."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4f} ({self.low:.4f} to {self.high:.4f})"


@dataclass(frozen=True, kw_only=True)
class Value:
    """What acting only on who is moved is worth for each decision, net of cost."""

    share: float
    """Of the decisions on which it acts."""
    over_nobody: Worth
    over_everybody: Worth
    over_random: Worth
    """Against acting on the same share, drawn at random."""


def qini(table: Table, uplift: Numbers) -> float:
    """Difference-Qini of any message against none, ordered by `uplift`, one figure a row."""
    order = np.argsort(-uplift, kind="stable")
    arm, y, own = table.arm[order], table.y[order], _any(table)[order]
    treated, others = (arm != NOTHING) / own, (arm == NOTHING) / own
    if not treated.any() or not others.any():
        return 0.0
    gains = np.cumsum(y * treated) / treated.sum() - np.cumsum(y * others) / others.sum()
    return float(np.trapezoid(gains, np.linspace(0, 1, len(gains))) - 0.5 * gains[-1])


def overall(table: Table, uplift: Numbers) -> Numbers:
    """One figure a row: the uplift of any message, each arm with its probability."""
    weights = table.probabilities[:, 1:]
    return np.asarray((uplift * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-12))


def value(table: Table, uplift: Numbers, *, costs: Sequence[float], worth: float = 1.0) -> Value:
    """Of the policy that sends the arm with the highest uplift net of cost, if that is above 0. `worth`: of an outcome of 1; `costs`: of each arm."""
    net = worth * uplift - np.asarray(costs)
    best = net.argmax(axis=1) + 1
    acts = net.max(axis=1) > 0
    chosen = np.where(acts, best, NOTHING)
    share = float(acts.mean())
    each = np.asarray([0.0, *costs])
    paid = {arm: _worth_of(table, np.full(len(table), arm), worth) - each[arm] for arm in range(len(each))}
    policy = _worth_of(table, chosen, worth) - each[chosen]
    usual = table.probabilities[:, 1:].mean(axis=0)
    everybody = sum((paid[arm + 1] * part for arm, part in enumerate(usual / usual.sum())), np.zeros(len(table)))
    people = ids(table.people)
    at_random = share * everybody + (1 - share) * paid[NOTHING]
    return Value(
        share=share,
        over_nobody=_mean(policy - paid[NOTHING], people),
        over_everybody=_mean(policy - everybody, people),
        over_random=_mean(policy - at_random, people),
    )


def _any(table: Table) -> Numbers:
    """The probability of being sent something, or nothing: whichever happened."""
    nothing = table.probabilities[:, NOTHING]
    return np.where(table.arm == NOTHING, nothing, 1 - nothing)


def _worth_of(table: Table, chosen: Arms, worth: float) -> Numbers:
    """An unbiased figure for each row of what it would be worth to choose this: the outcome over the probability where it was chosen, else 0."""
    return np.where(table.arm == chosen, worth * table.y / table.own, 0.0)


def _mean(rows: Numbers, people: Ids) -> Worth:
    """The mean, and an interval in which each person counts once."""
    mean = float(rows.mean())
    sums = np.bincount(people, weights=rows - mean)
    error = float(np.sqrt((sums**2).sum()) / len(rows))
    return Worth(value=mean, low=mean - Z95 * error, high=mean + Z95 * error)
