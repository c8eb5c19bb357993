"""Step 6 for events: which campaigns an event triggers, and the candidates that come of it.

`becomes` is evaluated twice, just before and just after the event is remembered; the condition (`when`) once, when all of the event has been
taken in. Most campaigns say no there, in one moment for all of them, so that no candidate is even made.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.roles import Role
from udfs.core.counts import note, note_all
from udfs.core.decision import exits, pending
from udfs.core.decision.candidates import Candidate
from udfs.core.decision.intents import Intents
from udfs.core.decision.turn import Turn
from udfs.core.expressions.compiler import Expression
from udfs.core.expressions.moment import Moment
from udfs.core.profile import carts, sessions
from udfs.core.records import Event

Asked = tuple[Campaign, Callable[[Moment], Any] | None]
"""A campaign, and its condition where one moment answers it for all."""


def not_yet_so(turn: Turn, event: Event, role: Role, *, late: bool) -> Sequence[Asked]:
    """The campaigns that this event may trigger: without `becomes` all, with it those whose condition did not hold just before."""
    if not role.has_edge:
        return role.asked
    if not (event.passive or late):
        sessions.begin(turn.profile, event.at)
    moment = _moment(turn, event, carts.cart_id_of(turn.profile, event.properties), asks=True)
    return [asked for asked in role.asked if (edge := asked[0].trigger.becomes) is None or not edge.met(moment)]


def risen(turn: Turn, event: Event, role: Role, rising: Sequence[Asked], cart_id: str) -> tuple[Sequence[Asked], Mapping[str, Intents]]:
    """Those of them whose `becomes` holds now, and what it asked of texts, by the campaign's name."""
    if not role.has_edge:
        note_all(turn.counts, "triggers", role.triggered)
        return rising, {}
    note_all(turn.counts, "triggers", [campaign for campaign, _ in rising])
    moment = _moment(turn, event, cart_id)
    found, intents = [], {}
    for each in rising:
        campaign, edge = each[0], each[0].trigger.becomes
        if edge is not None and campaign.reads_intents:
            moment.intents = intents[campaign.name] = Intents(turn)
        if edge is None or _holds(turn, edge, moment, campaign):
            found.append(each)
    return found, intents


def candidates_of(turn: Turn, event: Event, risen: Sequence[Asked], cart_id: str, intents: Mapping[str, Intents]) -> list[Candidate]:
    """The candidates that an event makes of the campaigns that it triggers. `intents`: what their triggers asked of texts."""
    moment = _moment(turn, event, cart_id)
    candidates = []
    unmet: list[Campaign] = []
    for campaign, asks in risen:
        met = False  # whether it is known to hold: where there is no condition, or only a candidate of its own can be asked, that is not known yet
        if asks is not None:
            try:
                met = asks(moment) is True
            except Exception:  # it fails again as a candidate, and is reported there
                met = False
            else:
                if not met:
                    if moment.warming:
                        moment.warming = False
                        note(turn.counts, "triggers_warming", campaign.name)
                    else:
                        unmet.append(campaign)
                    continue
            moment.warming = False
        candidates.append(_candidate(turn, event, campaign, cart_id, met=met, intents=intents.get(campaign.name)))
    note_all(turn.counts, "triggers_unmet", unmet)
    return candidates


def _candidate(turn: Turn, event: Event, campaign: Campaign, cart_id: str, *, met: bool, intents: Intents | None) -> Candidate:
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
        born_as=event.sent_as,
        intents=intents,
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
