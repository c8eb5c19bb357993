"""From sums of values to normal distributions of means, such as money a decision.

Money is mostly nothing and sometimes much, so few decisions say little about its variance: that of an arm is mixed with the variance of all.
"""

from collections.abc import Iterable, Mapping
from math import sqrt

from services.arms.counts import Sums
from udfs.core.bandits.posterior import Gaussian

OWN = 10.0
"""Decisions that the variance of all counts for in that of an arm."""
SHARED = 50.0
"""Decisions that what is known of all customers stands for in a context."""


def variance_of(arms: Iterable[Sums]) -> float:
    """The variance of the value of a decision within arms; 0 where nothing can be said yet."""
    known = [each for each in arms if each.exposures]
    freedom = sum(each.exposures for each in known) - len(known)
    return sum(each.spread for each in known) / freedom if freedom > 0 else 0.0


def mean_prior(arms: Iterable[Sums], variance: float) -> Gaussian:
    """What is assumed about an arm that was never tried: the mean of all, as uncertain as one decision leaves it."""
    known = list(arms)
    exposures = sum(each.exposures for each in known)
    return Gaussian(sum(each.value for each in known) / max(exposures, 1), sqrt(variance))


def mean_of(sums: Sums, prior: Gaussian) -> Gaussian:
    """What is known of an arm."""
    variance = (sums.spread + OWN * prior.sd**2) / (sums.exposures + OWN)
    weight = sums.exposures + 1
    return Gaussian((sums.value + prior.mean) / weight, sqrt(variance / weight))


def means_of_contexts(contexts: Mapping[str, Mapping[str, Sums]], overall: Mapping[str, Gaussian], variance: float) -> dict[str, dict[str, Gaussian]]:
    """What is known of each arm in each context."""
    return {context: {variant: _in_context(sums, overall[variant], variance) for variant, sums in arms.items()} for context, arms in contexts.items()}


def _in_context(sums: Sums, overall: Gaussian, variance: float) -> Gaussian:
    weight = sums.exposures + SHARED
    mean = (sums.value + SHARED * overall.mean) / weight
    return Gaussian(mean, sqrt(variance / weight + (SHARED / weight * overall.sd) ** 2))
