"""Runs of journeys: who enters one, and where a run goes on to. All waits of a customer share one timer: a run that waits is a `Step`.

A run knows its place by name, and goes on in the campaign as it is then: a place that no longer exists ends it.
"""

from collections.abc import Iterable
from functools import partial

from msgspec.structs import replace

from udfs.core.campaigns import entries
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.steps import Send, Wait
from udfs.core.counts import note
from udfs.core.decision import assigned, earlier, exits, pending, waits
from udfs.core.decision.assess import Assessed
from udfs.core.decision.candidates import Candidate, of_settled
from udfs.core.decision.final import final_decision
from udfs.core.decision.turn import Turn
from udfs.core.decision.ways import Drawing
from udfs.core.policy import consent
from udfs.core.policy.case import Closed
from udfs.core.policy.staleness import STALE
from udfs.core.profile.due import Deferred, Step
from udfs.core.records import Decision, Event


def move(turn: Turn, assessed: Assessed, *, going: Iterable[Candidate]) -> Assessed | Decision | None:
    """A run that goes on from its place, or a customer who enters."""
    if assessed.candidate.step:
        return go_on(turn, assessed, assessed.candidate.step)
    return enter(turn, assessed, going=going)


def enter(turn: Turn, assessed: Assessed, *, going: Iterable[Candidate]) -> Assessed | Decision | None:
    """A customer enters a journey: its first send if that is at once, or a wait (None); a decision if nothing may be said to this customer at all.

    `going` are the runs that go on at this same instant, so stand nowhere else.
    """
    candidate, profile = assessed.candidate, turn.profile
    campaign, key = candidate.campaign, entries.key_of(candidate.campaign, assessed.moment)
    if (
        key is None
        or entries.is_blocked(profile, campaign, key, candidate.at, in_holdout=assessed.in_holdout)
        or _is_full(turn, campaign, key, going)
        or pending.is_full(profile)
    ):
        note(turn.counts, "entries_blocked", campaign.name)
        return None
    candidate = replace(candidate, key=key, group=assessed.group[0].value if assessed.group else "")
    closed = earlier.closed(turn, candidate) or _closed(turn, candidate)
    if closed is not None:
        turn.counts["decisions"] += 1
        return final_decision(turn, candidate, closed.reason, detail=closed.detail, facts=closed.facts)
    entries.reserve(profile, campaign, key, candidate.at, in_holdout=assessed.in_holdout)
    assigned.remember_group(turn, campaign)
    note(turn.counts, "journeys_entered", campaign.name)
    begun = candidate.start if candidate.event_id else candidate.at  # a silence or a date has passed already: what follows it counts from now
    return go_on(turn, assessed.moved(candidate), campaign.steps.start if campaign.steps else None, since=begun)


def resume(turn: Turn, due: Step | Deferred, campaign: Campaign) -> str | None:
    """The place at which a run goes on that falls due; None when it waits on, has ended, or is lost: its place is no such step any more."""
    step = campaign.steps.steps.get(due.step) if campaign.steps else None
    if isinstance(due, Deferred) and isinstance(step, Send):
        return step.place
    if isinstance(due, Deferred) or not isinstance(step, Wait):
        note(turn.counts, "journeys_lost", campaign.name)
        return None
    if isinstance(step.lasts, int) and due.since + step.lasts > due.at:  # the wait has become longer since
        due.at = due.since + step.lasts
        pending.put(turn.profile, due)
        return None
    return step.then


def awaited(turn: Turn, event: Event) -> list[Candidate]:
    """The runs that go on at once, because this event is what they waited for. One that ends with it is gone."""
    profile, book = turn.profile, turn.book
    found: list[Candidate] = []
    for due in [due for due in profile.due if isinstance(due, Step)]:
        campaign = book.campaigns.get(due.campaign)
        step = campaign.steps.steps.get(due.step) if campaign is not None and campaign.steps and not campaign.paused else None
        if campaign is None or not isinstance(step, Wait):
            continue
        if exits.ends(event, step.awaited, start=due.since, told_by=due.told_by, properties=due.properties):
            profile.due.remove(due)
            if step.met is not None:
                found.append(of_settled(due, campaign, at=turn.now, step=step.met))
    return found


