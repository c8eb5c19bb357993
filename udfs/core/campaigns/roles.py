"""What the name of an event means to a book: looked up once for all events of a name, not once an event."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from udfs.core.campaigns.campaign import Campaign
from udfs.core.expressions.moment import Moment
from udfs.core.profile import carts, interests, orders, receipts

BROWSING = frozenset({"product_viewed", "products_searched"})
"""Events that break the silence of browsing."""
MAX_ROLES = 512
"""Names that are kept: names come from outside, and anybody can make them up."""


@dataclass(frozen=True, slots=True)
class Role:
    """What there is to do for events of one name. Paused campaigns are left out."""

    triggered: tuple[Campaign, ...]
    """The campaigns that it may trigger."""
    asked: tuple[tuple[Campaign, Callable[[Moment], Any] | None], ...]
    """The same, each with the condition that one moment can answer for all of them; None: only its own candidate can be asked, or there is none."""
    has_edge: bool
    """Whether one of them waits for the moment at which a condition becomes true."""
    cart_silences: tuple[Campaign, ...]
    """Campaigns of a cart's silence, which it breaks."""
    other_silences: tuple[tuple[Campaign, ...], tuple[Campaign, ...]]
    """Of browsing, and of any."""
    since: tuple[Campaign, ...]
    """Campaigns that count time from it."""
    begins_waits: bool
    """Whether there is any campaign of a silence, or of a time since, that it may begin."""
    compared: frozenset[str] | None
    """The properties by which campaigns compare it with what it may end."""
    is_exit: bool
    is_awaited: bool
    """Whether a journey waits for it."""
    is_browsing: bool
    is_of_cart: bool
    is_closing: bool
    """It ends carts."""
    is_of_order: bool
    is_receipt: bool
    is_of_interest: bool
    """It says what the customer is interested in."""


def role(
    name: str,
    *,
    by_event: Iterable[Campaign],
    by_silence: Mapping[str, Iterable[Campaign]],
    since: Iterable[Campaign],
    compared: frozenset[str] | None,
    is_exit: bool,
    is_awaited: bool,
) -> Role:
    """The role of a name, from what a book has under it."""
    triggered = tuple(campaign for campaign in by_event if not campaign.paused)
    silences = {of: tuple(each for each in found if not each.paused and each.trigger.unless.get(name) != ()) for of, found in by_silence.items()}
    counted_from = tuple(campaign for campaign in since if not campaign.paused)
    is_browsing = name in BROWSING
    of_cart = silences.get("cart", ()) if name in carts.ACTIVITY else ()
    others = (silences.get("browsing", ()) if is_browsing else (), silences.get("any", ()))
    return Role(
        triggered=triggered,
        asked=tuple((each, each.when.evaluate if each.plain and each.when is not None else None) for each in triggered),
        has_edge=any(campaign.trigger.becomes is not None for campaign in triggered),
        cart_silences=of_cart,
        other_silences=others,
        since=counted_from,
        begins_waits=bool(of_cart or any(others) or counted_from),
        compared=compared,
        is_exit=is_exit,
        is_awaited=is_awaited,
        is_browsing=is_browsing,
        is_of_cart=name in carts.EVENTS,
        is_closing=name in carts.CLOSING,
        is_of_order=name in orders.EVENTS,
        is_receipt=name in receipts.OUTCOMES,
        is_of_interest=name in interests.SPOKEN,
    )
