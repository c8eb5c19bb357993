"""What the engine counts: one closed list, so that a misspelt name is a type error and an operator's metrics are all known.

What each of them means, and what to do about it, is declared in udfs/metrics/engine.py.
"""

from collections.abc import Collection
from typing import Literal, Protocol

Count = Literal[
    "events",
    "duplicates",
    "late_events",
    "orders_retold",
    "events_not_stored",
    "events_of_erased",
    "users_erased",
    "requests",
    "clamped_events",
    "derived_ids",
    "records_rejected",
    "parts_set_aside",
    "unknown_events",
    "unknown_zones",
    "unknown_dates",
    "traits_dropped",
    "profiles_forgotten",
    "triggers",
    "triggers_unmet",
    "triggers_warming",
    "entries_blocked",
    "pending_cancelled",
    "pending_dropped",
    "journeys_entered",
    "journeys_lost",
    "waits_cut",
    "decisions",
    "deferrals",
    "failures",
    "actions",
    "recalls",
    "outcomes",
    "outcomes_cut",
]
COUNTS: tuple[Count, ...] = Count.__args__  # type: ignore[attr-defined]
Counts = dict[Count, int]


class Named(Protocol):
    """A campaign, of which only the name counts here."""

    @property
    def name(self) -> str:
        """Its name."""
        ...


class ByCampaign(dict[Count, int]):
    """Counts that also name the campaigns, for a run that reports on itself. The job counts in a plain dict, which is faster."""

    def __init__(self) -> None:
        super().__init__(fresh())
        self.latest: list[tuple[Count, str]] = []
        """What was noted, with its campaign, since the reader last emptied it."""


def note(counts: "Counts | ByCampaign", count: Count, campaign: str) -> None:
    """Count something that came of one campaign."""
    counts[count] += 1
    if counts.__class__ is ByCampaign:  # cheaper than isinstance, and asked of every trigger
        counts.latest.append((count, campaign))


def note_all(counts: "Counts | ByCampaign", count: Count, campaigns: Collection[Named]) -> None:
    """The same for several campaigns at once."""
    counts[count] += len(campaigns)
    if counts.__class__ is ByCampaign:
        counts.latest += [(count, campaign.name) for campaign in campaigns]


def fresh() -> Counts:
    """All counts at zero."""
    return dict.fromkeys(COUNTS, 0)
