"""From the bytes of one Kafka record to its events, and to what could not be read. Whatever the bytes, something comes out, and it says why."""

from collections.abc import Mapping, Sequence

from udfs.codecs.avro import MARKER, read_avro
from udfs.codecs.batch import opened
from udfs.codecs.checks import events_of
from udfs.codecs.confluent import MAGIC, read_confluent
from udfs.codecs.depth import check_depth
from udfs.codecs.loose import BOM
from udfs.codecs.payload import CAMEL, Payload
from udfs.codecs.raw_senders import with_cure
from udfs.codecs.reasons import Aside, Refused, RejectionReason
from udfs.codecs.segment_spec import read_json
from udfs.codecs.writers import Writers, current
from udfs.core.records import Event, Rejection

MAX_BYTES = 1_048_576
"""The default maximum size of an event, in bytes."""
HEARTBEAT = b"heartbeat"
"""The value of a record that is no event. With an empty key it moves time on in its partition, with a customer's it has the job look at her."""

_BRACE = 0x7B
_SPACE = b" \t\r\n"
_OPENING = (b"{", b"[")


def decode_all(
    key: bytes | None, value: bytes | None, record_at: int, *, max_bytes: int = MAX_BYTES, writers: Writers | None = None
) -> list[Event | Rejection]:
    """What a record of `events` says: its events in their order, and a rejection for each part of it that could not be read.

    A rejection that is `accepted` is about a part that was set aside: the event itself is in the list. `record_at` is the record's own
    timestamp, epoch milliseconds. JSON and Avro differ by their first bytes. `writers` has the schemas of a registry; None: those of this
    process (`writers.using`). Heartbeats are no events: whoever reads the topic takes them out before.
    """
    asides: list[Aside] = []
    try:
        if not value:
            raise Refused(RejectionReason.EMPTY, None, "a record without a value: tombstones do not remove events")
        if len(value) > max_bytes:
            message = f"{len(value):,} bytes: an event may have at most {max_bytes:,} (--max-event-bytes)"
            raise Refused(RejectionReason.TOO_LARGE, None, message)
        if value[0] == _BRACE:
            payload, is_odd = read_json(value, asides)
            if payload.batch is not None:
                return _batch(value, key, record_at)
            check_depth(value, payload, asides)
            events = events_of(payload, value, key, record_at, asides, is_odd)
            return _with_asides(events, asides, key, value, record_at, CAMEL) if asides else events  # type: ignore[return-value]
        if value[:2] == MARKER:
            payload, is_odd = read_avro(value, asides)
            events = events_of(payload, value, key, record_at, asides, is_odd)
            return _with_asides(events, asides, key, value, record_at, {})
        if value[0] == MAGIC:
            payload, is_odd = read_confluent(value, asides, writers or current())
            events = events_of(payload, value, key, record_at, asides, is_odd)
            return _with_asides(events, asides, key, value, record_at, {})
        plain = value.removeprefix(BOM).lstrip(_SPACE)
        if plain[:1] not in _OPENING:
            message = f"starts with {_start_of(value)}: send a JSON object, {{…}}, or Avro: single objects (c3 01 …) or Confluent's format (00 …)"
            raise Refused(RejectionReason.UNKNOWN_FORMAT, None, message)
        if plain[0] == _BRACE:
            return decode_all(key, plain, record_at, max_bytes=max_bytes)  # JSON behind blanks: it needs no schema
        return _batch(plain, key, record_at)
    except Refused as refused:
        spelling = {} if value and (value[0] == MAGIC or value[:2] == MARKER) else CAMEL
        return [_rejection(with_cure(refused, value or b""), key, value or b"", record_at, spelling)]
    except Exception as error:  # a bug in Kairos: it would end the job, and come back with the same record after each restart
        failed = Refused(RejectionReason.ENGINE_ERROR, None, f"it could not be read ({type(error).__name__}: {str(error)[:200]}): please report it")
        return [_rejection(failed, key, value or b"", record_at, {})]


def _start_of(value: bytes) -> str:
    """The beginning of a record as text, if it is one, else as bytes."""
    text = value[:20].decode("utf-8", "replace")
    return repr(text) if text.isprintable() and "\N{REPLACEMENT CHARACTER}" not in text[:-1] else value[:4].hex(" ")


def read_payload(value: bytes, writers: Writers | None = None) -> Payload:
    """What one message says, in any format, before any check of it: for showing it, and for finding its person. Raises Refused."""
    if value and value[0] == MAGIC:
        return read_confluent(value, [], writers or current())[0]
    return read_avro(value, [])[0] if value[:2] == MARKER else read_json(value, [])[0]


def decode(key: bytes | None, value: bytes | None, record_at: int, *, max_bytes: int = MAX_BYTES) -> Event | Rejection:
    """The one event that a record holds, or why not. A record that holds several is refused here: `decode_all` gives them all."""
    found = decode_all(key, value, record_at, max_bytes=max_bytes)
    if len(found) == 1:
        return found[0]
    events = [each for each in found if isinstance(each, Event)]
    if len(events) > 1:
        refused = Refused(RejectionReason.BATCH, "batch", f"{len(events)} events where one is due: send each as a record of its own")
        return _rejection(refused, key, value or b"", record_at, CAMEL)
    return events[0] if events else found[0]


def _batch(value: bytes, key: bytes | None, record_at: int) -> list[Event | Rejection]:
    """Each message on its own: what is wrong with one is no fault of the next."""
    envelope = opened(value)
    found: list[Event | Rejection] = []
    for raw in envelope.batch:
        message, asides = bytes(raw), list[Aside]()
        try:
            payload, is_odd = read_json(message, asides)
            if payload.batch is not None:
                raise Refused(RejectionReason.BATCH, "batch", "a batch within a batch: send each message as a record of its own")
            envelope.complete(payload)
            check_depth(message, payload, asides)
            events = events_of(payload, message, key, record_at, asides, is_odd)
            found += _with_asides(events, asides, key, message, record_at, CAMEL)
        except Refused as refused:
            found.append(_rejection(with_cure(refused, message), key, message, record_at, CAMEL))
    return found


def _with_asides(
    events: Sequence[Event], asides: Sequence[Aside], key: bytes | None, value: bytes, record_at: int, spelling: Mapping[str, str]
) -> list[Event | Rejection]:
    found: list[Event | Rejection] = list(events)
    first = events[0]
    for aside in asides:
        found.append(
            Rejection(
                reason=aside.reason,
                field=spelling.get(aside.field, aside.field) or None,
                message=aside.message,
                key=None if key is None else key.decode("utf-8", "replace"),
                original=value,
                at=record_at,
                accepted=True,
                event=first.name,
                source=first.source,
            )
        )
    return found


def _rejection(refused: Refused, key: bytes | None, value: bytes, record_at: int, spelling: Mapping[str, str]) -> Rejection:
    return Rejection(
        reason=refused.reason,
        field=spelling.get(refused.field, refused.field) or None if refused.field else None,
        message=refused.message,
        key=None if key is None else key.decode("utf-8", "replace"),
        original=value,
        at=record_at,
    )
