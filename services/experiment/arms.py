"""The arms of an experiment, with the share of people in each. Pure."""

from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.experiment import CONTROL


def arms_of(campaign: Campaign) -> dict[str, float]:
    """Arm -> share: the variants, and the control group. The messages of a journey are one arm, since everybody gets them."""
    others = 1 - campaign.control_group
    if campaign.steps is not None:
        shares = {"messages": others}
    else:
        shares = {variant.name: others * share for variant, share in zip(campaign.variants, campaign.shares, strict=True)}
    return {**shares, **({CONTROL: campaign.control_group} if campaign.control_group else {})}
