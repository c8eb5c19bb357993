"""Single-object Avro: read whatever schema it was written with, refused with a way out where that cannot be."""

import json
from importlib.resources import files
from io import BytesIO
from typing import Any

import avro.io
import avro.schema
import fastavro
import pytest

from tests.codecs.builders import NOON, event, rejection, taken
from udfs.codecs.avro import _APACHE, MARKER, apache_fingerprint_of, avro_encode, event_schemas, fingerprint_of
from udfs.codecs.decode import decode
from udfs.codecs.reasons import RejectionReason as R

EVENT = {
    "message_id": "m-1",
    "type": "track",
    "event": "Product Added",
    "user_id": "ada",
    "anonymous_id": "anon",
    "timestamp": NOON,
    "properties": {
        "product_id": "tent",
        "price": 120.0,
        "quantity": 1,
        "gift": True,
        "note": None,
        "tags": ["a", 1],
        "size": {"w": 2.5, "parts": ["x"]},
    },
    "traits": {"first_name": "Ada", "address": {"city": "Ulm"}},
    "context": {
        "timezone": "Europe/Berlin",
        "user_agent": "Mozilla",
        "device": {"type": "ios", "token": "t"},
        "utm": {"source": "news", "name": "spring"},
        "consent": {"category_preferences": {"marketing": True}},
        "traits": {"city": "Ulm", "first_name": "?"},
        "extra": {"build": "7"},
    },
    "write_key": "app",
}
"""One of everything."""


def written_with(name: str, record: dict[str, Any]) -> bytes:
    """As a producer of another time or language would: with Apache's own library, and the schema file as it lies there."""
    text = files("schemas").joinpath(name).read_text(encoding="utf-8")
    body = BytesIO()
    avro.io.DatumWriter(avro.schema.parse(text)).write(record, avro.io.BinaryEncoder(body))
    return MARKER + fingerprint_of(json.loads(text)) + body.getvalue()


def test_the_fingerprint_is_the_one_of_the_specification() -> None:
    """CRC-64-AVRO of "int" as Apache's tests have it (7275d51a3f395c8f), little-endian as the header wants it."""
    assert fingerprint_of("int") == bytes.fromhex("7275d51a3f395c8f")[::-1]


def test_an_event_whose_header_was_made_by_apaches_python_library_is_read_too() -> None:
    """It computes another fingerprint where a schema has logical types; its users must not be refused."""
    text = files("schemas").joinpath("event.avsc").read_text(encoding="utf-8")
    value = avro_encode({"message_id": "m", "type": "track", "event": "Product Added", "user_id": "ada", "properties": {"product_id": "tent"}})
    theirs = MARKER + avro.schema.parse(text).fingerprint() + value[10:]
    assert theirs != value
    assert decode(b"ada", theirs, 1709294400000) == decode(b"ada", value, 1709294400000)


def test_the_fingerprints_of_apaches_library_that_are_written_down_are_those_that_it_computes() -> None:
    folder = files("schemas")
    shipped = [folder.joinpath("event.avsc"), *(each for each in folder.joinpath("history").iterdir() if each.name.startswith("event."))]
    assert len(shipped) >= 2
    for each in shipped:
        text = each.read_text(encoding="utf-8")
        mark = fingerprint_of(json.loads(text))
        assert mark.hex() in _APACHE, f"{each.name} is new: write its fingerprints down"
        assert apache_fingerprint_of(mark, text) == avro.schema.parse(text).fingerprint()


def test_the_fingerprint_of_a_schema_that_a_team_adds_is_computed() -> None:
    text = '{"type": "record", "name": "added", "fields": [{"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}'
    assert apache_fingerprint_of(fingerprint_of(json.loads(text)), text) == avro.schema.parse(text).fingerprint()


def test_the_fingerprint_is_the_one_that_apaches_library_computes() -> None:
    """Of the canonical form as the specification has it: {"type": "long"} is "long" there, which the Python library (1.12, unlike Java's) forgets."""
    text = files("schemas").joinpath("event.avsc").read_text(encoding="utf-8")
    plain = text.replace('{"type": "long", "logicalType": "timestamp-millis"}', '"long"')
    assert "logicalType" not in plain
    assert event_schemas().fingerprint == avro.schema.parse(plain).fingerprint("CRC-64-AVRO")


def test_an_event_reads_the_same_as_its_json() -> None:
    payload = {
        "messageId": "m-1",
        "type": "track",
        "event": "Product Added",
        "userId": "ada",
        "anonymousId": "anon",
        "timestamp": "2024-03-01T12:00:00Z",
        "properties": EVENT["properties"],
        "traits": EVENT["traits"],
        "writeKey": "app",
        "context": {
            "timezone": "Europe/Berlin",
            "userAgent": "Mozilla",
            "device": {"type": "ios", "token": "t"},
            "campaign": {"source": "news", "name": "spring"},
            "consent": {"categoryPreferences": {"marketing": True}},
            "traits": {"city": "Ulm", "first_name": "?"},
            "build": "7",
        },
    }
    assert event(avro_encode(EVENT)) == event(payload)


def test_an_almost_empty_event_reads_the_same_as_its_json() -> None:
    read = event(avro_encode({"message_id": "m", "type": "page", "user_id": "ada"}))
    assert read == event({"messageId": "m", "type": "page", "userId": "ada"})


