"""Decode the bytes of a Kafka record into an event or a rejection. It never fails, whatever the bytes."""

from udfs.codecs.avro import MARKER, read_avro
from udfs.codecs.checks import event_of
from udfs.codecs.depth import check_depth
from udfs.codecs.payload import CAMEL, Payload
from udfs.codecs.reasons import Refused, RejectionReason
from udfs.codecs.segment_spec import read_json
from udfs.core.records import Event, Rejection

MAX_BYTES = 1_048_576
"""The default maximum size of an event, in bytes."""

_BRACE = 0x7B
_SPACE = b" \t\r\n"


def decode(key: bytes | None, value: bytes | None, record_at: int, *, max_bytes: int = MAX_BYTES) -> Event | Rejection:
    """Decode a record of `events`. `record_at` is the record's own timestamp, in epoch milliseconds.

    The first bytes distinguish JSON from Avro. The caller must filter out heartbeats, which are not events.
    """
    spelling: dict[str, str] = {}
    try:
        if not value:
            raise Refused(RejectionReason.EMPTY, None, "a record without a value: tombstones do not remove events")
        if len(value) > max_bytes:
            message = f"{len(value):,} bytes: an event may have at most {max_bytes:,} (--max-event-bytes)"
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
