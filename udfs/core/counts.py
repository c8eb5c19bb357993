"""What the engine counts: one closed list, so that a misspelt name is a type error and an operator's metrics are all known."""

from typing import Literal

Count = Literal[
    "events",  # events taken in, duplicates included
    "duplicates",  # an event id seen before: nothing else happened
    "late_events",  # older than the user's newest: remembered; by more than five minutes, they triggered nothing
    "orders_retold",  # an order that was told before: counted once, triggered nothing more
    "events_not_stored",  # of somebody without consent to storage
    "clamped_events",  # their clock was more than five minutes ahead
    "derived_ids",  # without a message id: one made from the content stands in
    "records_rejected",  # records that were refused whole
    "parts_set_aside",  # parts of events that could not be read; the events were processed
    "unknown_events",  # a name that the catalogue does not have: taken as it is
    "unknown_zones",  # a time zone that the IANA database does not have
    "traits_dropped",  # traits that are no plain value, or one too many
    "profiles_forgotten",  # of customers whose time was up: what they denied is kept
    "triggers",  # a campaign's trigger that came true, whatever came of it
    "triggers_unmet",  # a trigger whose condition did not hold
    "triggers_warming",  # … because a feature's window has not filled yet
    "entries_blocked",  # a trigger of a user who may not enter (again)
    "pending_cancelled",  # something pending that an exit event cancelled
    "pending_dropped",  # something pending whose campaign or cart is gone, or one too many
    "journeys_entered",  # runs of journeys that began
    "journeys_lost",  # runs that ended because their journey has no such step any more
    "decisions",  # decisions made, by whatever outcome
    "deferrals",  # of these, those that are decided again later
    "failures",  # candidates on which the engine itself failed
    "actions",  # decisions that acted
    "recalls",  # of these, those that were called back
]
COUNTS: tuple[Count, ...] = Count.__args__  # type: ignore[attr-defined]
Counts = dict[Count, int]


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


def fresh() -> Counts:
    """All counts at zero."""
    return dict.fromkeys(COUNTS, 0)
