"""Steps 6 to 10 for one candidate: may it enter, which variant is it, does anything speak against it, and what goes out.

A candidate is a user for whom a campaign's trigger came true at an instant. Its way ends in one decision with a reason, or, if its
condition does not hold or its entry is blocked, in a count.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from udfs.core import chance, dedup, pending
from udfs.core.book import Book
from udfs.core.campaigns import Campaign, Variant
from udfs.core.content import offer_of, render
from udfs.core.counts import Counts
from udfs.core.durations import DAY
from udfs.core.moment import Moment
from udfs.core.profile import Due, Entered, Message, Profile
from udfs.core.records import Action, Decision, Outcome, Reason
from udfs.core.scores import Question, Scorer
from udfs.core.templates import TemplateError

MOST_KEYS = 256
"""Entry keys remembered for one campaign and user; older ones are forgotten first."""
MESSAGES_FOR = 30 * DAY
MOST_MESSAGES = 300

Record = Decision | Action


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One campaign at one instant. `origin` is the trigger's time, `at` the instant of the decision (later, if the variant waited)."""

    campaign: Campaign
    at: int
    origin: int
    event_id: str | None
    properties: Mapping[str, Any] = {}
    cart_id: str = ""
    variant: str | None = None

    @property
    def trigger(self) -> str:
        """What the decision's id is made of: the trigger's event id, or its due time."""
        return self.event_id if self.event_id is not None else str(self.origin)


Filter = Callable[[Candidate, Variant, Moment], Reason | None]


def expired(candidate: Candidate, variant: Variant, moment: Moment) -> Reason | None:
    """What waited longer than its send lives is not sent any more."""
    return Reason.EXPIRED if candidate.at - candidate.origin >= candidate.campaign.expires else None


FILTERS: tuple[Filter, ...] = (expired,)
"""In order (design: consent, reachability, suppression, caps, quiet hours, budget come before it): the first reason withholds."""


class Eligible(NamedTuple):
    """A candidate whose condition holds, with the moment in which it was judged."""

    candidate: Candidate
    moment: Moment
    question: Question


def judge(profile: Profile, candidate: Candidate, *, user_id: str, book: Book, scorer: Scorer, counts: Counts) -> Eligible | None:
    """Whether a candidate's condition holds; one that does not is only counted."""
    campaign = candidate.campaign
    moment = Moment(user_id=user_id, profile=profile, now=candidate.at, cart=profile.carts.get(candidate.cart_id), properties=candidate.properties)
    question = moment.question = Question(campaign, book, scorer)
    if campaign.when is not None and not campaign.when.met(moment):
        counts["triggers_warming" if moment.warming else "triggers_unmet"] += 1
        return None
    return Eligible(candidate, moment, question)


def decide(profile: Profile, eligible: Eligible, *, user_id: str, book: Book, counts: Counts) -> list[Record]:
    """One candidate to its end."""
    candidate, moment, question = eligible
    campaign = candidate.campaign
    key = entry_key(campaign, moment)
    if key is None or is_blocked(profile, campaign, key, candidate.at):
        counts["entries_blocked"] += 1
        return []
    variant, probability = campaign.assign(user_id)
    if candidate.variant is None and variant.wait:
        wait(profile, candidate, variant, counts)
        return []
    decision = Decision(
        decision_id=chance.decision_id(user_id, campaign.name, key, candidate.trigger),
        attempt=0,
        user_id=user_id,
        campaign=campaign.name,
        campaign_version=campaign.version,
        outcome=Outcome.ACTED,
        reason=Reason.ELIGIBLE,
        detail=None,
        channel=variant.channels[0],
        variant=variant.name,
        probability=probability,
        score=question.answer(moment),
        model=question.spoke,
        model_reason=question.reason,
        features=question.vector(moment),
        feature_version=book.features.version,
        trigger_event_id=candidate.event_id,
        at=candidate.at,
    )
    counts["decisions"] += 1
    against = next((reason for check in FILTERS if (reason := check(candidate, variant, moment))), None)
    if against is not None:
        decision.outcome, decision.reason = Outcome.WITHHELD, against
        return [decision]
    return commit(profile, decision, campaign, variant, moment, key, counts)


