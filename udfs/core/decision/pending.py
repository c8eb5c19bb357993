"""What falls due: silences and times that are being waited for, variants that wait before they act, and journeys between two steps.

An idle trigger has one due time a campaign and cart, a time since an event one a campaign; every such event moves it. A changed campaign
needs no clean-up: when something falls due it is judged by the campaign as it is then (`current`), so no orphan can act.
"""

from collections.abc import Set

from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.steps import Wait
from udfs.core.counts import note
from udfs.core.decision.remember import BROWSING
from udfs.core.decision.turn import Turn
from udfs.core.policy.rules import Policy
from udfs.core.profile import carts
from udfs.core.profile.due import Armed, Deferred, Due, Recheck, Step
from udfs.core.profile.state import Entered, Profile
from udfs.core.records import Event

MAX_DUE = 512
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
    return len(profile.due) >= MAX_DUE


def arm(turn: Turn, event: Event, *, cart_id: str | None) -> None:
    """Step 6 for silences and times since: `event` broke some, which are waited for anew from its time on."""
    if event.name in carts.ACTIVITY and cart_id in turn.profile.carts:
        _arm(turn, event, "cart", cart_id or "")
    if event.name in BROWSING:
        _arm(turn, event, "browsing", "")
    if not event.passive:
        _arm(turn, event, "any", "")
    for campaign in turn.book.by_since.get(event.name, ()):
        if not campaign.paused:
            _count_from(turn, event, campaign)


def is_stale(event: Event, policy: Policy, *, ahead: int = 0) -> bool:
    """Whether an event was too old when it came to bring anything about (`ahead` ms later): it is remembered, and what it triggers is withheld."""
    return policy.trigger_max_age is not None and event.received - event.at - ahead > policy.trigger_max_age


def _arm(turn: Turn, event: Event, of: str, cart_id: str) -> None:
    for campaign in turn.book.by_silence.get(of, ()):
        if not campaign.paused and event.name not in campaign.trigger.unless:
            stale = is_stale(event, turn.book.policy)
            _begin(turn.profile, Armed(event.at + (campaign.trigger.idle or 0), campaign.name, cart_id, stale))


def _count_from(turn: Turn, event: Event, campaign: Campaign) -> None:
    wait = campaign.trigger.wait
    _begin(turn.profile, Armed(event.at + wait, campaign.name, stale=is_stale(event, turn.book.policy, ahead=wait)))


def _begin(profile: Profile, armed: Armed) -> None:
    """Wait anew. A variant that waited gives way to it; what was deferred and the runs of a journey do not."""
    entered = profile.entered.get(armed.campaign)
    if entered is not None and entered.judged == armed.at:
        return  # the event came after the timer, at the very millisecond of the one that began this silence: it has been decided about
    profile.due = [due for due in profile.due if not _gives_way(due, armed)]
    put(profile, armed)


def _gives_way(due: Due, armed: Armed) -> bool:
    """One silence of a cart leaves other carts alone; of what is no cart's there is one (a variant that waits knows the cart of its moment)."""
    if due.campaign != armed.campaign or isinstance(due, (Deferred, Step, Recheck)):
        return False
    return armed.cart_id in ("", due.cart_id)


def postpone(turn: Turn, event: Event, *, cart_id: str | None) -> None:
    """A late event arms no silence, but one that it broke began later than we thought. What counts time from it is ahead all the same."""
    profile, book = turn.profile, turn.book
    for due in profile.due:
        campaign = book.campaigns.get(due.campaign)
        if campaign is not None and campaign.trigger.idle and isinstance(due, Armed) and _breaks(event, campaign, due, cart_id):
            due.at = max(due.at, event.at + campaign.trigger.idle)
    for campaign in book.by_since.get(event.name, ()):
        latest = max(profile.seen.get(name, 0) for name in campaign.trigger.since)
        if not campaign.paused and event.at >= latest and event.at + campaign.trigger.wait > profile.now:
            _count_from(turn, event, campaign)


def _breaks(event: Event, campaign: Campaign, due: Armed, cart_id: str | None) -> bool:
    match campaign.trigger.of:
        case "cart":
            return event.name in carts.ACTIVITY and due.cart_id == cart_id
        case "browsing":
            return event.name in BROWSING
    return not event.passive


def leave(turn: Turn, event: Event, *, carts_ended: Set[str]) -> list[Deferred]:
    """Step 5: what this event cancels, it cancels at once; returns the deferred candidates among it. An order or a cleared cart speaks for
    the carts that it was about; other exits for all."""
    profile, book = turn.profile, turn.book
    exits = event.name in book.by_exit
    if not profile.due or not (exits or event.name in carts.EVENTS):
        return []
    closes = event.name in carts.CLOSING
    kept: list[Due] = []
    deferred: list[Deferred] = []
    for due in profile.due:
        campaign = book.campaigns.get(due.campaign)
        if isinstance(due, Recheck):
            kept.append(due)
            continue
        of_cart = campaign is not None and campaign.trigger.of == "cart"
        gone = of_cart and due.cart_id not in profile.carts
        hit = exits and not (closes and of_cart and due.cart_id not in carts_ended) and _ends(event, due, campaign)
        if gone or hit:
            note(turn.counts, "pending_cancelled", due.campaign)
            if isinstance(due, Deferred):
                deferred.append(due)
        else:
            kept.append(due)
    profile.due = kept
    return deferred


def _ends(event: Event, due: Due, campaign: Campaign | None) -> bool:
    """Whether an exit of the campaign ends this: one that came late speaks only of what had begun by then. A date itself is not called off."""
    if campaign is None or isinstance(due, Recheck):
        return False
    armed = isinstance(due, Armed)
    trigger = campaign.trigger
    if event.name in trigger.unless and not (trigger.date and armed):
        since = due.at - (trigger.idle or trigger.wait) if isinstance(due, Armed) else due.origin
        if since <= event.at:
            return True
    if not isinstance(due, Step) or not campaign.steps:
        return False
    step = campaign.steps.steps.get(due.step)
    return isinstance(step, Wait) and event.name in step.leave_on and due.since <= event.at


def settled(profile: Profile, due: Armed) -> None:
    """A silence or a time since an event is over, or a date has come: it is decided about once."""
    profile.entered.setdefault(due.campaign, Entered()).judged = due.at


def current(turn: Turn, due: Due) -> Campaign | None:
    """The campaign by which something due is judged now; None when it is gone, paused or of another kind, or when the silence is not over."""
    profile, counts = turn.profile, turn.counts
    campaign = turn.book.campaigns.get(due.campaign)
    if campaign is None or campaign.paused:
        counts["pending_dropped"] += 1
        return None
    trigger = campaign.trigger
    if not isinstance(due, Armed) or (trigger.date and not due.cart_id):
        return campaign
    if trigger.since and not due.cart_id:
        last = max(profile.seen.get(name, 0) for name in trigger.since) or due.at - trigger.wait
        if last + trigger.wait > due.at:  # the campaign counts longer since
            put(profile, Armed(last + trigger.wait, campaign.name, stale=due.stale))
            return None
        return campaign
    cart = profile.carts.get(due.cart_id)
    if trigger.idle is None or (trigger.of == "cart") != bool(due.cart_id) or (due.cart_id and cart is None):
        counts["pending_dropped"] += 1
        return None
    last = cart.last if cart else profile.browsed if trigger.of == "browsing" else profile.active
    if last + trigger.idle > due.at:  # the campaign's silence has become longer since
        put(profile, Armed(last + trigger.idle, campaign.name, due.cart_id))
        return None
    return campaign
