"""What falls due: silences and times that are being waited for, variants that wait before they act, and journeys between two steps.

An idle trigger has one due time a campaign and cart, a time since an event one a campaign; every such event moves it. Things fall due by record
time: a silence when it is over by event time, but not before its event has been here for a while (`grace`), because what an app tells late it
tells in one go. A changed campaign needs no clean-up: when something falls due it is evaluated by the campaign as it is then (`current`), so no
orphan can act.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.steps import Wait
from udfs.core.counts import note
from udfs.core.decision import earlier, exits
from udfs.core.decision.turn import Turn
from udfs.core.policy.rules import Policy
from udfs.core.profile import carts
from udfs.core.profile.bounds import MAX_ARMED
from udfs.core.profile.due import Armed, Deferred, Due, Recheck, Step, Waiting, is_too_much, too_many
from udfs.core.profile.state import Entered, Profile
from udfs.core.records import Event


def next_due(profile: Profile) -> int | None:
    """When something of this user falls due next, or a window of an outcome ends, or what is kept of it can go."""
    first = min([due.at for due in profile.due]) if profile.due else None
    if profile.measured is None:
        return first
    return profile.measured.closes if first is None else min(first, profile.measured.closes)


def take_due(profile: Profile, first: int) -> list[Due]:
    """Everything that falls due at `first`, the earliest instant; it is no longer pending."""
    batch = [due for due in profile.due if due.at == first]
    profile.due = [due for due in profile.due if due.at != first]
    return batch


def put(profile: Profile, due: Due) -> None:
    """Wait for something."""
    profile.due.append(due)


def is_full(profile: Profile) -> bool:
    """Whether so much is pending that nothing else may be entered."""
    return is_too_much(profile.due)


def arm(turn: Turn, event: Event, *, cart_id: str | None, since: int | None = None) -> None:
    """Step 6 for silences and times since: `event` broke some, which are waited for again. The latest by event time counts, however late it came.
    `since`: when the cart was touched last, where it was empty before this event and is not any more."""
    profile, role = turn.profile, turn.book.role(event.name)
    if role.cart_silences and (cart := profile.carts.get(cart_id or "")) is not None and cart.items:
        start = event.at if since is None else since
        if start >= cart.last:
            _arm(turn, event, role.cart_silences, cart_id or "", start)
    of_browsing, of_any = role.other_silences
    if of_browsing and event.at >= profile.browsed:
        _arm(turn, event, of_browsing, "", event.at)
    if of_any and not event.passive and event.at >= profile.active:
        _arm(turn, event, of_any, "", event.at)
    for campaign in role.since:
        if all(profile.seen.get(other, 0) <= event.at for other in campaign.trigger.since):
            _wait(turn, event, campaign, campaign.trigger.wait, start=event.at, ahead=campaign.trigger.wait)


def extend(turn: Turn, event: Event) -> None:
    """What arrives late does not arrive alone: the silences of this customer wait a little for the rest of the story."""
    grace = turn.book.policy.grace
    if turn.now - event.at <= grace:
        return
    for due in turn.profile.due:
        campaign = turn.book.campaigns.get(due.campaign)
        if campaign is not None and isinstance(due, Armed) and not campaign.trigger.date:
            due.at = max(due.at, turn.now + min(grace, campaign.trigger.idle or campaign.trigger.wait))


def falls_due(turn: Turn, start: int, span: int) -> int:
    """When `span` milliseconds after `start` (event time) are over: not before what began it has been here for the grace (record time)."""
    return max(start + span, turn.now + min(turn.book.policy.grace, span))


def is_stale(event: Event, policy: Policy, *, ahead: int = 0) -> bool:
    """Whether an event was too old when it came to bring anything about (`ahead` ms later): it is remembered, and what it triggers is withheld."""
    return policy.trigger_max_age is not None and event.received - event.at - ahead > policy.trigger_max_age


def _arm(turn: Turn, event: Event, campaigns: Iterable[Campaign], cart_id: str, start: int) -> None:
    for campaign in campaigns:
        _wait(turn, event, campaign, campaign.trigger.idle or 0, start=start, cart_id=cart_id)


def _wait(turn: Turn, event: Event, campaign: Campaign, span: int, *, start: int, cart_id: str = "", ahead: int = 0) -> None:
    if earlier.ends_silence(campaign, turn.profile, event, start):
        return  # what ends it arrived first
    armed = Armed(
        at=falls_due(turn, start, span),
        campaign=campaign.name,
        cart_id=cart_id,
        stale=is_stale(event, turn.book.policy, ahead=ahead),
        start=start,
        told_by=exits.teller(event),
        properties=exits.subject(campaign, event.properties) if campaign.held_against else None,
        born_as=event.sent_as,
    )
    _begin(turn.profile, armed)
    if armed.properties and len(turn.profile.due) >= MAX_ARMED:
        _bound(turn, campaign.name)


def _bound(turn: Turn, campaign: str) -> None:
    """Forget the silence of a campaign that began first, where there are too many."""
    for first in too_many(turn.profile.due, campaign):
        turn.profile.due.remove(first)
        note(turn.counts, "pending_dropped", campaign)


def _begin(profile: Profile, armed: Armed) -> None:
    """Wait again. A variant that waited gives way to it; what was deferred and the runs of a journey do not."""
    entered = profile.entered.get(armed.campaign)
    if entered is not None and entered.judged == armed.start:
        return  # an event at the same millisecond as the one that began this silence: it has been decided about
    profile.due = [due for due in profile.due if not _gives_way(due, armed)]
    put(profile, armed)


def _gives_way(due: Due, armed: Armed) -> bool:
    """One silence of a cart leaves other carts alone, and one parcel another. Of what is about nothing there is one (a variant that waits knows
    the cart of its moment)."""
    if due.campaign != armed.campaign or isinstance(due, (Deferred, Step, Recheck)):
        return False
    if armed.properties and due.properties and any(due.properties.get(name) != value for name, value in armed.properties.items()):
        return False
    return armed.cart_id in ("", due.cart_id)


def leave(turn: Turn, event: Event, change: carts.Change) -> list[Deferred]:
    """Step 5: what this event cancels, it cancels at once; returns the deferred candidates among it. An order or a cleared cart speaks for
    the carts that it is about; other exits for all, or for what has the same properties."""
    profile, book = turn.profile, turn.book
    is_exit = book.role(event.name).is_exit
    kept: list[Due] = []
    deferred: list[Deferred] = []
    for due in profile.due:
        campaign = book.campaigns.get(due.campaign)
        if campaign is None or isinstance(due, Recheck):
            kept.append(due)
            continue
        if of_no_cart(profile, due, campaign) or (is_exit and _is_ended(event, due, campaign, change)):
            note(turn.counts, "pending_cancelled", due.campaign)
            if isinstance(due, Deferred):
                deferred.append(due)
        else:
            kept.append(due)
    profile.due = kept
    return deferred


def of_no_cart(profile: Profile, due: Armed | Waiting | Deferred | Step, campaign: Campaign) -> bool:
    """Whether this is about a cart that is over, or in which nothing is any more."""
    return campaign.trigger.of == "cart" and ((cart := profile.carts.get(due.cart_id)) is None or not cart.items)


def _is_ended(event: Event, due: Armed | Waiting | Deferred | Step, campaign: Campaign, change: carts.Change) -> bool:
    """Whether an exit of the campaign ends this. A date itself is not called off."""
    trigger = campaign.trigger
    armed = isinstance(due, Armed)
    if event.name in trigger.unless and not (trigger.date and armed):
        start = due.start or (due.at - (trigger.idle or trigger.wait) if isinstance(due, Armed) else due.origin)
        if trigger.of == "cart" and event.name in carts.CLOSING:
            if due.cart_id in change.ended and event.at >= start:
                return True
        elif exits.ends(event, trigger.unless, start=start, told_by=due.told_by, properties=due.properties):
            return True
    if not isinstance(due, Step) or not campaign.steps:
        return False
    step = campaign.steps.steps.get(due.step)
    return isinstance(step, Wait) and exits.ends(event, step.leave_on, start=due.since, told_by=due.told_by, properties=due.properties)


def settled(profile: Profile, due: Armed) -> None:
    """A silence or a time since an event is over, or a date has come: it is decided about once."""
    profile.entered.setdefault(due.campaign, Entered()).judged = due.start or due.at


def current(turn: Turn, due: Due) -> Campaign | None:
    """The campaign by which something due is evaluated now; None when it is gone, paused or of another kind, or when the silence is not over."""
    profile, counts = turn.profile, turn.counts
    campaign = turn.book.campaigns.get(due.campaign)
    if campaign is None or campaign.paused:
        counts["pending_dropped"] += 1
        return None
    trigger = campaign.trigger
    if not isinstance(due, Armed) or (trigger.date and not due.cart_id):
        return campaign
    if trigger.since and not due.cart_id:
        last = due.start or max(profile.seen.get(name, 0) for name in trigger.since) or due.at - trigger.wait
        if last + trigger.wait > due.at:  # the campaign counts longer since
            put(profile, replace(due, at=last + trigger.wait))
            return None
        return campaign
    cart = profile.carts.get(due.cart_id)
    if trigger.idle is None or (trigger.of == "cart") != bool(due.cart_id) or (due.cart_id and (cart is None or not cart.items)):
        counts["pending_dropped"] += 1
        return None
    last = cart.last if cart else profile.browsed if trigger.of == "browsing" else profile.active
    if last + trigger.idle > due.at:  # the campaign's silence has become longer since
        put(profile, replace(due, at=last + trigger.idle))
        return None
    return campaign