def test_products_beside_the_properties_become_one_of_them() -> None:
    record = {**EVENT, "event": "Order Completed", "properties": {"order_id": "o"}, "products": [{"product_id": "tent", "price": 2.5, "quantity": 2}]}
    assert event(avro_encode(record)).properties == {"order_id": "o", "products": [{"product_id": "tent", "price": 2.5, "quantity": 2}]}


def test_what_apaches_library_writes_is_read() -> None:
    """That library takes datetimes where the schema says timestamp, and every field."""
    whole = fastavro.schemaless_reader(
        BytesIO(avro_encode(EVENT)[10:]), json.loads(files("schemas").joinpath("event.avsc").read_text(encoding="utf-8"))
    )
    assert event(written_with("event.avsc", whole)) == event(avro_encode(EVENT))


def test_an_event_of_the_first_schema_is_read_with_todays() -> None:
    """Its `tz` is today's timezone, its int and float are wider now, its pixel density is gone, and there was no products field."""
    moment = fastavro.schemaless_reader(
        BytesIO(avro_encode(EVENT)[10:]), json.loads(files("schemas").joinpath("event.avsc").read_text(encoding="utf-8"))
    )["timestamp"]
    old = {
        "message_id": "m-1",
        "type": "track",
        "event": "Product Added",
        "user_id": "ada",
        "anonymous_id": None,
        "timestamp": moment,
        "context": {"tz": "Europe/Berlin", "locale": "de-DE", "screen_density": 2.0},
        "properties": {"product_id": "tent", "price": 120, "quantity": 2},
        "traits": {"plan": "pro"},
    }
    read = event(written_with("history/event.1.avsc", old))
    assert (read.name, read.at, read.traits) == ("product_added", NOON, {"plan": "pro"})
    assert read.properties == {"product_id": "tent", "price": 120, "quantity": 2}
    assert read.context == {"timezone": "Europe/Berlin", "locale": "de-DE", "traits": {}}


def test_an_unknown_schema_is_named_with_the_way_to_register_it() -> None:
    refused = rejection(MARKER + bytes(range(8)) + b"rest")
    assert refused.reason == R.UNKNOWN_SCHEMA
    assert "0001020304050607" in refused.message
    assert "schemas/history" in refused.message


def test_an_event_cut_anywhere_is_refused() -> None:
    whole = avro_encode(EVENT)
    assert {rejection(whole[:end]).reason for end in range(2, len(whole))} == {R.MALFORMED}


def test_bytes_after_the_end_are_refused() -> None:
    refused = rejection(avro_encode(EVENT) + b"\0")
    assert (refused.reason, "1 bytes follow" in refused.message) == (R.MALFORMED, True)


def test_text_that_is_not_utf_8_is_read_as_far_as_it_goes_and_told() -> None:
    read, asides = taken(avro_encode(EVENT).replace(b"tent", b"\xff\xfe\xfd\xfc"))
    assert read.properties["product_id"] == "\N{REPLACEMENT CHARACTER}" * 4
    assert [(aside.reason, aside.field) for aside in asides] == [(R.NOT_UTF8, None)]


def test_a_person_whose_id_is_not_utf_8_is_nobody() -> None:
    refused = rejection(avro_encode({**EVENT, "user_id": "HERE"}).replace(b"HERE", b"\xff\xfe\xfd\xfc"))
    assert (refused.reason, refused.field) == (R.NOT_UTF8, "user_id")


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_none_is_set_aside_where_it_stands(odd: float) -> None:
    read, asides = taken(avro_encode({**EVENT, "properties": {"product_id": "tent", "size": {"parts": [odd]}}}))
    assert read.properties["size"] == {"parts": [None]}
    assert [(aside.reason, aside.field) for aside in asides] == [(R.NOT_FINITE, "properties.size.parts[0]")]


def test_the_rules_of_the_envelope_hold_for_avro_in_its_own_spelling() -> None:
    _, asides = taken(avro_encode({**EVENT, "message_id": "m" * 300}))
    assert [(aside.reason, aside.field) for aside in asides] == [(R.TOO_LONG, "message_id")]
    refused = rejection(avro_encode({**EVENT, "user_id": "", "anonymous_id": "guest"}))
    assert (refused.reason, refused.field) == (R.PLACEHOLDER_ID, "anonymous_id")


@pytest.mark.parametrize("absurd", [0, -(2**62), 2**62])
def test_an_absurd_time_is_set_aside_for_that_of_the_record(absurd: int) -> None:
    read, asides = taken(avro_encode({**EVENT, "timestamp": absurd}))
    assert read.at == NOON
    assert [(aside.reason, aside.field) for aside in asides] == [(R.BAD_TIMESTAMP, "timestamp")]


def _huge(count: int) -> bytes:
    """A zigzag varint."""
    number, out = (count << 1) ^ (count >> 63), bytearray()
    number &= (1 << 64) - 1
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


@pytest.mark.parametrize("declared", [2**31, 2**40, 2**62, -(2**62), -1])
def test_a_length_that_the_bytes_do_not_pay_for_allocates_nothing(declared: int) -> None:
    header = MARKER + event_schemas().fingerprint
    text = header + _huge(declared) + b"m"
    assert rejection(text).reason == R.MALFORMED
    before_properties = avro_encode({"message_id": "m", "type": "page", "user_id": "ada"})[:-4]
    for block in (_huge(declared), _huge(declared) + b"\x02" * 9):
        assert rejection(before_properties + block).reason in {R.MALFORMED, R.NOT_UTF8}
