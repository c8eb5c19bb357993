"""How likely somebody is to buy: the only place that computes it, for the shop, which throws the dice, and for the truth.

Everything hangs on a number, her resolve: log odds of buying what she has in mind. It is made of who she is (hidden) and of what she does
(which the shop's events show). A message that she sees changes it. If she has not bought by the end of a visit, she either comes back for
it after an exponentially distributed time, or she does not; a message changes the odds of coming back.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

LOOKS_COUNTED = 8
"""More products looked at than this make no difference."""
ORDERS_COUNTED = 3
"""More orders than this make nobody more loyal."""
NO_CART = -3.0
"""A visit that puts nothing into the cart, against one that does."""
COOLING = 0.4
"""Resolve lost with every `cooling` time that passes."""
COLDEST = -5.0
"""The limit of cooling: somebody with nothing in mind."""
DISCOUNT = 0.2
"""Resolve added by each percent of a discount, for somebody who responds to it fully."""
FATIGUE = 0.5
"""What is left of a message's effect for every message beyond what she tolerates in a week."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Character:
    """The truth of a customer, which never leaves the shop."""

    tastes: Mapping[str, float]
    """Category -> weight, not normalised: which shelf she walks to."""
    purse: float
    """What she likes to spend on one thing, in the shop's currency."""
    rhythm: str
    """Her hours, see `simulation.rhythm`."""
    frequency: float
    """How often she visits, as a multiple of the average customer."""
    patience: float
    """Mean number of products she looks at in a visit."""
    appetite: float
    """Chance that a product which fits her goes into the cart when she looks at it."""
    leaning: float
    """Her initial resolve, in log odds: the hidden part."""
    impulse: float
    """Share of what she buys that she buys in the same visit."""
    hesitation: float
    """Mean time until she comes back for the rest, as a multiple of the shop's usual one."""
    nudge: float
    """What any message does to her resolve, log odds; below zero it puts her off (a sleeping dog)."""
    sensitivity: float
    """0 to 1: how much she responds to a discount."""
    opens: Mapping[str, float]
    """Channel -> chance that she sees a message there."""
    clicks: Mapping[str, float]
    """Channel -> chance that she follows a message she saw."""
    tolerance: int
    """Messages a week before it becomes too much."""
    bot: bool = False


class Plan(NamedTuple):
    """What a visit is about, fixed when it begins."""

    category: str
    share: float
    """The category's share of her tastes."""
    target: str
    """The product she has in mind."""
    looks: int
    adds: bool
    """Whether anything goes into the cart."""
    fit: float
    """How well its price suits her, 0 to 1."""


def sigma(log_odds: float) -> float:
    """Log odds as a probability."""
    return 1.0 / (1.0 + math.exp(-log_odds))


def resolve(character: Character, plan: Plan, *, orders: int) -> float:
    """Log odds of buying at the end of a visit with this plan; `orders` is how often she bought before."""
    liking = max(-1.0, min(1.0, math.log(8 * plan.share) / 2))
    shown = 0.15 * (min(plan.looks, LOOKS_COUNTED) - 3) + 0.5 * liking + 1.5 * (plan.fit - 0.6) + 0.25 * min(orders, ORDERS_COUNTED)
    return character.leaning + shown + (0.0 if plan.adds else NO_CART)


def cooled(log_odds: float, age: float) -> float:
    """The resolve after `age` cooling times. It never grows."""
    return min(log_odds, max(COLDEST, log_odds - COOLING * age))


def shift(character: Character, *, percent: float, recent: int) -> float:
    """What seeing a message does to the resolve; `recent` counts those received within a week before."""
    tired = FATIGUE ** max(0, recent - character.tolerance)
    return (character.nudge + DISCOUNT * character.sensitivity * percent) * tired


def persuaded(log_odds: float, moved: float) -> float:
    """Chance that somebody who would not have bought now will, when her resolve moves by `moved`."""
    before, after = sigma(log_odds), sigma(log_odds + moved)
    return max(0.0, (after - before) / (1.0 - before))


def put_off(log_odds: float, moved: float) -> float:
    """Chance that somebody who would have bought now will not."""
    before, after = sigma(log_odds), sigma(log_odds + moved)
    return max(0.0, (before - after) / before)


def swayed(coming: float, log_odds: float, moved: float) -> float:
    """The chance that she is coming back for it, after she saw the message."""
    return coming * (1.0 - put_off(log_odds, moved)) + (1.0 - coming) * persuaded(log_odds, moved)


def still(chance: float, waits: float) -> float:
    """The chance that something which had this chance is still to come, after `waits` mean waiting times without it."""
    left = chance * math.exp(-waits)
    return left / (1.0 - chance + left) if left else 0.0
