"""Settle one candidate: make everything that may fail, then take what it uses up, then say so.

Content is rendered first, so what cannot be rendered reserves nothing. What is reserved (an entry, a place under the caps and in the throughput)
changes the profile, and what is assessed after it sees that.
"""

from typing import Any

from udfs.core.campaigns import entries
from udfs.core.campaigns.campaign import Variant
from udfs.core.counts import note
from udfs.core.decision import assigned, earlier, exits, outcomes, pending, recall
from udfs.core.decision.assess import Assessed, Verdict
from udfs.core.decision.because import Saying
from udfs.core.decision.candidates import Record
from udfs.core.decision.choose import Winner
from udfs.core.decision.content import offer_of, render
from udfs.core.decision.draws import draws_of
from udfs.core.decision.final import final_decision
from udfs.core.decision.turn import Turn
from udfs.core.policy import held, reach
from udfs.core.policy.answers import told
from udfs.core.policy.rules import REMEMBERED
from udfs.core.policy.throttle import place_for
from udfs.core.profile.bounds import MAX_MESSAGES
from udfs.core.profile.due import Place
from udfs.core.profile.state import Message, Underway
from udfs.core.records import Action, Against, Decision, Outcome, Reason
from udfs.core.templates.compile import TemplateError
from udfs.core.values import chance


def commit(turn: Turn, winner: Winner) -> list[Record]:
    """One candidate to its end, to a wait, or to the moment at which it is decided again."""
    records = _settle(turn, winner)
    turn.commits += 1
    return records


def _settle(turn: Turn, winner: Winner) -> list[Record]:
    assessed, variant = winner.assessed, winner.variant
    candidate = assessed.candidate
    if assessed.is_blocked:
        turn.throughput.give_back(candidate.place)
        note(turn.counts, "entries_blocked", candidate.campaign.name)
        return [final_decision(turn, candidate, Reason.ENTRY_BLOCKED)] if candidate.attempt else []
    over = earlier.closed(turn, candidate)
    verdict = None if over is None else Verdict(None, over)
    if verdict is None and candidate.variant is None and variant.wait:
        verdict = assessed.consented(variant)
        if verdict is None:
            _wait(turn, winner)
            return []
    verdict = verdict or assessed.verdict(variant)
    decision = _decision(turn, winner, verdict)
    assessed.question.remember(turn.profile)
    if verdict.channel is not None and not winner.sends:
        records = _send_nothing(turn, decision, winner)
    else:
        records = _stop(turn, decision, winner, verdict) if verdict.channel is None else _act(turn, decision, winner, verdict.channel)
    decision.catalogue, decision.recommended = assessed.catalogue, assessed.recommended  # only now: messages read them, too
    if candidate.campaign.reads_intents:
        decision.intents = assessed.intents
    turn.counts["decisions"] += 1
    return records


def _wait(turn: Turn, winner: Winner) -> None:
    """The variant acts later, if nothing cancels it."""
    candidate, variant = winner.assessed.candidate, winner.variant
    turn.throughput.give_back(candidate.place)
    if pending.is_full(turn.profile):
        note(turn.counts, "entries_blocked", candidate.campaign.name)
    else:
        _assign(turn, winner)
        began = candidate.start if candidate.event_id else candidate.at
        pending.put(turn.profile, candidate.waiting(variant.name, until=pending.falls_due(turn, began, variant.wait)))


def _decision(turn: Turn, winner: Winner, verdict: Verdict) -> Decision:
    """What would be said if it acted."""
    assessed, variant = winner.assessed, winner.variant
    candidate, book = assessed.candidate, turn.book
    campaign = candidate.campaign
    return Decision(
        decision_id=assessed.decision_id,
        attempt=candidate.attempt,
        user_id=turn.user_id,
        campaign=campaign.name,
        campaign_version=campaign.version,
        outcome=Outcome.ACTED,
        reason=Reason.ELIGIBLE,
        detail=None,
        channel=verdict.channel or verdict.stopped_at or variant.channels[0],
        variant=variant.name,
        probability=winner.probability,
        scores=assessed.scores,
        features=assessed.features,
        feature_version=book.features.version,
        trigger_event_id=candidate.event_id,
        at=candidate.at,
        policy_version=book.policy.version,
        against=[Against(channel=channel, reason=each.reason, detail=each.detail, facts=each.facts) for channel, each in verdict.against],
        choice=winner.choice,
        draws=draws_of(winner) if turn.logs_draws else {},
        shares_version=assigned.drawn_under(turn, campaign, variant),
    )


def _stop(turn: Turn, decision: Decision, winner: Winner, verdict: Verdict) -> list[Record]:
    """Withheld, or deferred: then it comes back as it is, and reserves nothing until then but a place in the throughput."""
    candidate, closed = winner.assessed.candidate, verdict.closed
    assert closed is not None  # a verdict has a channel, or what closes it
    decision.outcome, decision.reason, decision.detail, decision.facts = Outcome.WITHHELD, closed.reason, closed.detail, closed.facts
    turn.throughput.give_back(candidate.place)
    if verdict.until is None:
        return [decision]
    if pending.is_full(turn.profile):
        decision.detail = f"{closed.detail} (it would come back, but as much is pending for this customer as may be)".strip()
        return [decision]
    decision.outcome, decision.deferred_until = Outcome.DEFERRED, verdict.until
    _assign(turn, winner)
    by = (closed.defers_as or closed.reason).value
    again = candidate.deferred(winner.variant.name, until=verdict.until, key=winner.assessed.key or "", by=by, place=closed.keeps)
    if closed.keeps is not None:
        turn.throughput.take(closed.keeps, now=candidate.at, waiting=True)
    pending.put(turn.profile, again)
    turn.counts["deferrals"] += 1
    return [decision]


