"""The main path of a decision, in the order of the design: one event, or one instant of silence, of one user.

1 identity is the key that the event came with; 2 duplicates and 3 what was due before the event are settled by the engine; here follow
4 remember, 5 leave, 6 enter, and, for every candidate of the instant together, 7 assign, 8 filter, 9 choose, 10 commit.
"""

from collections.abc import Iterable

from udfs.core import carts, chance, consent, pending, reach, receipts, sessions
from udfs.core.book import Book
from udfs.core.campaigns import Campaign
from udfs.core.candidates import Candidate, Eligible, Record, closed, decide, judge
from udfs.core.counts import Counts
from udfs.core.moment import Moment
from udfs.core.money import Currency
from udfs.core.profile import Due, Profile
from udfs.core.records import Decision, Event, Reason
from udfs.core.remember import forget_all, remember
from udfs.core.scores import Scorer, forget
from udfs.core.throughput import Throughput


def on_event(
    profile: Profile, event: Event, *, book: Book, scorer: Scorer, throughput: Throughput, currency: Currency, counts: Counts
) -> list[Record]:
    """Take in one event and decide. An event older than the user's now is remembered, and may cancel, but triggers nothing."""
    late = event.at < profile.now
    if late:
        counts["late_events"] += 1
    if consent.speaks(event):
        consent.take(profile, event, book.policy.consent)
    if (forbidden := consent.forbids_storage(profile, max(profile.now, event.at), book.policy.consent)) is not None:
        ended = [_ended(due, event.at, Reason.NO_CONSENT, forbidden, event.user_id, book) for due in profile.due if due.attempt]
        forget_all(profile, event.at)
        counts["events_not_stored"] += 1
        return [*ended]
    triggered = () if late else book.by_event.get(event.name, ())
    rising = _not_yet_so(profile, event, triggered, book) if triggered else []
    if event.name in receipts.OUTCOMES:
        receipts.take(profile, event)
    if profile.unreachable and event.traits:
        reach.heard(profile, event.traits)
    cart_id = remember(profile, event, late=late, features=book.features, currency=currency, counts=counts)
    if profile.scores:
        forget(profile.scores, book.models, event.name)
    gone = pending.leave(profile, event, cart_id=cart_id, book=book, counts=counts)
    records: list[Record] = [_ended(due, max(event.at, due.since), Reason.EXITED, event.name, event.user_id, book) for due in gone]
    if late:
        pending.postpone(profile, event, cart_id=cart_id, book=book)
        return records
    pending.arm(profile, event, cart_id=cart_id, book=book, counts=counts)
    if not rising:
        return records
    candidates = _risen(profile, event, rising, cart_id or profile.current or "", book, counts)
    return records + go_on(profile, candidates, user_id=event.user_id, book=book, scorer=scorer, throughput=throughput, counts=counts)


def on_silence(
    profile: Profile, batch: Iterable[Due], *, user_id: str, book: Book, scorer: Scorer, throughput: Throughput, counts: Counts
) -> list[Record]:
    """Decide about everything that fell due at one instant."""
    records: list[Record] = []
    candidates: list[Candidate] = []
    for due in batch:
        campaign = pending.current(profile, due, book, counts)
        if campaign is not None:
            candidates.append(_candidate(due, campaign, due.at, profile.current or ""))
        elif due.attempt:
            records.append(_ended(due, due.at, Reason.SWITCHED_OFF, "the campaign is paused or gone", user_id, book))
    return records + go_on(profile, candidates, user_id=user_id, book=book, scorer=scorer, throughput=throughput, counts=counts)


def go_on(
    profile: Profile, candidates: list[Candidate], *, user_id: str, book: Book, scorer: Scorer, throughput: Throughput, counts: Counts
) -> list[Record]:
    """All candidates of one instant together: judged as the instant finds the user, then by priority, ties by hash, the same everywhere."""
    records: list[Record] = []
    ready: list[Eligible] = []
    for candidate in candidates:
        try:
            if eligible := judge(profile, candidate, user_id=user_id, book=book, scorer=scorer, counts=counts):
                ready.append(eligible)
            elif candidate.attempt:
                records.append(closed(candidate, Reason.ELIGIBILITY, user_id=user_id, book=book, detail="the condition (when) holds no more"))
        except Exception as error:  # one candidate's failure is its own
            records.append(_failed(candidate, error, user_id, book, counts))
    if len(ready) > 1:
        ready.sort(key=lambda eligible: _rank(eligible.candidate.campaign, user_id))
    for eligible in ready:
        try:
            records += decide(profile, eligible, user_id=user_id, book=book, throughput=throughput, counts=counts)
        except Exception as error:  # as above
            records.append(_failed(eligible.candidate, error, user_id, book, counts))
    return records


def _failed(candidate: Candidate, error: Exception, user_id: str, book: Book, counts: Counts) -> Decision:
    counts["failures"] += 1
    detail = f"{type(error).__name__}: {error}"[:500]
    return closed(candidate, Reason.ENGINE_FAILED, user_id=user_id, book=book, detail=detail)


def _ended(due: Due, at: int, reason: Reason, detail: str, user_id: str, book: Book) -> Decision:
    """The final word about a deferred candidate that will not come back."""
    candidate = _candidate(due, book.campaigns.get(due.campaign) or Campaign.gone(due.campaign), at, "")
    return closed(candidate, reason, user_id=user_id, book=book, detail=detail)


def _candidate(due: Due, campaign: Campaign, at: int, current_cart: str) -> Candidate:
    return Candidate(
        campaign=campaign,
        at=at,
        origin=due.origin if due.variant is not None else due.at,
        event_id=due.event_id,
        properties=due.properties or {},
        cart_id=due.cart_id or current_cart,
        variant=due.variant,
        key=due.key,
        attempt=due.attempt,
        deferred_by=frozenset(due.deferred_by),
        stale=due.stale,
    )


def _rank(campaign: Campaign, user_id: str) -> tuple[int, float, str]:
    return -campaign.priority, chance.lot(campaign.name, user_id), campaign.name


def _not_yet_so(profile: Profile, event: Event, triggered: Iterable[Campaign], book: Book) -> list[Campaign]:
    """The campaigns that this event may trigger: without `becomes` all, with it those whose condition did not hold just before."""
    if not event.passive:
        sessions.begin(profile, event.at)
    moment = Moment(
        user_id=event.user_id,
        profile=profile,
        now=event.at,
        cart=profile.carts.get(carts.cart_id_of(profile, event.properties) or ""),
        properties=event.properties,
        policy=book.policy,
    )
    return [campaign for campaign in triggered if not campaign.paused and not (campaign.trigger.becomes and campaign.trigger.becomes.met(moment))]


def _risen(profile: Profile, event: Event, rising: Iterable[Campaign], cart_id: str, book: Book, counts: Counts) -> list[Candidate]:
    """Those of them whose condition holds now."""
    cart, stale = profile.carts.get(cart_id), pending.is_stale(event, book.policy)
    moment = Moment(user_id=event.user_id, profile=profile, now=event.at, cart=cart, properties=event.properties, policy=book.policy)
    candidates = []
    for campaign in rising:
        if campaign.trigger.becomes is not None and not campaign.trigger.becomes.met(moment):
            counts["triggers_warming" if moment.warming else "triggers_unmet"] += 1
            continue
        candidates.append(
            Candidate(
                campaign=campaign,
                at=event.at,
                origin=event.at,
                event_id=event.message_id,
                properties=event.properties,
                cart_id=cart_id,
                stale=stale,
            )
        )
    return candidates
