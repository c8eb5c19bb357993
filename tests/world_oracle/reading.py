"""From the bytes of a record to what happened: an event whose person, name and time can be read happened; the rest is set aside, field by field."""

import hashlib
import json
import math
from dataclasses import dataclass, field
from decimal import Decimal

from tests.world_oracle import amounts, names
from tests.world_oracle.amounts import Unreadable, is_absent
from tests.world_oracle.clocks import event_time, says_when_sent
from tests.world_oracle.products import Line, read_line, read_lines

Json = dict[str, object]
HEARTBEAT = b"heartbeat"
DERIVED = "derived:"


@dataclass(frozen=True, kw_only=True)
class Happened:
    """One event as it was understood. `properties` have their keys in snake_case and hold nothing unreadable."""

    person: str
    name: str
    time: int
    message_id: str
    source: tuple[str, str]  # write key and library
    properties: Json
    traits: Json
    zone: object  # context.timezone, unchanged
    token: object  # context.device.token
    lines: tuple[Line, ...] | None  # the product list; None: there was none
    lines_unreadable: bool  # the list, or an entry of it
    line: Line | None  # the product that the properties themselves name
    set_aside: tuple[str, ...]
    write_key: str = ""
    moves: bool = False  # its time is the record's, or is counted back from it: sent again, it has another one
    bare: bool = False  # it says neither which message it is nor when it happened or was sent


@dataclass(frozen=True)
class Refused:
    """Nobody, nothing or no JSON at all."""

    why: str


@dataclass
class Aside:
    """Collects the paths of what could not be read."""

    paths: list[str] = field(default_factory=list)

    def add(self, path: str) -> None:
        if path not in self.paths:
            self.paths.append(path)


def read(key: bytes, value: bytes, at: int) -> list[Happened | Refused]:
    """All events of a record."""
    if not key and value.strip() == HEARTBEAT:
        return []
    try:
        document = json.loads(value.decode("utf-8-sig"), strict=False)
        if isinstance(document, str):
            document = json.loads(document, strict=False)
    except (ValueError, RecursionError):
        return [Refused("not JSON")]
    if not isinstance(document, dict):
        return [Refused("not an object")]
    top = snaked(document)
    if "batch" not in top:
        return [read_event(top, at, top)]
    try:
        events = objects(top["batch"])
    except Unreadable:
        return [Refused("batch")]
    shared: Json = {name: top[name] for name in ("sent_at", "received_at", "write_key", "context") if name in top}
    owns = [snaked(event) if isinstance(event, dict) else None for event in events]
    return [Refused("not an object") if own is None else read_event({**shared, **own}, at, own) for own in owns]


def snaked(document: Json) -> Json:
    """Keys in snake_case; of two spellings the one that is snake_case already stands."""
    found: Json = {}
    for key, value in document.items():
        name = names.snake(str(key))
        if name not in found or key == name:
            found[name] = value
    return found


def an_object(value: object) -> Json:
    """An object, JSON text for one, or PHP's `[]` for an empty one."""
    if isinstance(value, str):
        try:
            value = json.loads(value, strict=False)
        except (ValueError, RecursionError) as broken:
            raise Unreadable(value) from broken
    if isinstance(value, dict):
        return value
    if value == []:
        return {}
    raise Unreadable(value)


def objects(value: object) -> list[object]:
    """A list, JSON text for one, or a single object for a list of one."""
    if isinstance(value, str):
        try:
            value = json.loads(value, strict=False)
        except (ValueError, RecursionError) as broken:
            raise Unreadable(value) from broken
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return [value] if value else []
    raise Unreadable(value)


