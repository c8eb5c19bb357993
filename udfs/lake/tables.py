"""The tables of the lake, one row each: which topic it is filled from, its columns, and what happens to a record.

To add a topic whose schema is in schemas/*.avsc, add a row to TABLES: `Table(name="segments", schema="segment")`.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any
from uuid import UUID

import msgspec

from udfs.codecs.decode import HEARTBEAT, MAX_BYTES, decode_all
from udfs.codecs.writers import Writers
from udfs.core.records import Event
from udfs.lake.pseudonyms import Pseudonyms
from udfs.lake.redact import CONTEXT, TRAITS, Redact

TEXT, WHOLE, NUMBER, TIME = "STRING", "BIGINT", "DOUBLE", "TIMESTAMP_LTZ(3)"
PERSON = "person"
"""The column with the pseudonym, in every table."""
LINKED = ("anonymous", "previous")
"""Columns of `events` with further pseudonyms of the same person."""
ITEM = "topic_item"
ORIGIN = (("recorded", TIME), ("topic_partition", "INT"), ("topic_offset", WHOLE), (ITEM, WHOLE))
"""Where a row was read: the time of its Kafka record, partition, offset, and its place among the rows of that record. So every row can be found
in its topic, and every record in the table."""
MAX_TIME = 253_402_300_799_000
"""The last second of the year 9999, epoch milliseconds."""
MAX_WHOLE = (1 << 63) - 1
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode

Row = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a reader of records is given: the keys, and which traits are written."""

    pseudonyms: Pseudonyms
    traits: frozenset[str] = TRAITS
    writers: Writers | None = None
    max_bytes: int = MAX_BYTES


Read = Callable[[bytes | None, bytes | None, int, Rules], Iterator[Row]]
"""From key, value and time of a Kafka record to rows."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table of the lake. Without columns of its own it has those of its Avro schema."""

    name: str
    """Of the table, of its folder, and of the topic unless an option says otherwise."""
    schema: str = ""
    """schemas/<schema>.avsc says what the topic holds, as JSON."""
    own: Sequence[tuple[str, str]] = ()
    reads: Read | None = None
    committed: bool = True
    """Whether the topic is written in transactions: what is not committed is no record."""

    @property
    def columns(self) -> Sequence[tuple[str, str]]:
        """Name and SQL type of each column but the date."""
        return (*(self.own or [(name, kind) for name, kind, _ in _of_schema(self.schema)]), *ORIGIN)

    @property
    def read_columns(self) -> Sequence[tuple[str, str]]:
        """Those that are read from a record: what `rows` yields."""
        return (*self.columns[: -len(ORIGIN)], ORIGIN[-1])

    def rows(self, key: bytes | None, value: bytes | None, at: int, rules: Rules) -> Iterator[Row]:
        """The rows of a record, each with its number at the end. A record that cannot be read has none: the topic `rejected` has it."""
        found = self.reads(key, value, at, rules) if self.reads is not None else _record(self.schema, value, rules)
        return ((*row, item) for item, row in enumerate(found))


def _events(key: bytes | None, value: bytes | None, at: int, rules: Rules) -> Iterator[Row]:
    """Every event of a record, as the job reads it: in any format, with the names of the catalogue."""
    if value == HEARTBEAT:
        return
    named = None if key is None else key.decode("utf-8", "replace").encode("utf-8", "replace")
    for event in decode_all(named, value, at, max_bytes=rules.max_bytes, writers=rules.writers):
        if isinstance(event, Event):
            yield _event(event, rules)


def _event(event: Event, rules: Rules) -> Row:
    known = rules.pseudonyms
    anonymous, previous = event.anonymous_id, event.properties.get("previous_id") if event.type == "alias" else None
    names = [event.user_id, *(name for name in (anonymous, previous) if isinstance(name, str))]
    redact = Redact(known, names, traits=rules.traits)
    return (
        known.of(event.user_id),
        None if anonymous is None else known.of(anonymous),
        known.of(previous) if isinstance(previous, str) else None,
        known.record(event.message_id),
        event.type,
        event.name if event.known else redact.name(event.name),
        _whole(event.at, MAX_TIME),
        _json(_without_decision(redact.fields(_without_message(event, known)), known)),
        _json(redact.traits(event.traits)),
        _json(redact.allowed(event.context, CONTEXT)),
    )


