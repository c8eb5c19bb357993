"""An id turns out to be a person: what she knows of herself grows at once, and what follows from that is done in the same step.

Nothing is triggered by a link: no event has happened. What either side had bought ends the carts of the other, exits that either saw end what the
other waits for, and what was denied holds for both. So what is pending is cancelled, and what is on its way is recalled. Goals that either reached
count for the messages of the other. Segments are asked again.
"""

from udfs.core.campaigns import segments
from udfs.core.counts import note
from udfs.core.decision import decide, other_history, outcomes, pending, purposes, recall
from udfs.core.decision.candidates import Record
from udfs.core.decision.final import ended
from udfs.core.decision.turn import Turn
from udfs.core.identity.merge import merge
from udfs.core.policy import consent, interest, reach
from udfs.core.policy.case import Closed
from udfs.core.policy.rules import TRANSACTIONAL
from udfs.core.profile.due import Deferred, Recheck
from udfs.core.profile.state import Profile, Underway
from udfs.core.records import Reason, Segment

LINKED = "linked to another id"


def on_link(turn: Turn, other: Profile, *, other_id: str) -> list[Record]:
    """Take another history of the same person into her profile, and what follows from it."""
    profile = turn.profile
    before, open_before = set(profile.segments), {*profile.carts, *other.carts}
    if turn.book.is_bound:
        purposes.before_link(turn, other)
    was = outcomes.before_link(turn, other)
    told = other_history.tell(turn, other, other_id=other_id)
    merged = merge(profile, other, turn.book, user_id=turn.user_id, other_id=other_id, at=turn.now)
    book = turn.book = turn.book.of(profile.identity, turn.user_id)  # the other history may have been assigned first
    for name in merged.dropped:
        note(turn.counts, "pending_dropped", name)
    turn.counts["traits_dropped"] += merged.traits_dropped
    closed = consent.forbids_storage(profile, turn.now, book.policy.consent)
    if closed is not None:
        return decide.forget_everything(turn, [*told.gone, *merged.gone], closed, None)
    gone = [*told.gone, *merged.gone, *_cancelled(turn)]
    records: list[Record] = [ended(turn, due, max(turn.now, due.since), Reason.EXITED, LINKED, ({"event": LINKED},)) for due in gone]
    if recall.is_any(profile):
        over = open_before - set(profile.carts) - {cart.id for cart in profile.emptied}
        records += recall.of_link(turn, lambda each: told.recalled.get((each.decision_id, each.attempt)) or _closed(turn, each, over))
    if profile.measured is not None:
        records += outcomes.after_link(turn, records, was)
    came = [name for name in profile.segments if name not in before]
    records += [segments.record(name, segments.ENTERED, book.segments, turn.user_id, turn.now, None) for name in came if name in book.segments.names]
    return [*records, *decide.after_link(turn, [*other_history.onward(turn, told.met)])]


def left_by(turn: Turn) -> list[Segment]:
    """Whoever keeps a list of the members of a segment hears that this id is none any more: the person is."""
    return segments.leave_all(turn.profile, turn.book.segments, user_id=turn.user_id, now=turn.now, event_id=None)


def _cancelled(turn: Turn) -> list[Deferred]:
    """What is pending of a cart that is over now."""
    profile, book = turn.profile, turn.book
    kept, gone = [], []
    for due in profile.due:
        campaign = book.campaigns.get(due.campaign)
        if campaign is not None and not isinstance(due, Recheck) and pending.of_no_cart(profile, due, campaign):
            note(turn.counts, "pending_cancelled", due.campaign)
            gone += [due] if isinstance(due, Deferred) else []
        else:
            kept.append(due)
    profile.due = kept
    return gone


def _closed(turn: Turn, underway: Underway, over: set[str]) -> Closed | None:
    campaign = turn.book.campaigns.get(underway.campaign)
    if campaign is not None and campaign.trigger.of == "cart" and underway.cart_id in over:
        return Closed(Reason.EXITED, LINKED, ({"event": LINKED},))
    denied = consent.against(turn.profile, underway.purpose, underway.channel, turn.now, turn.book.policy.consent)
    if denied is None and underway.purpose != TRANSACTIONAL and turn.profile.declined:
        denied = interest.against(turn.profile, underway.campaign, campaign.tags if campaign is not None else ())
    if denied is None and turn.profile.traits.get(f"{underway.channel}_reachable") is False:
        return reach.flagged(underway.channel)
    return denied
