"""The main path of a decision, in the order of the design: one event, or one instant of silence, of one user.

1 identity is the key that the event came with; 2 duplicates and 3 what was due before the event are settled by the engine; here follow
4 remember, 5 leave, 6 enter, and, for every candidate of the instant together, 7 assign, 8 filter, 9 choose, 10 commit.
"""

from collections.abc import Iterable

from udfs.core import carts, chance, pending, sessions
from udfs.core.book import Book
from udfs.core.campaigns import Campaign
from udfs.core.candidates import Candidate, Eligible, Record, decide, failed, judge
from udfs.core.counts import Counts
from udfs.core.moment import Moment
from udfs.core.money import Currency
from udfs.core.profile import Due, Profile
from udfs.core.records import Event
from udfs.core.remember import remember
from udfs.core.scores import Scorer, forget


def on_event(profile: Profile, event: Event, *, book: Book, scorer: Scorer, currency: Currency, counts: Counts) -> list[Record]:
    """Take in one event and decide. An event older than the user's now is remembered, and may cancel, but triggers nothing."""
    late = event.at < profile.now
    if late:
        counts["late_events"] += 1
    triggered = () if late else book.by_event.get(event.name, ())
    rising = _not_yet_so(profile, event, triggered) if triggered else []
    cart_id = remember(profile, event, late=late, features=book.features, currency=currency, counts=counts)
    if profile.scores:
        forget(profile.scores, book.models, event.name)
    pending.leave(profile, event, cart_id=cart_id, book=book, counts=counts)
    if late:
        pending.postpone(profile, event, cart_id=cart_id, book=book)
        return []
    pending.arm(profile, event, cart_id=cart_id, book=book, counts=counts)
    if not rising:
        return []
    candidates = _risen(profile, event, rising, cart_id or profile.current or "", counts)
    return go_on(profile, candidates, user_id=event.user_id, book=book, scorer=scorer, counts=counts)


def on_silence(profile: Profile, batch: Iterable[Due], *, user_id: str, book: Book, scorer: Scorer, counts: Counts) -> list[Record]:
    """Decide about everything that fell due at one instant."""
    candidates = [
        Candidate(
            campaign=campaign,
            at=due.at,
            origin=due.origin if due.variant is not None else due.at,
            event_id=due.event_id,
            properties=due.properties or {},
            cart_id=due.cart_id or profile.current or "",
            variant=due.variant,
        )
        for due in batch
        if (campaign := pending.current(profile, due, book, counts))
    ]
    return go_on(profile, candidates, user_id=user_id, book=book, scorer=scorer, counts=counts)


def go_on(profile: Profile, candidates: list[Candidate], *, user_id: str, book: Book, scorer: Scorer, counts: Counts) -> list[Record]:
    """All candidates of one instant together: judged as the instant finds the user, then by priority, ties by hash, the same everywhere."""
    records: list[Record] = []
    ready: list[Eligible] = []
    for candidate in candidates:
        try:
            if eligible := judge(profile, candidate, user_id=user_id, book=book, scorer=scorer, counts=counts):
                ready.append(eligible)
        except Exception as error:  # one candidate's failure is its own
            counts["failures"] += 1
            records.append(failed(candidate, error, user_id=user_id, feature_version=book.features.version))
    if len(ready) > 1:
        ready.sort(key=lambda eligible: _rank(eligible.candidate.campaign, user_id))
    for eligible in ready:
        try:
            records += decide(profile, eligible, user_id=user_id, book=book, counts=counts)
        except Exception as error:  # as above
            counts["failures"] += 1
            records.append(failed(eligible.candidate, error, user_id=user_id, feature_version=book.features.version))
    return records


def _rank(campaign: Campaign, user_id: str) -> tuple[int, float, str]:
    return -campaign.priority, chance.lot(campaign.name, user_id), campaign.name


def _not_yet_so(profile: Profile, event: Event, triggered: Iterable[Campaign]) -> list[Campaign]:
    """The campaigns that this event may trigger: without `becomes` all, with it those whose condition did not hold just before."""
    if not event.passive:
        sessions.begin(profile, event.at)
    moment = Moment(
        user_id=event.user_id,
        profile=profile,
        now=event.at,
        cart=profile.carts.get(carts.cart_id_of(profile, event.properties) or ""),
        properties=event.properties,
    )
    return [campaign for campaign in triggered if not campaign.paused and not (campaign.trigger.becomes and campaign.trigger.becomes.met(moment))]


def _risen(profile: Profile, event: Event, rising: Iterable[Campaign], cart_id: str, counts: Counts) -> list[Candidate]:
    """Those of them whose condition holds now."""
    moment = Moment(user_id=event.user_id, profile=profile, now=event.at, cart=profile.carts.get(cart_id), properties=event.properties)
    candidates = []
    for campaign in rising:
        if campaign.trigger.becomes is not None and not campaign.trigger.becomes.met(moment):
            counts["triggers_warming" if moment.warming else "triggers_unmet"] += 1
            continue
        candidates.append(
            Candidate(campaign=campaign, at=event.at, origin=event.at, event_id=event.message_id, properties=event.properties, cart_id=cart_id)
        )
    return candidates
