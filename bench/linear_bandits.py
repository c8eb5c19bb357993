"""Linear bandits against a reference, on customers whose features tell which arm is best for them; each seed is a life of its own.

The reference is linear Thompson sampling as in the textbook (https://proceedings.mlr.press/v28/agrawal13.html): for each arm a Bayesian linear
regression with prior N(0, I), a draw of the weights for each decision, and every outcome learned at once. Ours is what the job and its service do:
sums of products, models and probabilities once an epoch, which is a day. Both keep the same floor for every arm.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.bandits import Floats, Whole
from services.arms.counts import SIZE, ArmCount
from services.arms.learn import learned
from udfs.core.bandits.best import FLOOR, uniform
from udfs.core.bandits.learned import Arms
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.features.features import EMPTY

WEIGHTS = ((-0.06, 0.04, 0.04, 0.0, 0.06), (0.24, -0.03, -0.03, 0.0, -0.03))
"""Of two arms: intercept, three numbers, and what is true or false. The first arm suits customers with large numbers, the second the others."""


@dataclass(frozen=True, kw_only=True)
class People:
    """Customers in their order: what the bandit sees of each, and how likely each arm makes them reach the goal."""

    vectors: Floats
    odds: Floats
    a_day: int

    @property
    def regrets(self) -> Floats:
        """By decision and arm: what is lost against the arm that is best for this customer."""
        lost: Floats = self.odds.max(axis=1, keepdims=True) - self.odds
        return lost


def people(weights: Sequence[Sequence[float]] = WEIGHTS, *, days: int = 50, a_day: int = 100, seed: int = 0) -> People:
    """Features as they are once they are scaled: counts and sums of money, mostly small, and something that is true of a third."""
    dice, number = np.random.default_rng(seed), days * a_day
    numbers = np.log1p(np.column_stack([dice.poisson(2, number), dice.exponential(60, number), dice.poisson(1, number)]))
    vectors = np.column_stack([np.ones(number), numbers, dice.random(number) < 1 / 3])
    return People(vectors=vectors, odds=np.clip(vectors @ np.array(weights).T, 0.01, 0.9), a_day=a_day)


def reference(world: People, seeds: int, *, seed: int = 0) -> Floats:
    """The regret of each seed, by textbook linear Thompson sampling; the variance of a reward is known."""
    dice = np.random.default_rng(seed)
    arms, size = world.odds.shape[1], world.vectors.shape[1]
    variance = float((world.odds * (1 - world.odds)).mean())
    precision = np.tile(np.eye(size), (seeds, arms, 1, 1))
    right, rows, regret = np.zeros((seeds, arms, size)), np.arange(seeds), np.zeros(seeds)
    covariance = np.linalg.inv(precision)
    for x, odds, lost in zip(world.vectors, world.odds, world.regrets, strict=True):
        means = np.einsum("k,sakl,sal->sa", x, covariance, right)
        spread = np.sqrt(np.einsum("k,sakl,l->sa", x, covariance, x))
        drawn = (means + spread * dice.normal(size=means.shape)).argmax(axis=1)
        drawn = np.where(dice.random(seeds) < FLOOR * arms, dice.integers(0, arms, seeds), drawn)
        won = dice.random(seeds) < odds[drawn]
        regret += lost[drawn]
        right[rows, drawn] += won[:, None] * x / variance
        found = covariance[rows, drawn]  # one more decision: Sherman and Morrison
        along = found @ x
        covariance[rows, drawn] = found - along[:, :, None] * along[:, None, :] / (variance + along @ x)[:, None, None]
    return regret


def ours(world: People, seeds: int, *, linear: bool = True, seed: int = 1) -> Floats:
    """The regret of each seed, by what the job and its service do. `linear`: false for a simple bandit."""
    dice = np.random.default_rng(seed)
    campaign = campaign_of(world.odds.shape[1], world.vectors.shape[1] - 1 if linear else 0)
    return np.array([_lived(world, campaign, dice) for _ in range(seeds)])


def _lived(world: People, campaign: Campaign, dice: np.random.Generator) -> float:
    names = [variant.name for variant in campaign.variants]
    features = campaign.bandit.features if campaign.bandit else ""
    regret, regrets = 0.0, world.regrets
    chosen, won = np.zeros(len(world.odds), dtype=np.int64), np.zeros(len(world.odds))
    for first in range(0, len(world.odds), world.a_day):
        today = slice(first, first + world.a_day)
        found = learned(campaign, counts_of(campaign, world.vectors[:first], chosen[:first], won[:first]), epoch=1)
        shares = np.tile(uniform(len(names)), (world.a_day, 1))
        if found is not None:
            arms = Arms(found)
            shares = np.array([arms.at(x, features, names) if features else arms.probabilities("", names) for x in world.vectors[today].tolist()])
        chosen[today] = (shares.cumsum(axis=1) < dice.random(world.a_day)[:, None]).sum(axis=1).clip(max=len(names) - 1)
        won[today] = dice.random(world.a_day) < world.odds[today][np.arange(world.a_day), chosen[today]]
        regret += float(regrets[today][np.arange(world.a_day), chosen[today]].sum())
    return regret


def counts_of(campaign: Campaign, vectors: Floats, chosen: Whole, won: Floats) -> list[ArmCount]:
    """Decisions as the arms job would count them, all in one epoch."""
    wide = np.zeros((len(vectors), SIZE))
    wide[:, : vectors.shape[1]] = vectors
    features = campaign.bandit.features if campaign.bandit else ""
    counts = []
    for number, variant in enumerate(campaign.variants):
        mine, reached = wide[chosen == number], won[chosen == number]
        gram = mine.T @ mine
        moments = tuple(float(gram[row, column]) for column in range(SIZE) for row in range(column + 1))
        counts.append(
            ArmCount(
                campaign=campaign.name,
                variant=variant.name,
                context=features,
                exposures=len(mine),
                conversions=int(reached.sum()),
                moments=moments if features else None,
                reached=tuple(map(float, reached @ mine)) if features else None,
                worth=(0.0,) * SIZE if features else None,
            )
        )
    return counts


def campaign_of(arms: int, features: int) -> Campaign:
    """A campaign with so many arms, whose bandit learns by so many features; by none: a simple one."""
    document = {
        "campaign": "bench",
        "trigger": {"event": "go"},
        "choose": {"bandit": "linear", "by": [f"event.feature_{number}" for number in range(features)]} if features else "bandit",
        "goal": {"event": "order_completed"},
        "variants": {f"arm-{number}": {"channel": "email", "content": {"body": "x"}} for number in range(arms)},
    }
    return compile_campaign(document, features=EMPTY)
