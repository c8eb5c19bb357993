"""What happened in a shop, as its topics tell it: the input of a report and of the oracle."""

from dataclasses import dataclass, field
from typing import Any

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True)
class Arrival:
    """An event in the Segment spec, and the time of its record."""

    recorded: int
    event: dict[str, Any]

    @property
    def key(self) -> str:
        return str(self.event.get("userId") or self.event["anonymousId"])


@dataclass
class World:
    """A shop. The arrivals are in the order of their records."""

    arrivals: list[Arrival] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    outcomes: list[dict[str, Any]] = field(default_factory=list)
    segments: list[dict[str, Any]] = field(default_factory=list)
    base: str | None = None
    rates: dict[str, float] = field(default_factory=dict)
