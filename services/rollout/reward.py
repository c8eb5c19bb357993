"""What followed the decisions of a model's rollout: is the goal reached less by the customers of the new version, or worth less to them? Pure.

A customer counts once at each step, from the first decision that acted, or chose to send nothing. Which version is used is chance, also for whoever
had the champion at a smaller share: of those the new one gets (share - share then) / (1 - share then). Whoever has had the new one keeps it, and
is not counted again. So what was learned at the steps before counts. A goal counts when it is reached, with what it is worth at that moment:
nobody waits until the time of everybody is over.

Versions are comparable only where both meet the same customers. A campaign that asks the model whom to meet is left out.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from services.statistics.always_valid_split import RATIOS, Split, bets, fewer
from services.statistics.mixture import error_probability
from services.statistics.sample_ratio import sample_ratio
from udfs.core.decision.scores import CHALLENGER
from udfs.core.records import Outcome, Reason
from udfs.core.values.chance import fingerprint
from udfs.core.values.numbers import MAX_MAGNITUDE

ALARM = 0.05
"""The chance that reward stops a rollout that does no harm, at all steps together. Half of it is for how many reach the goal, half for its worth."""
MAX_CUSTOMERS = 50_000
"""Of a step: enough for any comparison, and bounded. Which of them have the new version plays no part."""
MIN_VALUES = 20
"""Values above zero after which it is known what is usual."""
MOST = 3.0
"""A value counts as this multiple of the usual one, at most: the largest orders are rare, and must not decide alone."""
SETTLED_MS = 5_000
"""After this time every task of the job has read that a step began."""
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
    worth: float = 0.0
    """What the goals came to when they were reached, each as far as it counts: one order of a billion is no reason, and must not look like one."""


@dataclass
class Reward:
    """All steps so far. `shares`: when each began, and for which share of the customers. `loss`: by which share the new version may bring less."""

    shares: Sequence[tuple[int, float]] = ()
    loss: float = 0.0
    left_out: set[str] = field(default_factory=set)
    """Campaigns that meet customers by the score."""
    _sides: dict[tuple[float, bool], Side] = field(default_factory=dict)
    _last: dict[bytes, float] = field(default_factory=dict)
    """Customer -> the share at which the champion was used last; 1 once the new version was."""
    _waiting: dict[bytes, tuple[float, bool]] = field(default_factory=dict)
    """Decision -> the side on which it counts, until the goal is reached."""
    _room: dict[int, int] = field(default_factory=dict)
    _first: list[tuple[Side, float]] = field(default_factory=list)
    """The first values above zero: the middle one of them begins what is usual."""
    _valued: int = 0
    _usual: float = 0.0
    """The sum of all values since, each as far as it counts."""
    _bets: list[float] = field(default_factory=lambda: [0.0] * len(RATIOS))
    """The evidence that goals are worth less."""
    set_aside: int = 0
    """Values that no order has: negative, or more than MAX_MAGNITUDE. Their goals count as reached."""

    def take_decision(self, decision: Mapping[str, Any], score: Mapping[str, Any]) -> None:
        """One decision, and its score of the model that is rolled out."""
        is_one = decision["outcome"] == Outcome.ACTED or decision["reason"] == Reason.NOTHING_CHOSEN
        step = self._step(decision["decided_at"]) if is_one else None
        if step is None or self._room.get(step, 0) >= MAX_CUSTOMERS:
            return
        share, customer, is_new = self.shares[step][1], fingerprint(decision["user_id"]), score.get("role") == CHALLENGER
        last = self._last.get(customer, 0.0)
        if last >= share:
            return
        self._room[step] = self._room.get(step, 0) + 1
        self._last[customer] = 1.0 if is_new else share
        key = (share - last) / (1 - last), is_new
        self._sides.setdefault(key, Side()).met += 1
        self._waiting[fingerprint(decision["decision_id"])] = key

    def take_outcome(self, outcome: Mapping[str, Any]) -> None:
        """One outcome. It counts when it first says that the goal is reached, with what that is worth then, if its decision counts."""
        mark, value = fingerprint(outcome["decision_id"]), outcome["value"]
        fits = value is None or 0 <= value <= MAX_MAGNITUDE  # a text is neither: it fails here, before anything is counted
        if outcome["conversions"] <= 0 or (key := self._waiting.pop(mark, None)) is None:
            return
        self._sides[key].reached += 1
        if not fits:
            self.set_aside += 1
        elif value is not None:
            self._spent(key, float(value))

    def harm(self) -> str:
        """What is certainly worse than the plan allows, in words; empty if nothing is, or it is too early to tell."""
        if not self._sides or self.loss >= 1 or self.missing:
            return ""
        splits = [
            Split(chance, self._sides.get((chance, True), Side()).reached, self._sides.get((chance, False), Side()).reached)
            for chance in sorted({chance for chance, _ in self._sides})
        ]
        allowed = f"; {self.loss * 100:g} % less may be" if self.loss else ""
        if fewer(splits, allowed=1 - self.loss) <= ALARM / 2:
            return f"the goal is reached less: {self.words}{allowed}"
        if error_probability(self._bets) <= ALARM / 2:
            new, other = (self._sum("worth", is_new=is_new) / max(1, self._sum("met", is_new=is_new)) for is_new in (True, False))
            return f"the goal is worth less: {new:,.3g} a customer against {other:,.3g}, reached by {self.words}{allowed}"
        return ""

    def _spent(self, key: tuple[float, bool], value: float) -> None:
        """What a goal was worth. How much it counts for follows from those before."""
        chance, is_new = key
        side = self._sides[key]
        if not self._valued:
            if value > 0:  # else free orders would make the usual one worth nothing, and the next one would set the scale alone
                self._first.append((side, value))
            if len(self._first) == MIN_VALUES:
                usual = median(each for _, each in self._first)
                self._valued, self._usual = MIN_VALUES, MIN_VALUES * usual
                for whose, each in self._first:
                    whose.worth += min(each, MOST * usual)
            return
        most = MOST * self._usual / self._valued
        counts = min(value, most) if most > 0 else value
        side.worth += counts
        if most > 0:
            added = bets(chance, counts / most, in_first=is_new, allowed=1 - self.loss)
            self._bets = [before + more for before, more in zip(self._bets, added, strict=True)]
        self._valued, self._usual = self._valued + 1, self._usual + counts

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
        if self.set_aside:
            found.append(
                f"values set aside, since they are negative or above {MAX_MAGNITUDE:,.0f}: {self.set_aside:,}; look at the property of `value`"
            )
        if self.left_out:
            found.append(f"not compared, since they ask a model whom to meet: {', '.join(sorted(self.left_out))}")
        return found

    def _step(self, at: int) -> int | None:
        """At which step it was decided: one at which chance draws between both versions."""
        step = next((step for step in reversed(range(len(self.shares))) if self.shares[step][0] <= at), None)
        if step is None or not 0 < self.shares[step][1] < 1 or at < self.shares[step][0] + SETTLED_MS:
            return None
        return step

    def _sum(self, name: str, *, is_new: bool) -> Any:
        return sum(getattr(side, name) for (_, new), side in self._sides.items() if new is is_new)
