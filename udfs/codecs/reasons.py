"""Why a record was refused, or a part of it set aside: one closed list, so that whoever watches `rejected` can count and alert by it."""

from enum import StrEnum
from typing import NamedTuple


class RejectionReason(StrEnum):
    """What is wrong with a record. The rejection's `field` says where, its `message` how to fix it.

    A reason that is about one field refuses the record only where nobody can tell whose it is, what happened, or when.
    """

    EMPTY = "EMPTY"
    """No value at all."""
    TOO_LARGE = "TOO_LARGE"
    """More bytes than an event may have."""
    UNKNOWN_FORMAT = "UNKNOWN_FORMAT"
    """Neither a JSON object nor Avro, as single objects or with ids of a schema registry."""
    MALFORMED = "MALFORMED"
    """Truncated or malformed JSON or Avro."""
    NOT_UTF8 = "NOT_UTF8"
    """Text that is not UTF-8."""
    TOO_DEEP = "TOO_DEEP"
    """Objects are nested too deeply."""
    UNKNOWN_SCHEMA = "UNKNOWN_SCHEMA"
    """Avro written with an unknown schema."""
    SCHEMA_UNAVAILABLE = "SCHEMA_UNAVAILABLE"
    """The schema registry could not be asked. The record is as good as any: send it again once the registry answers."""
    BAD_SCHEMA = "BAD_SCHEMA"
    """The schema that it was written with is no Avro schema of a record, or could make few bytes claim much."""
    BATCH = "BATCH"
    """A Segment batch envelope without a message in it, or where one event is due."""
    MISSING_FIELD = "MISSING_FIELD"
    """A field every event needs is absent or empty."""
    WRONG_TYPE = "WRONG_TYPE"
    """A field of the envelope is of another type."""
    TOO_LONG = "TOO_LONG"
    """An id or a name is too long."""
    UNKNOWN_TYPE = "UNKNOWN_TYPE"
    """The `type` is not a call of the Segment spec."""
    BAD_TIMESTAMP = "BAD_TIMESTAMP"
    """A time that cannot be read, or lies before 1990 or after 2100."""
    MISSING_KEY = "MISSING_KEY"
    """A record without a key: the order of one person's events would be lost."""
    KEY_MISMATCH = "KEY_MISMATCH"
    """The record's key is not the id in its payload."""
    PLACEHOLDER_ID = "PLACEHOLDER_ID"
    """An id that is nobody's: `null`, `undefined`, `guest` and so on (the list is in schemas/catalogue.yaml)."""
    MISSING_PROPERTY = "MISSING_PROPERTY"
    """A property that this event requires is missing."""
    BAD_PROPERTY = "BAD_PROPERTY"
    """A property of the wrong type or out of its range."""
    NOT_FINITE = "NOT_FINITE"
    """NaN, an infinity, or a number beyond a double."""
    BAD_CONTROL = "BAD_CONTROL"
    """A control document was refused; the last valid one stays in force."""
    BAD_MODEL = "BAD_MODEL"
    """A model's file does not match its manifest, or it failed too often: its cold start is used."""
    BAD_CATALOGUE = "BAD_CATALOGUE"
    """A file of the product catalogue cannot be had, or is not what was published: the version before stays in force."""
    BAD_RECOMMENDER = "BAD_RECOMMENDER"
    """The file of a recommender cannot be had, or is not what was published: the version before stays in force."""
    ENGINE_ERROR = "ENGINE_ERROR"
    """The engine failed on a well-formed event. This is a bug; the event's changes are dropped."""
    UNSENDABLE = "UNSENDABLE"
    """An output record cannot be sent: the job has no topic for it, or it cannot be written as JSON."""


MISSING = frozenset({RejectionReason.MISSING_FIELD, RejectionReason.MISSING_PROPERTY})
"""Reasons of a report about what was not sent at all."""


def word_for(reason: str, *, accepted: bool) -> str:
    """What happened to it: it was rejected; or, of an event that was accepted, a part that was set aside, or one that is missing."""
    return "rejected" if not accepted else "missing" if reason in MISSING else "set aside"


class Aside(NamedTuple):
    """One part of an event that was set aside or is missing; the event itself is processed."""

    reason: RejectionReason
    field: str
    """Dotted path, in the sender's spelling."""
    message: str


class Refused(Exception):
    """Ends the reading of a record that is refused. `decode` turns it into a rejection."""

    def __init__(self, reason: RejectionReason, field: str | None, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.field = field
        self.message = message
