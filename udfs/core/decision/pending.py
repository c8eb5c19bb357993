"""What falls due: silences and times that are being waited for, variants that wait before they act, and journeys between two steps.

An idle trigger has one due time a campaign and cart, a time since an event one a campaign; every such event moves it. A changed campaign
needs no clean-up: when something falls due it is judged by the campaign as it is then (`current`), so no orphan can act.
"""

from udfs.core.campaigns.book import Book
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.steps import Wait
from udfs.core.counts import Counts, note
from udfs.core.decision.remember import BROWSING
from udfs.core.policy.rules import Policy
from udfs.core.profile import carts
from udfs.core.profile.state import Due, Entered, Profile
from udfs.core.records import Event

MOST_DUE = 512
"""Beyond it nobody enters, and nothing is deferred. What is armed, or under way, is never dropped for it."""


def next_due(profile: Profile) -> int | None:
    """When something of this user falls due next."""
    return min([due.at for due in profile.due]) if profile.due else None


def take_due(profile: Profile, before: int) -> list[Due]:
    """Everything that falls due at the earliest instant before `before`; it is pending no more."""
    first = next_due(profile)
    if first is None or first >= before:
        return []
    batch = [due for due in profile.due if due.at == first]
    profile.due = [due for due in profile.due if due.at != first]
    return batch


def put(profile: Profile, due: Due) -> None:
    """Wait for something."""
    profile.due.append(due)


def is_full(profile: Profile) -> bool:
    """Whether so much is pending that no more may be entered."""
    return len(profile.due) >= MOST_DUE


def is_armed(due: Due) -> bool:
    """Whether a trigger is only waited for: nobody has entered yet."""
    return due.variant is None and not due.step and bool(due.campaign)


def arm(profile: Profile, event: Event, *, cart_id: str | None, book: Book) -> None:
    """Step 6 for silences and times since: `event` broke some, which are waited for anew from its time on."""
    if event.name in carts.ACTIVITY and cart_id in profile.carts:
        _arm(profile, event, "cart", cart_id or "", book)
    if event.name in BROWSING:
        _arm(profile, event, "browsing", "", book)
    if not event.passive:
        _arm(profile, event, "any", "", book)
    for campaign in book.by_since.get(event.name, ()):
        if not campaign.paused:
            _count_from(profile, event, campaign, book)


def is_stale(event: Event, policy: Policy, *, ahead: int = 0) -> bool:
    """Whether an event was too old when it came to bring anything about (`ahead` ms later): it is remembered, and what it triggers is withheld."""
    return policy.trigger_max_age is not None and event.received - event.at - ahead > policy.trigger_max_age


def _arm(profile: Profile, event: Event, of: str, cart_id: str, book: Book) -> None:
    for campaign in book.by_silence.get(of, ()):
        if not campaign.paused and event.name not in campaign.trigger.unless:
            stale = is_stale(event, book.policy)
            _begin(profile, Due(at=event.at + (campaign.trigger.idle or 0), campaign=campaign.name, cart_id=cart_id, stale=stale))


def _count_from(profile: Profile, event: Event, campaign: Campaign, book: Book) -> None:
    wait = campaign.trigger.wait
    _begin(profile, Due(at=event.at + wait, campaign=campaign.name, stale=is_stale(event, book.policy, ahead=wait)))


def _begin(profile: Profile, armed: Due) -> None:
    """Wait anew. A variant that waited gives way to it; what was deferred and the runs of a journey do not."""
    entered = profile.entered.get(armed.campaign)
    if entered is not None and entered.judged == armed.at:
        return  # the event came after the timer, at the very millisecond of the one that began this silence: it has been decided about
    profile.due = [due for due in profile.due if not _gives_way(due, armed)]
    put(profile, armed)


def _gives_way(due: Due, armed: Due) -> bool:
    """One silence of a cart leaves other carts alone; of what is no cart's there is one (a variant that waits knows the cart of its moment)."""
    return due.campaign == armed.campaign and armed.cart_id in ("", due.cart_id) and not (due.attempt or due.step)


def postpone(profile: Profile, event: Event, *, cart_id: str | None, book: Book) -> None:
    """A late event arms no silence, but one that it broke began later than we thought. What counts time from it is ahead all the same."""
    for due in profile.due:
        campaign = book.campaigns.get(due.campaign)
        if campaign is not None and campaign.trigger.idle and is_armed(due) and _breaks(event, campaign, due, cart_id):
            due.at = max(due.at, event.at + campaign.trigger.idle)
    for campaign in book.by_since.get(event.name, ()):
        latest = max(profile.seen.get(name, 0) for name in campaign.trigger.since)
        if not campaign.paused and event.at >= latest and event.at + campaign.trigger.wait > profile.now:
            _count_from(profile, event, campaign, book)


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
    exits = event.name in book.by_exit
    if not profile.due or not (exits or event.name in carts.EVENTS):
        return []
    closes = event.name in carts.CLOSING
    kept, deferred = [], []
    for due in profile.due:
        campaign = book.campaigns.get(due.campaign)
        of_cart = campaign is not None and campaign.trigger.of == "cart"
        gone = of_cart and due.cart_id not in profile.carts
        hit = exits and not (closes and of_cart and due.cart_id != cart_id) and _ends(event, due, campaign)
        if gone or hit:
            note(counts, "pending_cancelled", due.campaign)
            if due.attempt:
                deferred.append(due)
        else:
            kept.append(due)
    profile.due = kept
    return deferred


def _ends(event: Event, due: Due, campaign: Campaign | None) -> bool:
    """Whether an exit of the campaign ends this: one that came late speaks only of what had begun by then. A date itself is not called off."""
    if campaign is None:
        return False
    trigger = campaign.trigger
    if event.name in trigger.unless and not (trigger.date and is_armed(due)):
        since = due.at - (trigger.idle or trigger.wait) if is_armed(due) else due.origin
        if since <= event.at:
            return True
    step = campaign.steps.steps.get(due.step) if campaign.steps and due.step and not due.attempt else None
    return isinstance(step, Wait) and event.name in step.leave_on and due.since <= event.at


def judged(profile: Profile, due: Due) -> None:
    """A silence or a time since an event is over, or a date has come: it is decided about once."""
    profile.entered.setdefault(due.campaign, Entered()).judged = due.at


def current(profile: Profile, due: Due, book: Book, counts: Counts) -> Campaign | None:
    """The campaign by which something due is judged now; None when it is gone, paused or of another kind, or when the silence is not over."""
    campaign = book.campaigns.get(due.campaign)
    if campaign is None or campaign.paused:
        counts["pending_dropped"] += 1
        return None
    trigger = campaign.trigger
    if not is_armed(due) or (trigger.date and not due.cart_id):
        return campaign
    if trigger.since and not due.cart_id:
        last = max(profile.seen.get(name, 0) for name in trigger.since) or due.at - trigger.wait
        if last + trigger.wait > due.at:  # the campaign counts longer since
            put(profile, Due(at=last + trigger.wait, campaign=campaign.name, stale=due.stale))
            return None
        return campaign
    cart = profile.carts.get(due.cart_id)
    if trigger.idle is None or (trigger.of == "cart") != bool(due.cart_id) or (due.cart_id and cart is None):
        counts["pending_dropped"] += 1
        return None
    last = cart.last if cart else profile.browsed if trigger.of == "browsing" else profile.active
    if last + trigger.idle > due.at:  # the campaign's silence has become longer since
        put(profile, Due(at=last + trigger.idle, campaign=campaign.name, cart_id=due.cart_id))
        return None
    return campaign
