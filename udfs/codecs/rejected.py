"""A rejection as it stands on the wire: what was refused, as text, with its length and hash."""

import base64
import hashlib

import msgspec

from udfs.core.records import Rejection

MAX_ORIGINAL = 700_000
"""Bytes of a refused record that are kept: as many as fit into a record as base64. So all but the very largest can be sent again."""
MAX_SAMPLE = 65_536
"""Of an event that was accepted with a part set aside: it is only a sample."""


class Rejected(msgspec.Struct, kw_only=True, gc=False):
    """See schemas/rejected.avsc."""

    accepted: bool
    reason: str
    field: str | None
    message: str
    event: str | None
    source: str | None
    skipped: int
    key: str | None
    original: str
    truncated: bool
    length: int
    sha256: str
    record_at: int
    rejected_at: int


def rejected(record: Rejection, now: int) -> Rejected:
    """The rejection, stamped with the time by the wall clock."""
    original, most = record.original, MAX_SAMPLE if record.accepted else MAX_ORIGINAL
    return Rejected(
        accepted=record.accepted,
        reason=record.reason,
        field=record.field,
        message=record.message,
        event=record.event,
        source=record.source,
        skipped=record.skipped,
        key=record.key,
        original=base64.b64encode(original[:most]).decode(),
        truncated=len(original) > most,
        length=len(original),
        sha256=hashlib.sha256(original).hexdigest(),
        record_at=record.at,
        rejected_at=now,
    )
