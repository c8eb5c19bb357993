"""From sums of products to the weights of linear models: which features of a customer tell how good each variant is.

Every arm has a Bayesian linear regression (ridge regression) of its own, drawn towards the model of all arms together. That model counts for a few
decisions: as if an arm had had so many, of average customers, and they had come out as it says. So a new variant is assumed to be like the others,
whatever the scale of the features (https://doi.org/10.1007/978-0-387-71385-4_5 calls it a g-prior), and how uncertain it is follows from the
rewards: an expectation counts as uncertain as it is large.
"""

from collections.abc import Iterable, Sequence
from operator import mul

import msgspec

from services.arms.counts import ArmCount
from udfs.core.bandits.linear import Linear, Weights, decomposed, inverse, solved, triangle
from udfs.core.campaigns.bandit import Bandit

OWN = 10.0
"""Decisions that the variance of all counts for in that of an arm."""
WEAK, STRONG = 1.0, 500.0
"""Decisions that the model of all arms may count for in that of an arm."""
RIDGE = 0.01
"""The part of that in which features count apart: what has never varied, or only together with another, has a weight near 0."""


class Moments(msgspec.Struct, kw_only=True):
    """The sums that a linear regression needs."""

    exposures: float
    products: list[float]
    """The sum of x·xᵀ: its upper triangle."""
    rewards: list[float]
    """The sum of x times the reward."""
    squares: float
    """The sum of the squares of rewards."""

    def off(self, weights: Sequence[float]) -> float:
        """The sum of the squared differences between the rewards and what these weights expect."""
        explained: float = sum(map(mul, weights, self.rewards))
        expected: float = sum(map(mul, weights, times(self.products, weights)))
        return max(self.squares - 2 * explained + expected, 0.0)


def weights_of(bandit: Bandit, names: Iterable[str], counts: Sequence[ArmCount]) -> Weights | None:
    """What is known of the weights of each arm; None where nothing is, or nothing that can be computed with."""
    size = len(bandit.linear) + 1
    own = [each for each in counts if each.context == bandit.features and each.moments is not None]
    arms = {name: moments_of((each for each in own if each.variant == name), size, bandit.reward) for name in names}
    known = [each for each in arms.values() if each.exposures]
    pooled = _sum(known, size)
    if not pooled.exposures:
        return None
    spread = [max(pooled.products[triangle(place + 1) - 1] / pooled.exposures, 1e-6) for place in range(size)]
    factor = decomposed(_plus_diagonal(pooled.products, spread))
    if factor is None:
        return None
    expected = solved(factor, pooled.rewards)
    variance = _variance(pooled, expected, is_rate=bandit.reward == "conversion")
    if variance <= 0:
        return None  # every decision was worth the same so far
    counts_for = _counts_for(pooled, variance)
    average = [each / pooled.exposures * counts_for for each in pooled.products]
    assumed = _plus_diagonal(average, [RIDGE * counts_for * each for each in spread])
    prior = _posterior(assumed, times(assumed, expected), variance)
    if prior is None:
        return None
    found: dict[str, Linear] = {}
    for name, moments in arms.items():
        posterior = _arm(moments, assumed, expected, variance)
        if posterior is None:
            return None
        found[name] = posterior
    weights = Weights(features=bandit.features, prior=prior, arms=found)
    return weights if weights.problem() is None else None


def moments_of(counts: Iterable[ArmCount], size: int, reward: str) -> Moments:
    """The moments of an arm: those of its epochs, added up. The job sums up for the largest number of features, and those come last."""
    found = _sum([], size)
    for each in counts:
        rewards = each.reached if reward == "conversion" else each.worth
        found.exposures += each.exposures
        found.products = _added(found.products, (each.moments or ())[: triangle(size)])
        found.rewards = _added(found.rewards, (rewards or ())[:size])
        found.squares += each.conversions if reward == "conversion" else each.squares
    return found


def times(matrix: Sequence[float], vector: Sequence[float]) -> list[float]:
    """A symmetric matrix, given as its upper triangle, times a vector."""
    size = len(vector)
    found = [0.0] * size
    place = 0
    for column in range(size):
        for row in range(column + 1):
            found[row] += matrix[place] * vector[column]
            if row < column:
                found[column] += matrix[place] * vector[row]
            place += 1
    return found


def _arm(moments: Moments, assumed: Sequence[float], expected: Sequence[float], variance: float) -> Linear | None:
    matrix = _added(assumed, moments.products)
    factor = decomposed(matrix)
    if factor is None:
        return None
    mean = solved(factor, _added(times(assumed, expected), moments.rewards))
    own = (moments.off(mean) + OWN * variance) / (moments.exposures + OWN)
    return Linear(tuple(mean), tuple(each * own for each in inverse(factor)))


def _posterior(matrix: Sequence[float], right: Sequence[float], variance: float) -> Linear | None:
    factor = decomposed(matrix)
    return None if factor is None else Linear(tuple(solved(factor, right)), tuple(each * variance for each in inverse(factor)))


def _variance(pooled: Moments, expected: Sequence[float], *, is_rate: bool) -> float:
    """Of a reward around what its features let expect. Of a rate it is never nothing: as if one more decision had been seen."""
    off = pooled.off(expected)
    if not is_rate:
        return off / pooled.exposures
    rate = (pooled.rewards[0] + 1) / (pooled.exposures + 2)
    return (off + rate * (1 - rate)) / (pooled.exposures + 1)


def _counts_for(pooled: Moments, variance: float) -> float:
    """So many decisions leave the mean of all rewards as uncertain as it is large."""
    mean = pooled.rewards[0] / pooled.exposures
    return min(max(variance / mean**2, WEAK), STRONG) if mean else STRONG


def _sum(arms: Iterable[Moments], size: int) -> Moments:
    found = Moments(exposures=0.0, products=[0.0] * triangle(size), rewards=[0.0] * size, squares=0.0)
    for each in arms:
        found.exposures += each.exposures
        found.products = _added(found.products, each.products)
        found.rewards = _added(found.rewards, each.rewards)
        found.squares += each.squares
    return found


def _added(one: Sequence[float], other: Sequence[float]) -> list[float]:
    return [a + b for a, b in zip(one, other, strict=True)]


def _plus_diagonal(matrix: Sequence[float], diagonal: Sequence[float]) -> list[float]:
    found = list(matrix)
    for place, each in enumerate(diagonal):
        found[triangle(place + 1) - 1] += each
    return found