def _send_nothing(turn: Turn, decision: Decision, winner: Winner) -> list[Record]:
    """Nothing was chosen. It uses up the entry, so that the same thing is not drawn for again and again, and its outcome is waited for: what
    people do without a message is the other half of what uplift is learned from.
    """
    assessed = winner.assessed
    candidate = assessed.candidate
    turn.throughput.give_back(candidate.place)
    _assign(turn, winner)
    entries.reserve(turn.profile, candidate.campaign, assessed.key or "", candidate.at, in_holdout=assessed.in_holdout)
    decision.outcome, decision.reason, decision.variant, decision.channel = Outcome.WITHHELD, Reason.NOTHING_CHOSEN, None, None
    return [decision, *outcomes.opened(turn, candidate.campaign, decision)]


def _act(turn: Turn, decision: Decision, winner: Winner, channel: str) -> list[Record]:
    """Render, then reserve, then write. For a member of the holdout everything is done but the send, with places of their own."""
    assessed, variant = winner.assessed, winner.variant
    candidate, moment, group = assessed.candidate, assessed.moment, assessed.group
    place = place_for(assessed.case, channel)
    try:
        offer = offer_of(variant, moment)
        closed = held.of_offer(assessed.case, offer, candidate.campaign.expect.offer, turn.book.usual)
        if closed is not None:
            against = Against(channel=channel, reason=closed.reason, detail=closed.detail, facts=closed.facts)
            decision.against = [*decision.against, against]
            return _stop(turn, decision, winner, Verdict(None, closed, channel, assessed.until(channel, closed)))
        said = Saying(assessed)
        content = render(
            variant.content[channel], moment, campaign=candidate.campaign.name, offer=offer, features=decision.features, because=said.words
        )
    except TemplateError as error:
        decision.outcome, decision.reason, decision.detail = Outcome.WITHHELD, Reason.RENDER_FAILED, str(error)
        turn.throughput.give_back(candidate.place)
        return [decision]
    decision.because = said.record
    if variant.best:
        decision.detail, decision.facts = told(assessed.likely(variant))
    message = _message(decision, assessed, variant, channel)
    _assign(turn, winner)
    _reserve(turn, assessed, message, place)
    if group is not None:
        decision.outcome, decision.reason = group
        return [decision, *outcomes.opened(turn, candidate.campaign, decision)]
    turn.counts["actions"] += 1
    action = _action(decision, assessed, variant, channel, content, offer)
    recall.remember(turn, action, _underway(action, assessed))
    return [decision, action, *outcomes.opened(turn, candidate.campaign, decision)]


def _assign(turn: Turn, winner: Winner) -> None:
    """What was drawn stays the customer's from now on. Of a journey, the group was remembered when it was entered."""
    candidate = winner.assessed.candidate
    if not candidate.step:
        assigned.remember_variant(turn, candidate.campaign, winner.variant, winner.probability)
        assigned.remember_group(turn, candidate.campaign)


def _reserve(turn: Turn, assessed: Assessed, message: Message, place: Place | None) -> None:
    """Use up the entry, a place under the caps and one in the throughput."""
    candidate = assessed.candidate
    turn.throughput.give_back(candidate.place)
    if place is not None:
        turn.throughput.take(place, now=candidate.at, waiting=False)
    if not candidate.step:  # a journey's entry was used up when it was entered
        entries.reserve(turn.profile, candidate.campaign, assessed.key or "", candidate.at, in_holdout=assessed.in_holdout)
    turn.profile.keep(message, since=candidate.at - REMEMBERED, most=MAX_MESSAGES)


def _message(decision: Decision, assessed: Assessed, variant: Variant, channel: str) -> Message:
    candidate = assessed.candidate
    return Message(
        at=decision.at,
        channel=channel,
        campaign=candidate.campaign.name,
        tags=list(candidate.campaign.tags),
        variant=variant.name,
        mark=chance.fingerprint(decision.decision_id),
        run=candidate.run if candidate.step else b"",
        in_holdout=assessed.in_holdout,
        transactional=assessed.case.bypasses,
    )


def _action(decision: Decision, assessed: Assessed, variant: Variant, channel: str, content: dict[str, Any], offer: dict[str, Any] | None) -> Action:
    candidate = assessed.candidate
    return Action(
        decision_id=decision.decision_id,
        attempt=decision.attempt,
        user_id=decision.user_id,
        campaign=candidate.campaign.name,
        campaign_version=candidate.campaign.version,
        variant=variant.name,
        channel=channel,
        content=content,
        offer=offer,
        at=decision.at,
        decided_at=0,
        expires_at=candidate.asked + candidate.campaign.expires,
        to=reach.address(assessed.case.profile, channel, assessed.case.policy),
    )


def _underway(action: Action, assessed: Assessed) -> Underway:
    candidate = assessed.candidate
    return Underway(
        decision_id=bytes.fromhex(action.decision_id.replace("-", "")),  # UUID(…).bytes, in a fifth of its time
        attempt=action.attempt,
        campaign=action.campaign,
        channel=action.channel,
        purpose=candidate.campaign.purpose,
        expires=action.expires_at,
        start=candidate.start,
        told_by=candidate.told_by,
        cart_id=candidate.cart_id,
        properties=exits.subject(candidate.campaign, candidate.properties) if candidate.campaign.held_against else None,
    )