def failed(candidate: Candidate, error: Exception, *, user_id: str, feature_version: str) -> Decision:
    """What becomes of a candidate on which the engine itself fails: it is withheld, in the open.

    Were the error to stop the user's whole change, something due could never be settled and would reject every later event of that user.
    """
    campaign = candidate.campaign
    return Decision(
        decision_id=chance.decision_id(user_id, campaign.name, "", candidate.trigger),
        attempt=0,
        user_id=user_id,
        campaign=campaign.name,
        campaign_version=campaign.version,
        outcome=Outcome.WITHHELD,
        reason=Reason.ENGINE_FAILED,
        detail=f"{type(error).__name__}: {error}"[:500],
        channel=None,
        variant=candidate.variant,
        probability=None,
        score=None,
        model=None,
        model_reason=None,
        features={},
        feature_version=feature_version,
        trigger_event_id=candidate.event_id,
        at=candidate.at,
    )


def commit(profile: Profile, decision: Decision, campaign: Campaign, variant: Variant, moment: Moment, key: str, counts: Counts) -> list[Record]:
    """Step 10: reserve, and write. A ghost of the control group reserves just so; only nothing goes out."""
    if campaign.in_control(decision.user_id):
        decision.outcome, decision.reason = Outcome.CONTROL, Reason.EXPERIMENT_CONTROL
        reserve(profile, campaign.name, key, decision.at)
        return [decision]
    channel = variant.channels[0]
    try:
        offer = offer_of(variant, moment)
        content = render(variant.content[channel], moment, campaign=campaign.name, offer=offer, features=decision.features)
    except TemplateError as error:
        decision.outcome, decision.reason, decision.detail = Outcome.WITHHELD, Reason.RENDER_FAILED, str(error)
        return [decision]
    reserve(profile, campaign.name, key, decision.at)
    kept = [message for message in profile.messages if message.at > decision.at - MESSAGES_FOR]
    profile.messages = [*kept, Message(decision.at, channel, campaign.name)][-MOST_MESSAGES:]
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
        expires_at=decision.at + campaign.expires,
    )
    return [decision, action]


def entry_key(campaign: Campaign, moment: Moment) -> str | None:
    """What may be entered once: `once_per` as text, empty without one; None when it is unknown, and then nobody enters."""
    if campaign.entry.once_per is None:
        return ""
    value = campaign.entry.once_per.evaluate(moment)
    return None if value is None else str(value)


def is_blocked(profile: Profile, campaign: Campaign, key: str, at: int) -> bool:
    """Whether what this user had of the campaign forbids another entry."""
    entered = profile.entered.get(campaign.name)
    if entered is None:
        return False
    if campaign.entry.again is not None and at < entered.last + campaign.entry.again:
        return True
    return campaign.entry.once_per is not None and dedup.holds(entered.keys, chance.fingerprint(key))


def reserve(profile: Profile, campaign: str, key: str, at: int) -> None:
    """Remember that the campaign acted on this user (or its ghost did)."""
    entered = profile.entered.setdefault(campaign, Entered())
    entered.last = at
    if key:
        entered.keys = dedup.push(entered.keys, chance.fingerprint(key), MOST_KEYS)


def wait(profile: Profile, candidate: Candidate, variant: Variant, counts: Counts) -> None:
    """The variant acts later, if nothing cancels it; what it will read of its event goes with it."""
    names = candidate.campaign.event_names
    carried = {name: value for name, value in candidate.properties.items() if name in names}
    due = Due(
        at=candidate.at + variant.wait,
        campaign=candidate.campaign.name,
        cart_id=candidate.cart_id,
        variant=variant.name,
        origin=candidate.origin,
        event_id=candidate.event_id,
        properties=carried or None,
    )
    pending.put(profile, due, counts)
