"""One customer's history as the oracle and the engine know it: what came when, the goals, and what was decided."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from udfs.core.records import Event

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True)
class Decided:
    """A decision that acted or was held out, or a recall, as the engine wrote it."""

    at: int
    decision_id: str
    campaign: str = ""
    variant: str = ""
    channel: str = ""
    outcome: str = ""
    place: int = -1
    """Of a recall: the number of the happening that caused it."""
    user: str = ""


@dataclass
class World:
    """What the customer did, in the order in which it arrived, with the record times, which do not go back."""

    campaigns: list[dict[str, Any]]
    policy: dict[str, Any]
    happenings: list[tuple[int, Event]] = field(default_factory=list)
    horizon: int = 0
    """How far time moves on at the end."""
    decisions: list[Decided] = field(default_factory=list)
    recalls: list[Decided] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    """The outcomes that the engine wrote."""

    @property
    def documents(self) -> tuple[dict[str, Any], ...]:
        """What is published."""
        return (*self.campaigns, *([self.policy] if self.policy else []))


@cache
def span(text: str) -> int:
    """`3d` in milliseconds."""
    return int(text[:-1]) * {"m": MINUTE, "h": HOUR, "d": DAY}[text[-1]]
