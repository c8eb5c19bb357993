"""The main path of a decision, in the order of the design: one event, or one instant of silence, of one user.

1 identity is the key that the event came with; 2 duplicates and 3 what was due before the event are settled by the engine; here follow
4 remember, 5 leave, 6 enter, and, for every candidate of the instant together, 7 assign, 8 filter, 9 choose, 10 commit.
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from udfs.core.campaigns import segments
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.campaign import Campaign
from udfs.core.counts import Counts, note
from udfs.core.decision import dates, journeys, pending, triggers
from udfs.core.decision.candidates import Candidate, Eligible, Record, closed, decide, judge
from udfs.core.decision.remember import forget_all, remember
from udfs.core.decision.scores import Scorer, forget
from udfs.core.policy import consent, reach
from udfs.core.policy.throughput import Throughput
from udfs.core.profile import receipts
from udfs.core.profile.state import Due, Profile
from udfs.core.records import Decision, Event, Outcome, Reason, Segment
from udfs.core.values import chance
from udfs.core.values.money import Currency


def on_event(
    profile: Profile, event: Event, *, book: Book, scorer: Scorer, throughput: Throughput, currency: Currency, counts: Counts
) -> list[Record]:
    """Take in one event and decide. An event older than the user's now is remembered, and may cancel, but triggers nothing."""
    late = event.at < profile.now
    if late:
        counts["late_events"] += 1
    if consent.speaks(event):
        consent.take(profile, event, book.policy.consent, book.known_channels)
    if (forbidden := consent.forbids_storage(profile, max(profile.now, event.at), book.policy.consent)) is not None:
        counts["events_not_stored"] += 1
        return _forget(profile, (), event.at, forbidden, user_id=event.user_id, book=book, throughput=throughput, event_id=event.message_id)
    triggered = () if late else book.by_event.get(event.name, ())
    rising = triggers.not_yet_so(profile, event, triggered, book) if triggered else []
    if event.name in receipts.OUTCOMES:
        receipts.take(profile, event)
    if profile.unreachable and event.traits:
        reach.heard(profile, event.traits)
    cart_id = remember(profile, event, late=late, features=book.features, currency=currency, channels=book.known_channels, counts=counts)
    if profile.scores:
        forget(profile.scores, book.models, event.name)
    gone = pending.leave(profile, event, cart_id=cart_id, book=book, counts=counts)
    records: list[Record] = [_ended(due, max(event.at, due.since), Reason.EXITED, event.name, event.user_id, book, throughput) for due in gone]
    if late:
        pending.postpone(profile, event, cart_id=cart_id, book=book)
        return records
    pending.arm(profile, event, cart_id=cart_id, book=book)
    if book.by_date:
        dates.arm(profile, event.at, book=book)
    entered: list[Candidate] = []
    if book.segments.rules or profile.segments:
        changed, entered = _segments(
            profile, event.user_id, event.at, event.message_id, book, stale=pending.is_stale(event, book.policy), source=event.source
        )
        records += changed
    of_cart = cart_id or profile.current or ""
    risen = triggers.risen(profile, event, rising, of_cart, book, counts) if rising else []
    candidates = triggers.candidates_of(profile, event, risen, of_cart, book, counts) if risen else []
    for each in entered:
        note(counts, "triggers", each.campaign.name)
    candidates += entered
    if candidates:
        records += go_on(profile, candidates, user_id=event.user_id, book=book, scorer=scorer, throughput=throughput, counts=counts)
    if book.segments.span:
        _look_again(profile, event.at, book)
    return records


def on_silence(
    profile: Profile, batch: Sequence[Due], *, user_id: str, book: Book, scorer: Scorer, throughput: Throughput, counts: Counts
) -> list[Record]:
    """Decide about everything that fell due at one instant."""
    records: list[Record] = []
    candidates: list[Candidate] = []
    at = batch[0].at
    if (forbidden := consent.forbids_storage(profile, at, book.policy.consent)) is not None:  # a consent may end in silence, too
        return _forget(profile, batch, at, forbidden, user_id=user_id, book=book, throughput=throughput)
    for due in batch:
        if segments.is_recheck(due):
            continue
        campaign = pending.current(profile, due, book, counts)
        if campaign is None:
            if due.attempt:
                records.append(_ended(due, due.at, Reason.SWITCHED_OFF, "the campaign is paused or gone", user_id, book, throughput))
        elif campaign.steps and not due.step and not pending.is_armed(due):  # it was no journey when this was entered
            counts["pending_dropped"] += 1
            if due.attempt:
                records.append(_ended(due, due.at, Reason.SWITCHED_OFF, "the campaign has become a journey", user_id, book, throughput))
        elif due.step:
            place = journeys.resume(profile, due, campaign, counts)
            if place is not None:
                candidates.append(replace(_candidate(due, campaign, due.at, ""), step=place))
            elif due.attempt:
                records.append(_ended(due, due.at, Reason.SWITCHED_OFF, "the journey has no such send any more", user_id, book, throughput))
        elif not pending.is_armed(due) or not campaign.trigger.date or dates.fires(profile, due, campaign, book=book):
            if pending.is_armed(due):
                pending.judged(profile, due)
                note(counts, "triggers", campaign.name)
            candidates.append(_candidate(due, campaign, due.at, profile.current or ""))
    if book.segments.rules or profile.segments:
        changed, entered = _segments(profile, user_id, at, None, book)
        records += changed
        for each in entered:
            note(counts, "triggers", each.campaign.name)
        candidates += entered
    records += go_on(profile, candidates, user_id=user_id, book=book, scorer=scorer, throughput=throughput, counts=counts)
    if book.segments.span:
        _look_again(profile, at, book)
    return records


