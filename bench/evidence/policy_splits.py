"""Claim 3 of policy: a million customers are split according to weights, and a changed weight moves as few as possible."""

from collections.abc import Sequence
from itertools import pairwise

from scipy.stats import chisquare

from bench.report import Claim, at_least, exactly, measured
from udfs.core.values import chance

CUSTOMERS = 1_000_000
SPLITS: tuple[tuple[float, ...], ...] = ((1, 1), (1, 3), (1, 2, 3))
STEPS: tuple[tuple[tuple[float, ...], ...], ...] = (
    ((1, 1), (0.5, 1), (0.1, 1), (0, 1)),
    ((1, 1, 1), (0.5, 1, 1), (0.1, 1, 1), (0, 1, 1)),
    ((1, 2, 3), (1, 1, 3), (1, 0.2, 3)),
    ((5, 1, 1, 2), (3, 1, 1, 2)),
)
"""Each step lowers the weight of one arm."""
WALKERS = 100_000
SAME = 0.001
"""Below this p-value a split counts as wrong (a sample ratio mismatch)."""


def check() -> list[Claim]:
    """Splits, moves, and the holdout's growth."""
    claims = [
        at_least(f"{CUSTOMERS:,} customers split {':'.join(map(str, weights))}: chi-square p", _p(weights, CUSTOMERS), "", SAME) for weights in SPLITS
    ]
    lowered = needless = 0
    least = most = 1.0
    for steps in STEPS:
        for before, after in pairwise(steps):
            moves, strangers, ratio = _moved(before, after)
            lowered, needless, least, most = lowered + moves, needless + strangers, min(least, ratio), max(most, ratio)
    small, large = ({user for user in map(_name, range(WALKERS)) if chance.lot("holdout:2026-q4", user) < share} for share in (0.05, 0.10))
    return [
        *claims,
        measured("customers who left an arm whose weight was lowered, over nine steps", lowered, "customers"),
        exactly("customers who moved between other arms, or into the lowered one", needless, "customers", 0),
        at_least("moves against the fewest that the new shares allow, least of nine steps", least, "x", 0.95),
        Claim(claim="the same, most of nine steps", figure=round(most, 3), unit="x", goal="<= 1.05", holds=most <= 1.05),
        measured("customers in a holdout of 5 %", len(small) / WALKERS, "share"),
        exactly("of them no longer in it when it grows to 10 %", len(small - large), "customers", 0),
    ]


def _name(number: int) -> str:
    return f"customer-{number}"


def _arms(weights: Sequence[float], count: int) -> list[int]:
    return [chance.choose("cart-abandonment", _name(number), weights) for number in range(count)]


def _p(weights: Sequence[float], count: int) -> float:
    arms = _arms(weights, count)
    return float(chisquare([arms.count(arm) for arm in range(len(weights))], [count * share for share in chance.split(weights)]).pvalue)


def _moved(before: Sequence[float], after: Sequence[float]) -> tuple[int, int, float]:
    """Who left the lowered arm; who moved otherwise; and the former against what the shares ask for."""
    (lowered,) = [arm for arm, (old, new) in enumerate(zip(before, after, strict=True)) if new < old]
    moves = [(old, new) for old, new in zip(_arms(before, WALKERS), _arms(after, WALKERS), strict=True) if old != new]
    left = sum(old == lowered for old, _ in moves)
    asked = (chance.split(before)[lowered] - chance.split(after)[lowered]) * WALKERS
    return left, len(moves) - left, left / asked
