"""From the bytes of one Kafka record to an event, or to the reason why not. Whatever the bytes, one of the two comes out."""

from udfs.codecs.avro import MARKER, read_avro
from udfs.codecs.checks import event_of
from udfs.codecs.depth import check_depth
from udfs.codecs.payload import CAMEL, Payload
from udfs.codecs.reasons import Refused, RejectionReason
from udfs.codecs.segment import read_json
from udfs.core.records import Event, Rejection

MAX_BYTES = 1_048_576
"""Bytes of an event, unless the job is told otherwise."""

_BRACE = 0x7B
_SPACE = b" \t\r\n"


def decode(key: bytes | None, value: bytes | None, record_at: int, *, max_bytes: int = MAX_BYTES) -> Event | Rejection:
    """What a record of `events` says. `record_at` is the record's own timestamp, epoch milliseconds.

    JSON and Avro are told apart by their first bytes. Heartbeats are no events: whoever reads the topic takes them out before.
    """
    spelling: dict[str, str] = {}
    try:
        if not value:
            raise Refused(RejectionReason.EMPTY, None, "a record without a value: events are never taken back by tombstones")
        if len(value) > max_bytes:
            message = f"{len(value):,} bytes: an event has {max_bytes:,} at most (--max-event-bytes)"
            raise Refused(RejectionReason.TOO_LARGE, None, message)
        payload: Payload
        if value[0] == _BRACE or (value[0] in _SPACE and value.lstrip(_SPACE)[:1] == b"{"):
            spelling = CAMEL
            payload = read_json(value)
            check_depth(value, payload)
        elif value[:2] == MARKER:
            payload = read_avro(value)
        else:
            message = f"starts with {value[:4].hex(' ')}: send a JSON object, or Avro in single-object encoding (c3 01 …)"
            raise Refused(RejectionReason.UNKNOWN_FORMAT, None, message)
        return event_of(payload, key=key, record_at=record_at)
    except Refused as refused:
        return Rejection(
            reason=refused.reason,
            field=spelling.get(refused.field, refused.field) if refused.field else None,
            message=refused.message,
            key=None if key is None else key.decode("utf-8", "replace"),
            original=value or b"",
            at=record_at,
        )
