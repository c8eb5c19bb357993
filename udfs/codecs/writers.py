"""Schemas of a registry that events were written with, by id: the one thing about an event that is not in its bytes.

Whoever reads events gets them from `Writers`. How those come from a registry is for jobs/registry; nothing here uses the network.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import fastavro
import msgspec

from udfs.codecs.avro import event_schemas, fingerprint_of, without_logical_types
from udfs.codecs.logical import rewritten
from udfs.codecs.mappings import senders
from udfs.codecs.schema_bounds import NAMED, BadSchema, check_bounds, check_json, fields_of, full_name, space_of
from udfs.core.values.names import normalise

OURS = "kairos.Event"
MAX_TEXT = 1_048_576
"""Bytes of a schema's text."""
_TEXTS = frozenset({"string", "enum"})
_OBJECTS = frozenset({"record", "map"})
VALUE = "value"
"""The one field of the record that a union at the top is read as. It takes no bytes of its own."""


@dataclass(frozen=True, slots=True)
class Writer:
    """A schema that events were written with, checked and compiled."""

    id: int
    name: str
    """Full name of its record; empty for a union of records."""
    schema: Any
    is_ours: bool = False
    """Whether it is a version of schemas/event.avsc, to be resolved against the one that is read."""
    is_union: bool = False
    spec: frozenset[str] = frozenset()
    """Full names of the records in it that are events in the Segment spec."""


class Writers(Protocol):
    """Where the schemas are."""

    def find(self, number: int) -> Writer:
        """The schema with this id. Raises Refused: nobody knows it, it cannot be had now, or it must not be used. Bounded in time."""


_current: Writers | None = None


def current() -> Writers | None:
    """What this process reads events with unless another is given; None: it has no registry."""
    return _current


@contextmanager
def using(writers: Writers | None) -> Iterator[None]:
    """Read events with these schemas for a while."""
    global _current  # noqa: PLW0603 - as the environment is, for a command that reads events in many places
    before, _current = _current, writers
    try:
        yield
    finally:
        _current = before


def compiled(number: int, text: str, references: Mapping[str, str] | None = None) -> Writer:
    """A schema's text, and those that it refers to by name, made ready to decode with. Raises BadSchema."""
    whole = _document(text)
    if references:
        whole = _Inlined({name: _document(told) for name, told in references.items()}).of(whole, "")
        check_json(whole)
    if isinstance(whole, dict) and isinstance(whole.get("type"), (dict, list)):
        whole = whole["type"]
    branches = whole if isinstance(whole, list) else [whole]
    if not branches or not all(isinstance(each, dict) and each.get("type") == "record" for each in branches):
        raise BadSchema("an event must be a record, or one of several records")  # noqa: EM101
    check_bounds(whole)
    try:
        return _writer(number, branches, is_union=isinstance(whole, list))
    except Exception as error:  # a text from outside makes a parser raise anything
        message = f"it is no Avro schema ({type(error).__name__}: {str(error)[:200]})"
        raise BadSchema(message) from error


def _writer(number: int, branches: list[Any], *, is_union: bool) -> Writer:
    names = [full_name(each["name"], space_of(each, "")) for each in branches]
    if not is_union and names[0] == OURS:
        plain = without_logical_types(branches[0])
        shipped = event_schemas().writers.get(fingerprint_of(plain))  # with the very schema that is read nothing has to be resolved
        return Writer(number, OURS, shipped if shipped is not None else fastavro.parse_schema(plain), is_ours=True)
    inside = frozenset(senders().by_record)
    marks = (inside | frozenset(names)) if is_union else inside - {names[0]}
    spec = frozenset(name for name, each in zip(names, branches, strict=True) if name not in inside and _is_spec(each))
    schema = [rewritten(each, marks.__contains__) for each in branches]
    whole = {"type": "record", "name": "kairos.OneOf", "fields": [{"name": VALUE, "type": schema}]} if is_union else schema[0]
    return Writer(number, "" if is_union else names[0], fastavro.parse_schema(whole), is_union=is_union, spec=spec)


def _is_spec(record: dict[str, Any]) -> bool:
    """Whether it says what happened as the Segment spec does. A field called event may as well hold a record, and type a kind of product."""
    kinds = {normalise(field["name"]): field["type"] for field in fields_of(record)}
    calls = "type" in kinds and _may_be(kinds["type"], _TEXTS)
    if not calls and not ("event" in kinds and _may_be(kinds["event"], _TEXTS)):
        return False
    objects = any(_may_be(kinds[name], _OBJECTS) for name in ("properties", "traits") if name in kinds)
    return objects or (calls and not kinds.keys().isdisjoint({"message_id", "previous_id"}))


def _may_be(kind: Any, wanted: frozenset[str]) -> bool:
    if isinstance(kind, list):
        return any(_may_be(each, wanted) for each in kind)
    if isinstance(kind, dict):
        return _may_be(kind.get("type"), wanted)
    return kind in wanted


def _document(text: str) -> Any:
    if len(text) > MAX_TEXT:
        message = f"its text has {len(text):,} characters: at most {MAX_TEXT:,}"
        raise BadSchema(message)
    try:
        document = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError) as error:
        message = f"its text is not JSON ({str(error)[:100]})"
        raise BadSchema(message) from error
    check_json(document)
    return document


class _Inlined:
    """A schema with each schema that it refers to put in the place of the first reference, as if it had been written in one piece."""

    def __init__(self, others: dict[str, Any]) -> None:
        self._others = others
        self._defined: set[str] = set()

    def of(self, node: Any, space: str) -> Any:
        if isinstance(node, str):
            whole = full_name(node, space)
            name = whole if whole in self._others else node
            if name not in self._others or name in self._defined:
                return node
            self._defined.add(name)
            other = self._others[name]
            return self.of({"namespace": "", **other} if isinstance(other, dict) else other, "")
        if isinstance(node, list):
            return [self.of(each, space) for each in node]
        if not isinstance(node, dict):
            return node
        kind = node.get("type")
        changed = dict(node)
        if kind in NAMED:
            space = space_of(node, space)
            self._defined.add(full_name(node["name"], space))
            if kind in ("record", "error"):
                changed["fields"] = [{**field, "type": self.of(field["type"], space)} for field in fields_of(node)]
            return changed
        for part in ("type", "items", "values"):
            if part in node:
                changed[part] = self.of(node[part], space)
        return changed
