"""The main path of a decision, in the order of the design: one event, or one instant at which something falls due, of one user.

1 identity is the key that the event came with; 2 duplicates and 3 what was due before the event are settled by the engine. Here follow
4 remember, 5 leave, 6 enter, and, for every candidate of the instant together, 7 assess, 8 choose, 9 commit.
"""

from collections.abc import Iterable, Sequence

from udfs.core.campaigns import segments
from udfs.core.counts import note
from udfs.core.decision import dates, earlier, exits, journeys, ordered, outcomes, pending, purposes, recall, triggers
from udfs.core.decision.assess import Assessed, assess
from udfs.core.decision.candidates import Candidate, Record
from udfs.core.decision.choose import assign, choose
from udfs.core.decision.commit import commit
from udfs.core.decision.fallen_due import candidate_of
from udfs.core.decision.final import ended, failed, final_decision
from udfs.core.decision.membership import AskedModels
from udfs.core.decision.remember import forget_all, remember
from udfs.core.decision.scores import forget
from udfs.core.decision.turn import Turn
from udfs.core.policy import consent, reach
from udfs.core.policy.case import Closed
from udfs.core.profile import interests, receipts
from udfs.core.profile.due import Deferred, Due
from udfs.core.records import Decision, Event, Outcome, Reason, Segment


def on_event(turn: Turn, event: Event) -> list[Record]:
    """Take in one event and decide. What a device tells that is older than the newest by more than clocks differ is remembered, may cancel and
    may begin a silence, but is no trigger itself. What the shop tells (a parcel is on its way) is one however long its webhook took."""
    profile, book, counts = turn.profile, turn.book, turn.counts
    role = book.role(event.name)
    retold = ordered.as_first_told(profile, event) if role.is_of_order and profile.packed_orders else None
    late = retold is not None or event.at < profile.now
    if late:
        counts["late_events" if retold is None else "orders_retold"] += 1
    records: list[Record] = []
    speaks = consent.speaks(event)
    if speaks:
        if book.is_bound:
            purposes.forget(turn)  # a consent may have ended since: what it covered goes, although there is another from now on
        consent.take(profile, event, book.policy.consent, consent.Known(book.known_purposes, book.known_channels))
        purposes.look_again(turn)
    forbidden = None if book.policy.consent.stores and not profile.consents else consent.forbids_storage(profile, turn.now, book.policy.consent)
    if forbidden is not None:
        counts["events_not_stored"] += 1
        return forget_everything(turn, (), forbidden, event)
    if speaks and recall.is_any(profile):
        records += recall.of_denial(turn, event)
    if role.is_of_interest:
        interests.take(profile, event)
        if recall.is_any(profile):
            records += recall.of_no_interest(turn, event)
    if book.is_bound:
        purposes.forget(turn)  # a consent may have ended since
    arrived, event = event, retold or event
    too_late = late and (retold is not None or (event.at < profile.now - exits.TOLERANCE and not exits.is_stated(event)))
    rising = triggers.not_yet_so(turn, event, role, late=late) if role.triggered and not too_late else ()
    if role.is_receipt:
        receipts.take(profile, event, book.known_channels)
        recall.received(turn, event)
    elif profile.unreachable and event.traits:  # the address in a receipt is where that message went: what bounced there is not new
        reach.heard(profile, event.traits, event.at)
    change = remember(turn, event, role, late=late, retold=None if retold is None else arrived.at)
    if book.is_bound:
        purposes.forget(turn, of_event=True)
    if role.compared is not None:
        earlier.keep(profile, event, role.compared)
    cart_id = change.touched
    if profile.scores:
        forget(profile.scores, book.models, event.name)
    if profile.due and (role.is_exit or role.is_of_cart) and (gone := pending.leave(turn, event, change)):
        records += [ended(turn, due, max(turn.now, due.since), Reason.EXITED, event.name, ({"event": event.name},)) for due in gone]
    if (role.is_exit or role.is_closing) and recall.is_any(profile):
        records += recall.of_exit(turn, event, change)
    if event.traits and recall.is_any(profile):
        records += recall.of_unreachable(turn, event)
    if profile.measured is not None:
        records += outcomes.after_event(turn, event, records, is_news=retold is None)
    onward = journeys.awaited(turn, event) if role.is_awaited and profile.due else []
    if profile.due and turn.now - arrived.at > book.policy.grace:
        pending.extend(turn, arrived)
    if role.begins_waits and retold is None:
        pending.arm(turn, event, cart_id=cart_id, since=change.since)
    if book.by_date:
        dates.arm(turn)
        if event.traits:
            dates.count_unread(turn, event.traits)
    entered: list[Candidate] = []
    if book.has_segments or profile.segments:
        changed, entered = _segments(turn, event)
        records += changed
    of_cart = cart_id or profile.current or ""
    risen, intents = triggers.risen(turn, event, role, rising, of_cart) if rising else ((), {})
    candidates = triggers.candidates_of(turn, event, risen, of_cart, intents) if risen else []
    candidates += onward
    candidates += entered
    if candidates:
        records += decide_all(turn, candidates)
    if book.segments.span:
        _look_again(turn)
    return records


