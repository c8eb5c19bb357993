"""From core's records to the bytes of an outgoing Kafka record: topic, key, value. Always small enough for the broker."""

import base64
import hashlib
from typing import Any

import msgspec

from udfs.codecs.topics import Topics
from udfs.core.records import Action, Decision, Rejection, Segment

MAX_OUTPUT = 1_000_000
"""Bytes of a value: under the megabyte that brokers take by default, with room for key, headers and the batch around it."""
MAX_ORIGINAL = 65_536
"""Bytes of a refused record that are kept."""
_SAMPLE = 1024

_json = msgspec.json.Encoder()


class Rejected(msgspec.Struct, kw_only=True, gc=False):
    """A rejection as it stands on the wire, see schemas/rejected.avsc."""

    reason: str
    field: str | None
    message: str
    key: str | None
    original: str
    truncated: bool
    length: int
    sha256: str
    record_at: int
    rejected_at: int


def encode(record: Decision | Action | Rejection | Segment, *, decided_at: int, topics: Topics) -> tuple[str, bytes, bytes]:
    """Topic, key and value. `decided_at` is now by the clock on the wall, epoch milliseconds: the one thing core cannot know."""
    if isinstance(record, Rejection):
        return topics.rejected, (record.key or "").encode(), _fitting(_rejected(record, decided_at))
    return _topic(record, topics), record.user_id.encode(), _fitting(msgspec.structs.replace(record, decided_at=decided_at))


def _topic(record: Decision | Action | Segment, topics: Topics) -> str:
    if isinstance(record, Action):
        return topics.actions(record.channel)
    return topics.decisions if isinstance(record, Decision) else topics.segments


def _rejected(record: Rejection, rejected_at: int) -> Rejected:
    original = record.original
    return Rejected(
        reason=record.reason,
        field=record.field,
        message=record.message,
        key=record.key,
        original=base64.b64encode(original[:MAX_ORIGINAL]).decode(),
        truncated=len(original) > MAX_ORIGINAL,
        length=len(original),
        sha256=hashlib.sha256(original).hexdigest(),
        record_at=record.at,
        rejected_at=rejected_at,
    )


def _fitting(record: msgspec.Struct) -> bytes:
    """The record as JSON. One too large loses its largest parts, each replaced by its beginning, hash and length, until it fits."""
    value = _json.encode(record)
    if len(value) <= MAX_OUTPUT:
        return value
    fields: dict[str, Any] = msgspec.to_builtins(record)
    for name in sorted(fields, key=lambda name: len(_json.encode(fields[name])), reverse=True):
        fields[name] = _cut(fields[name])
        value = _json.encode(fields)
        if len(value) <= MAX_OUTPUT:
            break
    return value


def _cut(part: Any) -> Any:
    """An object becomes an object, text stays text, so that a reader's types still hold."""
    if isinstance(part, str):
        whole = part.encode("utf-8", "replace")
        return f"{part[:_SAMPLE]}… [cut: {len(whole)} bytes, sha256 {hashlib.sha256(whole).hexdigest()}]"
    if isinstance(part, dict):
        whole = _json.encode(part)
        return {"truncated": whole[:_SAMPLE].decode("utf-8", "replace"), "sha256": hashlib.sha256(whole).hexdigest(), "length": len(whole)}
    return part
