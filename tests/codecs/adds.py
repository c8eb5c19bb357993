"""Every event that adds something, every way in which a field of it can be wrong, and what may come of it: the amount that was meant, or none.

What was meant is said here by hand, value by value, from `design/world.md` §1: what has one meaning is read, what has two is unknown.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from typing import Any

from services.local.book import book_of
from tests.codecs.stops import AT, WRONG, spelled_properties
from udfs.codecs.avro import avro_encode
from udfs.codecs.decode import decode_all
from udfs.core.campaigns.book import Book
from udfs.core.engine import Engine
from udfs.core.records import Decision, Event
from udfs.core.values.names import normalise

FEATURES = """
features:
  - {name: spent, event: order_completed, aggregate: sum, of: properties.total, doc: Spent}
  - {name: in_the_cart, expression: cart.value, doc: In the cart}
"""
PROBE = """
campaign: probe
trigger: {event: looked}
variants: {only: {channel: email, content: {body: Hi}}}
"""
KETTLE = {"product_id": "kettle", "price": 60, "quantity": 1}
ADDS: dict[str, tuple[dict[str, Any], str]] = {
    "product_added": (KETTLE, "in_the_cart"),
    "cart_viewed": ({"products": [KETTLE]}, "in_the_cart"),
    "order_completed": ({"order_id": "o1", "total": 60}, "spent"),
}
"""Event -> what it carries where nothing is wrong, and the amount that is 60 after it."""
READ: dict[str, float] = {"1.234,56": 1234.56, "60.00 EUR": 60, "-1": -1, "0": 0, "0.75": 0.75, "12.0": 12, repr(10**30): 1e30, repr(10**300): 1e300}
"""What a wrong value means as an amount in euros, by how Python shows it. Of all others nobody knows."""
AMOUNT = {"product_added": "price", "order_completed": "total"}
"""The field that is the amount itself."""
AROUND = {"currency", "products", "quantity"}
"""Fields without which the amount may be unknown."""


@dataclass(frozen=True)
class Odd:
    """An event with one odd field."""

    fault: str
    record: bytes
    allowed: tuple[float | None, ...]
    """What may come of it, None for unknown."""


def book(folder: Path) -> Book:
    """A campaign whose decisions say what is in the cart, and what was spent."""
    (folder / "features.yaml").write_text(FEATURES)
    (folder / "probe.yaml").write_text(PROBE)
    return book_of([folder])


def odd_ones(name: str) -> Iterator[Odd]:
    """Each property that the catalogue knows, and one that it does not, with each wrong value, in both formats."""
    properties, _ = ADDS[name]
    for key in spelled_properties():
        for value in WRONG:
            told = {**properties, key: value}
            plain_name = normalise(key)
            is_said_already = plain_name != key and plain_name in properties  # the property itself goes before its other spelling
            allowed = (60.0,) if is_said_already else _allowed(name, plain_name, value)
            for form, written in (("JSON", _json(name, told)), ("Avro", _avro(name, told))):
                if written is not None:
                    yield Odd(f"{form}: {key}={value!r:.40}", written, allowed)


def plain(name: str, **changed: Any) -> bytes:
    """The event where nothing is wrong, or with these properties instead."""
    return _json(name, {**ADDS[name][0], **changed})


def is_right(odd: Odd, found: float | str | None) -> bool:
    """Whether that is one of what may come of it."""
    return any(found == each or (isinstance(found, float) and each is not None and isclose(found, each)) for each in odd.allowed)


def outcome(rules: Book, name: str, record: bytes) -> float | str | None:
    """The amount after the event: a number, or None where it is unknown; LOST if the event did not happen."""
    engine, blob, happened = Engine(rules), None, False
    for read in decode_all(b"u1", record, AT):
        if isinstance(read, Event):
            blob, happened = engine.on_event(blob, read).blob, True
    if not happened:
        return "LOST"
    look = {"type": "track", "event": "looked", "messageId": "look", "userId": "u1", "timestamp": AT + 1}
    (event,) = decode_all(b"u1", json.dumps(look).encode(), AT + 1)
    assert isinstance(event, Event)
    (decision,) = [each for each in engine.on_event(blob, event).records if isinstance(each, Decision)]
    found: float | None = decision.features.get(ADDS[name][1])
    return found


def _allowed(name: str, key: str, value: Any) -> tuple[float | None, ...]:
    read = READ.get(value if isinstance(value, str) else repr(value))
    if key == AMOUNT.get(name):
        return (None, read)
    if key == "quantity" and name == "product_added":
        return (None, 60 if value is None else None if read is None else 60 * read)
    if key == "products" and name == "cart_viewed":
        return (None, 0) if value in (None, "[]", "{}", [], {}) else (None,)
    return (60, None) if key in AROUND else (60,)


def _json(name: str, properties: dict[str, Any]) -> bytes:
    event = {"type": "track", "event": name, "messageId": "m1", "userId": "u1", "timestamp": AT, "properties": properties}
    return json.dumps(event).encode()


def _avro(name: str, properties: dict[str, Any]) -> bytes | None:
    record = {"type": "track", "event": name, "message_id": "m1", "user_id": "u1", "timestamp": AT, "properties": properties}
    try:
        return avro_encode(record)
    except (ValueError, TypeError, OverflowError, UnicodeEncodeError):
        return None  # no Avro record can say this
