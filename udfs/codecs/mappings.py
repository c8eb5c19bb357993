"""Other senders' names and fields for what the catalogue knows: schemas/mappings, one file a sender.

A name that means the same to whoever uses it holds for every sender. One that means something else elsewhere (`transaction`) holds for the
write keys that the file lists under `sources`. Fields are looked at only for events that a file names, and only where the catalogue's own
field is missing; nothing is ever taken away, so a campaign may read both.

A file with `own_names: true` is about senders who call events as the catalogue does, and a field of them otherwise: an `Order Completed` with a
`transaction_id` is the order that `purchase` tells by the same.

A company's own Avro records are known by their full names, under `records`, with where they have what every event has under `envelope`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from udfs.codecs.amounts import Wrong
from udfs.codecs.catalogue import catalogue
from udfs.codecs.kinds import objects
from udfs.codecs.sums import Sum, add_up, sum_of
from udfs.core.values.errors import InvalidInput
from udfs.core.values.problems import did_you_mean

Path = tuple[str, ...]
Fields = Mapping[str, tuple[Path, ...]]
"""The catalogue's field -> where the sender may have put it, best first."""
ENVELOPE = frozenset({
    "message_id", "user_id", "anonymous_id", "timestamp", "original_timestamp", "sent_at", "received_at", "write_key", "context", "traits",
    "group_id", "previous_id",
})  # fmt: skip
"""What a mapping may find for a record that is not in the Segment spec."""

_SUMS = ("total", "revenue", "value")

KEYS = frozenset({
    "mapping", "names", "names_of_sources", "own_names", "sources", "fields", "fields_of", "values_of", "sums_of", "lines", "inside", "records",
    "envelope",
})  # fmt: skip


class MappingError(InvalidInput):
    """A mapping file that contradicts another, or says what the catalogue does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """One file: how a sender calls things."""

    name: str
    names: Mapping[str, str]
    names_of_sources: Mapping[str, str]
    own_names: bool
    """Its fields are looked for in events of the catalogue's own names, too."""
    sources: frozenset[str]
    fields: Fields
    fields_of: Mapping[str, Fields]
    values_of: Mapping[str, Mapping[str, Any]]
    """What a name says of itself: Email Bounced is about the channel email."""
    sums_of: Mapping[str, tuple[Sum, ...]]
    """What `total` is the sum of, best first, where an event of this name says no amount."""
    lines_of: tuple[Path, ...]
    line_fields: Fields
    inside: str | None
    roots: frozenset[str]
    """The properties in which any of this may stand: an event without them has nothing to fill in."""
    roots_of: Mapping[str, frozenset[str]]
    """The same for a name with fields of its own."""
    records: Mapping[str, str]
    """Full name of an Avro record -> the event, or the call of the Segment spec, that it is."""
    envelope: Fields


class Meaning(NamedTuple):
    """What a sender's name for an event means, and the files that say where its fields are."""

    event: str
    senders: tuple[Sender, ...]


@dataclass(frozen=True, slots=True)
class Senders:
    """All files together."""

    everywhere: Mapping[str, Meaning]
    by_source: Mapping[tuple[str, str], Meaning]
    by_record: Mapping[str, Meaning]

    def meaning(self, name: str, source: str) -> Meaning | None:
        """What `name` (normalised) means when `source` (a write key) sends it, None when no file knows it."""
        return self.by_source.get((source, name)) or self.everywhere.get(name)


@cache
def senders() -> Senders:
    """All shipped mappings, read at first use."""
    folder = files("schemas").joinpath("mappings")
    yaml = YAML(typ="safe", pure=True)
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda entry: entry.name)
    return combined([sender(yaml.load(entry.read_text(encoding="utf-8"))) for entry in found])


def sender(document: Mapping[str, Any]) -> Sender:
    """A mapping as its file says it. Raises MappingError."""
    if (odd := next((key for key in document if key not in KEYS), None)) is not None:
        message = (
            f"the mapping {document.get('mapping', '')} has a key {odd!r}: {did_you_mean(str(odd), KEYS) or 'known are ' + ', '.join(sorted(KEYS))}"
        )
        raise MappingError(message)
    if not isinstance(document.get("mapping"), str):
        message = "a file in schemas/mappings needs `mapping`, the name of the sender"
        raise MappingError(message)
    lines = document.get("lines") or {}
    fields, line_fields, inside = _fields(document.get("fields")), _fields(lines.get("fields")), document.get("inside")
    fields_of = {name: _fields(found) for name, found in (document.get("fields_of") or {}).items()}
    lines_of = _paths(lines.get("of", ()))
    roots = _roots(fields) | {path[0] for path in lines_of} | ({"products"} if line_fields else set()) | ({inside} if inside else set())
    return Sender(
        name=document["mapping"],
        names=document.get("names") or {},
        names_of_sources=document.get("names_of_sources") or {},
        own_names=document.get("own_names") is True,
        sources=frozenset(document.get("sources") or ()),
        fields=fields,
        fields_of=fields_of,
        values_of=document.get("values_of") or {},
        sums_of={name: tuple(map(sum_of, sums)) for name, sums in (document.get("sums_of") or {}).items()},
        lines_of=lines_of,
        line_fields=line_fields,
        inside=inside,
        roots=roots,
        roots_of={name: roots | _roots(found) for name, found in fields_of.items()},
        records=document.get("records") or {},
        envelope=_fields(document.get("envelope")),
    )


