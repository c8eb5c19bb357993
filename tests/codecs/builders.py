"""Events as senders write them: one that is right, and ways to spoil it."""

import json
from typing import Any

from udfs.codecs.decode import decode_all
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


def said(event: str, **properties: Any) -> dict[str, Any]:
    """Any track call."""
    return added(event=event, properties=properties)


def all_of(
    payload: dict[str, Any] | bytes, *, key: bytes | None = b"ada", at: int = NOON, max_bytes: int = 1_048_576
) -> tuple[list[Event], list[Rejection]]:
    """Every event of a record, and every part of it that could not be read."""
    value = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    found = decode_all(key, value, at, max_bytes=max_bytes)
    return [each for each in found if isinstance(each, Event)], [each for each in found if isinstance(each, Rejection)]


def taken(payload: dict[str, Any] | bytes, *, key: bytes | None = b"ada", at: int = NOON) -> tuple[Event, list[Rejection]]:
    """The one event of a record, and what was set aside of it."""
    events, asides = all_of(payload, key=key, at=at)
    assert len(events) == 1, asides
    assert [aside for aside in asides if not aside.accepted] == []
    return events[0], asides


def event(payload: dict[str, Any] | bytes, *, key: bytes | None = b"ada", at: int = NOON) -> Event:
    """The one event of a record of which nothing is set aside."""
    read, asides = taken(payload, key=key, at=at)
    assert asides == []
    return read


def rejection(payload: dict[str, Any] | bytes, *, key: bytes | None = b"ada", at: int = NOON, max_bytes: int = 1_048_576) -> Rejection:
    """Why a record is refused whole."""
    events, rejections = all_of(payload, key=key, at=at, max_bytes=max_bytes)
    assert (events, len(rejections)) == ([], 1), (events, rejections)
    assert not rejections[0].accepted
    return rejections[0]