def read_event(top: Json, at: int, own: Json) -> Happened | Refused:
    """One event, its keys in snake_case. `own`: what it says itself, and not the envelope in which it came with others."""
    aside = Aside()
    person = read_person(top, aside)
    if person is None:
        return Refused("person")
    name = read_name(top, aside)
    if name is None:
        return Refused("name")
    context = part(top, "context", aside)
    properties = part(top, "properties", aside)
    raw_lines = properties.pop("products", None) if not is_absent(properties.get("products")) else top.get("products")
    kept = read_properties(properties, aside)
    lines, unreadable = None, False
    if not is_absent(raw_lines):
        try:
            lines, broken = read_lines(objects(raw_lines), properties.get("currency"))
            for path in broken:
                aside.add(f"properties.products{path}")
            unreadable = any(path.count(".") == 0 for path in broken)
        except Unreadable:
            aside.add("properties.products")
            unreadable = True
    line = None
    if name in names.CART:
        line = read_line(properties, properties.get("currency"))[0]
    device = part(context, "device", aside, "context.")
    message_id, moves = read_message_id(own, aside), event_time(top, at, ignored) != event_time(top, at + 1, ignored)
    library = part(context, "library", aside, "context.")
    write_key = text_of(top.get("write_key"))
    return Happened(
        person=person,
        name=name,
        time=event_time(top, at, aside.add),
        message_id=message_id,
        source=(write_key, text_of(library.get("name"))),
        properties=kept,
        traits=read_traits(top, context, name, aside),
        zone=context.get("timezone"),
        token=device.get("token"),
        lines=lines,
        lines_unreadable=unreadable,
        line=line,
        set_aside=tuple(aside.paths),
        write_key=write_key,
        moves=moves,
        bare=message_id.startswith(DERIVED) and moves and not says_when_sent(top),
    )


def ignored(_: str) -> None:
    """It has been set aside before."""


def part(outer: Json, name: str, aside: Aside, path: str = "") -> Json:
    """An object inside another, its keys in snake_case; what is none is set aside."""
    value = outer.get(name)
    if is_absent(value):
        return {}
    try:
        return snaked(an_object(value))
    except Unreadable:
        aside.add(path + name)
        return {}


def read_person(top: Json, aside: Aside) -> str | None:
    """The user id, else the anonymous id; a placeholder is nobody."""
    for name in ("user_id", "anonymous_id"):
        if is_absent(top.get(name)):
            continue
        try:
            return amounts.somebody(top[name])
        except Unreadable:
            aside.add(name)
    return None


def read_name(top: Json, aside: Aside) -> str | None:
    """The name of a track call, else the call. A call that is unknown or missing is a track call if it has a name."""
    call, name = top.get("type"), top.get("event")
    word = call.strip().casefold() if isinstance(call, str) else ""
    if word in names.CALLS:
        return word
    if word != "track" and not is_absent(call):
        aside.add("type")
    return names.event(name) if isinstance(name, str) and name.strip() else None


def read_message_id(own: Json, aside: Aside) -> str:
    """The id, else one made from the content, so that the same bytes are the same message."""
    if not is_absent(own.get("message_id")):
        try:
            return amounts.somebody(own["message_id"])
        except Unreadable:
            aside.add("message_id")
    return DERIVED + hashlib.sha256(json.dumps(own, sort_keys=True).encode()).hexdigest()


def read_properties(properties: Json, aside: Aside) -> Json:
    """Ids, amounts and quantities by their kinds; of all else what JSON can hold."""
    kept: Json = {}
    for name, value in properties.items():
        try:
            if value is None:
                continue
            if isinstance(value, float) and not math.isfinite(value):
                raise Unreadable(value)
            if name in names.IDENTIFIERS:
                kept[name] = amounts.somebody(value) if name in names.PLACEHOLDERS_ARE_NOBODY else amounts.identifier(value)
            elif name in names.AMOUNTS and not is_absent(value):
                kept[name] = amounts.amount(value)[0]
            elif name == "quantity" and not is_absent(value):
                kept[name] = amounts.quantity(value)
            else:
                kept[name] = value
        except Unreadable:
            aside.add(f"properties.{name}")
    return kept


def read_traits(top: Json, context: Json, name: str, aside: Aside) -> Json:
    """Of identify both places, `traits` before `context.traits`; of other calls the latter. A group's own traits are no person's."""
    found = part(context, "traits", aside, "context.")
    if name == "identify":
        found = {**found, **part(top, "traits", aside)}
    return dict(found)  # null forgets a trait


def text_of(value: object) -> str:
    """Text, or nothing."""
    return value.strip() if isinstance(value, str) else ""


def total(event: Happened) -> Decimal | None:
    """What an order or a refund comes to: total, else revenue, else value, else its products."""
    for name in ("total", "revenue", "value"):
        told = event.properties.get(name)
        if isinstance(told, Decimal):
            return told
        if f"properties.{name}" in event.set_aside:
            return None
    parts = [line.price * line.quantity if line.price is not None and line.quantity is not None else None for line in event.lines or ()]
    if not parts or event.lines_unreadable:
        return None
    return None if None in parts else sum((part for part in parts if part is not None), Decimal(0))