def combined(found: Collection[Sender]) -> Senders:
    """All of them. Raises MappingError where two disagree about what a name means to everybody."""
    everywhere: dict[str, Meaning] = {}
    by_source: dict[tuple[str, str], Meaning] = {}
    by_record: dict[str, Meaning] = {}
    for each in found:
        if unknown := sorted(each.envelope.keys() - ENVELOPE):
            message = f"{each.name} maps {', '.join(unknown)} under envelope: it may name {', '.join(sorted(ENVELOPE))}"
            raise MappingError(message)
        for name, event in each.records.items():
            if name in by_record:
                message = f"{each.name} and {by_record[name].senders[0].name} both say what the record {name} is: leave it to one of them"
                raise MappingError(message)
            by_record[name] = Meaning(event, (each,))
        for name, event in each.names.items():
            before = everywhere.get(name)
            if before is not None and before.event != event:
                message = (
                    f"{each.name} says that {name} means {event}, {before.senders[0].name} that it means {before.event}: put it under "
                    "names_of_sources in both"
                )
                raise MappingError(message)
            everywhere[name] = Meaning(event, (*(before.senders if before else ()), each))
        for source in each.sources:
            for name, event in {**each.names, **each.names_of_sources}.items():
                by_source[source, name] = Meaning(event, (each,))
    for each in found:
        for name in catalogue().events if each.own_names else ():
            before = everywhere.get(name, Meaning(name, ()))
            if before.event == name and each not in before.senders:
                everywhere[name] = Meaning(name, (*before.senders, each))
    return Senders(everywhere, by_source, by_record)


def fill(properties: dict[str, Any], name: str, meaning: Meaning) -> None:
    """Put what is missing where the catalogue looks for it. `name` is the sender's, normalised."""
    for each in meaning.senders:
        places: tuple[Any, ...] = (properties,)
        if not each.roots_of.get(name, each.roots).isdisjoint(properties):
            if each.inside is not None and isinstance(inner := properties.get(each.inside), dict):
                places = (properties, inner)
            for place in places:
                _fill(properties, place, each.fields_of.get(name, {}))
                _fill(properties, place, each.fields)
                _fill_lines(properties, place, each)
        if (sums := each.sums_of.get(name)) and all(properties.get(amount) is None for amount in _SUMS):
            properties["total"] = add_up({**places[-1], **properties}, sums, properties)
        for target, value in each.values_of.get(name, {}).items():
            if properties.get(target) is None:
                properties[target] = value


def first(place: Any, paths: tuple[Path, ...]) -> Any:
    """What stands at the first of these paths that has something, or None."""
    for path in paths:
        found = place
        for step in path:
            found = found.get(step) if isinstance(found, dict) else None
        if found is not None:
            return found
    return None


def _fill(fields: dict[str, Any], place: Any, wanted: Fields) -> None:
    for target, paths in wanted.items():
        if fields.get(target) is None and (found := first(place, paths)) is not None:
            fields[target] = found


def _fill_lines(properties: dict[str, Any], place: Any, each: Sender) -> None:
    found = properties.get("products")
    if found is None and (found := first(place, each.lines_of)) is not None:
        if isinstance(found, (int, float)):
            return  # `items: 3` says how many there are, and not which
        properties["products"] = found
    if found is None or not each.line_fields:
        return
    try:
        properties["products"] = lines = objects(found)
    except Wrong:
        return  # the catalogue says what is wrong with it
    for line in lines:
        if isinstance(line, dict):
            _fill(line, line, each.line_fields)


def _roots(fields: Fields) -> frozenset[str]:
    return frozenset(path[0] for paths in fields.values() for path in paths)


def _fields(found: Mapping[str, Any] | None) -> Fields:
    return {target: _paths(paths) for target, paths in (found or {}).items()}


def _paths(found: Any) -> tuple[Path, ...]:
    return tuple(tuple(path.split(".")) for path in ([found] if isinstance(found, str) else found))
