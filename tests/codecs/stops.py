"""Every event that stops something, and every way in which an incidental field of it can be wrong."""

import json
from collections.abc import Iterator
from typing import Any

from udfs.codecs.avro import avro_encode
from udfs.codecs.catalogue import catalogue
from udfs.codecs.kinds import NOTHING
from udfs.core.policy.consent_words import is_unreadable
from udfs.core.values.channels import is_channel
from udfs.core.values.names import twins

START = 1_772_445_600_000
"""2026-03-02T10:00Z."""
MINUTE = 60_000
AT = START + 5 * MINUTE
"""When she stops it."""

STOPS: dict[str, dict[str, Any]] = {
    "order_completed": {"order_id": "o1", "total": 60},
    "cart_cleared": {},
    "product_removed": {"product_id": "kettle", "quantity": 1},
    "order_cancelled": {"order_id": "o1"},
    "order_refunded": {"order_id": "o1", "total": 60},
    "unsubscribed": {"channel": "email"},
    "consent_withdrawn": {"purpose": "marketing"},
    "message_bounced": {"channel": "email", "decision_id": "d1"},
    "message_complained": {"channel": "email", "decision_id": "d1"},
    "message_dismissed": {"decision_id": "d1"},
    "user_erased": {},
}
"""Event -> what it carries where nothing is wrong."""
WRONG: tuple[Any, ...] = (
    None,
    "",
    " ",
    "n/a",
    "free",
    "10%",
    "1,234",
    "1.234,56",
    "60.00 EUR",
    "$5",
    "NaN",
    "[]",
    "{}",
    '{"a": 1}',
    "\ud800",
    "x" * 3_000,
    -1,
    0,
    0.75,
    12.0,
    10**30,
    10**300,
    float("nan"),
    float("-inf"),
    True,
    False,
    [],
    {},
    [1, "x", None],
    [{"product_id": "a", "price": "x"}],
    {"code": "EUR"},
    {"a": {"b": [1, {"c": float("nan")}]}},
)
ENVELOPE: dict[str, tuple[Any, ...]] = {
    "timestamp": ("", "soon", {}, [], True, float("nan"), 0, 1e300, AT // 1000, str(AT), "Mon, 02 Mar 2026 10:05:00 GMT", "2026-03-02 10:05:00 UTC"),
    "originalTimestamp": ("", "soon", {}, True),
    "sentAt": ("", "soon", {}, True, AT // 1000),
    "receivedAt": ("", "soon", {}, True),
    "messageId": (None, "", 7, 7.5, {}, [], "m" * 300, True),
    "anonymousId": ({}, [], True, "undefined", "u" * 300, 5, 5.5, None),
    "type": ("Track", " TRACK ", "purchase", None, "", 7, {}),
    "traits": ([], "", "x", 5, True, [1], {"timezone": 60, "birthday": {}, "email_reachable": "x"}, {"age": float("nan")}, {"a": 10**30}),
    "context": (
        [],
        "",
        "x",
        5,
        {"timezone": "Mars/Olympus"},
        {"traits": "x"},
        {"traits": []},
        {"consent": "x"},
        {"consent": {"categoryPreferences": "x"}},
        {"consentManagement": {"deniedConsentIds": {}}},
        {"ip": float("nan")},
    ),
    "writeKey": ({}, 5, None),
    "products": ("x", {}, [1], {"product_id": "a"}),
    "properties": (None, [], "", "x", 5, [1], "{}"),
}


def wrong_in_json(name: str) -> Iterator[tuple[str, bytes]]:
    """What is wrong, and the record: with each property that the catalogue knows, and one that it does not, and each field of the envelope."""
    for key, value in _properties(name):
        yield f"{key}={value!r:.40}", _json(name, properties={**STOPS[name], key: value})
    for field, values in ENVELOPE.items():
        for value in values:
            if field == "properties" and name == "product_removed" and value != "x":
                continue  # nothing at all is said of what was removed: see the test of that
            yield f"{field}={value!r:.40}", _json(name, **{field: value})
    yield "not UTF-8", _json(name, properties={**STOPS[name], "note": "HERE"}).replace(b"HERE", b"\xfc\xff")
    yield "a BOM", b"\xef\xbb\xbf" + _json(name)
    yield "too deep", _json(name, properties={**STOPS[name], "note": "HERE"}).replace(b'"HERE"', b"[" * 200 + b"]" * 200)
    yield "a batch", b'{"batch": [' + _json(name) + b"]}"


def wrong_in_avro(name: str) -> Iterator[tuple[str, bytes]]:
    """The same, as far as Avro's types let a sender be wrong."""
    for key, value in _properties(name):
        try:
            yield f"{key}={value!r:.40}", _avro(name, properties={**STOPS[name], key: value})
        except (ValueError, TypeError, OverflowError, UnicodeEncodeError):
            continue  # no Avro record can say this
    fields: dict[str, tuple[Any, ...]] = {
        "timestamp": (None, 0, -1, 2**62, AT // 1000),
        "sent_at": (None, 0, -1, 2**62),
        "message_id": ("", " ", "m" * 300),
        "anonymous_id": (None, "", "undefined", "u" * 300),
        "write_key": (None, ""),
        "products": ([{"product_id": "", "price": float("nan"), "quantity": -1}], [{"product_id": "a", "price": -1.0}]),
        "traits": ({"age": float("nan")}, {"timezone": 60}),
        "context": ({"timezone": "Mars/Olympus"}, {"extra": {"timezone": ""}}, {"traits": {"timezone": False}}),
    }
    for field, values in fields.items():
        for value in values:
            yield f"{field}={value!r:.40}", _avro(name, **{field: value})


def spelled_properties() -> list[str]:
    """The properties that the catalogue knows, in snake_case and camelCase, some in capitals, and one that it does not know."""
    names = list(catalogue().kind_names)
    return [*names, *(spelling for name in names for spelling in twins(name)[:1]), "Price", "CURRENCY", "Products", "note"]


def _properties(name: str) -> Iterator[tuple[str, Any]]:
    for key in spelled_properties():
        for value in WRONG:
            if not _is_another(name, key, value):
                yield key, value


def _is_another(name: str, key: str, value: Any) -> bool:
    """Whether a value is not wrong but says something else: another cart, product, purpose or channel, or none."""
    if key in {"channel", "channels"}:
        return value is None or (isinstance(value, str) and is_channel(value.strip().lower()))
    if key in {"purpose", "purposes"}:
        return not is_unreadable(value)
    named = {"cart_id", "cartId"} | ({"product_id", "productId"} if name == "product_removed" else set())
    return key in named and isinstance(value, (str, int, float)) and not isinstance(value, bool) and bool(str(value).strip()) and value not in NOTHING


def _json(name: str, **fields: Any) -> bytes:
    event = {"type": "track", "event": name, "messageId": "stop", "userId": "u1", "timestamp": AT, "properties": STOPS[name], **fields}
    return json.dumps(event).encode()


def _avro(name: str, **fields: Any) -> bytes:
    record = {"type": "track", "event": name, "message_id": "stop", "user_id": "u1", "timestamp": AT, "properties": STOPS[name], **fields}
    return avro_encode(record)
