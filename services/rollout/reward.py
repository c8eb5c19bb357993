"""What followed the decisions of a model's rollout: is the goal reached less by the customers of the new version, or worth less to them? Pure.

A customer counts once at each step, from the first decision that acted, or chose to send nothing. Which version speaks is chance, also for whoever
had the champion at a smaller share: of those the new one gets (share - share then) / (1 - share then). Whoever has had the new one keeps it, and
counts no more. So what was learned at the steps before counts, and a goal counts when it is reached, without waiting until the time of everybody is
over. What a goal is worth is compared at this step alone, among all who are met at it, by the outcomes that are final.

Versions are comparable only where both meet the same customers. A campaign that asks the model whom to meet is left out.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from services.control.rollouts import Plan
from services.statistics.always_valid_split import Split, fewer
from services.statistics.difference import difference
from services.statistics.sample_ratio import sample_ratio
from udfs.core.decision.scores import CHALLENGER
from udfs.core.goal_outcome import OutcomeStatus
from udfs.core.records import Outcome, Reason
from udfs.core.values.chance import fingerprint
from udfs.core.values.numbers import MAX_MAGNITUDE

ALARM = 0.05
"""The chance that reward stops a rollout that does no harm, at all steps together. Half of it is for how many reach the goal, half for its worth."""
MAX_CUSTOMERS = 50_000
"""Of a step: enough for any comparison, and bounded. Which of them have the new version plays no part."""
SETTLED_MS = 5_000
"""So long after a step began every task of the job has read it."""
MEETS = ("trigger", "when", "entry", "value", "priority", "steps")
"""Keys of a campaign that decide whom it meets, or which of two campaigns does."""
_READS_SCORE = re.compile(r"(?<![.\w])score\b")


def meets_by_score(document: Mapping[str, Any]) -> bool:
    """Whether a campaign asks a model whom to meet, so that two versions of the model meet different customers."""
    return _READS_SCORE.search(json.dumps([document.get(key) for key in MEETS])) is not None


@dataclass
class Side:
    """Those who were drawn by the same chance into one group."""

    met: int = 0
    reached: int = 0


@dataclass
class Reward:
    """All steps so far. `shares`: when each began, and for which share of the customers."""

    shares: Sequence[tuple[int, float]] = ()
    left_out: set[str] = field(default_factory=set)
    """Campaigns that meet customers by the score."""
    _sides: dict[tuple[float, bool], Side] = field(default_factory=dict)
    _last: dict[bytes, float] = field(default_factory=dict)
    """Customer -> the share at which the champion spoke last; 1 once the new version has."""
    _drawn: dict[bytes, Side] = field(default_factory=dict)
    """Decision -> the side on which it counts, until the goal is reached."""
    _now: dict[bytes, bool] = field(default_factory=dict)
    """Decision of this step -> whether the new version spoke, until the outcome is final."""
    _met: set[bytes] = field(default_factory=set)
    """Customers of this step."""
    _worth: dict[bool, list[float]] = field(default_factory=lambda: {True: [], False: []})
    _room: dict[int, int] = field(default_factory=dict)

    def take_decision(self, decision: Mapping[str, Any], score: Mapping[str, Any]) -> None:
        """One decision, and its score of the model that is rolled out."""
        is_one = decision["outcome"] == Outcome.ACTED or decision["reason"] == Reason.NOTHING_CHOSEN
        step = self._step(decision["decided_at"])
        if not is_one or step is None:
            return
        share, customer, mark = self.shares[step][1], fingerprint(decision["user_id"]), fingerprint(decision["decision_id"])
        is_new, last = score.get("role") == CHALLENGER, self._last.get(customer, 0.0)
        if step == len(self.shares) - 1 and customer not in self._met and len(self._met) < MAX_CUSTOMERS:
            self._met.add(customer)
            self._now[mark] = is_new
        if last < share and self._room.get(step, 0) < MAX_CUSTOMERS:
            self._room[step] = self._room.get(step, 0) + 1
            self._last[customer] = 1.0 if is_new else share
            side = self._sides.setdefault(((share - last) / (1 - last), is_new), Side())
            side.met += 1
            self._drawn[mark] = side

    def take_outcome(self, outcome: Mapping[str, Any]) -> None:
        """One outcome; it counts if its decision does. What is paid back after the goal was reached lessens what it is worth, once that is final."""
        mark = fingerprint(outcome["decision_id"])
        if outcome["conversions"] > 0 and (side := self._drawn.pop(mark, None)) is not None:
            side.reached += 1
        if outcome["status"] != OutcomeStatus.PROVISIONAL and (is_new := self._now.pop(mark, None)) is not None:
            value = outcome["value"]
            if value is not None and abs(value) <= MAX_MAGNITUDE:  # no order that the job takes is worth more, or is no number
                self._worth[is_new].append(float(value))

    def harm(self, plan: Plan) -> str:
        """What is certainly worse than the plan allows, in words; empty if nothing is, or it is too early to tell."""
        if not self._sides or self.missing:
            return ""
        splits = [
            Split(chance, self._sides.get((chance, True), Side()).reached, self._sides.get((chance, False), Side()).reached)
            for chance in sorted({chance for chance, _ in self._sides})
        ]
        if plan.reward < 1 and fewer(splits, allowed=1 - plan.reward) <= ALARM / 2:
            return f"the goal is reached less: {self.words}{_less(plan)}"
        new, other = self._worth[True], self._worth[False]
        if new and other:
            values = np.array([*new, *(value * (1 - plan.reward) for value in other)])
            share = self.shares[-1][1]
            span = difference(values, np.arange(len(values)) < len(new)).always(
                planned=plan.sample / max(min(share, 1 - share), 0.001), alpha=ALARM / 2 / len(plan.steps)
            )
            if span is not None and span.high < 0:
                worth = f"{np.mean(new):,.3g} for each of {len(new):,} customers against {np.mean(other):,.3g} for each of {len(other):,}"
                return f"the goal is worth less: {worth} of the champion{_less(plan)}"
        return ""

    @property
    def missing(self) -> str:
        """That customers are missing from one group, so that nothing can be compared, in words; empty if none are."""
        met = [self._sum("met", is_new=is_new) for is_new in (True, False)]
        due = [0.0, 0.0]
        for (chance, _), side in self._sides.items():
            due = [due[0] + side.met * chance, due[1] + side.met * (1 - chance)]
        if not sum(due) or not sample_ratio(met, due).is_wrong:
            return ""
        return f"{met[0]:,} customers met the new version, where {due[0]:,.0f} of {sum(met):,} were due"

    @property
    def words(self) -> str:
        """How many have reached the goal so far."""
        new, other = ({name: self._sum(name, is_new=is_new) for name in ("reached", "met")} for is_new in (True, False))
        return f"{new['reached']:,} of {new['met']:,} customers against {other['reached']:,} of {other['met']:,} of the champion"

    def lines(self) -> list[str]:
        """What is known, for people."""
        found = [f"the goal: {self.words}"] if self._sides else ["the goal: no outcomes to compare"]
        if missing := self.missing:
            found.append(f"look first: {missing}; what followed cannot be compared")
        if self.left_out:
            found.append(f"not compared, since they ask a model whom to meet: {', '.join(sorted(self.left_out))}")
        return found

    def _step(self, at: int) -> int | None:
        """At which step it was decided: one at which chance draws between both versions."""
        step = next((step for step in reversed(range(len(self.shares))) if self.shares[step][0] <= at), None)
        if step is None or not 0 < self.shares[step][1] < 1 or at < self.shares[step][0] + SETTLED_MS:
            return None
        return step

    def _sum(self, name: str, *, is_new: bool) -> int:
        return sum(getattr(side, name) for (_, new), side in self._sides.items() if new is is_new)


def _less(plan: Plan) -> str:
    return f"; {plan.reward * 100:g} % less may be" if plan.reward else ""