def on_due(turn: Turn, batch: Sequence[Due]) -> list[Record]:
    """Decide about everything that fell due at one instant."""
    profile, book = turn.profile, turn.book
    if (forbidden := consent.forbids_storage(profile, turn.now, book.policy.consent)) is not None:  # a consent may end without an event, too
        return forget_everything(turn, batch, forbidden, None)
    if book.is_bound:
        purposes.end(turn)
    if not batch:
        return [*outcomes.close(turn)]
    records: list[Record] = []
    candidates: list[Candidate] = []
    for due in batch:
        found = candidate_of(turn, due)
        if isinstance(found, Candidate):
            candidates.append(found)
        elif found:
            records.append(found)
    if book.has_segments or profile.segments:
        changed, entered = _segments(turn, None)
        records += changed
        candidates += entered
    records += decide_all(turn, candidates)
    if book.segments.span:
        _look_again(turn)
    if profile.measured is not None and profile.measured.closes <= turn.now:
        records += outcomes.close(turn)
    return records


def after_link(turn: Turn, onward: Sequence[Candidate]) -> list[Record]:
    """Two histories have become one: segments are asked again, and who comes in by it may be spoken to. `onward`: runs of journeys that go on."""
    book, profile = turn.book, turn.profile
    if book.is_bound:
        purposes.end(turn)
    changed, entered = _segments(turn, None) if book.has_segments or profile.segments else ([], [])
    records: list[Record] = [*changed, *decide_all(turn, [*onward, *entered])]
    if book.segments.span:
        _look_again(turn)
    return records


def decide_all(turn: Turn, candidates: list[Candidate]) -> list[Record]:
    """All candidates of one instant together: assessed as the instant finds the user, then settled in the order in which they are chosen."""
    records: list[Record] = []
    ready: list[Assessed] = []
    for candidate in candidates if len(candidates) < 2 else sorted(candidates, key=lambda each: not each.step):  # who is on the way goes first
        found = _enter(turn, candidate, ready)
        if isinstance(found, Assessed):
            ready.append(found)
        elif found is not None:
            records.append(found)
    while ready:
        onward: list[Assessed] = []
        for assessed in choose(turn, ready):
            made = _settle(turn, assessed)
            records += made
            if assessed.candidate.step and not any(isinstance(each, Decision) and each.outcome is Outcome.DEFERRED for each in made):
                onward += _following(turn, assessed, made)
        ready = onward
    return records


def _enter(turn: Turn, candidate: Candidate, ready: list[Assessed]) -> Assessed | Decision | None:
    """A candidate that is to be settled; a decision that ends it before; None where it is only counted, or its journey waits.

    What is not to be settled gives its place in the throughput back.
    """
    mark = turn.mark(candidate.campaign.name) if candidate.campaign.steps else None  # of others nothing is changed here
    try:
        found: Assessed | Decision | None
        assessed = assess(turn, candidate)
        if not assessed.is_eligible():
            found = _not_eligible(turn, assessed)
        elif candidate.campaign.steps:
            found = journeys.move(turn, assessed, going=[other.candidate for other in ready if other.candidate.step])
        else:
            found = assessed
        assessed.question.remember(turn.profile)
        if not isinstance(found, Assessed):
            turn.throughput.give_back(candidate.place)
    except Exception as error:  # one candidate's failure is its own
        if mark is not None:
            turn.restore(mark)
        return failed(turn, candidate, error)
    return found


