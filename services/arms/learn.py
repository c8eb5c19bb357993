"""What a campaign's bandit has learned, from the counts of its decisions. Pure: the same counts give the same."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from services.arms.counts import ArmCount, Sums, added
from services.arms.means import mean_of, mean_prior, means_of_contexts, variance_of
from services.arms.rates import prior_of, rate_of, rates_of_contexts
from services.arms.weights import weights_of
from udfs.core.bandits.learned import MAX_CONTEXTS, Learned
from udfs.core.campaigns.campaign import Campaign


def learned(campaign: Campaign, counts: Sequence[ArmCount], *, epoch: int) -> Learned | None:
    """What is known of the variants that the campaign has now; None where that is nothing, or it chooses by no bandit.

    What was counted of a variant that is gone is left out. It counts again if the variant comes back under its name.
    """
    bandit = campaign.bandit
    names = [variant.name for variant in campaign.variants]
    known = [each for each in counts if each.variant in names]
    arms = {name: added(each for each in known if each.variant == name) for name in names}
    exposures = sum(each.exposures for each in counts)
    if bandit is None or not exposures:
        return None
    contexts = _contexts(known) if bandit.by else {}
    linear = weights_of(bandit, names, known) if bandit.features else None
    if bandit.reward == "value":
        variance = variance_of(arms.values())
        if not variance:
            return None  # every decision was worth the same so far
        prior = mean_prior(arms.values(), variance)
        means = {name: mean_of(sums, prior) for name, sums in arms.items()}
        return Learned(
            campaign=campaign.name,
            epoch=epoch,
            prior=prior,
            arms=dict(means),
            contexts={name: dict(each) for name, each in means_of_contexts(contexts, means, variance).items()},
            exposures=exposures,
            linear=linear,
        )
    assumed = prior_of(arms.values())
    rates = {name: rate_of(sums, assumed) for name, sums in arms.items()}
    return Learned(
        campaign=campaign.name,
        epoch=epoch,
        prior=assumed,
        arms=dict(rates),
        contexts={name: dict(each) for name, each in rates_of_contexts(contexts, rates).items()},
        exposures=exposures,
        linear=linear,
    )


def _contexts(counts: Sequence[ArmCount]) -> Mapping[str, Mapping[str, Sums]]:
    """By context and variant; the contexts with most decisions, if there are too many."""
    grouped: dict[str, dict[str, list[ArmCount]]] = defaultdict(lambda: defaultdict(list))
    for each in counts:
        if each.context:
            grouped[each.context][each.variant].append(each)
    sizes = {context: sum(count.exposures for group in arms.values() for count in group) for context, arms in grouped.items()}
    kept = sorted(sizes, key=lambda context: (-sizes[context], context))[:MAX_CONTEXTS]
    return {context: {variant: added(group) for variant, group in grouped[context].items()} for context in kept}
