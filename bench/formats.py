"""Decoding and checking one event of a product in each format that Kairos reads: the same events, in turns, in one run. `python -m bench.formats`

Avro as companies write it is their own records, whose fields a mapping turns into the catalogue's.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from io import BytesIO
from statistics import median
from typing import Any
from unittest.mock import patch

import fastavro

from bench.engine import history
from udfs.codecs import avro, foreign, writers
from udfs.codecs.decode import decode_all
from udfs.codecs.mappings import combined, sender
from udfs.codecs.writers import Writer, compiled
from udfs.core.records import Event

Record = tuple[bytes, bytes, int]
FORMATS = {
    "json": "JSON",
    "single": "Avro in single-object encoding, Kairos' schema",
    "ours": "Avro in Confluent's format, Kairos' schema",
    "spec": "Avro in Confluent's format, a record in the Segment spec",
    "own": "Avro in Confluent's format, a company's own record through a mapping",
}
_CONTEXT = [("timezone", "string"), ("locale", "string")]
_PRODUCT = [("product_id", "string"), ("name", "string"), ("category", "string"), ("price", "double"), ("quantity", "int"), ("query", "string"),
            ("order_id", "string"), ("total", "double")]  # fmt: skip


MAPPING = combined([sender({
    "mapping": "bench",
    "records": {"com.acme.ShopEvent": "product_added"},
    "envelope": {"user_id": "customer.number", "message_id": "id", "timestamp": "occurred", "context": "circumstances"},
    "fields": {"product_id": "article", "price": "unit_price"},
})])  # fmt: skip


class Known:
    """Schemas that were fetched before, as they are in a running job."""

    def __init__(self, texts: Iterable[Any]) -> None:
        self._writers = {number: compiled(number, json.dumps(schema)) for number, schema in enumerate(texts, 1)}

    def find(self, number: int) -> Writer:
        """One of them."""
        return self._writers[number]


def cost(*, events: int = 20_000, rounds: int = 7) -> dict[str, float]:
    """Microseconds of processor time per event by format, the median of several rounds in which every format has its turn."""
    with _mapped():
        return _cost(*_wires(events), events, rounds)


def _cost(wires: dict[str, list[Record]], known: Known, events: int, rounds: int) -> dict[str, float]:
    found: dict[str, list[float]] = {name: [] for name in FORMATS}
    for _ in range(rounds):
        for name, records in wires.items():
            began = time.process_time()
            for key, value, at in records:
                decode_all(key, value, at, writers=known)
            found[name].append((time.process_time() - began) / events * 1e6)
    return {name: median(rounds_of) for name, rounds_of in found.items()}


def sizes(*, events: int = 2_000) -> dict[str, float]:
    """Bytes of an event by format, the mean."""
    with _mapped():
        wires, _ = _wires(events)
    return {name: sum(len(value) for _, value, _ in records) / events for name, records in wires.items()}


@contextmanager
def _mapped() -> Iterator[None]:
    """With a company's mapping, as if it were a file in schemas/mappings."""
    with patch.object(foreign, "senders", lambda: MAPPING), patch.object(writers, "senders", lambda: MAPPING):
        yield


def _wires(events: int) -> tuple[dict[str, list[Record]], Known]:
    made = history(users=500, events=2 * events, seed=1)
    plain = [record for record in made if b'"Product Viewed"' in record[1] or b'"Product Added"' in record[1]][:events]
    assert len(plain) == events
    ours = json.loads(files("schemas").joinpath("event.avsc").read_text(encoding="utf-8"))
    spec, own = _spec(), _own()
    wires = {
        "json": plain,
        "single": [(key, avro.avro_encode(_snake(value)), at) for key, value, at in plain],
        "ours": _framed(plain, 1, avro.without_logical_types(ours), _snake),
        "spec": _framed(plain, 2, spec, _with_all),
        "own": _framed(plain, 3, own, _flat),
    }
    known = Known((ours, spec, own))
    for name, records in wires.items():
        read = [decode_all(key, value, at, writers=known) for key, value, at in records[:500]]
        assert all(len(found) == 1 and isinstance(found[0], Event) for found in read), (name, read[0])
    return wires, known


def _framed(plain: Iterable[Record], number: int, schema: Any, record: Callable[[bytes], Any]) -> list[Record]:
    parsed, made = fastavro.parse_schema(schema), []
    for key, value, at in plain:
        body = BytesIO()
        fastavro.schemaless_writer(body, parsed, record(value))
        made.append((key, b"\0" + number.to_bytes(4, "big") + body.getvalue(), at))
    return made


def _snake(value: bytes) -> dict[str, Any]:
    told = json.loads(value)
    for plain, spelled in (("message_id", "messageId"), ("user_id", "userId"), ("anonymous_id", "anonymousId")):
        told[plain] = told.pop(spelled)
    return dict(told)


def _with_all(value: bytes) -> dict[str, Any]:
    told = json.loads(value)
    return {"event": None, **told, "properties": {name: told["properties"].get(name) for name, _ in _PRODUCT}}


def _flat(value: bytes) -> dict[str, Any]:
    told = json.loads(value)
    properties = told["properties"]
    return {
        "id": told["messageId"], "customer": {"number": told["userId"]}, "occurred": told["timestamp"] * 1000, "circumstances": told["context"],
        "article": properties.get("product_id"), "unit_price": properties.get("price"),
        **{name: properties.get(name) for name, _ in _PRODUCT[1:] if name != "price"},
    }  # fmt: skip


def _context() -> dict[str, Any]:
    page = _record("Page", [("path", "string"), ("referrer", "string")])
    return _record("Context", [*_CONTEXT, ("page", page)])


def _spec() -> dict[str, Any]:
    start = [("messageId", "string"), ("type", "string"), ("userId", "string"), ("anonymousId", "string"), ("timestamp", "long")]
    fields = [*start, ("event", ["null", "string"]), ("context", _context())]
    return _record("com.acme.Tracked", [*fields, ("properties", _record("Properties", [(name, ["null", kind]) for name, kind in _PRODUCT]))])


def _own() -> dict[str, Any]:
    micros = {"type": "long", "logicalType": "timestamp-micros"}
    customer = _record("Customer", [("number", "string")])
    start = [("id", "string"), ("customer", customer), ("occurred", micros), ("circumstances", _context())]
    renamed = {"product_id": "article", "price": "unit_price"}
    return _record("com.acme.ShopEvent", [*start, *((renamed.get(name, name), ["null", kind]) for name, kind in _PRODUCT)])


def _record(name: str, fields: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": [{"name": field, "type": kind} for field, kind in fields]}


if __name__ == "__main__":
    length = sizes()
    for kind, spent in cost().items():
        print(f"{FORMATS[kind]:<72} {spent:5.1f} µs {length[kind]:6.0f} bytes")
