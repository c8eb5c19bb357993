"""Whether the scores of a model have shifted: those of the last hour against a sample of the last seven days. Pure.

How far two samples are apart is measured as in rollouts (`services/rollout/guardrails.py`). There a new version is compared with the champion; here
one version with itself, since what goes into it may have broken. Customers count once an hour.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.control.holds import Found
from services.rollout.guardrails import by_chance, stability
from services.rollout.tally import ANSWERS
from udfs.core.values.chance import fingerprint
from udfs.core.values.durations import DAY, HOUR, in_words

SHIFT = 1.0
"""The index may be so large: the scores of an hour differ from those of a week for good reasons, too."""
FEWEST = 200
"""Customers of the last hour, and four times as many before."""
SAMPLE = 60
"""Scores that are kept of each hour."""
MAX_LAST = 5_000
KEPT = 7 * DAY


@dataclass(kw_only=True)
class Scored:
    """One version of a model."""

    sample: dict[int, list[float]] = field(default_factory=dict)
    """Hour (since the epoch) -> the first scores of it."""
    hour: int = 0
    """The newest hour."""
    last: list[float] = field(default_factory=list)
    """Of the newest hour."""
    seen: set[bytes] = field(default_factory=set)

    def take(self, user: str, at: int, score: float) -> None:
        """One answer of the model."""
        hour = at // HOUR
        if hour > self.hour:
            self.last, self.hour, self.seen = [], hour, set()
            for old in [each for each in self.sample if each < hour - KEPT // HOUR]:
                del self.sample[old]
        if hour < self.hour or len(self.last) >= MAX_LAST or (mark := fingerprint(user)) in self.seen:
            return
        self.seen.add(mark)
        self.last.append(score)
        kept = self.sample.setdefault(hour, [])
        if len(kept) < SAMPLE:
            kept.append(score)

    @property
    def usual(self) -> list[float] | None:
        """What the newest hour is compared with: hours at least two hours older, a day of them at least. None: there is too little to tell."""
        earlier = {hour: scores for hour, scores in self.sample.items() if hour < self.hour - 1}
        found = [score for scores in earlier.values() for score in scores]
        enough = len(self.last) >= FEWEST and len(found) >= 4 * FEWEST and max(earlier) - min(earlier) >= DAY // HOUR
        return found if enough else None

    def shifted(self, label: str) -> Found | None:
        """Why the scores of the newest hour have, if they have."""
        if (usual := self.usual) is None:
            return None
        found, chance = stability(usual, self.last), by_chance(len(usual), len(self.last))
        if found <= SHIFT + chance:
            return None
        told = f"index {found:.1f}, at most {SHIFT:g} and {chance:.2f} by chance"
        why = f"the scores of {label} have shifted: {told} ({len(self.last):,} customers of this hour against {in_words(KEPT)})"
        return Found(about="scores", why=why, since=self.hour * HOUR)

    def packed(self) -> dict[str, Any]:
        """As it is written to a file: what has been seen of the newest hour is read again from then on."""
        return {"sample": {str(hour): scores for hour, scores in self.sample.items()}, "hour": self.hour, "last": self.last}

    @staticmethod
    def unpacked(told: Mapping[str, Any]) -> "Scored":
        """What `packed` has made. Raises KeyError, ValueError or TypeError for anything else."""
        sample = {int(hour): [float(score) for score in scores] for hour, scores in told["sample"].items()}
        return Scored(sample=sample, hour=int(told["hour"]), last=[float(score) for score in told["last"]])


def answers(decision: Mapping[str, Any]) -> list[tuple[str, float]]:
    """The versions of models that answered for this decision, and what they said. Cold starts and shadows are nobody's answer."""
    return [(each["model"], float(each["score"])) for each in (decision.get("scores") or {}).values() if each["reason"] in ANSWERS]