def following(turn: Turn, assessed: Assessed, *, has_acted: bool) -> Assessed | None:
    """The send that follows at once when one has been decided about. `has_acted`: what a bandit drew for the run has been told by it."""
    candidate = replace(assessed.candidate, place=None, drawn=None if has_acted else assessed.candidate.drawn)
    step = candidate.campaign.steps.steps[candidate.step] if candidate.campaign.steps else None
    return go_on(turn, assessed.moved(candidate), step.then) if isinstance(step, Send) else None


def go_on(turn: Turn, assessed: Assessed, place: str | None, *, since: int | None = None) -> Assessed | None:
    """The run goes on from `place`: to a send, which is returned, or to a wait, or to its end. `since`: from when on a wait counts, by event time;
    None: from this instant on."""
    candidate, moment = assessed.candidate, assessed.moment
    campaign = candidate.campaign
    moment.run, moment.in_holdout = candidate.run, bool(candidate.group)
    drawing = Drawing(assessed)
    stop = campaign.steps.reach(place, moment, drawing) if campaign.steps else None
    if drawing.drawn is not candidate.drawn:
        candidate = replace(candidate, drawn=drawing.drawn)
        assessed = assessed.moved(candidate)
    if isinstance(stop, Wait):
        if since is not None and candidate.event_id is not None and (stop.leave_on or stop.awaited):
            trigger = campaign.trigger
            ended_by = partial(earlier.ended_by, turn.profile, start=since, properties=candidate.properties, began=trigger.events)
            if ended_by(stop.leave_on) is not None:
                note(turn.counts, "pending_cancelled", campaign.name)
                return None
            if ended_by(stop.awaited) is not None:
                return go_on(turn, assessed, stop.met)
        began = candidate.at if since is None else since
        until = waits.over(turn, stop, moment, campaign=campaign.name, now=candidate.at, since=began)
        if until is None:  # nobody knows until when: the run ends here
            note(turn.counts, "journeys_lost", campaign.name)
            return None
        if until <= candidate.at and not stop.awaited:
            return go_on(turn, assessed, stop.then, since=since)
        pending.put(turn.profile, candidate.at_wait(stop.place, until=until, since=began))
        return None
    if stop is None:
        return None
    again = candidate.attempt > 0 and stop.place == candidate.step  # it was deferred, and is decided again
    if again:
        return assessed.moved(replace(candidate, variant=stop.message))
    return assessed.moved(replace(candidate, step=stop.place, since=candidate.at, variant=stop.message, attempt=0, deferred_by=frozenset()))


def _is_full(turn: Turn, campaign: Campaign, key: str, going: Iterable[Candidate]) -> bool:
    """Whether a run of this key goes on, or as many side by side as may."""
    runs = (due for due in turn.profile.due if isinstance(due, Step) or (isinstance(due, Deferred) and due.step))
    keys = [due.key for due in runs if due.campaign == campaign.name]
    keys += [run.key for run in going if run.campaign.name == campaign.name]
    return key in keys or (campaign.entry.concurrent is not None and len(keys) >= campaign.entry.concurrent)


def _closed(turn: Turn, candidate: Candidate) -> Closed | None:
    """What forbids to enter: a trigger that came too late, or no consent by any channel of the messages that may come first."""
    campaign = candidate.campaign
    if candidate.stale:
        return STALE
    words = []
    for variant in campaign.variants:
        for channel in variant.channels if campaign.steps and variant.name in campaign.steps.first else ():
            closed = consent.against(turn.profile, campaign.purpose, channel, candidate.at, turn.book.policy.consent)
            if closed is None:
                return None
            words.append(closed)
    return words[0] if words else None
