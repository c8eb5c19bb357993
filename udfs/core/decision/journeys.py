"""Runs of journeys: who enters one, and where a run goes on to. A run between two steps is its `Due`, so all waits of a customer share one timer.

A run knows its place by name, and goes on in the campaign as it is then: a place that is no more ends it.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from udfs.core.campaigns import entries
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.steps import Send, Wait
from udfs.core.counts import Counts, note
from udfs.core.decision import pending
from udfs.core.decision.candidates import Candidate, closed, later
from udfs.core.expressions.moment import Moment
from udfs.core.policy import consent, holdout
from udfs.core.profile.state import Due, Profile
from udfs.core.records import Decision, Reason


def move(
    profile: Profile, candidate: Candidate, moment: Moment, *, going: Iterable[Candidate], book: Book, counts: Counts
) -> Candidate | Decision | None:
    """A run that goes on from its place, or a customer who enters."""
    if candidate.step:
        return go_on(profile, candidate, candidate.step, moment)
    return enter(profile, candidate, moment, going=going, book=book, counts=counts)


def enter(
    profile: Profile, candidate: Candidate, moment: Moment, *, going: Iterable[Candidate], book: Book, counts: Counts
) -> Candidate | Decision | None:
    """A customer enters a journey: its first send if that is at once, or a wait (None); a decision if nothing may be said to this customer at all.

    `going` are the runs that go on at this same instant, so stand nowhere else.
    """
    campaign, user_id = candidate.campaign, moment.user_id
    group = holdout.group_of(book.policy, campaign, user_id)
    key = entries.key_of(campaign, moment)
    if (
        key is None
        or entries.is_blocked(profile, campaign, key, candidate.at, ghost=group is not None)
        or _is_full(profile, campaign, key, going)
        or pending.is_full(profile)
    ):
        note(counts, "entries_blocked", campaign.name)
        return None
    candidate = replace(candidate, key=key, ghost=group[0].value if group else "")
    against = _against(profile, candidate, book)
    if against is not None:
        counts["decisions"] += 1
        return closed(candidate, against[0], user_id=user_id, book=book, detail=against[1])
    entries.reserve(profile, campaign, key, candidate.at, ghost=group is not None)
    note(counts, "journeys_entered", campaign.name)
    return go_on(profile, candidate, campaign.steps.start if campaign.steps else None, moment)


def resume(profile: Profile, due: Due, campaign: Campaign, counts: Counts) -> str | None:
    """The place at which a run goes on that falls due; None when it waits on, has ended, or is lost: its place is no such step any more."""
    step = campaign.steps.steps.get(due.step) if campaign.steps else None
    if not isinstance(step, Send if due.attempt else Wait):
        counts["journeys_lost"] += 1
        return None
    if isinstance(step, Send):
        return step.place
    if due.since + step.span > due.at:  # the wait has become longer since
        due.at = due.since + step.span
        pending.put(profile, due)
        return None
    return step.then


def following(profile: Profile, candidate: Candidate, moment: Moment) -> Candidate | None:
    """The send that follows at once when one has been decided about."""
    step = candidate.campaign.steps.steps[candidate.step] if candidate.campaign.steps else None
    return go_on(profile, candidate, step.then, moment) if isinstance(step, Send) else None


def go_on(profile: Profile, candidate: Candidate, place: str | None, moment: Moment) -> Candidate | None:
    """The run goes on from `place`: to a send, which is returned, or to a wait, or to its end."""
    campaign = candidate.campaign
    moment.run, moment.ghost = candidate.run, bool(candidate.ghost)
    stop = campaign.steps.reach(place, moment) if campaign.steps else None
    if stop is None:
        return None
    if isinstance(stop, Wait):
        waiting = replace(candidate, step=stop.place, since=candidate.at, variant=None)
        pending.put(profile, later(waiting, at=candidate.at + stop.span))
        return None
    again = candidate.attempt > 0 and stop.place == candidate.step  # it was deferred, and is decided again
    if again:
        return replace(candidate, variant=stop.message)
    return replace(candidate, step=stop.place, since=candidate.at, variant=stop.message, attempt=0, deferred_by=frozenset())


def _is_full(profile: Profile, campaign: Campaign, key: str, going: Iterable[Candidate]) -> bool:
    """Whether a run of this key goes on, or as many side by side as may."""
    keys = [due.key for due in profile.due if due.step and due.campaign == campaign.name]
    keys += [run.key for run in going if run.campaign.name == campaign.name]
    return key in keys or (campaign.entry.concurrent is not None and len(keys) >= campaign.entry.concurrent)


def _against(profile: Profile, candidate: Candidate, book: Book) -> tuple[Reason, str] | None:
    """What forbids to enter: a trigger that came too late, or no consent by any channel of the messages that may come first."""
    campaign = candidate.campaign
    if candidate.stale:
        return Reason.STALE_TRIGGER, "older than the policy's trigger_max_age when it arrived"
    words = []
    for variant in campaign.variants:
        for channel in variant.channels if campaign.steps and variant.name in campaign.steps.first else ():
            word = consent.against(profile, campaign.purpose, channel, candidate.at, book.policy.consent)
            if word is None:
                return None
            words.append(word)
    return words[0] if words else None
