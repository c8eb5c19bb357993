"""Confluent's wire format: a company's own records become the events that their JSON would be."""

import datetime as dt
import json
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from ruamel.yaml import YAML

from tests.codecs.builders import NOON, added, event, rejection, taken
from tests.codecs.registered import ADDED, FIELDS, field, framed, registry
from tests.codecs.test_avro import EVENT
from udfs.codecs.avro import avro_encode, event_schemas
from udfs.codecs.decode import decode_all
from udfs.codecs.mappings import MappingError, combined, sender
from udfs.codecs.reasons import RejectionReason as R
from udfs.codecs.writers import compiled

AT = dt.datetime.fromtimestamp(NOON / 1000, dt.UTC)
RECORD = {"eventId": UUID(int=7), "userId": "ada", "timestamp": AT, "product_id": "tent", "price": Decimal("119.90"), "quantity": 1, "coupon": None}
OURS = json.loads(files("schemas").joinpath("event.avsc").read_text(encoding="utf-8"))
PAGE = (Path(__file__).parents[2] / "docs" / "avro.md").read_text(encoding="utf-8")
ACME = YAML(typ="safe").load(PAGE.partition("```yaml\n")[2].partition("```")[0])
"""The mapping that the documentation shows."""


@pytest.fixture
def acme(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mapping of a company's own, as a file in schemas/mappings would give it."""
    known = combined([sender(ACME)])
    for module in ("udfs.codecs.foreign", "udfs.codecs.writers", "udfs.codecs.checks"):
        monkeypatch.setattr(f"{module}.senders", lambda: known)


def of(schema: Any, record: dict[str, Any]) -> Any:
    with registry(schema):
        return event(framed(schema, record))


def test_a_companys_own_record_is_the_event_that_its_name_says_with_its_fields_as_properties() -> None:
    read = of(ADDED, RECORD)
    assert (read.name, read.type, read.user_id, read.at) == ("product_added", "track", "ada", NOON)
    assert read.properties == {"eventId": str(UUID(int=7)), "product_id": "tent", "price": 119.9, "quantity": 1}


def test_it_is_the_same_event_as_its_json() -> None:
    properties = {"eventId": str(UUID(int=7)), "product_id": "tent", "price": 119.9, "quantity": 1}
    as_json, as_avro = event(added(properties=properties, messageId="m")), of(ADDED, RECORD)
    assert (as_avro.properties, as_avro.name, as_avro.at) == (as_json.properties, as_json.name, as_json.at)


def test_our_own_schema_behind_a_registrys_id_is_read_as_in_a_single_object() -> None:
    with registry(OURS):
        assert event(b"\0\0\0\0\1" + avro_encode(EVENT)[10:]) == event(avro_encode(EVENT))


def test_our_schema_out_of_a_registry_is_the_one_that_is_read_so_that_nothing_is_resolved() -> None:
    assert compiled(1, json.dumps(OURS)).schema is event_schemas().reader


def test_a_companys_version_of_our_schema_is_resolved_against_what_we_read() -> None:
    theirs = {**OURS, "fields": [{"name": "cost_centre", "type": "string"}, *(each for each in OURS["fields"] if each["name"] != "write_key")]}
    read = of(theirs, {**EVENT, "cost_centre": "x"})
    assert (read.name, read.source, read.properties["product_id"]) == ("product_added", "", "tent")


def test_a_record_in_the_segment_spec_is_read_as_its_json_whatever_it_is_called() -> None:
    schema = {
        "type": "record",
        "name": "com.acme.TrackerEvent",
        "fields": [
            *({"name": name, "type": "string"} for name in ("type", "event", "messageId", "userId")),
            {"name": "timestamp", "type": {"type": "long", "logicalType": "timestamp-millis"}},
            {"name": "properties", "type": {"type": "map", "values": ["null", "string", "double"]}},
            {"name": "context", "type": ["null", {"type": "map", "values": "string"}]},
        ],
    }
    told = {"type": "track", "event": "Product Added", "messageId": "m-1", "userId": "ada", "timestamp": AT}
    read = of(schema, {**told, "properties": {"product_id": "tent", "price": "60.00 EUR", "coupon": None}, "context": {"timezone": "Europe/Berlin"}})
    assert (read.name, read.message_id, read.properties["price"], read.properties["currency"]) == ("product_added", "m-1", 60, "EUR")
    assert read.context == {"timezone": "Europe/Berlin"}


@pytest.mark.usefixtures("acme")
def test_a_mapping_says_what_a_record_is_and_where_its_person_its_time_and_its_fields_are() -> None:
    schema = {
        "type": "record",
        "name": "com.acme.BasketLine",
        "fields": [
            {"name": "header", "type": {"type": "record", "name": "Header", "fields": [{"name": "id", "type": "string"}]}},
            {"name": "customer", "type": {"type": "record", "name": "C", "fields": [{"name": "number", "type": "long"}]}},
            {"name": "occurred", "type": {"type": "long", "logicalType": "timestamp-micros"}},
            {"name": "article", "type": "string"},
            {"name": "unitPrice", "type": {"type": "fixed", "name": "Money", "size": 8, "logicalType": "decimal", "precision": 12, "scale": 2}},
        ],
    }
    record = {"header": {"id": "e-1"}, "customer": {"number": 42}, "occurred": AT, "article": "tent", "unitPrice": Decimal("19.99")}
    with registry(schema):
        read, asides = taken(framed(schema, record), key=b"42")
    assert asides == []
    assert (read.name, read.user_id, read.message_id, read.at, read.known) == ("product_added", "42", "e-1", NOON, True)
    assert (read.properties["product_id"], read.properties["price"]) == ("tent", 19.99)


@pytest.mark.usefixtures("acme")
def test_an_envelope_in_which_one_of_several_records_says_what_happened() -> None:
    line = {"type": "record", "name": "com.acme.BasketLine", "fields": [{"name": "article", "type": "string"}]}
    position = {"type": "record", "name": "com.acme.Position", "fields": [{"name": "article", "type": "string"}, {"name": "price", "type": "double"}]}
    items = {"name": "positions", "type": {"type": "array", "items": position}}
    bought = {"type": "record", "name": "com.acme.Bought", "fields": [{"name": "bon", "type": "string"}, items]}
    customer = {"type": "record", "name": "com.acme.Customer", "fields": [{"name": "first_name", "type": "string"}]}
    schema = {
        "type": "record",
        "name": "com.acme.Envelope",
        "fields": [{"name": "customer_no", "type": "string"}, {"name": "payload", "type": [line, bought, customer]}],
    }
    with registry(schema):
        first = event(framed(schema, {"customer_no": "ada", "payload": ("com.acme.BasketLine", {"article": "tent"})}))
        second = event(
            framed(schema, {"customer_no": "ada", "payload": ("com.acme.Bought", {"bon": "b1", "positions": [{"article": "tent", "price": 5.0}]})})
        )
        third = event(framed(schema, {"customer_no": "ada", "payload": ("com.acme.Customer", {"first_name": "Ada"})}))
    assert (first.name, first.properties["product_id"]) == ("product_added", "tent")
    assert (second.name, second.properties["order_id"]) == ("order_completed", "b1")
    assert second.properties["products"] == [{"article": "tent", "product_id": "tent", "price": 5.0}]
    assert (third.type, third.traits) == ("identify", {"first_name": "Ada"})


@pytest.mark.usefixtures("acme")
def test_a_field_called_event_makes_no_record_of_the_segment_spec_if_it_is_a_record_or_if_a_mapping_knows_better() -> None:
    line = {"type": "record", "name": "com.acme.BasketLine", "fields": [{"name": "article", "type": "string"}]}
    other = {"type": "record", "name": "com.acme.Nothing", "fields": [{"name": "x", "type": ["null", "string"]}]}
    fields = [{"name": "customer_no", "type": "string"}, {"name": "event", "type": [line, other]}]
    wrapped = {"type": "record", "name": "com.acme.Envelope", "fields": fields}
    read = of(wrapped, {"customer_no": "ada", "event": ("com.acme.BasketLine", {"article": "tent"})})
    assert (read.name, read.properties["product_id"]) == ("product_added", "tent")
    names = ("customer_no", "article", "event", "properties")
    named = {**line, "fields": [{"name": name, "type": "string"} for name in names]}
    read = of(named, {"customer_no": "ada", "article": "tent", "event": "BASKET/ADD", "properties": "none"})
    assert (read.name, read.properties["product_id"], read.properties["event"]) == ("product_added", "tent", "BASKET/ADD")


def test_a_type_that_is_no_call_is_a_field_like_any_other() -> None:
    fields = [{"name": name, "type": "string"} for name in ("userId", "messageId", "type")]
    schema = {"type": "record", "name": "com.acme.BannerClicked", "fields": fields}
    read = of(schema, {"userId": "ada", "messageId": "m-1", "type": "BANNER"})
    assert (read.name, read.message_id, read.properties) == ("banner_clicked", "m-1", {"type": "BANNER"})
    assert of(schema, {"userId": "ada", "messageId": "m-1", "type": "identify"}).type == "identify"


def test_properties_that_are_a_list_are_a_field_like_any_other() -> None:
    schema = field({"type": "array", "items": "string"}, "properties")
    read = of(schema, {"userId": "ada", "properties": ["blue"]})
    assert (read.name, read.properties) == ("thing_happened", {"properties": ["blue"]})


def test_two_mappings_that_both_claim_a_record_are_refused_and_so_is_a_key_that_is_misspelt() -> None:
    with pytest.raises(MappingError, match=r"acme and acme both say what the record com\.acme\.BasketLine is"):
        combined([sender(ACME), sender({"mapping": "acme", "records": {"com.acme.BasketLine": "page"}})])
    with pytest.raises(MappingError, match="has a key 'record': did you mean 'records'"):
        sender({"mapping": "b", "record": {}})
    with pytest.raises(MappingError, match="needs `mapping`"):
        sender({"records": {}})
    with pytest.raises(MappingError, match="maps userid under envelope"):
        combined([sender({"mapping": "b", "envelope": {"userid": "x"}})])


def test_a_union_of_records_at_the_top_is_whichever_of_them_was_written() -> None:
    fields = [{"name": "userId", "type": "string"}, {"name": "product_id", "type": "string"}]
    viewed = {"type": "record", "name": "com.acme.ProductViewed", "fields": fields}
    schema = [viewed, ADDED]
    with registry(schema):
        assert event(framed(schema, ("com.acme.ProductViewed", {"userId": "ada", "product_id": "tent"}))).name == "product_viewed"
        assert event(framed(schema, ("com.acme.ProductAdded", RECORD))).properties["price"] == 119.9


@pytest.mark.parametrize(
    ("kind", "written", "read"),
    [
        ({"type": "long", "logicalType": "timestamp-millis"}, AT, NOON),
        ({"type": "long", "logicalType": "timestamp-micros"}, AT, NOON),
        ({"type": "long", "logicalType": "local-timestamp-micros"}, dt.datetime(2024, 3, 1, 12), NOON),  # noqa: DTZ001 - what a writer of these takes
        ({"type": "int", "logicalType": "date"}, dt.date(1990, 5, 17), "1990-05-17"),
        ({"type": "int", "logicalType": "date"}, 2**31 - 1, 2**31 - 1),
        ({"type": "int", "logicalType": "time-millis"}, dt.time(9, 30), "09:30:00"),
        ({"type": "long", "logicalType": "time-micros"}, dt.time(9, 30, 1, 500_000), "09:30:01.500"),
        ({"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}, Decimal("-0.05"), -0.05),
        ({"type": "bytes", "logicalType": "decimal", "precision": 9}, Decimal(7), 7),
        ({"type": "fixed", "name": "F", "size": 4, "logicalType": "decimal", "precision": 9, "scale": 3}, Decimal("1.250"), 1.25),
        ({"type": "string", "logicalType": "uuid"}, UUID(int=1), str(UUID(int=1))),
        ({"type": "fixed", "name": "U", "size": 16, "logicalType": "uuid"}, UUID(int=1).bytes, str(UUID(int=1))),
        ("bytes", b"\0\xff", "AP8="),
        (["null", "bytes"], b"\0\xff", "AP8="),
        ({"type": "fixed", "name": "B", "size": 2}, b"\0\xff", "AP8="),
        ({"type": "enum", "name": "E", "symbols": ["GOLD", "SILVER"]}, "GOLD", "GOLD"),
        (["null", {"type": "long", "logicalType": "timestamp-micros"}], AT, NOON),
        ({"type": "map", "values": ["null", "int"]}, {"a": 1, "b": None}, {"a": 1}),
        ({"type": "array", "items": {"type": "int", "logicalType": "date"}}, [dt.date(2024, 3, 1)], ["2024-03-01"]),
        ({"type": "string", "avro.java.string": "String"}, "x", "x"),
        (
            {"type": "record", "name": "R", "fields": [{"name": "a", "type": ["null", "string"]}, {"name": "b", "type": "float"}]},
            {"a": None, "b": 0.5},
            {"b": 0.5},
        ),
    ],
)  # fmt: skip
def test_every_type_becomes_what_json_would_say(kind: Any, written: Any, read: Any) -> None:
    assert of(field(kind), {"userId": "ada", "it": written}).properties == {"it": read}


def test_what_is_absent_leaves_no_property() -> None:
    assert of(field(["null", "string"]), {"userId": "ada", "it": None}).properties == {}


def test_a_named_type_that_is_used_again_by_its_name_is_converted_there_too() -> None:
    money = {"type": "fixed", "name": "Money", "size": 4, "logicalType": "decimal", "precision": 9, "scale": 2}
    schema = {**field(money), "fields": [*field(money)["fields"], {"name": "tax", "type": "Money"}]}
    assert of(schema, {"userId": "ada", "it": Decimal("1.25"), "tax": Decimal("0.25")}).properties == {"it": 1.25, "tax": 0.25}


def test_one_bad_field_is_set_aside_and_the_event_is_taken() -> None:
    fields: Any = [{"name": each["name"], "type": "string"} if each["name"] in ("price", "quantity") else each for each in FIELDS]
    schema = {**ADDED, "fields": fields}
    with registry(schema):
        read, asides = taken(framed(schema, {**RECORD, "price": "a lot", "quantity": "two"}))
    assert read.name == "product_added"
    assert sorted((aside.field, aside.reason) for aside in asides) == [
        ("properties.price", R.BAD_PROPERTY),
        ("properties.quantity", R.BAD_PROPERTY),
    ]


def test_a_number_that_is_not_finite_is_set_aside() -> None:
    with registry(field("double")):
        read, asides = taken(framed(field("double"), {"userId": "ada", "it": float("nan")}))
    assert (read.properties, [aside.reason for aside in asides]) == ({}, [R.NOT_FINITE])


def test_json_in_a_text_with_half_a_letter_becomes_what_can_be_written() -> None:
    schema = {**ADDED, "fields": [*FIELDS, {"name": "context", "type": "string"}]}
    with registry(schema):
        read, _ = taken(framed(schema, {**RECORD, "context": '{"page": {"title": "\\ud83d"}, "x": 1e999}'}))
    assert read.context["page"] == {"title": "\N{REPLACEMENT CHARACTER}"}
    assert "x" not in read.context


def test_a_decimal_too_long_for_a_number_does_not_stop_the_event() -> None:
    kind = {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}
    value = framed(field("bytes"), {"userId": "ada", "it": b"\x7f" * 100_000})
    with registry(field(kind)):
        assert event(value).name == "thing_happened"


def test_text_that_is_not_utf8_is_replaced_but_not_in_the_persons_id() -> None:
    value = framed(field("string"), {"userId": "ada", "it": "HERE"})
    with registry(field("string")):
        read, asides = taken(value.replace(b"HERE", b"\xff\xfe\xfd\xfc"))
        assert (read.name, [aside.reason for aside in asides]) == ("thing_happened", [R.NOT_UTF8])
        assert rejection(value.replace(b"ada", b"\xff\xfe\xfd")).reason == R.NOT_UTF8


@pytest.mark.parametrize("broken", [lambda value: value[:4], lambda value: value[:-1], lambda value: value + b"\0", lambda value: value[:5]])
def test_a_body_that_does_not_follow_its_schema_is_refused_whole(broken: Any) -> None:
    with registry(ADDED):
        assert rejection(broken(framed(ADDED, RECORD))).reason == R.MALFORMED


def test_without_a_registry_it_says_how_to_name_one() -> None:
    refused = rejection(framed(ADDED, RECORD))
    assert refused.reason == R.UNKNOWN_SCHEMA
    assert "--schema-registry" in refused.message
    assert refused.original == framed(ADDED, RECORD)


def test_an_avro_key_is_refused_with_the_serialiser_to_use() -> None:
    with registry(ADDED):
        refused = rejection(framed(ADDED, RECORD), key=b"\0\0\0\0\1\6ada")
    assert refused.reason == R.KEY_MISMATCH
    assert "StringSerializer" in refused.message


def test_a_record_of_nobody_says_that_a_mapping_may_find_the_person() -> None:
    schema = {**field("string"), "fields": [{"name": "who", "type": "string"}]}
    with registry(schema):
        refused = rejection(framed(schema, {"who": "ada"}))
    assert refused.reason == R.MISSING_FIELD
    assert "com.acme.ThingHappened" in refused.message
    assert "schemas/mappings" in refused.message


def test_whatever_follows_the_header_something_comes_out() -> None:
    good = framed(ADDED, RECORD)
    with registry(ADDED):
        for place in range(5, len(good)):
            for byte in (0, 1, 0x7F, 0x80, 0xFF):
                assert decode_all(b"ada", good[:place] + bytes([byte]) + good[place + 1 :], NOON)
