"""Schemas from outside: what they claim is bounded before a byte is decoded."""

import json
import sys
from io import BytesIO
from typing import Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.codecs.builders import rejection
from tests.codecs.registered import ADDED, field, registry
from udfs.codecs.foreign import without_nulls
from udfs.codecs.reasons import RejectionReason as R
from udfs.codecs.schema_bounds import MAX_FREE, VALUES_PER_BYTE, BadSchema
from udfs.codecs.writers import compiled


def record(name: str, *kinds: Any) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": [{"name": f"f{index}", "type": kind} for index, kind in enumerate(kinds)]}


def doubling(deep: int, leaf: Any) -> dict[str, Any]:
    """A record of two records of two records: a small text, of which the values double with every level."""
    schema = record("L0", leaf)
    for level in range(1, deep):
        schema = record(f"L{level}", schema, f"L{level - 1}")
    return schema


def nested(deep: int) -> dict[str, Any]:
    schema = record("D0", "int")
    for level in range(1, deep):
        schema = record(f"D{level}", schema)
    return schema


BAD = {
    "a record that holds itself": (record("Node", "string", ["null", "Node"]), "holds itself"),
    "two records that hold each other": (record("A", record("B", ["null", "A"])), "holds itself"),
    "a record that holds itself by way of a list": (record("A", {"type": "array", "items": "A"}), "holds itself"),
    "a list of nulls": (record("A", {"type": "array", "items": "null"}), "many more values than bytes"),
    "a list of empty records": (record("A", {"type": "array", "items": record("E")}), "many more values than bytes"),
    "a list of fixed types without a byte": (record("A", {"type": "array", "items": {"type": "fixed", "name": "F", "size": 0}}), "many more values"),
    "a map of records of many nulls": (record("A", {"type": "map", "values": record("N", *["null"] * 9)}), "many more values"),
    "a list of a union with a record of many nulls": (
        record("A", {"type": "array", "items": ["int", record("N", *["null"] * 9)]}),
        "many more values",
    ),
    "records that double": (doubling(31, "null"), "many more values than bytes"),
    "a list of records within records of one byte": (record("A", {"type": "array", "items": nested(20)}), "many more values"),
    "records within records": (nested(40), "deep"),
    "lists within lists": (record("A", json.loads('{"type":"array","items":' * 40 + '"int"' + "}" * 40)), "deep"),
    "JSON that is deeper than any schema": (json.loads("[" * 300 + "]" * 300), "nested deeper"),
    "a huge schema": (record("A", *["int"] * 10_000), "more than 20,000 values"),
    "an enum alone": ({"type": "enum", "name": "E", "symbols": ["A"]}, "must be a record"),
    "a primitive": ("string", "must be a record"),
    "a union with a primitive": (["null", record("A", "int")], "must be a record"),
    "a type that nobody defined": (record("A", "com.acme.Missing"), "is not defined"),
    "a name that is defined twice": (record("A", record("B", "int"), record("B", "string")), "defined twice"),
    "fields without a type": ({"type": "record", "name": "A", "fields": [{"name": "x"}]}, "no list of fields"),
    "fields that are not a list": ({"type": "record", "name": "A", "fields": 7}, "no list of fields"),
    "a record without a name": ({"type": "record", "fields": []}, "no name"),
    "a fixed type of a negative size": (record("A", {"type": "fixed", "name": "F", "size": -1}), "no size"),
    "a number for a type": (record("A", 7), "is no type"),
    "a union of nothing": (record("A", []), "union of nothing"),
    "an enum without symbols": (record("A", {"type": "enum", "name": "E"}), "no Avro schema"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_schema_is_refused_that_is(case: str) -> None:
    schema, words = BAD[case]
    with pytest.raises(BadSchema, match=words):
        compiled(1, json.dumps(schema))


@pytest.mark.parametrize("text", ["", "{", "nonsense", "[" * 100_000, "null", '{"type":"record"}', '"' + "x" * 2_000_000 + '"'])
def test_a_text_is_refused_that_is_no_schema(text: str) -> None:
    with pytest.raises(BadSchema):
        compiled(1, text)


def test_nulls_and_empty_records_of_an_honest_schema_are_read() -> None:
    assert compiled(1, json.dumps(record("A", "null", record("E"), {"type": "array", "items": ["null", "int"]}, doubling(20, "int")))).name == "A"


def test_a_schema_in_several_pieces_is_put_together() -> None:
    money = {"type": "record", "name": "Money", "namespace": "com.acme.types", "fields": [{"name": "currency", "type": "Currency"}]}
    currency = {"type": "enum", "name": "com.acme.types.Currency", "symbols": ["EUR"]}
    whole = record("com.acme.Bought", "com.acme.types.Money", "com.acme.types.Money", "types.Money")
    with pytest.raises(BadSchema, match="not defined"):
        compiled(1, json.dumps(whole), {"com.acme.types.Money": json.dumps(money), "com.acme.types.Currency": json.dumps(currency)})
    whole["fields"].pop()
    assert compiled(1, json.dumps(whole), {"com.acme.types.Money": json.dumps(money), "com.acme.types.Currency": json.dumps(currency)}).name


def test_references_in_a_circle_are_refused() -> None:
    a, b = record("A", "B"), record("B", "A")
    with pytest.raises(BadSchema, match="holds itself"):
        compiled(1, json.dumps(a), {"B": json.dumps(b), "A": json.dumps(a)})


def test_references_that_blow_up_are_refused() -> None:
    parts = {f"P{level}": json.dumps(record(f"P{level}", f"P{level - 1}", f"P{level - 1}")) for level in range(1, 30)}
    with pytest.raises(BadSchema, match="many more values"):
        compiled(1, json.dumps(record("A", "P29")), {**parts, "P0": json.dumps(record("P0", "null"))})


def test_an_event_by_a_bad_schema_is_refused_whole_and_can_be_replayed() -> None:
    with registry(ADDED), registry(field("int")):
        refused = rejection(b"\0\0\0\0\1\6ada")
    assert (refused.reason, refused.original) == (R.MALFORMED, b"\0\0\0\0\1\6ada")


_LEAVES = st.sampled_from(["null", "int", "string", "double", "boolean"])
_TYPES = st.recursive(
    _LEAVES,
    lambda kinds: st.one_of(
        st.builds(lambda items: {"type": "array", "items": items}, kinds),
        st.builds(lambda values: {"type": "map", "values": values}, kinds),
        st.lists(kinds, max_size=4).map(lambda parts: ("record", parts)),
        st.lists(_LEAVES, min_size=1, max_size=3, unique=True),
    ),
    max_leaves=12,
)


def _named(kind: Any, names: list[int]) -> Any:
    if isinstance(kind, tuple):
        names[0] += 1
        return record(f"R{names[0]}", *(_named(part, names) for part in kind[1]))
    if isinstance(kind, dict):
        return {key: _named(value, names) for key, value in kind.items()}
    return kind


@given(_TYPES, st.binary(max_size=300))
def test_no_bytes_make_more_values_than_the_bound_says(kind: Any, data: bytes) -> None:
    try:
        writer = compiled(1, json.dumps(record("com.acme.Any", _named(kind, [0]))))
    except BadSchema:
        return
    try:
        found = fastavro.schemaless_reader(BytesIO(data), writer.schema, None)
    except Exception:  # what the bytes do not say; here only what they do say counts
        return
    assert _values(found) <= VALUES_PER_BYTE * len(data) + MAX_FREE
    without_nulls(found)


def _values(node: Any) -> int:
    if isinstance(node, dict):
        return 1 + sum(_values(child) for child in node.values())
    return 1 + sum(_values(child) for child in node) if isinstance(node, list) else 1


def test_the_recursion_limit_is_far_from_what_a_schema_may_need() -> None:
    deep = record("A", json.loads('{"type":"array","items":' * 29 + '"int"' + "}" * 29))
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(400)  # a TaskManager's interpreter has a thousand, of which others use some
    try:
        assert compiled(1, json.dumps(deep)).name == "A"
    finally:
        sys.setrecursionlimit(before)
