"""Steps 6 to 10 for one candidate: may it enter, which variant is it, does anything speak against it, and what goes out.

A candidate is a user for whom a campaign's trigger came true at an instant. Its way ends in one final decision with a reason, or, if its
condition does not hold or its entry is blocked, in a count. A deferred one is decided again, from the start, when it comes back.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from udfs.core.campaigns import entries
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.campaign import Campaign, Variant
from udfs.core.counts import Counts, note
from udfs.core.decision import pending
from udfs.core.decision.content import offer_of, render
from udfs.core.decision.filters import Case, Verdict, consented, verdict
from udfs.core.decision.scores import Question, Scorer
from udfs.core.expressions.moment import Moment
from udfs.core.policy import holdout
from udfs.core.policy.rules import REMEMBERED, TRANSACTIONAL
from udfs.core.policy.throughput import Throughput
from udfs.core.profile.state import Due, Message, Place, Profile
from udfs.core.records import Action, Decision, Outcome, Reason, Segment
from udfs.core.templates.compile import TemplateError
from udfs.core.values import chance

MOST_MESSAGES = 500

Record = Decision | Action | Segment


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One campaign at one instant. `origin` is the trigger's time, `at` the instant of the decision (later, if it waited or was deferred)."""

    campaign: Campaign
    at: int
    origin: int
    event_id: str | None
    source: str = ""
    """Where that id is unique."""
    properties: Mapping[str, Any] = {}
    cart_id: str = ""
    variant: str | None = None
    key: str | None = None
    """Its entry key, if that was settled before."""
    attempt: int = 0
    deferred_by: frozenset[str] = frozenset()
    stale: bool = False
    step: str = ""
    """Of a journey: the place where its run stands."""
    since: int = 0
    """When the run came there."""
    ghost: str = ""
    """How the decisions of a ghost's run end."""
    met: bool = False
    """Whether its condition is known to hold."""
    place: Place | None = None
    """What is kept for it in the throughput; `decide` gives it back."""

    @property
    def trigger(self) -> str:
        """What the decision's id is made of: the trigger's event id, or its due time; for a send of a journey its step follows."""
        return f"{self._began}\x1f{self.step}" if self.step else self._began

    @property
    def run(self) -> bytes:
        """What stands for the run of a journey that it belongs to."""
        return chance.fingerprint("\x1f".join((self.campaign.name, self.key or "", self._began)))

    @property
    def _began(self) -> str:
        if self.event_id is None:
            return str(self.origin)
        return f"{self.source}\x1f{self.event_id}" if self.source else self.event_id

    @property
    def asked(self) -> int:
        """From when on its send lives: its trigger, or in a journey its step."""
        return self.since if self.step else self.origin


class Eligible(NamedTuple):
    """A candidate whose condition holds, with the moment in which it was judged."""

    candidate: Candidate
    moment: Moment
    question: Question


def judge(profile: Profile, candidate: Candidate, *, user_id: str, book: Book, scorer: Scorer, counts: Counts) -> Eligible | None:
    """Whether a candidate's condition holds; one that does not is only counted. A run of a journey was asked when it was entered."""
    campaign = candidate.campaign
    moment = Moment(
        user_id=user_id,
        profile=profile,
        now=candidate.at,
        cart=profile.carts.get(candidate.cart_id),
        properties=candidate.properties,
        policy=book.policy,
        ghost=campaign.asks_messages and holdout.group_of(book.policy, campaign, user_id, run=candidate.ghost) is not None,
    )
    question = moment.question = Question(campaign, book, scorer)
    if campaign.when is not None and not candidate.met and not candidate.step and not campaign.when.met(moment):
        note(counts, "triggers_warming" if moment.warming else "triggers_unmet", campaign.name)
        return None
    return Eligible(candidate, moment, question)


def decide(profile: Profile, eligible: Eligible, *, user_id: str, book: Book, throughput: Throughput, counts: Counts) -> list[Record]:
    """One candidate to its end, or to the moment at which it is decided again. Places in the throughput are taken last: what fails has none."""
    candidate, moment, question = eligible
    kept = candidate.place if throughput.give_back(candidate.place) else None
    campaign, at = candidate.campaign, candidate.at
    group = holdout.group_of(book.policy, campaign, user_id, run=candidate.ghost)
    ghost = group is not None
    key = entries.key_of(campaign, moment) if candidate.key is None else candidate.key
    if key is None or (not candidate.step and entries.is_blocked(profile, campaign, key, at, ghost=ghost)):
        note(counts, "entries_blocked", campaign.name)
        return [closed(candidate, Reason.ENTRY_BLOCKED, user_id=user_id, book=book)] if candidate.attempt else []
    variant, probability = (candidate.variant and campaign.named(candidate.variant)) or campaign.assign(user_id)
    if candidate.step:  # nothing was drawn: the step names it
        probability = 1.0
    case = Case(user_id, profile, campaign, variant, at, candidate.asked, candidate.stale, ghost, candidate.deferred_by, kept)
    if candidate.variant is None and variant.wait:
        found = consented(case, book)
        if found is None:
            if pending.is_full(profile):
                note(counts, "entries_blocked", campaign.name)
            else:
                wait(profile, candidate, variant)
            return []
    else:
        found = verdict(case, book, throughput)
    decision = Decision(
        decision_id=chance.decision_id(user_id, campaign.name, key, candidate.trigger),
        attempt=candidate.attempt,
        user_id=user_id,
        campaign=campaign.name,
        campaign_version=campaign.version,
        outcome=Outcome.ACTED,
        reason=Reason.ELIGIBLE,
        detail=None,
        channel=found.channel or found.stopped_at or variant.channels[0],
        variant=variant.name,
        probability=probability,
        score=question.answer(moment),
        model=question.spoke,
        model_reason=question.reason,
        features=question.vector(moment),
        feature_version=book.features.version,
        trigger_event_id=candidate.event_id,
        at=at,
        policy_version=book.policy.version,
        against=list(found.against),
    )
    counts["decisions"] += 1
    if found.channel is None:
        records: list[Record] = [_stopped(profile, decision, found, candidate, variant, key, counts)]
    else:
        records = _commit(profile, decision, campaign, variant, moment, key, group, candidate, counts)
    if found.place is not None and decision.outcome is not Outcome.WITHHELD:
        throughput.take(found.place, waiting=decision.outcome is Outcome.DEFERRED)
    return records


