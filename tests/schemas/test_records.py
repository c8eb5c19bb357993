"""The records of core and their schemas say the same, and what is written follows them."""

import json
import types
import typing
from collections.abc import Mapping, Sequence
from enum import EnumType
from typing import Any, get_args, get_origin

import fastavro
import msgspec
import pytest

from services.arms.counts import ArmCount
from services.catalogue.topic import entry_of, record_of
from services.control.audit import AuditRecord
from services.control.signature import Act
from services.interest.news import News
from services.items.changes import Change
from tests.codecs.builders import NOON
from tests.codecs.test_encode import SCORES, TOPICS, action, decision, recall, rejected
from tests.schemas.test_schemas import load
from udfs.codecs.encode import encode
from udfs.codecs.handover import Handed
from udfs.codecs.reasons import RejectionReason
from udfs.codecs.rejected import Rejected
from udfs.core.bandits.learned import Learned
from udfs.core.catalogue_used import CatalogueUsed
from udfs.core.goal_outcome import GoalOutcome
from udfs.core.intents_used import IntentUsed
from udfs.core.items.item import Item, as_document
from udfs.core.personal_data import Erasure, Response, Status
from udfs.core.recommended import Place, Recommended
from udfs.core.records import Action, Decision, Outcome, Reason, Recall, Rejection, Segment

PAIRS = [
    ("action.avsc", Action),
    ("recall.avsc", Recall),
    ("decision.avsc", Decision),
    ("rejected.avsc", Rejected),
    ("segment.avsc", Segment),
    ("identity.avsc", Handed),
    ("outcome.avsc", GoalOutcome),
    ("response.avsc", Response),
    ("erasure.avsc", Erasure),
    ("audit.avsc", AuditRecord),
    ("arms.avsc", Learned),
    ("arm_count.avsc", ArmCount),
    ("item.avsc", Item),
    ("catalogue_change.avsc", Change),
    ("news.avsc", News),
]


def response(**changes: Any) -> Response:
    told: dict[str, Any] = {
        "request_id": "r",
        "request": "profile_requested",
        "user_id": "anna",
        "status": Status.KNOWN,
        "at": NOON,
        "ends": NOON,
        "profile": "{}",
    }
    return Response(**{**told, **changes})


def erasure() -> Erasure:
    return Erasure(erasure_id="e", user_id="anna", linked=["web-1"], at=NOON, was_known=True, recalled=1, until=NOON)


def fields_of(name: str, record: type[msgspec.Struct]) -> list[dict[str, Any]]:
    """The fields of the schema, without the kind that some records begin with."""
    fields: list[dict[str, Any]] = load(name)["fields"]
    config = record.__struct_config__
    if config.tag_field is None or config.array_like:  # an array's tag is no field of its JSON
        return fields
    assert (fields[0]["name"], fields[0]["type"]["symbols"]) == (config.tag_field, [config.tag])
    return fields[1:]


def avro_names(kind: Any) -> set[str]:
    kinds = kind if isinstance(kind, list) else [kind]
    names = {item["type"] if isinstance(item, dict) else item for item in kinds}
    return {{"enum": "string", "int": "long"}.get(name, name) for name in names}


def python_names(kind: Any) -> set[str]:
    if isinstance(kind, types.UnionType) or get_origin(kind) is typing.Union:
        return set().union(*(python_names(part) for part in get_args(kind)))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return {"record"}
    if get_origin(kind) is typing.Literal:
        return set().union(*(python_names(type(value)) for value in get_args(kind)))
    plain = get_origin(kind) or (str if isinstance(kind, EnumType) else kind)
    return {
        {
            str: "string",
            int: "long",
            float: "double",
            bool: "boolean",
            types.NoneType: "null",
            dict: "map",
            Mapping: "map",
            list: "array",
            tuple: "array",
            Sequence: "array",
        }[plain]
    }


@pytest.mark.parametrize(("name", "record"), PAIRS)
def test_a_record_and_its_schema_have_the_same_fields_in_the_same_order(name: str, record: type[msgspec.Struct]) -> None:
    assert [field["name"] for field in fields_of(name, record)] == list(record.__struct_fields__)