def _not_eligible(turn: Turn, assessed: Assessed) -> Decision | None:
    candidate = assessed.candidate
    note(turn.counts, "triggers_warming" if assessed.moment.warming else "triggers_unmet", candidate.campaign.name)
    if not candidate.attempt:
        return None
    why = "the condition (when) no longer holds" if assessed.is_in_namespace else "the customer is not in the experiment's namespace any more"
    decision = final_decision(turn, candidate, Reason.ELIGIBILITY, detail=why)
    decision.catalogue, decision.recommended = assessed.catalogue, assessed.recommended
    return decision


def _settle(turn: Turn, assessed: Assessed) -> list[Record]:
    mark = turn.mark(assessed.candidate.campaign.name)
    try:
        return commit(turn, assign(assessed))
    except Exception as error:  # as above
        turn.restore(mark)
        return [failed(turn, assessed.candidate, error)]


def _following(turn: Turn, assessed: Assessed, made: Sequence[Record]) -> list[Assessed]:
    """Where the run of a journey goes on at the same instant, after one of its sends."""
    mark = turn.mark(assessed.candidate.campaign.name)
    try:
        has_acted = any(isinstance(each, Decision) and each.outcome is not Outcome.WITHHELD for each in made)
        found = journeys.following(turn, assessed, has_acted=has_acted)
        assessed.question.remember(turn.profile)
    except Exception:  # the send has its decision; the run is lost, and counted
        turn.restore(mark)
        turn.counts["failures"] += 1
        note(turn.counts, "journeys_lost", assessed.candidate.campaign.name)
        return []
    return [found] if found else []


def forget_everything(turn: Turn, batch: Iterable[Due], closed: Closed, event: Event | None) -> list[Record]:
    """No consent to storage: what was deferred ends, what is under way is recalled, segments are left, and nothing stays but what was said
    about consent."""
    profile, at = turn.profile, turn.now
    waiting = [due for due in (*batch, *profile.due) if isinstance(due, Deferred)]
    records: list[Record] = [ended(turn, due, max(at, due.since), Reason.NO_CONSENT, closed.detail, closed.facts) for due in waiting]
    if recall.is_any(profile):
        records += recall.of_all(turn, event, closed)
    records += outcomes.cut(turn, records)
    event_id = event.message_id if event else None
    records += segments.leave_all(profile, turn.book.segments, user_id=turn.user_id, now=at, event_id=event_id)
    forget_all(profile, event.at if event else profile.now)
    return records


def _segments(turn: Turn, event: Event | None) -> tuple[list[Segment], list[Candidate]]:
    """Who comes into a segment or leaves it, and the campaigns for which that is the trigger."""
    profile, at, book = turn.profile, turn.now, turn.book
    event_id = event.message_id if event else None
    asks = AskedModels(turn) if book.segments.models else None
    changed = segments.update(profile, book.segments, user_id=turn.user_id, now=at, event_id=event_id, policy=book.policy, asks=asks)
    entered = [
        Candidate(
            campaign=campaign,
            at=at,
            origin=at,
            start=event.at if event else at,
            told_by=exits.teller(event) if event else "",
            event_id=event_id,
            source=event.source if event else "",
            cart_id=profile.current or "",
            stale=event is not None and pending.is_stale(event, book.policy),
            born_as=event.sent_as if event else "",
        )
        for change in changed
        for campaign in (book.by_segment if change.change == segments.ENTERED else book.by_left).get(change.segment, ())
        if not campaign.paused
    ]
    for each in entered:
        note(turn.counts, "triggers", each.campaign.name)
    return changed, entered


def _look_again(turn: Turn) -> None:
    """As long as time alone can change who belongs to a segment, it is asked again."""
    if recheck := segments.recheck(turn.profile, turn.book.segments, turn.now):
        pending.put(turn.profile, recheck)