def _without_message(event: Event, known: Pseudonyms) -> dict[str, Any]:
    """Properties without the id of the record, which stands in for the id of an order that has none."""
    found = {name: known.record(event.message_id) for name, value in event.properties.items() if value == event.message_id}
    return {**event.properties, **found} if found else event.properties


def _without_decision(properties: dict[str, Any], known: Pseudonyms) -> dict[str, Any]:
    """Properties with the hash of a decision's id in its place, as in `decisions`: a receipt finds its message so, and no log of deliveries it."""
    told = properties.get("decision_id")
    if isinstance(told, str):
        properties["decision_id"] = known.record(_as_written(told))
    return properties


def _as_written(decision_id: str) -> str:
    """The id as decisions are written, whatever the case and hyphens in which a receipt repeats it."""
    try:
        return str(UUID(decision_id))
    except ValueError:
        return decision_id


def _record(schema: str, value: bytes | None, rules: Rules) -> Iterator[Row]:
    try:
        record = _decode(value or b"")
    except msgspec.MsgspecError:
        return  # nothing that this job wrote: whoever may write to its topics wrote something else
    person = record.get("user_id")
    if not isinstance(person, str):
        return
    if isinstance(record.get("key_epoch"), int):  # the job has written pseudonyms, with the same keys
        yield tuple(_told(record.get(field), kind) for _, kind, field in _of_schema(schema))
        return
    redact = Redact(rules.pseudonyms, [person], traits=rules.traits, figures=True)
    yield tuple(_fitted(record.get(field), kind, field, redact, rules.pseudonyms) for _, kind, field in _of_schema(schema))


def _fitted(value: Any, kind: str, field: str, redact: Redact, known: Pseudonyms) -> Any:
    if value is None:
        return None
    if field == "user_id":
        return known.of(str(value))
    if field in ("decision_id", "trigger_event_id"):
        return known.record(str(value))
    if kind == TEXT:
        return redact.text(value) if isinstance(value, str) else _json(redact.value(value))
    return _told(value, kind)


def _told(value: Any, kind: str) -> Any:
    """A value as its column takes it."""
    if value is None or kind == TEXT:
        return value if value is None or isinstance(value, str) else _json(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if kind == NUMBER else _whole(value, MAX_TIME if kind == TIME else MAX_WHOLE)


def _whole(value: float, most: int) -> int | None:
    """A whole number that its column takes; None for one that no record of ours holds: a single one would stop the job."""
    return int(value) if abs(value) <= most else None


@cache
def _of_schema(name: str) -> Sequence[tuple[str, str, str]]:
    """(column, SQL type, field) of each field of an Avro schema."""
    document = json.loads(resources.files("schemas").joinpath(f"{name}.avsc").read_text(encoding="utf-8"))
    renamed = {"user_id": PERSON, "decision_id": "decision", "trigger_event_id": "trigger_message"}
    return [(renamed.get(field["name"], field["name"]), _kind(field["type"]), field["name"]) for field in document["fields"]]


def _kind(told: Any) -> str:
    if isinstance(told, list):
        kinds = {_kind(each) for each in told if each != "null"}
        return kinds.pop() if len(kinds) == 1 else TEXT
    if isinstance(told, Mapping):
        if str(told.get("logicalType", "")).startswith("timestamp"):
            return TIME
        return _kind(told["type"]) if isinstance(told["type"], str) and told["type"] not in ("record", "map", "array", "enum") else TEXT
    return {"int": WHOLE, "long": WHOLE, "float": NUMBER, "double": NUMBER}.get(told, TEXT)


def _json(value: Any) -> str:
    return _encode(value).decode()


TABLES = (
    Table(
        name="events",
        own=(
            (PERSON, TEXT),
            ("anonymous", TEXT),
            ("previous", TEXT),
            ("message", TEXT),
            ("type", TEXT),
            ("event", TEXT),
            ("at", TIME),
            ("properties", TEXT),
            ("traits", TEXT),
            ("context", TEXT),
        ),
        reads=_events,
        committed=False,
    ),
    Table(name="decisions", schema="decision"),
    Table(name="segments", schema="segment"),
    Table(name="outcomes", schema="outcome"),
)
"""Every table. The order is that of the options and of the job's graph."""


BY_NAME = {each.name: each for each in TABLES}
