"""What chance has drawn for a customer stays hers when weights change: a variant, the control group of a campaign, a way of a split.

Without that, a change of weights in the middle of an experiment would show somebody two variants, and neither would have an effect of its own
(GrowthBook calls it sticky bucketing: https://docs.growthbook.io/app/sticky-bucketing). It is remembered with the probability with which it was
drawn, and that is what decisions go on to say: the weights of today are not those of her draw.

What says stop still stops: whoever has a variant or a way that was taken out, or whose weight is 0 now, draws again among the others, and a
campaign whose control group was taken out speaks to everybody.
"""

from udfs.core.campaigns import shares
from udfs.core.campaigns.campaign import Campaign, Variant
from udfs.core.campaigns.steps import Split
from udfs.core.decision.turn import Turn
from udfs.core.profile.state import Assigned, Entered

VARIANT, GROUP = ":variant", ":group"
"""Under these names; a way stands under the place of its split, which has no colon."""
CONTROL, TREATED = "control", "treated"
MAX_ASSIGNED = 64
"""Of one campaign: more than it can have splits; what is left of those that were taken out gives way first."""


def variant_of(turn: Turn, campaign: Campaign, *, waited: str | None = None) -> tuple[Variant, float]:
    """The variant of this customer, of a campaign whose weights choose, and the probability with which it was drawn. `waited`: the one that a
    candidate was to act by, and could not yet."""
    if len(campaign.variants) > 1:
        held = _held(turn, campaign.name, VARIANT)
        found = campaign.named(waited if held is None else held.name)
        if found is not None and found[1] > 0:
            return found[0], found[1] if held is None else held.probability
    return campaign.assign(turn.drawn_by(campaign.name))


def is_in_control(turn: Turn, campaign: Campaign) -> bool:
    """Whether this customer is in the control group of the campaign."""
    if campaign.control_group > 0 and campaign.keeps_group and (held := _held(turn, campaign.name, GROUP)) is not None:
        return held.name == CONTROL
    return campaign.in_control(turn.drawn_by(campaign.name))


def way_of(turn: Turn, split: Split, drawn: int) -> int:
    """The way of this customer at a split, as its index: what it was before, or else what she has `drawn`, which is remembered."""
    held = _held(turn, split.campaign, split.place)
    if held is not None and held.name in split.names and split.shares[place := split.names.index(held.name)] > 0:
        return place
    _remember(turn, split.campaign, split.place, Assigned(split.names[drawn], split.shares[drawn], shares.of_ways(split)))
    return drawn


def remember_variant(turn: Turn, campaign: Campaign, variant: Variant, probability: float | None) -> None:
    """She has been given a variant: it is sent, or waits, or would have been sent."""
    if len(campaign.variants) > 1 and probability is not None and campaign.steps is None and campaign.bandit is None and campaign.uplift is None:
        _remember(turn, campaign.name, VARIANT, Assigned(variant.name, probability, shares.of_variants(campaign)))


def remember_group(turn: Turn, campaign: Campaign) -> None:
    """Whether she is in the control group has had a consequence."""
    share = campaign.control_group
    if share > 0 and campaign.keeps_group:
        is_in = is_in_control(turn, campaign)
        _remember(turn, campaign.name, GROUP, Assigned(*((CONTROL, share) if is_in else (TREATED, 1 - share)), shares.of_group(campaign)))
    elif not share and (entered := turn.profile.entered.get(campaign.name)) is not None:
        entered.assigned.pop(GROUP, None)  # everybody gets messages now: a group that comes later is a new one


def drawn_under(turn: Turn, campaign: Campaign, variant: Variant) -> str:
    """By which shares the group, this variant and the ways of this customer were drawn, those of today as far as nothing was drawn before."""
    entered = turn.profile.entered.get(campaign.name)
    held = {} if entered is None else entered.assigned
    group = held.get(GROUP) if campaign.control_group > 0 and campaign.keeps_group else None
    drawn = held.get(VARIANT)
    found = shares.shares_version(
        turn.book.policy,
        campaign,
        group=None if group is None else group.shares,
        variants=drawn.shares if drawn is not None and drawn.name == variant.name and shares.of_variants(campaign) else None,
    )
    splits = () if campaign.steps is None else (step.place for step in campaign.steps.steps.values() if isinstance(step, Split))
    return shares.with_ways(found, {place: held[place].shares for place in splits if place in held})


def _held(turn: Turn, campaign: str, what: str) -> Assigned | None:
    entered = turn.profile.entered.get(campaign)
    return None if entered is None else entered.assigned.get(what)


def _remember(turn: Turn, campaign: str, what: str, drawn: Assigned) -> None:
    assigned = turn.profile.entered.setdefault(campaign, Entered()).assigned
    held = assigned.get(what)
    if held is not None and held.name == drawn.name:
        return  # with the probability of then
    assigned.pop(what, None)
    while len(assigned) >= MAX_ASSIGNED:
        del assigned[next(iter(assigned))]
    assigned[what] = drawn