@pytest.mark.parametrize(("name", "record"), PAIRS)
def test_a_record_and_its_schema_have_the_same_types(name: str, record: type[msgspec.Struct]) -> None:
    hints = typing.get_type_hints(record)
    schema = {field["name"]: avro_names(field["type"]) for field in fields_of(name, record)}
    assert schema == {field: python_names(hints[field]) for field in record.__struct_fields__}


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("decision.avsc", decision()),
        (
            "decision.avsc",
            decision(channel=None, variant=None, probability=None, scores={}, features={}, trigger_event_id="m", detail="why"),
        ),
        ("decision.avsc", decision(scores=SCORES)),
        ("decision.avsc", decision(features={"big": "x" * 2_000_000})),
        ("action.avsc", action()),
        ("action.avsc", action(offer=None, content={"body": "x", "data": {"ids": [1, 2], "deep": {"a": None}}})),
        ("action.avsc", action(content={"body": "x" * 2_000_000})),
        ("recall.avsc", recall()),
        ("recall.avsc", recall(detail=None, trigger_event_id=None, facts=[{"rule": "a", "until": 5}])),
        ("rejected.avsc", rejected()),
        ("response.avsc", response()),
        ("response.avsc", response(profile=None, ends=None, status=Status.UNKNOWN)),
        ("response.avsc", response(profile="x" * 2_000_000)),
        ("erasure.avsc", erasure()),
        ("rejected.avsc", rejected(b"x" * 100_000, key=None, field="properties.price")),
    ],
)
def test_what_is_written_follows_the_schema(name: str, record: Decision | Action | Recall | Rejection | Response | Erasure) -> None:
    document = json.loads(encode(record, decided_at=NOON, topics=TOPICS)[2])
    assert fastavro.validate(document, load(name), strict=True, raise_errors=True)


def test_an_item_on_the_topic_follows_the_schema_and_is_read_back() -> None:
    item = Item(
        id="tent", price=129.0, tags=("sale",), stock=3.0, in_stock=True, properties={"colour": "green", "sizes": [1, 2]}, embedding=(0.5, -1.0)
    )
    key, value = record_of(item)
    document = json.loads(value or b"")
    whole = {**{field["name"]: field.get("default") for field in load("item.avsc")["fields"]}, **document}
    assert fastavro.validate(whole, load("item.avsc"), strict=True, raise_errors=True)
    assert (as_document(item) == document, entry_of(key, value)) == (True, (item, []))


def test_a_decision_that_asked_what_texts_mean_follows_the_schema() -> None:
    told = IntentUsed(model="intent:abc", intent="price", reason="SCORED", probability=0.8, clipped=True)
    used = [told, IntentUsed(model="intent", intent=None, reason="NO_MODEL")]
    document = json.loads(encode(decision(intents=used), decided_at=NOON, topics=TOPICS)[2])
    assert fastavro.validate(document, load("decision.avsc"), strict=True, raise_errors=True)
    assert document["intents"] == msgspec.to_builtins(used)


def test_a_decision_that_read_the_catalogue_follows_the_schema() -> None:
    used = CatalogueUsed(
        version="v", items={"tent": {"price": 129.0, "stock": 3, "in_stock": True, "name": None, "tags": ["a"]}}, unknown={"": "NO_ID"}
    )
    for catalogue in (used, CatalogueUsed(version=None, items={}, unknown={"kayak": "NO_CATALOGUE"})):
        document = json.loads(encode(decision(catalogue=catalogue), decided_at=NOON, topics=TOPICS)[2])
        assert fastavro.validate(document, load("decision.avsc"), strict=True, raise_errors=True)
        assert document["catalogue"] == msgspec.to_builtins(catalogue)


def test_a_decision_that_recommends_follows_the_schema() -> None:
    place = Place(item="tent", score=0.5, source="together", because_of="stove", probability=0.9)
    made = Recommended(
        asked="recommend(1)",
        strategy="default",
        strategy_version="",
        recommender="r1",
        catalogue=None,
        history=["stove"],
        items=[place],
        reason="NOTHING_LEFT",
    )
    document = json.loads(encode(decision(recommended=[made]), decided_at=NOON, topics=TOPICS)[2])
    assert fastavro.validate(document, load("decision.avsc"), strict=True, raise_errors=True)
    assert document["recommended"] == [msgspec.to_builtins(made)]


def test_the_closed_lists_are_the_same_in_code_and_schema() -> None:
    assert _symbols("decision.avsc", "outcome") == [outcome.value for outcome in Outcome]
    assert _symbols("decision.avsc", "reason") == [reason.value for reason in Reason]
    assert _symbols("response.avsc", "status") == [status.value for status in Status]
    assert _symbols("recall.avsc", "reason") == [reason.value for reason in Reason]
    assert _symbols("audit.avsc", "act") == list(get_args(Act))
    assert _symbols("rejected.avsc", "reason") == [reason.value for reason in RejectionReason]


def _symbols(name: str, field: str) -> list[str]:
    symbols: list[str] = next(item["type"]["symbols"] for item in load(name)["fields"] if item["name"] == field)
    return symbols
