"""What falls due: silences that are being waited for, and variants that wait before they act.

An idle trigger has one due time a campaign and cart; every activity of its kind moves it. A changed campaign needs no clean-up: when
something falls due it is judged by the campaign as it is then (`current`), so no orphan can act.
"""

from udfs.core import carts
from udfs.core.book import Book
from udfs.core.campaigns import Campaign
from udfs.core.counts import Counts
from udfs.core.policy import Policy
from udfs.core.profile import Due, Profile
from udfs.core.records import Event
from udfs.core.remember import BROWSING

MOST_DUE = 512


def next_due(profile: Profile) -> int | None:
    """When something of this user falls due next."""
    return min((due.at for due in profile.due), default=None)


def take_due(profile: Profile, before: int) -> list[Due]:
    """Everything that falls due at the earliest instant before `before`; it is pending no more."""
    first = next_due(profile)
    if first is None or first >= before:
        return []
    batch = [due for due in profile.due if due.at == first]
    profile.due = [due for due in profile.due if due.at != first]
    return batch


def put(profile: Profile, due: Due, counts: Counts) -> None:
    """Wait for something; beyond the bound the farthest gives way."""
    profile.due.append(due)
    if len(profile.due) > MOST_DUE:
        profile.due.remove(max(profile.due, key=lambda held: held.at))
        counts["pending_dropped"] += 1


def arm(profile: Profile, event: Event, *, cart_id: str | None, book: Book, counts: Counts) -> None:
    """Step 6 for silences: `event` broke some, which are waited for anew from its time on."""
    if event.name in carts.ACTIVITY and cart_id in profile.carts:
        _arm(profile, event, "cart", cart_id or "", book, counts)
    if event.name in BROWSING:
        _arm(profile, event, "browsing", "", book, counts)
    if not event.passive:
        _arm(profile, event, "any", "", book, counts)


def is_stale(event: Event, policy: Policy) -> bool:
    """Whether an event was too old when it came to bring anything about: it is remembered, and what it triggers is withheld."""
    return policy.trigger_max_age is not None and event.received - event.at > policy.trigger_max_age


def _arm(profile: Profile, event: Event, of: str, cart_id: str, book: Book, counts: Counts) -> None:
    stale = is_stale(event, book.policy)
    for campaign in book.by_silence.get(of, ()):
        if campaign.paused or event.name in campaign.trigger.unless:
            continue
        profile.due = [due for due in profile.due if due.campaign != campaign.name or due.cart_id != cart_id or due.attempt]
        put(profile, Due(at=event.at + (campaign.trigger.idle or 0), campaign=campaign.name, cart_id=cart_id, stale=stale), counts)


def postpone(profile: Profile, event: Event, *, cart_id: str | None, book: Book) -> None:
    """A late event arms nothing, but the silence that it broke began later than we thought."""
    for due in profile.due:
        campaign = book.campaigns.get(due.campaign)
        if campaign is not None and campaign.trigger.idle and due.variant is None and _breaks(event, campaign, due, cart_id):
            due.at = max(due.at, event.at + campaign.trigger.idle)


def _breaks(event: Event, campaign: Campaign, due: Due, cart_id: str | None) -> bool:
    match campaign.trigger.of:
        case "cart":
            return event.name in carts.ACTIVITY and due.cart_id == cart_id
        case "browsing":
            return event.name in BROWSING
    return not event.passive


def leave(profile: Profile, event: Event, *, cart_id: str | None, book: Book, counts: Counts) -> list[Due]:
    """Step 5: what this event cancels, it cancels at once; returns the deferred candidates among it. An order or a cleared cart speaks for
    its own cart; other exits for all."""
    if not profile.due:
        return []
    exits = {campaign.name for campaign in book.by_exit.get(event.name, ())}
    closes = event.name in carts.CLOSING
    kept, deferred = [], []
    for due in profile.due:
        campaign = book.campaigns.get(due.campaign)
        of_cart = campaign is not None and campaign.trigger.of == "cart"
        gone = of_cart and due.cart_id not in profile.carts
        hit = due.campaign in exits and not (closes and of_cart and due.cart_id != cart_id) and _since(due, campaign) <= event.at
        if gone or hit:
            counts["pending_cancelled"] += 1
            if due.attempt:
                deferred.append(due)
        else:
            kept.append(due)
    profile.due = kept
    return deferred


def _since(due: Due, campaign: Campaign | None) -> int:
    """From when on it has been waited for: a late exit from before that does not count."""
    if due.variant is not None:
        return due.origin
    return due.at - (campaign.trigger.idle or 0) if campaign else due.at


def current(profile: Profile, due: Due, book: Book, counts: Counts) -> Campaign | None:
    """The campaign by which something due is judged now; None when it is gone, paused or of another kind, or when the silence is not over."""
    campaign = book.campaigns.get(due.campaign)
    if campaign is None or campaign.paused:
        counts["pending_dropped"] += 1
        return None
    if due.variant is not None:
        return campaign
    trigger = campaign.trigger
    cart = profile.carts.get(due.cart_id)
    if trigger.idle is None or (trigger.of == "cart") != bool(due.cart_id) or (due.cart_id and cart is None):
        counts["pending_dropped"] += 1
        return None
    last = cart.last if cart else profile.browsed if trigger.of == "browsing" else profile.active
    if last + trigger.idle > due.at:  # the campaign's silence has become longer since
        put(profile, Due(at=last + trigger.idle, campaign=campaign.name, cart_id=due.cart_id), counts)
        return None
    return campaign
