"""Adopting what has won an experiment, by the rule that `kairos lift` goes by: an arm that certainly does harm goes at once, and when every arm has
its answer, all customers get the best one. Pure.

If no arm is better, all get what they were compared with; where that is the control group, the campaign is paused.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from services.control.campaign_rollouts import weighted
from services.lift.advice import Advice, advise
from services.lift.dump import read_values
from services.lift.exposed import Asked, people_of
from services.lift.measure import Lift, measure
from services.lift.questions import Question, questions
from services.lift.records import ACTED, CONTROL, VARIANT, Log
from services.rollout.judge import Verdict
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.campaign import Campaign

MAX_DECISIONS = 500_000
"""Of one experiment that are kept. Later ones are not counted; what is known of these ends it."""

log = logging.getLogger("rollout")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What customers get from now on."""

    weights: Mapping[str, float]
    """Variant -> its weight. Empty: as it is."""
    adopted: str | None
    """What has won: a variant, `control`, or of a journey that has won an empty text. None: the experiment goes on."""


@dataclass(kw_only=True)
class Contest:
    """An experiment, and what is known of it."""

    campaign: Campaign
    since: int
    """When it began, epoch milliseconds."""
    log: Log = field(default_factory=Log)
    answer: Answer | None = None
    """As it was last decided."""

    def afresh(self) -> "Contest":
        """The same, and nothing is known of it yet."""
        return Contest(campaign=self.campaign, since=self.since)

    def take_decision(self, decision: Mapping[str, Any]) -> None:
        """One decision, of whatever campaign. What it lacks makes it none of ours."""
        is_ours = decision.get("campaign") == self.campaign.name and decision.get("decided_at", 0) >= self.since
        if is_ours and decision.get("outcome") in (ACTED, CONTROL) and len(self.log.decided) < MAX_DECISIONS:
            self._take(decision)

    def take_outcome(self, outcome: Mapping[str, Any]) -> None:
        """One outcome; it counts if its decision was one of this experiment."""
        if outcome.get("decision_id") in self.log.decided and "revision" in outcome:
            self._take(outcome)

    def _take(self, value: Mapping[str, Any]) -> None:
        try:
            read_values(self.log, [value])
        except (msgspec.ValidationError, KeyError) as problem:
            log.debug("no decision of %s: %s", self.campaign.name, problem)  # anybody can write to a topic


def decide(contest: Contest, book: Book) -> Verdict:
    """What to do now. What it comes to is in `contest.answer`."""
    campaign = contest.campaign
    contest.answer = None
    shares = {variant.name: share for variant, share in zip(campaign.variants, campaign.shares, strict=True)}
    told = {each.treated: (each, *_advice(contest, each, book)) for each in questions(contest.log, book, campaign.name, by_arm=True)}
    drawn = {arm: each for arm, each in told.items() if campaign.steps or shares.get(arm.removeprefix(VARIANT), 0) > 0}
    open_ = [advice for _, advice, _ in drawn.values() if advice.word in ("wait", "look")]
    worse = [arm for arm, (_, advice, _) in drawn.items() if advice.word == "stop"]
    if open_:
        if not worse:
            return Verdict("wait", open_[0].sentence)
        left = {name: share for name, share in shares.items() if f"{VARIANT}{name}" not in worse}
        contest.answer = Answer(weights=left, adopted=None)
        return Verdict("take back", f"nobody gets {_named(worse)} any more: {drawn[worse[0]][1].sentence}")
    better = {arm: effect for arm, (_, advice, effect) in drawn.items() if advice.word == "keep"}
    if better:
        best = max(better, key=lambda arm: better[arm])
        name = best.removeprefix(VARIANT) if best.startswith(VARIANT) else ""
        contest.answer = Answer(weights={name: 1.0} if name else {}, adopted=name)
        return Verdict("go on", f"all customers get {name or 'the journey'}: {drawn[best][1].sentence}")
    return _none_is_better(contest, drawn)


def adopted(contest: Contest, value: Mapping[str, Any], verdict: Verdict, *, at: int) -> dict[str, Any]:
    """The campaign's record with what was decided."""
    answer = contest.answer
    assert answer is not None  # there is something to do
    changed = weighted(value, answer.weights, at=at, adopted=answer.adopted, why=verdict.why)
    return {**changed, "status": "paused"} if answer.adopted == CONTROL else changed


def _none_is_better(contest: Contest, drawn: Mapping[str, tuple[Question, Advice, float]]) -> Verdict:
    experiment = contest.campaign.experiment
    assert experiment is not None  # it is one
    why = "; ".join(advice.sentence for _, advice, _ in drawn.values()) or "no arm is left"
    if experiment.against == CONTROL:
        contest.answer = Answer(weights={}, adopted=CONTROL)
        return Verdict("take back", f"the campaign pauses, since nothing is better than no message: {why}")
    contest.answer = Answer(weights={experiment.against: 1.0}, adopted=experiment.against)
    return Verdict("go on", f"all customers get {experiment.against}, since nothing is better: {why}")


def _advice(contest: Contest, question: Question, book: Book) -> tuple[Advice, float]:
    """What `kairos lift` says of one comparison, and the effect."""
    goal = contest.campaign.goal
    guards = () if goal is None else goal.guards
    asked = Asked(
        campaign=contest.campaign.name,
        treated=question.treated,
        against=question.against,
        unit=question.unit,
        guards=guards,
        shares=question.drawn_by,
    )
    lift: Lift = measure(people_of(contest.log, asked), shares=question.shares, planned=question.planned, alpha=question.alpha)
    if all(each.metric != question.metric for each in lift.effects):
        return Advice(word="wait", sentence=f"wait: nothing is known of {question.metric} yet"), 0.0
    return advise(lift, question.metric, question.rule_of(lift, question.metric)), lift.effect(question.metric).best.effect


def _named(arms: list[str]) -> str:
    return " and ".join(arm.removeprefix(VARIANT) for arm in arms)
