"""Step 6 for events: which campaigns an event triggers, and the candidates that come of it.

`becomes` is evaluated twice, just before and just after the event is remembered; the condition (`when`) once, when all of the event has been
taken in. Most campaigns say no there, in one moment for all of them, so that no candidate is even made.
"""

from collections.abc import Collection, Iterable

from udfs.core.campaigns.campaign import Campaign
from udfs.core.counts import note, note_all
from udfs.core.decision import exits, pending
from udfs.core.decision.candidates import Candidate
from udfs.core.decision.intents import Intents
from udfs.core.decision.turn import Turn
from udfs.core.expressions.compiler import Expression
from udfs.core.expressions.moment import Moment
from udfs.core.profile import carts, sessions
from udfs.core.records import Event


def not_yet_so(turn: Turn, event: Event, triggered: Iterable[Campaign], *, late: bool) -> list[Campaign]:
    """The campaigns that this event may trigger: without `becomes` all, with it those whose condition did not hold just before."""
    if not (event.passive or late):
        sessions.begin(turn.profile, event.at)
    moment: Moment | None = None
    rising = []
    for campaign in triggered:
        if campaign.paused:
            continue
        if campaign.trigger.becomes is not None:
            moment = moment or _moment(turn, event, carts.cart_id_of(turn.profile, event.properties), asks=True)
            if campaign.trigger.becomes.met(moment):
                continue
        rising.append(campaign)
    return rising


def risen(turn: Turn, event: Event, rising: Collection[Campaign], cart_id: str) -> list[Campaign]:
    """Those of them whose `becomes` holds now."""
    moment: Moment | None = None
    found = []
    note_all(turn.counts, "triggers", rising)
    for campaign in rising:
        if campaign.trigger.becomes is not None:
            moment = moment or _moment(turn, event, cart_id, asks=True)
            if not _holds(turn, campaign.trigger.becomes, moment, campaign):
                continue
        found.append(campaign)
    return found


def candidates_of(turn: Turn, event: Event, campaigns: Iterable[Campaign], cart_id: str) -> list[Candidate]:
    """The candidates that an event makes of the campaigns that it triggers."""
    moment = _moment(turn, event, cart_id)
    candidates = []
    unmet: list[Campaign] = []
    for campaign in campaigns:
        met = False  # whether it is known to hold: where there is no condition, or only a candidate of its own can be asked, that is not known yet
        if campaign.plain and campaign.when is not None:
            moment.warming = False
            try:
                met = campaign.when.evaluate(moment) is True
            except Exception:  # it fails again as a candidate, and is reported there
                met = False
            else:
                if not met:
                    if moment.warming:
                        note(turn.counts, "triggers_warming", campaign.name)
                    else:
                        unmet.append(campaign)
                    continue
        candidates.append(_candidate(turn, event, campaign, cart_id, met=met))
    note_all(turn.counts, "triggers_unmet", unmet)
    return candidates


def _candidate(turn: Turn, event: Event, campaign: Campaign, cart_id: str, *, met: bool) -> Candidate:
    return Candidate(
        campaign=campaign,
        at=turn.now,
        origin=turn.now,
        start=event.at,
        told_by=exits.teller(event),
        event_id=event.message_id,
        source=event.source,
        properties=event.properties,
        cart_id=cart_id,
        stale=pending.is_stale(event, turn.book.policy),
        met=met,
    )


def _holds(turn: Turn, condition: Expression, moment: Moment, campaign: Campaign) -> bool:
    moment.warming = False
    if condition.met(moment):
        return True
    note(turn.counts, "triggers_warming" if moment.warming else "triggers_unmet", campaign.name)
    return False


def _moment(turn: Turn, event: Event, cart_id: str | None, *, asks: bool = False) -> Moment:
    """`asks`: what a text means may be asked."""
    return Moment(
        user_id=event.user_id,
        profile=turn.profile,
        now=turn.as_of,
        cart=turn.profile.carts.get(cart_id or ""),
        properties=event.properties,
        policy=turn.book.policy,
        intents=Intents(turn) if asks else None,
    )
