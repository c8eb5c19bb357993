"""JSON Schemas made from schemas/*.avsc: what records look like in JSON, for the tools of those who read the topics."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

_PRIMITIVES = {
    "string": "string",
    "bytes": "string",
    "int": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "boolean": "boolean",
    "null": "null",
}
_TIMES = {"timestamp", "sent_at", "original_timestamp", "received_at"}
"""Fields of an event that are numbers in Avro, and usually ISO 8601 in JSON."""


def avro(name: str) -> Any:
    """The Avro schema of this name."""
    return json.loads(files("schemas").joinpath(f"{name}.avsc").read_text(encoding="utf-8"))


def json_schema(kind: Any, named: dict[str, Any] | None = None) -> dict[str, Any]:
    """The JSON Schema of an Avro type. Fields that a later version adds are allowed; those without a default are required.

    `named`: the records met so far, which a type may name.
    """
    named = {} if named is None else named
    if isinstance(kind, list):
        return _union(kind, named)
    if isinstance(kind, str):
        return {"type": _PRIMITIVES[kind]} if kind in _PRIMITIVES else json_schema(named[kind], named)
    if kind.get("logicalType") == "json":
        return {"type": "object"}
    match kind["type"]:
        case "record":
            named[kind["name"]] = kind
            properties = {field["name"]: {**json_schema(field["type"], named), "description": field["doc"]} for field in kind["fields"]}
            required = [field["name"] for field in kind["fields"] if "default" not in field]
            return {"type": "object", "description": kind["doc"], "properties": properties, "required": required}
        case "enum":
            return {"type": "string", "enum": kind["symbols"]}
        case "array":
            return {"type": "array", "items": json_schema(kind["items"], named)}
        case "map":
            return {"type": "object", "additionalProperties": json_schema(kind["values"], named)}
        case plain:
            return json_schema(plain, named)


def _union(kinds: list[Any], named: dict[str, Any]) -> dict[str, Any]:
    """One schema: scalars as a list of types, and the others as they are."""
    shapes = [json_schema(kind, named) for kind in kinds if kind != "null"]
    scalars = [shape["type"] for shape in shapes if shape.keys() == {"type"}]
    others = [shape for shape in shapes if shape.keys() != {"type"}]
    types = [*dict.fromkeys(scalars), *(["null"] if "null" in kinds else [])]
    scalar = {"type": types[0] if len(types) == 1 else types}
    if not others:
        return scalar
    return {"anyOf": [*others, *([scalar] if types else [])]}


def event_schema() -> dict[str, Any]:
    """Events as JSON, in the Segment spec: the fields of event.avsc in camelCase. Any others are allowed."""
    properties: dict[str, Any] = {}
    for field in avro("event")["fields"]:
        if field["name"] == "products":  # in JSON they are among the properties
            continue
        shape = {"type": ["string", "integer"]} if field["name"] in _TIMES else _loose(json_schema(field["type"]))
        properties[_camel(field["name"])] = {**shape, "description": field["doc"]}
    return {
        "type": "object",
        "description": "One thing a customer did, as JSON in the Segment spec. docs/publish-events.md tells what is read, and how.",
        "properties": properties,
        "required": ["type"],
        "anyOf": [{"required": ["userId"]}, {"required": ["anonymousId"]}],
    }


def _loose(shape: Mapping[str, Any]) -> dict[str, Any]:
    """The type alone: what is inside an event's objects is read leniently."""
    kinds = [*shape.get("anyOf", [shape])]
    types = [each for kind in kinds for each in ([kind["type"]] if isinstance(kind["type"], str) else kind["type"])]
    return {"type": types[0] if len(types) == 1 else types, **({"enum": shape["enum"]} if "enum" in shape else {})}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(each.title() for each in others)
