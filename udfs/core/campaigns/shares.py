"""By which shares chance draws for a campaign, in a few letters: the same letters mean the same shares, whatever else about it was changed.

Whoever compares groups needs it. A version of a campaign may differ from the one before in its words alone: then all of its customers belong
together. And whoever has a variant or a group keeps it, so a decision of today may go back to the shares of last month.
"""

import hashlib
from collections.abc import Mapping
from functools import lru_cache

from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.steps import Split
from udfs.core.policy.holdout import stops
from udfs.core.policy.rules import Policy

WAYS = "/"
"""Behind it stands by which shares the ways of splits were drawn."""
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
"""Eight digits in a row would be taken for a telephone number, and not be written to the lake."""


def of_group(campaign: Campaign) -> str:
    """By which share the control group is drawn."""
    return _short(("control", campaign.control_group))


def of_variants(campaign: Campaign) -> str:
    """By which shares the variants are drawn; empty where no shares draw them."""
    if campaign.steps is not None or campaign.bandit is not None or campaign.uplift is not None or len(campaign.variants) < 2:
        return ""
    return _short((tuple(variant.name for variant in campaign.variants), campaign.shares))


def of_ways(split: Split) -> str:
    """By which shares the ways of a split are drawn."""
    return _short((split.names, split.shares))


def shares_version(policy: Policy, campaign: Campaign, *, group: str | None = None, variants: str | None = None) -> str:
    """Of the holdout, the control group and the variants together. `group`, `variants`: of a customer whose draw is older; None: as it is now."""
    holdout = policy.holdout if stops(policy, campaign) else None
    held = ("", 0.0) if holdout is None else (holdout.epoch, holdout.share)
    return _short((held, of_group(campaign) if group is None else group, of_variants(campaign) if variants is None else variants))


def with_ways(shares: str, ways: Mapping[str, str]) -> str:
    """The same with the splits that a run has come to: the place of each -> by which shares its way was drawn."""
    return f"{shares}{WAYS}{_short(tuple(sorted(ways.items())))}" if ways else shares


@lru_cache(4096)
def _short(told: object) -> str:
    return hashlib.blake2b(repr(told).encode(), digest_size=4).hexdigest().translate(_LETTERS)
