"""The records of a replay: history in order of time, whatever its source."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from udfs.core.values.errors import InvalidInput, Unfinished


class Record(NamedTuple):
    """One event for the topic `events`."""

    at: int
    """The record's timestamp in epoch milliseconds, which is the event's own."""
    key: bytes
    """The user id, or else the anonymous id. Never empty: an empty key is a heartbeat."""
    value: bytes
    """The event as JSON in the Segment spec, byte for byte as it was read."""
    line: int = 0
    """The line of the file on which it stands, counted from 1; 0: it is from no file."""


@dataclass(frozen=True, kw_only=True)
class History:
    """A source whose size and order are known."""

    events: int
    records: Iterator[Record]
    """The records in order of time. They are made lazily, and can be iterated once."""
    note: str | None = None
    """Notes of the reader for the user."""


class ReplayError(InvalidInput):
    """A replay that cannot be done; the message says what, where, and how to fix it."""


class Interrupted(Unfinished):
    """Somebody ended a replay while it was sending; the message says what is on the topic."""

    def __init__(self, acknowledged: int, unknown: int, topic: str) -> None:
        """`unknown` is the number of records that were sent but not acknowledged."""
        self.acknowledged, self.unknown, self.topic = acknowledged, unknown, topic
        super().__init__(self.told(None))

    def told(self, total: int | None) -> str:
        """The message, with the `total` number of events if it is known."""
        some = f" of {total:,}" if total is not None else ""
        more = f", and maybe up to {self.unknown:,} more" if self.unknown else ""
        return (
            f"interrupted: the first {self.acknowledged:,}{some} events are on the topic {self.topic!r}{more}. Time was not moved on. These events "
            "stay there: to replay the whole history, start again (`kairos up --fresh`, then `kairos submit --clock replay`)"
        )
