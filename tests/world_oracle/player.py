"""What is under test: somebody who is given records and time, and says what happened to them."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Record:
    """One record of the topic `events`; `at` is its own time, epoch milliseconds."""

    key: bytes
    value: bytes
    at: int


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What happened to one event: refused (why), or taken, maybe without some of its fields."""

    at: int
    accepted: bool
    set_aside: tuple[str, ...] = ()  # dotted paths in snake_case, only of what decisions may depend on
    why: str = ""
    duplicate: bool = False
    person: str = ""
    name: str = ""
    time: int = 0  # event time


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One answer. `at` is record time: of the record that triggered, or the due time."""

    at: int
    person: str
    campaign: str
    about: str  # "cart 1", "event m001", "silence", "since", "date 2026-05-17", and for a journey's send the step after it
    outcome: str
    reason: str
    variant: str | None = None  # None where only a hash can tell
    channel: str | None = None
    attempt: int = 0
    deferred_until: int | None = None


@dataclass(frozen=True, kw_only=True)
class Recall:
    """A message that went out is stopped before it is delivered. `acted_at` tells which."""

    at: int
    person: str
    campaign: str
    about: str
    reason: str
    acted_at: int


class Player(Protocol):
    """The oracle, or an adapter around an engine."""

    def record(self, key: bytes, value: bytes, at: int) -> None:
        """A record arrives. Record times never go back."""

    def time(self, at: int) -> None:
        """Every record before `at` has arrived: what is due before it may be settled."""

    def finish(self) -> None:
        """Nothing arrives any more: what is pending falls due."""

    def verdicts(self) -> list[list[Verdict]]:
        """For each record so far, what happened to its events: several of a batch, none of a heartbeat."""

    def decisions(self) -> list[Decision]:
        """All decisions so far, in order."""

    def recalls(self) -> list[Recall]:
        """All recalls so far, in order."""
