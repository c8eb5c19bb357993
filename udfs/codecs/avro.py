"""Events in Avro's single-object encoding: C3 01, the fingerprint of the writer's schema, the body.

Every event schema that was ever in use stays in schemas/history, so a producer may be upgraded years after the job.
The cost of hostile bytes is limited by their size. No schema here is recursive, and no item of an array or map can be empty
(tests/schemas checks both), so the data cannot claim more depth or items than its bytes hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from math import isfinite
from typing import Any

import fastavro
import msgspec

from udfs.codecs.payload import Payload
from udfs.codecs.reasons import Aside, Refused, RejectionReason

MARKER = b"\xc3\x01"
_HEADER = 10
_CONTEXT_NAMES = {"user_agent": "userAgent", "utm": "campaign"}
"""Core sees one form of context, that of the Segment spec, for JSON and Avro alike."""
_APACHE = {"90d42a79e105a46b": "2311ffeeb4553526", "997f158b76ddfb4d": "b58bad7a0fe960e0"}
"""A shipped schema's fingerprint by the specification -> by Apache's Python library. A test recomputes them; reading does not need `avro`."""


@dataclass(frozen=True, slots=True)
class Schemas:
    """The reader's schema, and all writers' schemas by fingerprint."""

    reader: Any
    fingerprint: bytes
    writers: Mapping[bytes, Any]


@cache
def event_schemas() -> Schemas:
    """All shipped event schemas, compiled at first use."""
    folder = files("schemas")
    older = sorted((entry for entry in folder.joinpath("history").iterdir() if entry.name.startswith("event.")), key=lambda entry: entry.name)
    writers: dict[bytes, Any] = {}
    for entry in (*older, folder.joinpath("event.avsc")):
        text = entry.read_text(encoding="utf-8")
        mark, schema = _compile(text)
        writers |= {mark: schema, apache_fingerprint_of(mark, text): schema}
    return Schemas(schema, mark, writers)


def fingerprint_of(schema: Any) -> bytes:
    """CRC-64-AVRO of the schema's parsing canonical form, little-endian as in a header."""
    return bytes.fromhex(fastavro.schema.fingerprint(fastavro.schema.to_parsing_canonical_form(schema), "CRC-64-AVRO"))


def apache_fingerprint_of(mark: bytes, text: str) -> bytes:
    """The fingerprint of Apache's Python library, which up to 1.12 leaves `{"type": "long"}` unreduced after removing a logical type.

    Producers that use it must not be refused, so it is registered in addition to `mark`, the fingerprint of the specification.
    For a schema that is not shipped with Kairos it is computed here, which needs the package `avro` (in the extra `job`).
    """
    if (known := _APACHE.get(mark.hex())) is not None:
        return bytes.fromhex(known)
    import avro.schema

    found: bytes = avro.schema.parse(text).fingerprint()
    return found


def read_avro(value: bytes, asides: list[Aside]) -> tuple[Payload, bool]:
    """The payload in a single object, and whether it holds a number that no encoder takes. Raises Refused."""
    schemas = event_schemas()
    mark = value[2:_HEADER]
    if len(mark) < _HEADER - 2:
        raise Refused(RejectionReason.MALFORMED, None, "Avro that ends within its header of 10 bytes")
    writer = schemas.writers.get(mark)
    if writer is None:
        message = (
            f"written with an unknown schema, fingerprint {mark.hex()}: put that schema into schemas/history as "
            "event.<version>.avsc and deploy, or write with schemas/event.avsc"
        )
        raise Refused(RejectionReason.UNKNOWN_SCHEMA, None, message)
    return read_ours(value, _HEADER, writer, mark.hex(), asides)


def read_ours(value: bytes, start: int, writer: Any, named: str, asides: list[Aside]) -> tuple[Payload, bool]:
    """The payload in a record that was written with a version of our schema, from `start` on. `named`: what messages call the schema."""
    schemas = event_schemas()
    record, is_utf8 = body_of(value, start, writer, schemas.reader if writer is not schemas.reader else None, named, asides)
    return _payload(record if is_utf8 else _readable(record))


