"""The schemas themselves: documented to the last field, able to evolve, and unable to be used against the job."""

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import fastavro
import pytest

from udfs.codecs.avro import event_schemas, fingerprint_of

EVENT_SCHEMAS = ["event.avsc", "history/event.1.avsc"]
FINGERPRINTS = {"event.avsc": "997f158b76ddfb4d", "history/event.1.avsc": "90d42a79e105a46b"}
"""As they stand in the header of every record: producers hold on to them."""
ALL = [
    "action.avsc",
    "arm_count.avsc",
    "arms.avsc",
    "audit.avsc",
    "catalogue_change.avsc",
    "control.avsc",
    "decision.avsc",
    "erasure.avsc",
    "identity.avsc",
    "item.avsc",
    "news.avsc",
    "outcome.avsc",
    "person.avsc",
    "recall.avsc",
    "rejected.avsc",
    "response.avsc",
    "segment.avsc",
    *EVENT_SCHEMAS,
]


def load(name: str) -> Any:
    return json.loads(files("schemas").joinpath(name).read_text(encoding="utf-8"))


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from nodes(child)
    elif isinstance(node, list):
        for child in node:
            yield from nodes(child)


def test_every_schema_is_in_this_test() -> None:
    folder = files("schemas")
    found = {entry.name for entry in folder.iterdir()} | {f"history/{entry.name}" for entry in folder.joinpath("history").iterdir()}
    assert {name for name in found if name.endswith(".avsc")} == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_every_record_and_every_field_says_what_it_means(name: str) -> None:
    for node in nodes(load(name)):
        if node.get("type") == "record":
            undocumented = [part["name"] for part in (node, *node["fields"]) if not (isinstance(part.get("doc"), str) and part["doc"])]
            assert undocumented == []


def test_no_schema_that_events_were_written_with_is_lost() -> None:
    """A new event.avsc means a new fingerprint: copy the one that was into schemas/history first, then add the new one here."""
    assert {name: fingerprint_of(load(name)).hex() for name in EVENT_SCHEMAS} == FINGERPRINTS
    assert set(FINGERPRINTS.values()) <= {mark.hex() for mark in event_schemas().writers}


@pytest.mark.parametrize("name", ALL)
def test_it_is_a_valid_schema_whose_defaults_hold(name: str) -> None:
    schema = fastavro.parse_schema(load(name))
    for node in nodes(load(name)):
        if "default" in node and "name" in node:
            kind = node["type"]
            first = kind[0] if isinstance(kind, list) else kind  # Avro: the default of a union is one of its first branch
            assert node["default"] is None if first == "null" else fastavro.validate(node["default"], first, raise_errors=True), node["name"]
    assert schema["name"].startswith("kairos.")


@pytest.mark.parametrize(
    "name",
    [
        *("event.avsc", "action.avsc", "audit.avsc", "decision.avsc", "erasure.avsc", "outcome.avsc"),
        *("person.avsc", "recall.avsc", "rejected.avsc", "response.avsc", "segment.avsc"),
    ],
)
def test_what_may_be_absent_has_a_default_so_that_the_schema_can_evolve(name: str) -> None:
    for node in nodes(load(name)):
        if "name" in node and isinstance(node.get("type"), list) and "null" in node["type"]:
            assert "default" in node, node["name"]


@pytest.mark.parametrize("name", EVENT_SCHEMAS)
def test_no_schema_of_an_event_refers_to_itself(name: str) -> None:
    """Depth in the data is bounded by depth in the schema, so hostile Avro cannot drive the decoder into recursion."""
    named = {node["name"] for node in nodes(load(name)) if node.get("type") in ("record", "enum", "fixed")}
    referred = {kind for node in nodes(load(name)) for kind in _references(node) if kind in named or kind.startswith("kairos.")}
    assert referred == set()


def _references(node: dict[str, Any]) -> Iterator[str]:
    for place in ("type", "items", "values"):
        kinds = node.get(place)
        for kind in kinds if isinstance(kinds, list) else [kinds]:
            if isinstance(kind, str):
                yield kind


@pytest.mark.parametrize("name", EVENT_SCHEMAS)
def test_no_item_of_an_array_takes_no_bytes(name: str) -> None:
    """Else a block could declare 2^62 nulls in ten bytes. The items of a map pay for their key."""
    for node in nodes(load(name)):
        if node.get("type") == "array":
            items = node["items"]
            assert items != "null"
            if isinstance(items, dict) and items["type"] == "record":
                assert any(field["type"] != "null" for field in items["fields"])
