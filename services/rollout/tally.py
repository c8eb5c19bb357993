"""What decisions say of one step of a rollout: answers, failures, times and scores of the new version, and scores of the champion next to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.rollout.reward import Reward
from udfs.core.decision.scores import CHALLENGER, ModelReason
from udfs.core.values.chance import fingerprint

MAX_CUSTOMERS = 20_000
"""Customers whose scores are kept: enough for any comparison, and bounded."""
ANSWERS = frozenset({ModelReason.SCORED, ModelReason.CACHED})
FAILURES = frozenset(
    {ModelReason.REFUSED, ModelReason.TRIPPED, ModelReason.FAILED, ModelReason.NOT_A_NUMBER, ModelReason.UNFIT, ModelReason.UNKNOWN_CLASS}
)
"""Not a failure: it is still loading, or a shadow that was dropped since its time was used up."""


@dataclass
class Scores:
    """The first score of each customer by one side: customers, not decisions, are independent of each other."""

    values: list[float] = field(default_factory=list)
    customers: set[bytes] = field(default_factory=set)

    def add(self, user: str, score: float) -> None:
        """One answer."""
        if len(self.values) < MAX_CUSTOMERS and (mark := fingerprint(user)) not in self.customers:
            self.customers.add(mark)
            self.values.append(score)


@dataclass
class Tally:
    """One step. `label`: the new version, as decisions name it."""

    label: str
    latency_ms: float
    new: Scores = field(default_factory=Scores)
    now: Scores = field(default_factory=Scores)
    """Of the champion: for the other customers, or in the shadow's step for the same."""
    answers: int = 0
    failures: int = 0
    timed: int = 0
    slow: int = 0
    """Of those that were timed."""
    dropped: int = 0
    """A shadow that was not asked, since its time was used up."""
    failed_as: str = ""
    """The reason of the latest failure."""
    reward: Reward = field(default_factory=Reward)
    """What followed, at all steps so far."""

    def take(self, user: str, score: Mapping[str, Any]) -> None:
        """One score of a decision, of the model that is rolled out."""
        if shadow := score.get("shadow"):
            if shadow["model"] == self.label:
                self._asked(user, shadow)
                if shadow["score"] is not None:
                    self.now.add(user, score["score"])
        elif score.get("role") == CHALLENGER:
            missed = score.get("instead_of")
            if missed and missed["model"] == self.label:
                self._asked(user, missed)
            elif score["model"] == self.label:
                self._asked(user, score)
        elif score["reason"] in ANSWERS and score["model"] != self.label:
            self.now.add(user, score["score"])

    def _asked(self, user: str, said: Mapping[str, Any]) -> None:
        reason = said["reason"]
        if reason in FAILURES:
            self.failures += 1
            self.answers += 1
            self.failed_as = reason
        elif reason in ANSWERS:
            self.answers += 1
            self.new.add(user, said["score"])
        elif reason == ModelReason.OVER_BUDGET:
            self.dropped += 1
        if said.get("took_us") is not None:
            self.timed += 1
            self.slow += said["took_us"] > self.latency_ms * 1000
