"""What has been decided can still be stopped before it is delivered: an exit or an opt-out that comes in time calls it back.

A message is under way from its action until its receipt comes or it expires. A recall goes to the topic and the key of the action, so whoever
delivers finds the two one after the other. What is recalled gives its place under the caps back, as a bounce does; a receipt that comes all the
same takes it again.
"""

from collections.abc import Callable
from uuid import UUID

from udfs.core.counts import note
from udfs.core.decision import exits
from udfs.core.decision.turn import Turn
from udfs.core.policy import consent, interest, reach
from udfs.core.policy.case import Closed
from udfs.core.policy.rules import TRANSACTIONAL
from udfs.core.profile import packed, receipts
from udfs.core.profile.bounds import MAX_UNDERWAY
from udfs.core.profile.carts import CLOSING, Change
from udfs.core.profile.state import Profile, Underway
from udfs.core.records import Action, Event, Reason, Recall

TIDIED = 8
"""At every eighth message what has expired is forgotten."""


def is_any(profile: Profile) -> bool:
    """Whether there may be something to recall."""
    return profile.packed_underway != packed.EMPTY


def remember(turn: Turn, action: Action, underway: Underway) -> None:
    """A message is under way."""
    profile = turn.profile
    held = profile.packed_underway
    if (packed.size(held) + 1) % TIDIED == 0:
        live = [each for each in profile.underway if each.expires > action.at]
        held = packed.packed(live[-(MAX_UNDERWAY - TIDIED) :])
    profile.packed_underway = packed.with_one_more(held, underway)


def of_exit(turn: Turn, event: Event, change: Change) -> list[Recall]:
    """What this event would have cancelled, had it come a little earlier."""
    return _recalled(turn, event, lambda each: _ended(turn, event, each, change))


def of_denial(turn: Turn, event: Event) -> list[Recall]:
    """What the customer does not want any more, after what was said about consent."""
    profile, rules = turn.profile, turn.book.policy.consent
    return _recalled(turn, event, lambda each: consent.against(profile, each.purpose, each.channel, turn.now, rules))


def of_no_interest(turn: Turn, event: Event) -> list[Recall]:
    """What the customer has said not to be interested in, by campaign or topic: what a message is about besides is not kept."""
    campaigns = turn.book.campaigns

    def closes(each: Underway) -> Closed | None:
        campaign = campaigns.get(each.campaign)
        tags = campaign.tags if campaign is not None else ()
        return None if each.purpose == TRANSACTIONAL else interest.against(turn.profile, each.campaign, tags)

    return _recalled(turn, event, closes)


def of_unreachable(turn: Turn, event: Event) -> list[Recall]:
    """What would go where nothing arrives, as the customer's traits have just said."""
    channels = reach.closed_by(turn.profile, event.traits)
    return _recalled(turn, event, lambda each: reach.flagged(each.channel) if each.channel in channels else None) if channels else []


def of_all(turn: Turn, event: Event | None, closed: Closed) -> list[Recall]:
    """Nothing may be stored of this customer any more: everything but what the law asks for is recalled."""
    return _recalled(turn, event, lambda each: None if each.purpose == TRANSACTIONAL else closed)


def of_erasure(turn: Turn, event: Event | None, closed: Closed) -> list[Recall]:
    """The customer is erased: nothing that is under way may arrive, whatever it is for."""
    return _recalled(turn, event, lambda each: closed)


def of_link(turn: Turn, closes: Callable[[Underway], Closed | None]) -> list[Recall]:
    """What would not have been sent, had two histories of one person been known as one."""
    return _recalled(turn, None, closes)


def received(turn: Turn, event: Event) -> None:
    """A receipt says that a message has reached the one who delivers it: it cannot be recalled any more."""
    profile = turn.profile
    if not is_any(profile):
        return
    told = event.properties.get("decision_id")
    profile.underway = [each for each in profile.underway if str(UUID(bytes=each.decision_id)) != told]


def _recalled(turn: Turn, event: Event | None, closes: Callable[[Underway], Closed | None]) -> list[Recall]:
    recalls: list[Recall] = []
    kept: list[Underway] = []
    for each in turn.profile.underway:
        if each.expires <= turn.now:
            continue
        closed = closes(each)
        if closed is None:
            kept.append(each)
            continue
        note(turn.counts, "recalls", each.campaign)
        recalls.append(
            Recall(
                decision_id=str(UUID(bytes=each.decision_id)),
                attempt=each.attempt,
                user_id=turn.user_id,
                campaign=each.campaign,
                channel=each.channel,
                reason=closed.reason,
                detail=closed.detail,
                trigger_event_id=event.message_id if event else None,
                at=turn.now,
                facts=closed.facts,
            )
        )
    turn.profile.underway = kept
    if recalls:
        receipts.give_back(turn.profile, [each.decision_id for each in recalls])
    return recalls


def _ended(turn: Turn, event: Event, underway: Underway, change: Change) -> Closed | None:
    campaign = turn.book.campaigns.get(underway.campaign)
    if campaign is None:
        return None
    trigger = campaign.trigger
    if trigger.of == "cart" and event.name in CLOSING:
        of_it = underway.cart_id in change.ended and event.at > underway.start - exits.TOLERANCE
        ended = of_it or change.has_ended(turn.profile, underway.cart_id)
    else:
        ended = exits.ends(event, trigger.unless, start=underway.start, told_by=underway.told_by, properties=underway.properties)
    return Closed(Reason.EXITED, event.name, ({"event": event.name},)) if ended else None
