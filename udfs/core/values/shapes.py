"""The shape of a document, said once: its keys, what each means, which must be there, and what values they take.

A shape is a JSON Schema as plain data. Readers take the keys and the words that they know from it; `make schemas` writes the files in
schemas/json and the page docs/keys.md from it. What JSON Schema cannot say (that a condition compiles, say) is in the readers alone.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from udfs.core.values.channels import CHANNELS

Shape = Mapping[str, Any]

_PURPOSE = r"^(?!(-|any|all)$)[^A-Z\s/*~=]([^A-Z/*~=]*[^A-Z\s/*~=])?$"
_DAYS = r"(400(\.0+)?|[1-3]?\d{1,2}(\.\d+)?)\s*d"
_WEEKS = r"([1-4]?\d(\.\d+)?|5[0-6](\.\d+)?|57(\.0+)?)\s*w"
_HOURS = r"(9600(\.0+)?|(9[0-5]|[1-8]?\d)?\d{1,2}(\.\d+)?)\s*h"
_SHORTER = r"\d{1,6}(\.\d+)?\s*m|\d{1,8}(\.\d+)?\s*s|\d{1,11}(\.\d+)?\s*ms"

DEFINITIONS: Mapping[str, Shape] = {
    "name": {"type": "string", "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$", "maxLength": 64},
    "duration": {
        "type": "string",
        "pattern": rf"^\s*(?=[\d.]*[1-9])0*({_DAYS}|{_WEEKS}|{_HOURS}|{_SHORTER})\s*$",
        "examples": ["30m", "2h", "7d"],
    },
    "spread": {"type": "string", "pattern": rf"^\s*0*({_DAYS}|{_WEEKS}|{_HOURS}|{_SHORTER})\s*$", "examples": ["15m", "0m"]},
    "share": {"type": "string", "pattern": r"^\s*0*(100(\.0+)?|\d{1,2}(\.\d+)?)\s*%\s*$", "examples": ["10%"]},
    "condition": {"type": ["string", "boolean", "number"], "minLength": 1, "examples": ["cart.value > 99"]},
    "value": {"type": ["string", "boolean", "number"], "minLength": 1},
    "purpose": {"type": "string", "pattern": _PURPOSE, "maxLength": 64, "examples": ["marketing"]},
    "channel": {"type": "string", "pattern": "^(?!(any|all)$)[a-z0-9][a-z0-9._-]{0,63}$", "examples": list(CHANNELS)},
    "event": {
        "type": "string",
        "pattern": "^[a-z][a-z0-9_]*$",
        "examples": ["product_viewed", "product_added", "order_completed", "signed_up"],
    },
    "events": {
        "description": "The name of an event, or a list of them, in snake_case.",
        "anyOf": [{"$ref": "#/$defs/event"}, {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/event"}}],
    },
}
"""What several documents have values of."""


def document(kind: str, title: str, shape: Shape, definitions: Mapping[str, Shape]) -> Shape:
    """A whole kind of document, with the definitions that its parts refer to."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:kairos:{kind}", "title": title}
    return {**head, **shape, **({"$defs": definitions} if definitions else {})}


def mapping(properties: Mapping[str, Shape], *, required: Iterable[str] = (), means: str = "", **rules: Any) -> Shape:
    """A mapping with these keys and no others."""
    told = {"description": means} if means else {}
    needed = {"required": list(required)} if required else {}
    return {"type": "object", **told, **needed, "additionalProperties": False, **rules, "properties": properties}


def ref(name: str, means: str = "", **more: Any) -> Shape:
    """A value as one of the definitions says."""
    return {"$ref": f"#/$defs/{name}", **more, **({"description": means} if means else {})}


def text(means: str, **rules: Any) -> Shape:
    """A text."""
    return {"type": "string", **rules, "description": means}


def choice(words: Iterable[str], means: str = "", **more: Any) -> Shape:
    """One of a few words."""
    return {"enum": list(words), **more, **({"description": means} if means else {})}


def keys(shape: Shape) -> tuple[str, ...]:
    """The keys of a mapping."""
    return tuple(shape["properties"])


def words(shape: Shape, key: str) -> tuple[str, ...]:
    """The words of which the value of a key is one."""
    return tuple(map(str, shape["properties"][key]["enum"]))
