"""What a replay sends: history as Kafka records, in order of time, whatever file it came from."""

from typing import NamedTuple

HOUR = 3_600_000
"""Milliseconds."""


class Record(NamedTuple):
    """One event on its way to the topic `events`."""

    at: int
    """The record's timestamp, epoch milliseconds: the event's own."""
    key: bytes
    """User id, else anonymous id. Never empty: an empty key is a heartbeat."""
    value: bytes
    """The event as it was found or made, JSON in the Segment spec."""


class ReplayError(Exception):
    """A replay that cannot be done; the message says what, where, and how to mend it."""
