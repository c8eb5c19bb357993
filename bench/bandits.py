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
from udfs.core.bandits.best import FLOOR, uniform
from udfs.core.bandits.learned import Arms, Learned
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
    context: Whole | None = None
    """The context of each decision; None: there are none, or nobody looks at them."""

    @property
    def arms(self) -> int:
        """How many arms there are."""
        return int(self.odds.shape[1])

    @property
    def regrets(self) -> Floats:
        """By decision and arm: what is lost against the arm that is best on the whole, or in the decision's context."""
        groups = np.zeros(len(self.odds), dtype=np.int64) if self.context is None else self.context
        best = np.array([self.odds[groups == group].mean(axis=0).argmax() for group in range(int(groups.max()) + 1)])
        lost: Floats = self.odds[np.arange(len(self.odds)), best[groups]][:, None] - self.odds
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


def in_contexts(rates: Sequence[Sequence[float]], *, days: int = 100, a_day: int = 100) -> World:
    """Arms whose rates differ by context; contexts are equally frequent."""
    context = np.arange(days * a_day, dtype=np.int64) % len(rates)
    return World(odds=np.array(rates)[context], at=np.arange(days * a_day) / a_day, context=context)


def ours(world: World, seeds: int, *, by_context: bool = False, seed: int = 1) -> list[Life]:
    """The same with what the job and its service do. `by_context`: the bandit is a contextual one."""
    dice = np.random.default_rng(seed)
    campaign = campaign_of(world.arms, money=bool(world.money), by_context=by_context)
    return [_lived(world, campaign, dice) for _ in range(seeds)]


def _lived(world: World, campaign: Campaign, dice: np.random.Generator) -> Life:
    number, arms = len(world.odds), world.arms
    context = world.context if world.context is not None and campaign.bandit and campaign.bandit.by else np.zeros(number, dtype=np.int64)
    chosen, won, worth, shares = np.zeros(number, dtype=np.int64), np.zeros(number), np.zeros(number), np.ones(number)
    cells = int(context.max()) + 1, arms
    final, sums = 0, np.zeros((4, *cells))
    for first, end, day in _days(world):
        ripe = int(np.searchsorted(world.at, day - world.known_after, side="left"))
        new, today = slice(final, ripe), slice(first, end)
        sums += _summed(context[new] * arms + chosen[new], won[new], worth[new], cells)
        final = ripe
        probabilities = _probabilities(campaign, sums)
        drawn = (probabilities.cumsum(axis=1)[context[today]] < dice.random(end - first)[:, None]).sum(axis=1).clip(max=arms - 1)
        chosen[today], shares[today] = drawn, probabilities[context[today], drawn]
        won[today] = dice.random(end - first) < world.odds[np.arange(first, end), drawn]
        spread = np.maximum(dice.normal(world.money, world.money / 2, end - first), 0) if world.money else 1.0
        worth[today] = won[today] * spread
    everything = _summed(context * arms + chosen, won, worth, cells)
    seen, reached = np.maximum(everything[0].sum(axis=0), 1), everything[1].sum(axis=0)
    return Life(
        regret=float(world.regrets[np.arange(number), chosen].sum()),
        last=learned(campaign, counts_of(everything), epoch=1),
        means=reached / seen,
        weighted=np.bincount(chosen, won / shares, arms) / number,
    )


def _days(world: World) -> Iterator[tuple[int, int, int]]:
    """First decision of each day, the one after its last, and the day."""
    days = np.floor(world.at).astype(np.int64)
    for day in range(int(days[0]), int(days[-1]) + 1):
        first, end = np.searchsorted(days, [day, day + 1])
        if end > first:
            yield int(first), int(end), day


def _summed(cell: Whole, won: Floats, worth: Floats, cells: tuple[int, int]) -> Floats:
    """Exposures, conversions, value and squares, each by context and arm."""
    sums = [np.bincount(cell, each, cells[0] * cells[1]).reshape(cells) for each in (np.ones(len(cell)), won, worth, worth**2)]
    return np.array(sums)


def _probabilities(campaign: Campaign, sums: Floats) -> Floats:
    """By context and arm; each row adds up to 1."""
    found = learned(campaign, counts_of(sums), epoch=1)
    names, contexts = [variant.name for variant in campaign.variants], sums.shape[1]
    if found is None:
        return np.array([uniform(len(names))] * contexts)
    arms = Arms(found)
    rows = np.array([arms.probabilities(_name(context), names) for context in range(contexts)])
    even: Floats = rows / rows.sum(axis=1, keepdims=True)
    return even


def counts_of(sums: Floats) -> list[ArmCount]:
    """Exposures, conversions, value and squares by context and arm as the arms job would count them."""
    return [
        ArmCount(
            campaign="bench",
            variant=f"arm-{arm}",
            context=_name(context),
            exposures=int(each[0]),
            conversions=int(each[1]),
            value=float(each[2]),
            squares=float(each[3]),
        )
        for context in range(sums.shape[1])
        for arm, each in enumerate(sums[:, context].T)
    ]


def _name(context: int) -> str:
    return f"context-{context}"


def campaign_of(arms: int, *, money: bool = False, by_context: bool = False) -> Campaign:
    """A campaign whose bandit has so many arms."""
    bandit = {"bandit": "contextual", "by": ["user.kind"]} if by_context else {"bandit": "simple"}
    document = {
        "campaign": "bench",
        "trigger": {"event": "go"},
        "choose": {**bandit, "reward": "value" if money else "conversion"},
        "goal": {"event": "order_completed", "value": "revenue"},
        "variants": {f"arm-{number}": {"channel": "email", "content": {"body": "x"}} for number in range(arms)},
    }
    return compile_campaign(document, features=EMPTY)
