"""How what happens is split between two groups that chance has drawn: has the first certainly less of it than it should? Pure.

Whoever reached a goal was in the first group with the probability by which chance had drawn that group, if both reach it alike. So each of them is
one draw of a coin whose weight is known, whenever they reach it: nobody has to wait until the time of everybody is over. The weight may differ from
one to the next, as when the share of a group grows.

If those of the first group reach it `ratio` times as often, the probability is `chance * ratio / (chance * ratio + 1 - chance)`. The likelihood of
ratios below the one that is allowed, against that one, is the evidence (`mixture.py`). Nothing is approximated, so it holds for rare events too.

The same holds where some count for more than others, as by what they spend. Each likelihood ratio is a bet on the group of the next one, and a bet
with a part of it is as fair. Source: Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", 2024.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

from services.statistics.mixture import error_probability

RATIOS = (0.95, 0.9, 0.8, 0.65, 0.5, 0.3, 0.1)
"""How many times as often as allowed the first group may do it, if it is worse."""


class Split(NamedTuple):
    """Those who were drawn by the same chance, and did it."""

    chance: float
    """Of being drawn into the first group, above 0 and below 1."""
    first: int
    """How many of them are in it."""
    second: int


def fewer(splits: Iterable[Split], *, allowed: float = 1.0) -> float:
    """At which error probability those of the first group do it less than `allowed` times as often as the others, however often this is asked.

    >>> fewer([Split(0.5, 50, 50)])
    1.0
    >>> fewer([Split(0.5, 30, 70), Split(0.05, 2, 98)]) < 0.001
    True
    """
    found = [0.0] * len(RATIOS)
    for chance, first, second in splits:
        if not 0 < chance < 1:
            message = f"a chance of {chance:g}: it is above 0 and below 1"
            raise ValueError(message)
        usual = _probability(chance, allowed)
        for at, ratio in enumerate(RATIOS):
            worse = _probability(chance, allowed * ratio)
            found[at] += first * math.log(worse / usual) + second * math.log((1 - worse) / (1 - usual))
    return error_probability(found)


def bets(chance: float, weight: float, *, in_first: bool, allowed: float = 1.0) -> list[float]:
    """What somebody adds to the evidence that less is done in the first group, as a logarithm for each of `RATIOS`. Their sums go to
    `error_probability`. `weight`: how much she counts, 0 to 1; it must not depend on the group of anybody but those before.

    >>> [round(each, 4) for each in bets(0.5, 1.0, in_first=True)] == [round(math.log(2 * r / (1 + r)), 4) for r in RATIOS]
    True
    """
    usual = _probability(chance, allowed)
    shares = [_probability(chance, allowed * ratio) / usual - 1 for ratio in RATIOS]
    return [math.log1p(weight * (each if in_first else -each * usual / (1 - usual))) for each in shares]


def _probability(chance: float, ratio: float) -> float:
    return chance * ratio / (chance * ratio + 1 - chance)
