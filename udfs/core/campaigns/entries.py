"""How often one user may enter a campaign: whatever acted uses an entry up. What was held out uses entries of its own."""

from collections.abc import Callable

from udfs.core.campaigns.campaign import Campaign
from udfs.core.expressions.moment import Moment
from udfs.core.profile import dedup
from udfs.core.profile.bounds import MAX_KEYS
from udfs.core.profile.state import Entered, Profile
from udfs.core.values import chance
from udfs.core.values.ids import folded

MAX_KEY = 256
"""Characters of an entry key; of a longer one the rest is kept as its fingerprint."""
_HELD_OUT = "~"


def key_of(campaign: Campaign, moment: Moment) -> str | None:
    """What may be entered once: `once_per` as text, empty without one; None when it is unknown, and then nobody enters.

    Of a cart's silence it is the cart, if nothing else is said: two carts may fall due at one instant, and each has a decision with an id of its own.
    A cart is one cart, whatever it comes to be called.
    """
    if campaign.entry.once_per is None:
        return moment.cart.id if campaign.trigger.of == "cart" and moment.cart is not None else ""
    if campaign.entry.once_per.source.strip() == "cart.id":
        return moment.cart.id if moment.cart is not None else None
    value = campaign.entry.once_per.evaluate(moment)
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # 1.0 is the key that 1 is
    if value is None:
        return None
    key = str(value)
    return key if len(key) <= MAX_KEY else f"{key[:MAX_KEY]}~{chance.fingerprint(key).hex()}"


def is_blocked(profile: Profile, campaign: Campaign, key: str, at: int, *, in_holdout: bool = False) -> bool:
    """Whether what this user had of the campaign forbids another entry. What really goes out is not blocked by what was held out."""
    entered = profile.entered.get(campaign.name)
    if entered is not None and _forbids(entered, campaign, key, at):
        return True
    if not in_holdout:
        return False
    entered = profile.entered.get(_HELD_OUT + campaign.name)
    return entered is not None and _forbids(entered, campaign, key, at)


def _forbids(entered: Entered, campaign: Campaign, key: str, at: int) -> bool:
    if campaign.entry.again is not None and at < entered.last + campaign.entry.again:
        return True
    if campaign.entry.once_per is None:
        return False
    plain = folded(key)
    if dedup.holds(entered.keys, chance.fingerprint(plain)):
        return True
    return plain != key and dedup.holds(entered.keys, chance.fingerprint(key))  # remembered before ids were compared so


def forget(profile: Profile, is_gone: Callable[[str], bool]) -> None:
    """Drop what is remembered of the campaigns, by name, that are gone."""
    for name in [name for name in profile.entered if is_gone(name.removeprefix(_HELD_OUT))]:
        del profile.entered[name]


def reserve(profile: Profile, campaign: Campaign, key: str, at: int, *, in_holdout: bool = False) -> None:
    """Remember that the campaign acted on this user (or would have, but for a holdout)."""
    entered = profile.entered.setdefault(_HELD_OUT + campaign.name if in_holdout else campaign.name, Entered())
    entered.last = at
    if key or campaign.entry.once_per is not None:
        entered.keys = dedup.push(entered.keys, chance.fingerprint(folded(key)), MAX_KEYS)
