"""What a replay sends: history as Kafka records, in order of time, whatever file it came from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from udfs.core.values.errors import InvalidInput, Unfinished


class Record(NamedTuple):
    """One event on its way to the topic `events`."""

    at: int
    """The record's timestamp, epoch milliseconds: the event's own."""
    key: bytes
    """User id, else anonymous id. Never empty: an empty key is a heartbeat."""
    value: bytes
    """The event as it was found or made, JSON in the Segment spec."""


@dataclass(frozen=True, kw_only=True)
class History:
    """A source, read far enough to know its size and its order."""

    events: int
    records: Iterator[Record]
    """In order of time, made as they are asked for; they can be taken once."""
    note: str | None = None
    """What the reader did that its user should know."""


class ReplayError(InvalidInput):
    """A replay that cannot be done; the message says what, where, and how to mend it."""


class Interrupted(Unfinished):
    """Somebody ended a replay while it was sending; the message says what is on the topic."""

    def __init__(self, acknowledged: int, unknown: int, topic: str) -> None:
        """`unknown`: records that were sent, and of which the broker has not said that it has them."""
        self.acknowledged, self.unknown, self.topic = acknowledged, unknown, topic
        super().__init__(self.told(None))

    def told(self, total: int | None) -> str:
        """What is there, of `total` events."""
        some = f" of {total:,}" if total is not None else ""
        more = f", and maybe up to {self.unknown:,} more" if self.unknown else ""
        return (
            f"interrupted: the first {self.acknowledged:,}{some} events are on the topic {self.topic!r}{more}. Time was not moved on, and what is "
            "there stays there: to replay the history as a whole, begin anew (`kairos up --fresh`, then `kairos submit --clock replay`)"
        )
