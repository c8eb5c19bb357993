"""Bandits against a reference, on decisions whose truth is known; each seed is a life of its own.

The reference is Thompson sampling as in the textbook: a draw from each posterior for each decision, and every outcome learned the moment it is
final. Ours is what the job and its service do: counts of final outcomes, posteriors and probabilities once an epoch, which is a day. Both keep
the same floor for every arm, and see an outcome when it is final and not before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.arms.counts import ArmCount
from services.arms.learn import learned
from udfs.core.bandits.best import FLOOR, thompson, uniform
from udfs.core.bandits.learned import Learned
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.features.features import EMPTY

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class World:
    """Decisions in their order, and what each arm would do in each."""

    odds: Floats
    """A row a decision, a column an arm: the chance that the goal is reached."""
    at: Floats
    """When it is decided, in days."""
    known_after: float = 0.0
    """Days until its outcome is final; 0: it is known at once."""
    money: float = 0.0
    """What a conversion is worth on average, with a spread of a half; 0: conversions themselves are wanted."""

    @property
    def arms(self) -> int:
        """How many arms there are."""
        return self.odds.shape[1]

    @property
    def regrets(self) -> Floats:
        """By decision and arm: what is lost against the arm that is best on the whole."""
        lost: Floats = self.odds[:, [int(self.odds.mean(axis=0).argmax())]] - self.odds
        return lost


def constant(rates: Sequence[float], *, days: int = 100, a_day: int = 100, known_after: float = 0.0, money: float = 0.0) -> World:
    """Arms whose rates never change."""
    number = days * a_day
    return World(odds=np.tile(rates, (number, 1)), at=np.arange(number) / a_day, known_after=known_after, money=money)


def reference(world: World, seeds: int, *, seed: int = 0) -> Floats:
    """The regret of each seed, by textbook Thompson sampling with Beta posteriors."""
    dice, arms, number = np.random.default_rng(seed), world.arms, len(world.odds)
    a, b, rows = np.ones((seeds, arms)), np.ones((seeds, arms)), np.arange(seeds)
    chosen, won = np.zeros((number, seeds), dtype=np.int8), np.zeros((number, seeds), dtype=np.int8)
    regrets, regret, known = world.regrets, np.zeros(seeds), 0
    for step in range(number):
        while known < step and world.at[known] + world.known_after <= world.at[step]:
            a[rows, chosen[known]] += won[known]
            b[rows, chosen[known]] += 1 - won[known]
            known += 1
        drawn = np.where(dice.random(seeds) < FLOOR * arms, dice.integers(0, arms, seeds), dice.beta(a, b).argmax(axis=1))
        regret += regrets[step, drawn]
        chosen[step], won[step] = drawn, dice.random(seeds) < world.odds[step, drawn]
    return regret


@dataclass(frozen=True, kw_only=True)
class Life:
    """What one seed came to."""

    regret: float
    last: Learned | None
    """What was known after the last outcome."""
    means: Floats
    """The plain rate of each arm, over all its decisions."""
    weighted: Floats
    """The same from all decisions, each with the inverse of its probability."""


def ours(world: World, seeds: int, *, seed: int = 1) -> list[Life]:
    """The same with what the job and its service do."""
    dice = np.random.default_rng(seed)
    campaign = campaign_of(world.arms, money=bool(world.money))
    return [_lived(world, campaign, dice) for _ in range(seeds)]


def _lived(world: World, campaign: Campaign, dice: np.random.Generator) -> Life:
    number, arms = len(world.odds), world.arms
    chosen, won, worth, shares = np.zeros(number, dtype=np.int64), np.zeros(number), np.zeros(number), np.ones(number)
    final = 0
    sums = np.zeros((4, arms))
    for first, end, day in _days(world):
        ripe = int(np.searchsorted(world.at, day - world.known_after, side="left"))
        sums += _summed(chosen[final:ripe], won[final:ripe], worth[final:ripe], arms)
        final = ripe
        probabilities = np.array(_probabilities(campaign, sums))
        today = slice(first, end)
        drawn = np.searchsorted(probabilities.cumsum(), dice.random(end - first) * probabilities.sum(), side="right").clip(max=arms - 1)
        chosen[today], shares[today] = drawn, probabilities[drawn]
        won[today] = dice.random(end - first) < world.odds[np.arange(first, end), drawn]
        spread = np.maximum(dice.normal(world.money, world.money / 2, end - first), 0) if world.money else 1.0
        worth[today] = won[today] * spread
    everything = _summed(chosen, won, worth, arms)
    seen = np.maximum(everything[0], 1)
    return Life(
        regret=float(world.regrets[np.arange(number), chosen].sum()),
        last=learned(campaign, counts_of(everything), epoch=1),
        means=everything[1] / seen,
        weighted=np.bincount(chosen, won / shares, arms) / number,
    )


def _days(world: World) -> Iterator[tuple[int, int, int]]:
    """First decision of each day, the one after its last, and the day."""
    days = np.floor(world.at).astype(np.int64)
    for day in range(int(days[0]), int(days[-1]) + 1):
        first, end = np.searchsorted(days, [day, day + 1])
        if end > first:
            yield int(first), int(end), day


def _summed(chosen: Whole, won: Floats, worth: Floats, arms: int) -> Floats:
    return np.array([np.bincount(chosen, each, arms) for each in (np.ones(len(chosen)), won, worth, worth**2)])


def _probabilities(campaign: Campaign, sums: Floats) -> Sequence[float]:
    found = learned(campaign, counts_of(sums), epoch=1)
    return thompson([found.arms[variant.name] for variant in campaign.variants]) if found else uniform(sums.shape[1])


def counts_of(sums: Floats) -> list[ArmCount]:
    """Exposures, conversions, value and squares by arm as the arms job would count them."""
    return [
        ArmCount(campaign="bench", variant=f"arm-{n}", exposures=int(each[0]), conversions=int(each[1]), value=float(each[2]), squares=float(each[3]))
        for n, each in enumerate(sums.T)
    ]


def campaign_of(arms: int, *, money: bool = False) -> Campaign:
    """A campaign whose bandit has so many arms."""
    document = {
        "campaign": "bench",
        "trigger": {"event": "go"},
        "choose": {"bandit": "simple", "reward": "value" if money else "conversion"},
        "goal": {"event": "order_completed", "value": "revenue"},
        "variants": {f"arm-{number}": {"channel": "email", "content": {"body": "x"}} for number in range(arms)},
    }
    return compile_campaign(document, features=EMPTY)