def closed(candidate: Candidate, reason: Reason, *, user_id: str, book: Book, detail: str | None = None, at: int | None = None) -> Decision:
    """The end of a candidate that does not come as far as the filters: one on which the engine fails, or whose deferral comes to nothing.

    Were an engine's error to stop the user's whole change, something due could never be settled and would reject every later event of that user.
    """
    campaign = candidate.campaign
    return Decision(
        decision_id=chance.decision_id(user_id, campaign.name, candidate.key or "", candidate.trigger),
        attempt=candidate.attempt,
        user_id=user_id,
        campaign=campaign.name,
        campaign_version=campaign.version,
        outcome=Outcome.WITHHELD,
        reason=reason,
        detail=detail,
        channel=None,
        variant=candidate.variant,
        probability=None,
        score=None,
        model=None,
        model_reason=None,
        features={},
        feature_version=book.features.version,
        trigger_event_id=candidate.event_id,
        at=candidate.at if at is None else at,
        policy_version=book.policy.version,
    )


def _stopped(profile: Profile, decision: Decision, found: Verdict, candidate: Candidate, variant: Variant, key: str, counts: Counts) -> Decision:
    """Withheld, or deferred: then it comes back as it is, and reserves nothing until then but a place in the throughput."""
    decision.outcome, decision.reason, decision.detail = Outcome.WITHHELD, found.reason, found.detail
    if found.until is not None and pending.is_full(profile):
        decision.detail = f"{found.detail or ''} (it would come back, but as much is pending for this customer as may be)".strip()
    elif found.until is not None:
        decision.outcome, decision.deferred_until = Outcome.DEFERRED, found.until
        counts["deferrals"] += 1
        due = later(candidate, at=found.until, variant=variant.name)
        due.key, due.attempt, due.deferred_by = key, candidate.attempt + 1, sorted({*candidate.deferred_by, (found.used or found.reason).value})
        due.place = found.place
        pending.put(profile, due)
    return decision


def _commit(
    profile: Profile,
    decision: Decision,
    campaign: Campaign,
    variant: Variant,
    moment: Moment,
    key: str,
    group: tuple[Outcome, Reason] | None,
    candidate: Candidate,
    counts: Counts,
) -> list[Record]:
    """Step 10: reserve, and write. A ghost reserves places of its own; only nothing goes out."""
    channel = decision.channel or ""
    try:
        offer = offer_of(variant, moment)
        content = render(variant.content[channel], moment, campaign=campaign.name, offer=offer, features=decision.features)
    except TemplateError as error:
        decision.outcome, decision.reason, decision.detail = Outcome.WITHHELD, Reason.RENDER_FAILED, str(error)
        return [decision]
    if not candidate.step:  # a journey's entry was used up when it was entered
        entries.reserve(profile, campaign, key, decision.at, ghost=group is not None)
    _remember_message(profile, decision, campaign, variant, channel, ghost=group is not None, run=candidate.run if candidate.step else b"")
    if group is not None:
        decision.outcome, decision.reason = group
        return [decision]
    counts["actions"] += 1
    action = Action(
        decision_id=decision.decision_id,
        attempt=decision.attempt,
        user_id=decision.user_id,
        campaign=campaign.name,
        campaign_version=campaign.version,
        variant=variant.name,
        channel=channel,
        content=content,
        offer=offer,
        at=decision.at,
        decided_at=0,
        expires_at=candidate.asked + campaign.expires,
    )
    return [decision, action]


def _remember_message(profile: Profile, decision: Decision, campaign: Campaign, variant: Variant, channel: str, *, ghost: bool, run: bytes) -> None:
    message = Message(
        at=decision.at,
        channel=channel,
        campaign=campaign.name,
        tags=list(campaign.tags),
        variant=variant.name,
        mark=chance.fingerprint(decision.decision_id),
        run=run,
        ghost=ghost,
        transactional=campaign.purpose == TRANSACTIONAL,
    )
    profile.keep(message, since=decision.at - REMEMBERED, most=MOST_MESSAGES)


def wait(profile: Profile, candidate: Candidate, variant: Variant) -> None:
    """The variant acts later, if nothing cancels it."""
    pending.put(profile, later(candidate, at=candidate.at + variant.wait, variant=variant.name))


def later(candidate: Candidate, *, at: int, variant: str | None = None) -> Due:
    """The candidate as something due; what it will read of its event goes with it."""
    names = candidate.campaign.event_names
    carried = {name: value for name, value in candidate.properties.items() if name in names}
    return Due(
        at=at,
        campaign=candidate.campaign.name,
        cart_id=candidate.cart_id,
        variant=variant,
        origin=candidate.origin,
        event_id=candidate.event_id,
        source=candidate.source,
        properties=carried or None,
        key=candidate.key,
        step=candidate.step,
        since=candidate.since if candidate.step else candidate.at,
        stale=candidate.stale,
        ghost=candidate.ghost,
    )
