"""Events in Confluent's wire format: a byte 0, the id of the writer's schema in a registry as four bytes, the Avro body."""

from typing import Any

from udfs.codecs.avro import body_of, is_finite, read_ours
from udfs.codecs.foreign import CALLS, own_payload, without_nulls
from udfs.codecs.loose import check_names, payload_of
from udfs.codecs.payload import Payload
from udfs.codecs.reasons import Aside, Refused, RejectionReason
from udfs.codecs.writers import VALUE, Writers

MAGIC = 0
HEADER = 5
_ESCAPE = b"\\u"
"""Avro's own text is UTF-8, but JSON within a text may spell half a surrogate pair."""


def read_confluent(value: bytes, asides: list[Aside], writers: Writers | None) -> tuple[Payload, bool]:
    """The payload in such a record, and whether it may hold what no encoder takes. Raises Refused."""
    if len(value) < HEADER:
        raise Refused(RejectionReason.MALFORMED, None, "it ends within its header of 5 bytes: 0, and the id of a schema")
    number = int.from_bytes(value[1:HEADER], "big")
    if writers is None:
        message = (
            f"written with schema {number} of a schema registry, and no registry is known here: say which with --schema-registry "
            "(`kairos submit`), then `kairos rejected replay` sends it again"
        )
        raise Refused(RejectionReason.UNKNOWN_SCHEMA, None, message)
    writer = writers.find(number)
    if writer.is_ours:
        return read_ours(value, HEADER, writer.schema, str(number), asides)
    found, is_utf8 = body_of(value, HEADER, writer.schema, None, str(number), asides)
    name, record = found[VALUE] if writer.is_union else (writer.name, found)
    payload = _payload(record, name, asides, is_spec=name in writer.spec)
    if not is_utf8:
        check_names(payload, asides)
    parts = (payload.properties, payload.traits, payload.context, payload.products)
    is_odd = _ESCAPE in value or not all(is_finite(part) for part in parts if part)
    return payload, is_odd


def _payload(record: dict[str, Any], name: str, asides: list[Aside], *, is_spec: bool) -> Payload:
    kind = record.get("type")
    if is_spec and (type(record.get("event")) is str or (type(kind) is str and kind in CALLS)):
        return payload_of(without_nulls(record), asides)
    outer = {field: (told[0], without_nulls(told[1])) if type(told) is tuple else without_nulls(told) for field, told in record.items()}
    return own_payload({field: told for field, told in outer.items() if told is not None}, name, asides)
