"""What to do with a campaign that is rolled out: wait, take the next step, or take it back. Pure.

Everything is asked again every minute, so plain tests would find harm by chance in the end. All that can stop a rollout is always valid, and all
of it together stops at most one rollout in twenty that does no harm (`ALARM`, divided among the tests of all steps).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.control.campaign_rollouts import Standing
from services.rollout.campaign_tally import Seen, Tally
from services.rollout.judge import Verdict
from services.statistics.always_valid_share import bounds
from services.statistics.difference import Interval, difference
from services.statistics.sample_ratio import sample_ratio
from udfs.core.campaigns.rollout import Rollout
from udfs.core.values.durations import HOUR, in_words

ALARM = 0.05
"""The chance that anything stops a rollout that does no harm."""
WORDS = {"unsubscribe_rate": "unsubscribed", "complaint_rate": "complained", "bounce_rate": "bounced", "dismiss_rate": "dismissed"}
"""Guardrail -> what happened to the message."""
OF_GOAL = 4
"""Tests of the goal: how many reach it, by two ways, and what that is worth."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A rollout at one step, and what is known of it."""

    plan: Rollout
    standing: Standing
    tally: Tally
    control_group: float
    """Of the campaign itself, as its document says."""
    control_before: float = 0.0
    """The same of the version before."""
    same_people: bool = True
    """Whether both versions are met by the same customers: same trigger, condition, channels and so on. Otherwise their goals are not compared."""

    @property
    def is_first(self) -> bool:
        """There is no version before: everybody else gets nothing."""
        return self.standing.before is None

    @property
    def shares(self) -> tuple[float, float]:
        """By which the two groups are drawn."""
        share = self.standing.share
        if self.is_first:
            treated = min(share, 1 - self.control_group)
            return treated, 1 - treated
        return share * (1 - self.control_group), (1 - share) * (1 - self.control_before)

    @property
    def alarm(self) -> float:
        """The chance of one false alarm of one test at one step."""
        tests = 1 + 2 * len(self.plan.guardrails.rates) + OF_GOAL
        return ALARM / (tests * len(self.plan.steps))


def judge(case: Case, *, now: int) -> Verdict:
    """Guardrails first, at any moment; then the gates of the step. `now`: epoch milliseconds."""
    new, other = case.tally.sides()
    if found := next(harms(case, new, other), ""):
        return Verdict("take back", f"{found}, {case.standing.words}")
    if waits := next(_gates(case, new, other, now=now), ""):
        return Verdict("wait", waits)
    steps, step = case.plan.steps, case.standing.step
    onward = f"for {steps[step + 1] * 100:g} % of customers" if step + 1 < len(steps) else "for everybody"
    told = f"{new.people:,} customers with it" + (f" and {other.people:,} without" if case.is_first and other.people else "")
    told += f" and {other.people:,} with the version before" if not case.is_first and other.people else ""
    return Verdict("go on", f"{onward}: {told}, {case.standing.words}, and no harm")


def harms(case: Case, new: Seen, other: Seen) -> Iterator[str]:
    """What is certainly worse, in words."""
    tally, guardrails = case.tally, case.plan.guardrails
    if bounds(tally.failures, tally.decisions, alpha=case.alarm)[0] > guardrails.errors:
        failed = f"{tally.failures:,} of {tally.decisions:,} decisions failed (the last: {tally.failed_as})"
        yield f"{failed}, {guardrails.errors * 100:g} % may"
    for name, allowed in guardrails.rates.items():
        usual = _usual(case, name, other)
        count, people = new.happened(WORDS[name]), new.people
        if usual is not None and bounds(count, people, alpha=case.alarm)[0] > usual + allowed:
            yield f"{name}: {_of(count, people)} against {_of(other.happened(WORDS[name]), other.people)}, {allowed * 100:g} % more may"
    if case.same_people:
        yield from _falls(case, new, other)


def _usual(case: Case, rate: str, other: Seen) -> float | None:
    """What the rate of the others may be at most. None: there is nobody to compare with. To a message that nobody got, nothing happens."""
    if case.is_first and rate != "unsubscribe_rate":
        return 0.0
    return bounds(other.happened(WORDS[rate]), other.people, alpha=case.alarm)[1] if other.people else None


def _falls(case: Case, new: Seen, other: Seen) -> Iterator[str]:
    """The goal is certainly reached less, or is worth less."""
    reached, before = (sum(each.conversions > 0 for each in side.told) for side in (new, other))
    told = f"{_of(reached, new.people)} against {_of(before, other.people)}"
    low = bounds(before, other.people, alpha=case.alarm)[0]
    if bounds(reached, new.people, alpha=case.alarm)[1] < low or _is_below(_span(case, new, other, lambda each: float(each.conversions > 0))):
        yield f"the goal is reached less: {told}"
    if all(each.value is not None for side in (new, other) for each in side.told):
        span = _span(case, new, other, lambda each: each.value or 0.0)
        if span is not None and _is_below(span):
            yield f"the goal is worth less: by {-span.high:,.3g} a customer at least"


def _span(case: Case, new: Seen, other: Seen, value: Any) -> Interval | None:
    values = np.array([value(each) for side in (new, other) for each in side.told], float)
    treated = np.arange(len(values)) < new.people
    return difference(values, treated).always(planned=case.plan.sample / max(min(case.shares), 0.001), alpha=case.alarm)


def _is_below(span: Interval | None) -> bool:
    return span is not None and span.high < 0


def _gates(case: Case, new: Seen, other: Seen, *, now: int) -> Iterator[str]:
    """What the next step waits for, in words. Whatever cannot be measured yet keeps it waiting, however long."""
    sample, passed = case.plan.sample, now - case.standing.since
    waiting = f"; the time of {new.assigned - new.people:,} more is not over" if new.assigned > new.people else ""
    if new.people < sample:
        yield f"the outcomes of {new.people:,} customers with it are known, of {sample:,}{waiting}"
    if min(case.shares) > 0:
        if case.same_people or case.is_first:
            ratio = sample_ratio((new.assigned, other.assigned), case.shares)
            if ratio.is_wrong:
                due = " and ".join(f"{each:,.0f}" for each in ratio.expected)
                found = f"{new.assigned:,} customers with it and {other.assigned:,} to compare with, where {due} were due"
                yield f"look first: {found}; customers are missing from one group, so nothing can be compared"
        if other.people < sample:
            yield f"the outcomes of {other.people:,} customers to compare with are known, of {sample:,}"
    if passed < case.plan.hold:
        yield f"{new.people:,} customers; {(case.plan.hold - passed) / HOUR:,.1f} h left of {in_words(case.plan.hold)}"


def _of(count: int, people: int) -> str:
    return f"{count:,} of {people:,}"
