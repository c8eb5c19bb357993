"""From counts of conversions to Beta distributions of rates.

Before it is tried, an arm is assumed to be one like the others: one success, and as many failures as fit to the rate of all. In a context, what is
known of the arm from all customers stands for a number of decisions. The less contexts differ, the larger it is (an empirical Bayes estimate by
the method of moments). So contexts that do not differ are soon treated alike, and those that do are learned apart.
"""

from collections.abc import Iterable, Mapping

from services.arms.counts import Sums
from udfs.core.bandits.posterior import MIN_SHAPE, Beta

WEAK, STRONG = 10.0, 1_000.0
"""Decisions that what is known of all customers may stand for."""
LEAST = 10
"""Decisions of a context from which its difference from others is estimated."""


def prior_of(arms: Iterable[Sums]) -> Beta:
    """What is assumed about an arm that was never tried."""
    known = list(arms)
    conversions, exposures = sum(each.conversions for each in known), sum(each.exposures for each in known)
    rate = (conversions + 1) / (exposures + 2)
    return Beta(1.0, (1 - rate) / rate) if rate <= 0.5 else Beta(rate / (1 - rate), 1.0)


def rate_of(sums: Sums, prior: Beta) -> Beta:
    """What is known of an arm."""
    return Beta(prior.a + sums.conversions, prior.b + sums.exposures - sums.conversions)


def rates_of_contexts(contexts: Mapping[str, Mapping[str, Sums]], overall: Mapping[str, Beta]) -> dict[str, dict[str, Beta]]:
    """What is known of each arm in each context."""
    strength = _strength(contexts, overall)
    return {context: {variant: _in_context(sums, overall[variant], strength) for variant, sums in arms.items()} for context, arms in contexts.items()}


def _in_context(sums: Sums, overall: Beta, strength: float) -> Beta:
    """Nothing stands for more decisions than it comes from, nor for so few that it cannot be computed with."""
    mean = overall.mean
    least = MIN_SHAPE / min(mean, 1 - mean)
    counts_for = max(min(strength, overall.a + overall.b), least)
    return Beta(counts_for * mean + sums.conversions, counts_for * (1 - mean) + sums.exposures - sums.conversions)


def _strength(contexts: Mapping[str, Mapping[str, Sums]], overall: Mapping[str, Beta]) -> float:
    """How many decisions the overall rate stands for: the more, the less contexts differ by more than chance explains."""
    excess = binomial = 0.0
    for arms in contexts.values():
        for variant, sums in arms.items():
            if sums.exposures < LEAST:
                continue
            mean, rate = overall[variant].mean, sums.conversions / sums.exposures
            variance = mean * (1 - mean)
            excess += sums.exposures * (rate - mean) ** 2 - variance
            binomial += sums.exposures * variance
    if excess <= 0:
        return STRONG
    return min(max(binomial / excess - 1, WEAK), STRONG)