def _forget(
    profile: Profile, batch: Iterable[Due], at: int, why: str, *, user_id: str, book: Book, throughput: Throughput, event_id: str | None = None
) -> list[Record]:
    """No consent to storage: what was deferred ends, segments are left, and nothing stays but what was said about consent."""
    waiting = [due for due in (*batch, *profile.due) if due.attempt]
    ended = [_ended(due, max(at, due.since), Reason.NO_CONSENT, why, user_id, book, throughput) for due in waiting]
    left = segments.leave_all(profile, book.segments, user_id=user_id, now=max(profile.now, at), event_id=event_id)
    forget_all(profile, at)
    return [*ended, *left]


def go_on(
    profile: Profile, candidates: list[Candidate], *, user_id: str, book: Book, scorer: Scorer, throughput: Throughput, counts: Counts
) -> list[Record]:
    """All candidates of one instant together: judged as the instant finds the user, then by priority, ties by hash, the same everywhere."""
    records: list[Record] = []
    ready: list[Eligible] = []
    for candidate in candidates if len(candidates) < 2 else sorted(candidates, key=lambda each: not each.step):  # who is on the way goes first
        before = len(ready)
        try:
            eligible = judge(profile, candidate, user_id=user_id, book=book, scorer=scorer, counts=counts)
            if eligible and candidate.campaign.steps:
                going = [other.candidate for other in ready if other.candidate.step]
                found = journeys.move(profile, candidate, eligible.moment, going=going, book=book, counts=counts)
                if isinstance(found, Decision):
                    records.append(found)
                elif found:
                    ready.append(eligible._replace(candidate=found))
            elif eligible:
                ready.append(eligible)
            elif candidate.attempt:
                records.append(closed(candidate, Reason.ELIGIBILITY, user_id=user_id, book=book, detail="the condition (when) holds no more"))
        except Exception as error:  # one candidate's failure is its own
            records.append(_failed(candidate, error, user_id, book, counts))
        if len(ready) == before:  # it does not come as far as `decide`
            throughput.give_back(candidate.place)
    while ready:
        if len(ready) > 1:
            ready.sort(key=lambda eligible: _rank(eligible.candidate.campaign, user_id))
        follow: list[Eligible] = []
        for eligible in ready:
            try:
                made = decide(profile, eligible, user_id=user_id, book=book, throughput=throughput, counts=counts)
            except Exception as error:  # as above
                made = [_failed(eligible.candidate, error, user_id, book, counts)]
            records += made
            if eligible.candidate.step and not any(isinstance(each, Decision) and each.outcome is Outcome.DEFERRED for each in made):
                follow += _following(profile, eligible, counts)
        ready = follow
    return records


def _following(profile: Profile, eligible: Eligible, counts: Counts) -> list[Eligible]:
    """Where the run of a journey goes on at the same instant, after one of its sends."""
    try:
        found = journeys.following(profile, replace(eligible.candidate, place=None), eligible.moment)
    except Exception:  # the send has its decision; the run is lost, and counted
        counts["failures"] += 1
        counts["journeys_lost"] += 1
        return []
    return [eligible._replace(candidate=found)] if found else []


def _segments(
    profile: Profile, user_id: str, at: int, event_id: str | None, book: Book, *, stale: bool = False, source: str = ""
) -> tuple[list[Segment], list[Candidate]]:
    """Who comes into a segment or goes, and the campaigns for which that is the trigger."""
    changed = segments.update(profile, book.segments, user_id=user_id, now=at, event_id=event_id, policy=book.policy)
    entered = [
        Candidate(campaign=campaign, at=at, origin=at, event_id=event_id, source=source, cart_id=profile.current or "", stale=stale)
        for change in changed
        if change.change == segments.ENTERED
        for campaign in book.by_segment.get(change.segment, ())
        if not campaign.paused
    ]
    return changed, entered


def _look_again(profile: Profile, at: int, book: Book) -> None:
    """As long as time alone can change who belongs to a segment, it is asked again."""
    if recheck := segments.recheck(profile, book.segments, at):
        pending.put(profile, recheck)


def _failed(candidate: Candidate, error: Exception, user_id: str, book: Book, counts: Counts) -> Decision:
    counts["failures"] += 1
    detail = f"{type(error).__name__}: {error}"[:500]
    return closed(candidate, Reason.ENGINE_FAILED, user_id=user_id, book=book, detail=detail)


def _ended(due: Due, at: int, reason: Reason, detail: str, user_id: str, book: Book, throughput: Throughput) -> Decision:
    """The final word about a deferred candidate that will not come back; its place in the throughput passes on."""
    throughput.give_back(due.place)
    candidate = _candidate(due, book.campaigns.get(due.campaign) or Campaign.gone(due.campaign), at, "")
    return closed(candidate, reason, user_id=user_id, book=book, detail=detail)


def _candidate(due: Due, campaign: Campaign, at: int, current_cart: str) -> Candidate:
    return Candidate(
        campaign=campaign,
        at=at,
        origin=due.at if pending.is_armed(due) else due.origin,
        event_id=due.event_id,
        source=due.source,
        properties=due.properties or {},
        cart_id=due.cart_id or current_cart,
        variant=due.variant,
        key=due.key,
        attempt=due.attempt,
        deferred_by=frozenset(due.deferred_by),
        stale=due.stale,
        step=due.step,
        since=due.since,
        ghost=due.ghost,
        place=due.place,
    )


def _rank(campaign: Campaign, user_id: str) -> tuple[int, float, str]:
    return -campaign.priority, chance.lot(campaign.name, user_id), campaign.name
