"""Whether a value has a shape: the part of JSON Schema that the shapes here use, with problems in words. So reader and schema are one."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from udfs.core.values.problems import Problem, did_you_mean, shown
from udfs.core.values.shapes import Shape

Path = tuple[str | int, ...]
_KINDS = {"object": "a mapping", "array": "a list", "string": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}


def problems(shape: Shape, value: Any) -> list[Problem]:
    """Every way in which `value` is not a document of this shape."""
    return list(_problems(shape, value, (), shape.get("$defs", {})))


def _problems(shape: Shape, value: Any, path: Path, definitions: Shape) -> Iterator[Problem]:
    if "$ref" in shape:
        shape = {**definitions[str(shape["$ref"]).removeprefix("#/$defs/")], **shape}
    if "anyOf" in shape:
        found = [list(_problems(each, value, path, definitions)) for each in shape["anyOf"]]
        if all(found):  # of the alternatives, the one that comes nearest
            yield from min(found, key=lambda wrong: (not any(len(each.path) > len(path) for each in wrong), len(wrong)))
        return
    if "enum" in shape:
        if not isinstance(value, str) or value not in shape["enum"]:
            words = shape["enum"]
            yield Problem(path, f"{_name(path)} is {shown(value)}", did_you_mean(str(value), words) or "one of " + ", ".join(words))
        return
    kind = shape.get("type")
    if kind and not _is(value, kind):
        yield Problem(path, f"{_name(path)} is {_KINDS[kind]}, not {shown(value)}" + _example(shape))
    elif kind == "object":
        yield from _mapping(shape, value, path, definitions)
    elif kind == "array":
        if len(value) < shape.get("minItems", 0):
            yield Problem(path, f"{_name(path)} is empty: leave it out, or name something")
        for n, each in enumerate(value):
            yield from _problems(shape["items"], each, (*path, n), definitions)
    elif kind == "string":
        if len(value) < shape.get("minLength", 0) or len(value) > shape.get("maxLength", len(value)):
            yield Problem(path, f"{_name(path)} is empty" if not value else f"{_name(path)} has more than {shape['maxLength']} characters")
        elif not re.search(shape.get("pattern", ""), value):
            yield Problem(path, f"{shown(value)} is not a value of {_name(path)}" + _example(shape))
    elif kind in {"integer", "number"} and not shape.get("minimum", value) <= value <= shape.get("maximum", value):
        yield Problem(path, f"{_name(path)} is {shown(value)}, and must be from {shape.get('minimum', 'any')} to {shape.get('maximum', 'any')}")


def _mapping(shape: Shape, value: Mapping[Any, Any], path: Path, definitions: Shape) -> Iterator[Problem]:
    if len(value) < shape.get("minProperties", 0):
        yield Problem(path, f"{_name(path)} is empty: leave it out, or say something of it")
    known, more = shape.get("properties", {}), shape.get("additionalProperties", True)
    for key, each in value.items():
        if not isinstance(key, str) or (key not in known and more is False):
            hint = did_you_mean(str(key), known) or "known here: " + ", ".join(known)
            yield Problem((*path, key), f"unknown key {shown(key)}", hint, at_key=True)
        elif key in known:
            yield from _problems(known[key], each, (*path, key), definitions)
        elif isinstance(more, Mapping):
            yield from _problems(more, each, (*path, key), definitions)
    for key in shape.get("required", ()):
        if key not in value:
            yield Problem(path, f"{key} is missing")


def _is(value: Any, kind: str) -> bool:
    if kind in {"integer", "number"}:
        whole = isinstance(value, int) or (isinstance(value, float) and (kind == "number" or value.is_integer()))
        return whole and not isinstance(value, bool)
    return isinstance(value, {"object": Mapping, "array": list, "string": str, "boolean": bool}[kind])


def _name(path: Path) -> str:
    names = [str(each) for each in path if isinstance(each, str)]
    return names[-1] if names else "the file"


def _example(shape: Shape) -> str:
    examples = shape.get("examples", ())
    return f": write {examples[0]}, for example" if examples else ""
