"""Events as senders write them: one that is right, and ways to spoil it."""

import json
from typing import Any

from udfs.codecs.decode import decode
from udfs.core.records import Event, Rejection

NOON = 1_709_294_400_000
"""2024-03-01T12:00Z, the time of every record unless a test says otherwise."""
ABSENT: Any = object()


def added(**changes: Any) -> dict[str, Any]:
    """A product put into the cart, as a browser sends it. `ABSENT` leaves a field out."""
    payload = {
        "type": "track",
        "event": "Product Added",
        "messageId": "m-1",
        "userId": "ada",
        "timestamp": "2024-03-01T12:00:00.000Z",
        "properties": {"product_id": "tent", "price": 120.0, "quantity": 1},
        **changes,
    }
    return {name: value for name, value in payload.items() if value is not ABSENT}


def with_properties(**changes: Any) -> dict[str, Any]:
    properties = {**added()["properties"], **changes}
    return added(properties={name: value for name, value in properties.items() if value is not ABSENT})


def read(payload: dict[str, Any] | bytes, *, key: bytes | None = b"ada", at: int = NOON, max_bytes: int = 1_048_576) -> Event | Rejection:
    value = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return decode(key, value, at, max_bytes=max_bytes)


def event(payload: dict[str, Any] | bytes, *, key: bytes | None = b"ada", at: int = NOON) -> Event:
    read_as = read(payload, key=key, at=at)
    assert isinstance(read_as, Event), read_as
    return read_as


def rejection(payload: dict[str, Any] | bytes, *, key: bytes | None = b"ada", at: int = NOON, max_bytes: int = 1_048_576) -> Rejection:
    read_as = read(payload, key=key, at=at, max_bytes=max_bytes)
    assert isinstance(read_as, Rejection), read_as
    return read_as
