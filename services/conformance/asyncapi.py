"""docs/asyncapi.yaml: every topic as AsyncAPI 3, for tools. Made from the routes and the Avro schemas: `make schemas` writes it."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from jobs.arms_options import ArmsOptions
from jobs.interest_options import InterestOptions
from jobs.options import Options
from services.conformance.json_schema import avro, event_schema, json_schema
from services.control.audit import audit_name
from services.heartbeat.beat import VALUE as HEARTBEAT
from services.items.changes import KEPT_MS
from udfs.codecs.avro import fingerprint_of
from udfs.codecs.routes import ROUTES, with_topics
from udfs.core.values.channels import CHANNELS

PATH = Path("docs/asyncapi.yaml")
HEAD = "# Made by `make schemas` from schemas/*.avsc and udfs/codecs/routes.py.\n"
BINDING = "0.5.0"
USER = {"type": "string", "description": "The customer's id: all records of one customer are in one partition, in order."}
ABOUT = {
    "events": "What customers do. The job reads it; heartbeats move time on: with an empty key in each partition, with a key for one customer.",
    "control": "Campaigns, features, segments, policy, models and switches. Compacted, one partition; the last record of a key counts.",
    "arms": "What bandits have learned about the variants of each campaign. Compacted, one partition; the highest epoch of a campaign counts.",
    "arm-counts": "The results of decisions that bandits drew, by campaign, variant, context and epoch. Compacted. The arms job writes it.",
    "catalogue": "Products, an item a record. Compacted; a tombstone removes one. `kairos catalogue load` writes it, or anybody else.",
    "catalogue-changes": "What has changed about which product. `kairos catalogue serve` writes it.",
    "interest": "Whom a change of a product concerns. The interest job writes it, and takes it back with a tombstone.",
    "audit": "Who changed control, when and why. One partition, kept forever.",
    "actions": "Messages to deliver on one channel, and recalls of those that must not be delivered any more. "
    "Read it with isolation.level=read_committed. docs/consuming.md is the contract, `kairos conformance` checks a consumer.",
    "decisions": "Every answer about everybody, also each no, with its reason.",
    "rejected": "Records that could not be read, and parts of records that were set aside, with the reason.",
    "people": "The directory of people: a small record of each, the last one counts. Compacted; a tombstone says that nothing is known any longer.",
    "outcomes": "The outcome of each decision that acted or was held out, by its campaign's goal. The highest revision of a decision counts.",
    "responses": "Answers to requests about one customer. Written at once, outside of transactions: an answer may come twice, and reserves nothing.",
    "erasures": "Who was erased, for everybody else who holds something of them.",
    "segments": "Who entered a declared segment, and who left it.",
    "identity": "What is known of an id, handed over to the person it turned out to be. With --link-ids only; the job reads it itself.",
}


def document() -> dict[str, Any]:
    """The whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Kairos",
            "version": "0.2.0",
            "description": "The topics of a Kairos deployment, under their usual names. A deployment may name them otherwise.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": dict(_channels()),
        "operations": {
            "readEvents": _operation("receive", "events", "The job reads what customers do."),
            "readControl": _operation("receive", "control", "The job reads what it decides by."),
            "readArms": _operation("receive", "arms", "The job reads what its bandits draw by."),
            "writeArmCounts": _operation("send", "arm-counts", "The arms job counts the results of decisions."),
            "readCatalogue": _operation("receive", "catalogue", "`kairos catalogue serve` makes the files that the job asks."),
            "writeCatalogueChanges": _operation("send", "catalogue-changes", "`kairos catalogue serve` tells what has changed."),
            "readCatalogueChanges": _operation("receive", "catalogue-changes", "The interest job looks for whom it concerns."),
            "writeInterest": _operation("send", "interest", "The interest job tells whom a change concerns."),
            "readInterest": _operation("receive", "interest", "`kairos interest pace` makes events of it."),
            "writeAudit": _operation("send", "audit", "The commands that change control say so."),
            **{
                f"write{route.name.title()}": _operation("send", route.name, f"The job writes {route.name}, {how}.")
                for route in with_topics()
                for how in ("at once" if route.at_once else "in transactions",)
            },
        },
        "components": {"messages": dict(_messages())},
    }


