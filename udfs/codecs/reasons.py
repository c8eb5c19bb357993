"""Why a record was refused, or a part of it set aside: one closed list, so that whoever watches `rejected` can count and alert by it."""

from enum import StrEnum
from typing import NamedTuple


class RejectionReason(StrEnum):
    """What is wrong with a record. The rejection's `field` says where, its `message` how to mend it.

    A reason that is about one field refuses the record only where nobody can tell whose it is, what happened, or when.
    """

    EMPTY = "EMPTY"
    """No value at all."""
    TOO_LARGE = "TOO_LARGE"
    """More bytes than an event may have."""
    UNKNOWN_FORMAT = "UNKNOWN_FORMAT"
    """Neither a JSON object nor Avro single-object encoding."""
    MALFORMED = "MALFORMED"
    """JSON or Avro that breaks off or breaks its own grammar."""
    NOT_UTF8 = "NOT_UTF8"
    """Text that is not UTF-8."""
    TOO_DEEP = "TOO_DEEP"
    """Objects within objects beyond any sensible depth."""
    UNKNOWN_SCHEMA = "UNKNOWN_SCHEMA"
    """Avro written with a schema that is not registered here."""
    BATCH = "BATCH"
    """A Segment batch envelope without a message in it, or where one event is due."""
    MISSING_FIELD = "MISSING_FIELD"
    """A field every event needs is absent or empty."""
    WRONG_TYPE = "WRONG_TYPE"
    """A field of the envelope is of another type."""
    TOO_LONG = "TOO_LONG"
    """An id or a name beyond any sensible length."""
    UNKNOWN_TYPE = "UNKNOWN_TYPE"
    """A `type` that is no call of the Segment spec."""
    BAD_TIMESTAMP = "BAD_TIMESTAMP"
    """A time that cannot be read, or lies before 1990 or after 2100."""
    MISSING_KEY = "MISSING_KEY"
    """A record without a key: the order of one person's events would be lost."""
    KEY_MISMATCH = "KEY_MISMATCH"
    """The record's key is not the id in its payload."""
    PLACEHOLDER_ID = "PLACEHOLDER_ID"
    """An id that is nobody's: `null`, `undefined`, `guest` and the like (the list is in schemas/catalogue.yaml)."""
    MISSING_PROPERTY = "MISSING_PROPERTY"
    """A property without which this event means nothing."""
    BAD_PROPERTY = "BAD_PROPERTY"
    """A property of the wrong type or out of its range."""
    NOT_FINITE = "NOT_FINITE"
    """NaN, an infinity, or a number no computer holds."""
    BAD_CONTROL = "BAD_CONTROL"
    """A control document that cannot be taken; the last good one stays."""
    BAD_MODEL = "BAD_MODEL"
    """A model whose file is not what its manifest says, or that failed too often: cold starts serve."""
    ENGINE_ERROR = "ENGINE_ERROR"
    """A well-formed event that the engine failed on: a mistake of ours, and its change is dropped."""
    UNSENDABLE = "UNSENDABLE"
    """A record of the engine's own that cannot be sent: no topic of the job is meant for it, or JSON has no way to write it."""


class Aside(NamedTuple):
    """One part of an event that was set aside; the event itself is processed."""

    reason: RejectionReason
    field: str
    """Dotted path, in the sender's spelling."""
    message: str


class Refused(Exception):
    """The record is refused, the program did not err: ends the reading of one record; `decode` turns it into a rejection."""

    def __init__(self, reason: RejectionReason, field: str | None, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.field = field
        self.message = message