def body_of(value: bytes, start: int, writer: Any, reader: Any, named: str, asides: list[Aside]) -> tuple[dict[str, Any], bool]:
    """The record in the bytes from `start` on, and whether its text is UTF-8; what is not is read with replacements, and reported. Raises Refused."""
    body = BytesIO(value)
    body.seek(start)
    is_utf8 = True
    try:
        try:
            record = fastavro.schemaless_reader(body, writer, reader)
        except UnicodeDecodeError as error:
            message = f"Avro text that is not UTF-8 ({error.reason}), read as \N{REPLACEMENT CHARACTER}"
            asides.append(Aside(RejectionReason.NOT_UTF8, "", message))
            body.seek(start)
            record, is_utf8 = fastavro.schemaless_reader(body, writer, reader, handle_unicode_errors="replace"), False
    except Exception as error:  # bytes from outside make a decoder raise anything: EOFError, IndexError, OverflowError, MemoryError, its own kinds
        message = f"Avro that does not follow its schema {named} ({type(error).__name__}: {error})"
        raise Refused(RejectionReason.MALFORMED, None, message) from error
    left = len(value) - body.tell()
    if left:
        raise Refused(RejectionReason.MALFORMED, None, f"{left} bytes follow the end of the Avro record: send one record per message")
    return record, is_utf8


def _readable(record: dict[str, Any]) -> dict[str, Any]:
    """A name or an id with a broken letter in it is another name, another id."""
    for name in ("event", "user_id", "anonymous_id", "message_id"):
        if "\N{REPLACEMENT CHARACTER}" in (record[name] or ""):
            if name in {"event", "user_id"}:
                raise Refused(RejectionReason.NOT_UTF8, name, f"{name} is not UTF-8")
            record[name] = None
    return record


def avro_encode(record: dict[str, Any]) -> bytes:
    """Encode an event as single-object Avro with schemas/event.avsc: its field names (snake_case), optional ones may be left out."""
    schemas = event_schemas()
    body = BytesIO()
    body.write(MARKER + schemas.fingerprint)
    fastavro.schemaless_writer(body, schemas.reader, record)
    return body.getvalue()


def _compile(text: str) -> tuple[bytes, Any]:
    schema = msgspec.json.decode(text)
    return fingerprint_of(schema), fastavro.parse_schema(without_logical_types(schema))


def without_logical_types(node: Any) -> Any:
    """Keep times as numbers: datetimes are slower, and cannot hold absurd times, which are to be rejected with a reason."""
    if isinstance(node, dict):
        return {key: without_logical_types(child) for key, child in node.items() if key != "logicalType"}
    return [without_logical_types(child) for child in node] if isinstance(node, list) else node


def _payload(record: dict[str, Any]) -> tuple[Payload, bool]:
    context = {_CONTEXT_NAMES.get(name, name): _present(part) for name, part in _present(record.pop("context") or {}).items()}
    context |= context.pop("extra", {})
    if "consent" in context:
        context["consent"] = {"categoryPreferences": context["consent"]["category_preferences"]}
    products = [_present(product) for product in record.pop("products")]
    payload = Payload(context=context, products=products, **record)
    return payload, not (is_finite(products) and is_finite(context) and is_finite(payload.properties) and is_finite(payload.traits))


def _present(part: Any) -> Any:
    """Drop nulls: Avro writes an absent field as null, JSON leaves it out, and core expects the latter."""
    return {name: value for name, value in part.items() if value is not None} if isinstance(part, dict) else part


def is_finite(node: Any) -> bool:
    """Whether every number in a list or an object is finite."""
    for child in node if type(node) is list else node.values():
        kind = type(child)
        if kind is float:
            if not isfinite(child):
                return False
        elif child and (kind is dict or kind is list) and not is_finite(child):
            return False
    return True
