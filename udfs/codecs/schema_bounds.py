"""What a schema from outside may claim. It decides how deep and how large a decoder goes, so it is checked before the first byte is decoded.

The rule that bounds a whole record, whatever its bytes: a decoded record has at most four values for each of its bytes, and a thousand more.
`_excess` is by how many values more than that a type can come to. Items of arrays and maps may not add to it, for there is no end of them.
"""

from collections.abc import Iterator
from typing import Any

from udfs.core.values.errors import InvalidInput

MAX_NODES = 20_000
"""JSON values in a schema. The largest of those in use have a few thousand."""
MAX_JSON_DEPTH = 200
MAX_DEPTH = 32
"""Records, arrays and maps within each other, as in JSON."""
VALUES_PER_BYTE = 4
MAX_FREE = 1_000
"""Values that may take no bytes at all: fields of type null, empty records."""
NAMED = frozenset({"record", "error", "enum", "fixed"})
_MIN_BYTES = {"null": 0, "boolean": 1, "int": 1, "long": 1, "float": 4, "double": 8, "bytes": 1, "string": 1}


class BadSchema(InvalidInput):
    """A schema that Kairos does not decode with, and why."""


def check_json(document: Any) -> None:
    """Bound a schema's JSON before any code goes through it by recursion. Raises BadSchema."""
    level, depth, seen = [document], 0, 0
    while level:
        depth, seen = depth + 1, seen + len(level)
        if depth > MAX_JSON_DEPTH or seen > MAX_NODES:
            message = f"it is nested deeper than {MAX_JSON_DEPTH} levels" if depth > MAX_JSON_DEPTH else f"it has more than {MAX_NODES:,} values"
            raise BadSchema(message)
        level = [child for node in level for child in _children(node)]


def check_bounds(schema: Any) -> None:
    """Refuse what would let few bytes claim much. Raises BadSchema. For a schema in which every name is defined before it is used."""
    excess = _Bounds().excess(schema, "", 0)
    if excess > MAX_FREE:
        raise BadSchema("an event by it could hold many more values than bytes: fields of type null, or records without fields, many times over")  # noqa: EM101


def full_name(name: str, space: str) -> str:
    """The full name of a type that is called `name` where `space` is the namespace."""
    return name if "." in name or not space else f"{space}.{name}"


def space_of(node: dict[str, Any], space: str) -> str:
    """The namespace within a named type."""
    name = node.get("name")
    if not isinstance(name, str) or not name:
        raise BadSchema("a record, enum or fixed type has no name")  # noqa: EM101
    if "." in name:
        return name.rpartition(".")[0]
    told = node.get("namespace", space)
    return told if isinstance(told, str) else space


def fields_of(node: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of a record. Raises BadSchema."""
    fields = node.get("fields")
    if not isinstance(fields, list) or not all(isinstance(each, dict) and "type" in each and isinstance(each.get("name"), str) for each in fields):
        message = f"the record {node.get('name')} has no list of fields with names and types"
        raise BadSchema(message)
    return fields


def _children(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        yield from node.values()
    elif isinstance(node, list):
        yield from node


class _Bounds:
    """One walk through a schema. A named type is weighed once, and its depth is that of its contents."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, int]] = {}
        self._open: set[str] = set()

    def excess(self, node: Any, space: str, depth: int) -> int:
        """By how many values more than `VALUES_PER_BYTE` for each byte a value of this type can come to; nearly always less than none."""
        return self._weighed(node, space, depth)[0]

    def _weighed(self, node: Any, space: str, depth: int) -> tuple[int, int]:
        """The excess, and how deep it goes below itself."""
        if depth > MAX_DEPTH:
            message = f"records within records, more than {MAX_DEPTH} deep"
            raise BadSchema(message)
        if isinstance(node, str):
            return self._of_name(node, space, depth)
        if isinstance(node, list):
            if not node:
                raise BadSchema("a union of nothing")  # noqa: EM101
            found = [self._weighed(each, space, depth) for each in node]
            return max(excess for excess, _ in found) - VALUES_PER_BYTE, max(below for _, below in found)
        if not isinstance(node, dict):
            message = f"{str(node)[:40]!r} is no type"
            raise BadSchema(message)
        kind = node.get("type")
        if isinstance(kind, (dict, list)):
            return self._weighed(kind, space, depth)
        if kind in ("array", "map"):
            excess, below = self._weighed(node.get("items" if kind == "array" else "values"), space, depth + 1)
            if excess - (VALUES_PER_BYTE if kind == "map" else 0) > 0:
                message = f"items of a {kind} could hold many more values than bytes: nothing, many nulls, or records within records"
                raise BadSchema(message)
            return 1 - VALUES_PER_BYTE, below + 1
        if kind in NAMED:
            return self._of_definition(node, str(kind), space, depth)
        return self._of_name(kind, space, depth)

    def _of_name(self, name: Any, space: str, depth: int) -> tuple[int, int]:
        if name in _MIN_BYTES:
            return 1 - VALUES_PER_BYTE * _MIN_BYTES[name], 0
        whole = full_name(name, space) if isinstance(name, str) else ""
        if whole in self._open:
            message = f"{whole} holds itself, so an event may be nested without end: a schema that refers to itself is not read"
            raise BadSchema(message)
        found = self._known.get(whole) or (self._known.get(name) if isinstance(name, str) else None)
        if found is None:
            message = f"{str(name)[:80]!r} is not defined in it"
            raise BadSchema(message)
        if depth + found[1] > MAX_DEPTH:
            message = f"records within records, more than {MAX_DEPTH} deep"
            raise BadSchema(message)
        return found

    def _of_definition(self, node: dict[str, Any], kind: str, space: str, depth: int) -> tuple[int, int]:
        within = space_of(node, space)
        whole = full_name(node["name"], within)
        if whole in self._known or whole in self._open:
            message = f"{whole} is defined twice"
            raise BadSchema(message)
        if kind == "enum":
            found = (1 - VALUES_PER_BYTE, 0)
        elif kind == "fixed":
            size = node.get("size")
            if type(size) is not int or not 0 <= size <= 1 << 20:
                message = f"the fixed type {whole} has no size that can be"
                raise BadSchema(message)
            found = (1 - VALUES_PER_BYTE * size, 0)
        else:
            self._open.add(whole)
            parts = [self._weighed(field["type"], within, depth + 1) for field in fields_of(node)]
            self._open.discard(whole)
            found = (1 + sum(excess for excess, _ in parts), 1 + max((below for _, below in parts), default=0))
        self._known[whole] = found
        return found
