"""Events in Confluent's wire format, as a producer with a schema registry writes them, and the schemas they were written with."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import fastavro

from udfs.codecs import writers
from udfs.codecs.reasons import Refused, RejectionReason
from udfs.codecs.writers import Writer, compiled

FIELDS: list[dict[str, Any]] = [
    {"name": "eventId", "type": {"type": "string", "logicalType": "uuid"}},
    {"name": "userId", "type": "string"},
    {"name": "timestamp", "type": {"type": "long", "logicalType": "timestamp-micros"}},
    {"name": "product_id", "type": "string"},
    {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}},
    {"name": "quantity", "type": "int"},
    {"name": "coupon", "type": ["null", "string"], "default": None},
]
ADDED: dict[str, Any] = {"type": "record", "name": "ProductAdded", "namespace": "com.acme", "fields": FIELDS}
"""A company's own record, with no field of ours but the person, the time and the product."""


class Registry:
    """Writers out of a dict."""

    def __init__(self, schemas: dict[int, Any]) -> None:
        self._writers = {number: compiled(number, json.dumps(schema)) for number, schema in schemas.items()}

    def find(self, number: int) -> Writer:
        if number not in self._writers:
            raise Refused(RejectionReason.UNKNOWN_SCHEMA, None, "not in this registry")
        return self._writers[number]


@contextmanager
def registry(*schemas: Any) -> Iterator[None]:
    """Read with these schemas, whose ids count from 1."""
    with writers.using(Registry(dict(enumerate(schemas, 1)))):
        yield


def framed(schema: Any, record: Any, *, number: int = 1) -> bytes:
    """The bytes of a record, behind the header that Confluent's serialisers write."""
    body = BytesIO()
    fastavro.schemaless_writer(body, fastavro.parse_schema(schema), record)
    return b"\0" + number.to_bytes(4, "big") + body.getvalue()


def field(kind: Any, name: str = "it") -> dict[str, Any]:
    """A company's record with one field of this type, besides the person."""
    fields = [{"name": "userId", "type": "string"}, {"name": name, "type": kind}]
    return {"type": "record", "name": "ThingHappened", "namespace": "com.acme", "fields": fields}