def text() -> str:
    """The document as YAML."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # the order is ours
    yaml.allow_unicode = True
    yaml.width = 10_000  # a folded line would end with a blank
    yaml.representer.ignore_aliases = lambda *_: True  # nobody reads anchors
    out = StringIO()
    yaml.dump(document(), out)
    return HEAD + out.getvalue()


def _channels() -> Iterator[tuple[str, dict[str, Any]]]:
    options = Options()
    yield "events", _channel("events", options.events_topic, "event", "eventAvro", "heartbeat")
    yield "control", _channel("control", options.control_topic, "control", partitions=1, **{"cleanup.policy": ["compact"]})
    yield "arms", _channel("arms", options.arms_topic, "arms", partitions=1, **{"cleanup.policy": ["compact"]})
    yield "arm-counts", _channel("arm-counts", ArmsOptions().counts_topic, "arm_count", partitions=1, **{"cleanup.policy": ["compact"]})
    of_interest, compacted = InterestOptions(), dict[str, Any]({"cleanup.policy": ["compact"]})
    yield "catalogue", _channel("catalogue", "catalogue", "item", **compacted)
    yield "catalogue-changes", _channel("catalogue-changes", of_interest.changes_topic, "catalogue_change", **{"retention.ms": KEPT_MS})
    yield "interest", _channel("interest", of_interest.interest_topic, "news", **{"retention.ms": KEPT_MS})
    yield "audit", _channel("audit", audit_name(options.control_topic), "audit", partitions=1, **{"retention.ms": -1})
    for route in with_topics():
        messages = [each.schema for each in ROUTES if route.name in {each.name, each.shares}]
        address = options.topics[route.name] + ("{channel}" if route.by_channel else "")
        settings: dict[str, Any] = {"cleanup.policy": ["compact"]} if route.compacted else {}
        settings |= {} if route.kept_for is None else {"retention.ms": route.kept_for}
        channel = _channel(route.name, address, *messages, **settings)
        if route.by_channel:
            told = "The channel of delivery. Any name that the job was submitted with."
            channel["parameters"] = {"channel": {"description": told, "examples": list(CHANNELS)}}
        yield route.name, channel


def _channel(name: str, address: str, *messages: str, partitions: int | None = None, **settings: Any) -> dict[str, Any]:
    kafka: dict[str, Any] = {"bindingVersion": BINDING}
    if partitions is not None:
        kafka["partitions"] = partitions
    if settings:
        kafka["topicConfiguration"] = settings
    return {
        "address": address,
        "description": ABOUT[name],
        "messages": {message: {"$ref": f"#/components/messages/{message}"} for message in messages},
        "bindings": {"kafka": kafka},
    }


def _operation(action: str, channel: str, summary: str) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "summary": summary}


def _messages() -> Iterator[tuple[str, dict[str, Any]]]:
    event = avro("event")
    yield "event", _message("Event", "One thing a customer did, as JSON.", USER, event_schema())
    yield (
        "eventAvro",
        {
            **_message("EventAvro", "The same in Avro: single-object encoding (C3 01, the fingerprint of the schema, the body).", USER, {}),
            "contentType": "avro/binary",
            "payload": {"schemaFormat": "application/vnd.apache.avro+json;version=1.9.0", "schema": event},
            "x-avro-fingerprint": fingerprint_of(event).hex(),
        },
    )
    heartbeat = {"type": "string", "const": HEARTBEAT.decode()}
    key = {"type": "string", "description": "Empty: time moves on in the partition. A customer's id: the job looks at the profile."}
    yield (
        "heartbeat",
        {**_message("Heartbeat", "Moves time on where nobody does anything. Other readers skip it.", key, heartbeat), "contentType": "text/plain"},
    )
    for name in ("control", "audit"):
        schema = avro(name)
        keyed = {"type": "string", "description": "campaign/<name>, model/<name>, features, policy, segments, deployment or switch/<what>."}
        yield name, _message(schema["name"], schema["doc"], keyed, _tombstoned(schema) if name == "control" else json_schema(schema))
    learned = avro("arms")
    yield "arms", _message(learned["name"], learned["doc"], {"type": "string", "description": "The campaign's name."}, _tombstoned(learned))
    counted = avro("arm_count")
    yield (
        "arm_count",
        _message(counted["name"], counted["doc"], {"type": "string", "description": "What it is about, as JSON."}, json_schema(counted)),
    )
    for name, removable in (("item", True), ("catalogue_change", False), ("news", True)):
        schema = avro(name)
        keyed = {"type": "string", "description": "The id of the news." if name == "news" else "The id of the product."}
        yield name, _message(schema["name"], schema["doc"], keyed, _tombstoned(schema) if removable else json_schema(schema))
    for route in ROUTES:
        schema = avro(route.schema)
        key = {"type": "string", "description": "The key of the record that was rejected."} if route.schema == "rejected" else USER
        payload = _tombstoned(schema) if route.compacted else json_schema(schema)
        yield route.schema, {**_message(schema["name"], schema["doc"], key, payload), "x-avro-fingerprint": fingerprint_of(schema).hex()}


def _tombstoned(schema: Any) -> dict[str, Any]:
    return {"anyOf": [json_schema(schema), {"type": "null", "description": "A tombstone: what the key names is removed."}]}


def _message(name: str, summary: str, key: dict[str, Any], payload: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "summary": summary,
        "contentType": "application/json",
        "payload": payload,
        "bindings": {"kafka": {"key": key, "bindingVersion": BINDING}},
    }


def main() -> None:
    """Write the file, in the folder where this is run: the root of the repository."""
    PATH.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
