"""In which groups an id is, and why: what chance draws for it, by the job's own functions. Pure.

Who was given a variant or a group before their shares were changed keeps it: that stands in the profile, and `kairos user export` shows it.
"""

from dataclasses import dataclass

from services.lift.shares import exempt_of
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.campaign import Campaign
from udfs.core.policy.holdout import group_of
from udfs.core.profile.identity import Identity, drawn_by
from udfs.core.records import Outcome
from udfs.core.values import chance

HELD_OUT, CONTROL, EXEMPT, OUTSIDE = "held out", "control group", "exempt", "outside"


@dataclass(frozen=True, kw_only=True)
class Membership:
    """What one campaign does with an id."""

    campaign: str
    group: str
    """outside (of its namespace), held out, control group, or the name of the variant that it draws; a journey has no variants: journey."""
    why: str


@dataclass(frozen=True, kw_only=True)
class Groups:
    """Every group of an id."""

    user: str
    drawn_by: str
    """The id by which the holdout is drawn: its own, or that of the history that was assigned first."""
    held_out: bool
    why: str
    campaigns: tuple[Membership, ...]


def groups_of(book: Book, user: str, identity: Identity | None = None) -> Groups:
    """Every group of an id. `identity`: what is known of its person's other ids; None: it is the only one."""
    lot, holdout = drawn_by(identity, user), book.policy.holdout
    if holdout is None:
        held, why = False, "the policy has no holdout"
    else:
        drawn = chance.lot(f"holdout:{holdout.epoch}", lot)
        held = drawn < holdout.share
        why = f"{_by(lot, user)}draws {drawn:.4f} in epoch {holdout.epoch}; below {holdout.share:g} is held out"
    book = book.of(identity, user)
    found = tuple(_membership(book, campaign, user, identity) for campaign in book.campaigns.values())
    return Groups(user=user, drawn_by=lot, held_out=held, why=why, campaigns=found)


def _membership(book: Book, campaign: Campaign, user: str, identity: Identity | None) -> Membership:
    lot = drawn_by(identity, user, campaign.name)
    group = group_of(book.policy, campaign, drawn_by(identity, user), in_control=campaign.in_control(lot))
    passed = _version(book, campaign)
    passed += f"{EXEMPT} from the holdout; " if book.policy.holdout is not None and campaign.name in exempt_of(book) else ""
    if (part := campaign.namespace) is not None and not part.holds(person := drawn_by(identity, user)):
        stands = f"{_by(person, user)}stands at {part.place_of(person):.2%} of the namespace {part.name}"
        return Membership(campaign=campaign.name, group=OUTSIDE, why=f"{stands}; the experiment is for {part.part}")
    if group is not None and group[0] is Outcome.HELD_OUT:
        return Membership(campaign=campaign.name, group=HELD_OUT, why="by the global holdout")
    drawn = chance.lot(f"control:{campaign.name}", lot)
    told = f"{passed}{_by(lot, user)}draws {drawn:.4f}; below {campaign.control_group:g} is the control group" if campaign.control_group else passed
    if group is not None:
        return Membership(campaign=campaign.name, group=CONTROL, why=told)
    if campaign.steps is not None:
        return Membership(campaign=campaign.name, group="journey", why=told.removesuffix("; ") or "it has no control group")
    variant, share = campaign.assign(lot)
    drawn_from = "its only variant" if len(campaign.variants) == 1 else f"the variant that it draws, of {share:.0%}"
    return Membership(campaign=campaign.name, group=variant.name, why="; ".join(filter(None, (told.removesuffix("; "), drawn_from))))


def _version(book: Book, campaign: Campaign) -> str:
    """Which of two versions, while a new one is rolled out."""
    two = book.versions.get(campaign.name)
    return "" if two is None else f"has the {'new version' if campaign is two.new else 'version before'} (the new one is for {two.share:.0%}); "


def _by(lot: str, user: str) -> str:
    """Where another id draws, it is named."""
    return "" if lot == user else f"{lot}, which was assigned first, "
