"""What a model predicts: that an event follows a decision, or, for churn, that none of some events does."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """Events, and whether one of them must follow or none of them may."""

    events: tuple[str, ...]
    absent: bool = False
    """The goal is that none of the events follows: churn."""

    def __str__(self) -> str:
        return " and ".join(f"no {name}" for name in self.events) if self.absent else " or ".join(self.events)

    def reached(self, *, followed: bool) -> bool:
        """The label of a decision, by whether one of the events followed it in time."""
        return followed is not self.absent


def goal_of(written: "str | Goal | Mapping[str, object]") -> Goal:
    """A goal as it is written: the name of an event, or `{none_of: [events]}`."""
    if isinstance(written, Goal):
        return written
    if isinstance(written, str):
        return Goal((written,))
    events = written["none_of"]
    return Goal((events,) if isinstance(events, str) else tuple(map(str, events)), absent=True)  # type: ignore[call-overload]
