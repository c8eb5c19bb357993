"""How often one user may enter a campaign: what acted, or its ghost, uses entries up. Ghosts have entries of their own."""

from udfs.core import chance, dedup
from udfs.core.campaigns import Campaign
from udfs.core.moment import Moment
from udfs.core.profile import Entered, Profile

MOST_KEYS = 256
"""Entry keys remembered for one campaign and user; older ones are forgotten first."""
_GHOST = "~"


def key_of(campaign: Campaign, moment: Moment) -> str | None:
    """What may be entered once: `once_per` as text, empty without one; None when it is unknown, and then nobody enters."""
    if campaign.entry.once_per is None:
        return ""
    value = campaign.entry.once_per.evaluate(moment)
    return None if value is None else str(value)


def is_blocked(profile: Profile, campaign: Campaign, key: str, at: int, *, ghost: bool = False) -> bool:
    """Whether what this user had of the campaign forbids another entry. What really goes out is not blocked by ghosts."""
    entered = profile.entered.get(campaign.name)
    if entered is not None and _forbids(entered, campaign, key, at):
        return True
    if not ghost:
        return False
    entered = profile.entered.get(_GHOST + campaign.name)
    return entered is not None and _forbids(entered, campaign, key, at)


def _forbids(entered: Entered, campaign: Campaign, key: str, at: int) -> bool:
    if campaign.entry.again is not None and at < entered.last + campaign.entry.again:
        return True
    return campaign.entry.once_per is not None and dedup.holds(entered.keys, chance.fingerprint(key))


def reserve(profile: Profile, campaign: str, key: str, at: int, *, ghost: bool = False) -> None:
    """Remember that the campaign acted on this user (or its ghost did)."""
    entered = profile.entered.setdefault(_GHOST + campaign if ghost else campaign, Entered())
    entered.last = at
    if key:
        entered.keys = dedup.push(entered.keys, chance.fingerprint(key), MOST_KEYS)
