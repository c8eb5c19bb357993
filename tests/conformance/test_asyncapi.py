"""docs/asyncapi.yaml: up to date, whole, and true of what is written."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from jobs.arms_options import ArmsOptions
from jobs.interest_options import InterestOptions
from jobs.options import Options
from services.catalogue.topic import NAME as CATALOGUE
from services.conformance.asyncapi import PATH, document, text
from services.conformance.json_schema import json_schema
from services.devstack.topics import topics
from services.items import changes
from tests.codecs.builders import NOON
from tests.codecs.test_encode import SCORES, TOPICS, action, decision, recall, rejected
from udfs.codecs.encode import encode
from udfs.codecs.routes import Output

ROOT = Path(__file__).parents[2]
FOUND: dict[str, Any] = YAML(typ="safe").load((ROOT / PATH).read_text(encoding="utf-8"))
MESSAGES: dict[str, Any] = FOUND["components"]["messages"]


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from nodes(child)
    elif isinstance(node, list):
        for child in node:
            yield from nodes(child)


def valid(message: str, value: Any) -> bool:
    return bool(jsonschema.Draft7Validator(MESSAGES[message]["payload"]).is_valid(value))


def test_it_is_up_to_date() -> None:
    assert (ROOT / PATH).read_text(encoding="utf-8") == text(), "run `make schemas`"
    assert document() == FOUND


def test_every_reference_leads_somewhere() -> None:
    references = [node["$ref"] for node in nodes(FOUND) if "$ref" in node]
    assert references
    for reference in references:
        found: Any = FOUND
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def test_every_topic_that_a_deployment_creates_is_there_and_every_message_is_on_a_topic() -> None:
    options = Options(channels="email,whatsapp", link_ids="on")
    addresses = {channel["address"] for channel in FOUND["channels"].values()}
    arms, interest = ArmsOptions(), InterestOptions()
    of_others = {arms.counts_topic, CATALOGUE, interest.changes_topic, interest.interest_topic}  # jobs and services next to the main job
    created = {topic.name.replace("email", "{channel}").replace("whatsapp", "{channel}") for topic in topics(options)}
    assert created | of_others == addresses
    assert not created & of_others
    assert interest.changes_topic == changes.TOPIC
    carried = {message for channel in FOUND["channels"].values() for message in channel["messages"]}
    assert carried == set(MESSAGES)
    assert set(FOUND["channels"]["actions"]["messages"]) == {"action", "recall"}


def test_every_operation_is_on_a_channel_and_says_in_which_direction() -> None:
    assert {operation["channel"]["$ref"].rpartition("/")[2] for operation in FOUND["operations"].values()} == set(FOUND["channels"])
    assert {operation["action"] for operation in FOUND["operations"].values()} == {"send", "receive"}


def test_every_payload_is_a_schema_and_every_field_says_what_it_means() -> None:
    for name, message in MESSAGES.items():
        if "schemaFormat" in message["payload"]:
            continue
        jsonschema.Draft7Validator.check_schema(message["payload"])
        silent = [field for field, shape in message["payload"].get("properties", {}).items() if not shape.get("description")]
        assert silent == [], name


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("action", action()),
        ("action", action(offer=None, content={"ids": [1, 2], "deep": {"a": None}})),
        ("action", action(content={"body": "x" * 2_000_000})),
        ("recall", recall()),
        ("recall", recall(detail=None, trigger_event_id=None, facts=[{"rule": "a", "until": 5, "all": None}])),
        ("decision", decision()),
        ("decision", decision(scores=SCORES)),
        ("decision", decision(channel=None, variant=None, probability=None, scores={}, trigger_event_id="m")),
        ("rejected", rejected()),
    ],
)
def test_what_is_written_is_valid(name: str, record: Output) -> None:
    value = json.loads(encode(record, decided_at=NOON, topics=TOPICS)[2])
    jsonschema.validate(value, MESSAGES[name]["payload"], jsonschema.Draft7Validator)
    for field in MESSAGES[name]["payload"]["required"]:
        assert not valid(name, {key: part for key, part in value.items() if key != field}), field


def test_an_action_is_no_recall_and_a_recall_no_action() -> None:
    sent, stopped = (json.loads(encode(each, decided_at=NOON, topics=TOPICS)[2]) for each in (action(), recall()))
    assert not valid("recall", sent)
    assert not valid("action", stopped)
    assert valid("action", {**sent, "priority": 7}), "fields of a later version are allowed"


def test_events_are_described_as_they_are_written() -> None:
    event = {
        "type": "track",
        "event": "Product Added",
        "userId": "ada",
        "messageId": "m",
        "timestamp": "2026-03-02T09:00:00Z",
        "properties": {"a": 1},
    }
    assert valid("event", event)
    assert valid("event", {**event, "timestamp": 1_764_000_000_000})
    assert not valid("event", {**event, "userId": 5})
    assert not valid("event", {"type": "track", "event": "Product Added"})
    assert valid("control", None)
    assert valid("heartbeat", "heartbeat")


def test_unions_become_what_json_schema_calls_them() -> None:
    assert json_schema(["null", "string"]) == {"type": ["string", "null"]}
    assert json_schema(["null", {"type": "map", "values": "long"}]) == {
        "anyOf": [{"type": "object", "additionalProperties": {"type": "integer"}}, {"type": "null"}]
    }
    assert json_schema({"type": "string", "logicalType": "json"}) == {"type": "object"}
