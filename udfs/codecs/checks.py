"""The rules of the envelope: turn a payload, its key and its record's time into an event that core can rely on."""

from typing import Any

from udfs.codecs.catalogue import catalogue
from udfs.codecs.kinds import MAX_ID
from udfs.codecs.names import normalise
from udfs.codecs.payload import Payload
from udfs.codecs.reasons import Refused, RejectionReason
from udfs.core.records import Event
from udfs.core.values.instants import EARLIEST, LATEST, BadInstant, instant

TYPES = frozenset({"track", "identify", "page", "screen", "alias", "group"})
MAX_NAME = 128
"""The maximum length of an event's name, in characters."""
MAX_AHEAD = 5 * 60_000
"""Milliseconds by which an event's timestamp may be ahead of its record's; later timestamps are clamped."""

MAX_WHOLE = (1 << 63) - 1

_NAMED = frozenset({"page", "screen"})


def event_of(payload: Payload, *, key: bytes | None, record_at: int) -> Event:
    """Check a payload and make the event. Raises `Refused`.

    `record_at` is the record's timestamp in epoch milliseconds. Without one (-1), nothing is clamped, and an event without a time is refused.
    """
    if payload.batch is not None:
        message = "this is a batch of messages: send each message of `batch` as a record of its own, keyed by its user id"
        raise Refused(RejectionReason.BATCH, "batch", message)
    message_id = payload.message_id
    if not message_id:
        message = "no message id: send one that stays the same when the message is sent again, a UUID for example"
        raise Refused(RejectionReason.MISSING_FIELD, "message_id", message)
    if len(message_id) > MAX_ID:
        raise _too_long(field="message_id", length=len(message_id), limit=MAX_ID)
    kind = payload.type
    if kind not in TYPES:
        raise _bad_type(kind)
    name = _name(payload) if kind == "track" else kind
    user_id, anonymous_id = _id(payload.user_id, "user_id"), _id(payload.anonymous_id, "anonymous_id")
    person = user_id or anonymous_id
    if person is None:
        message = "no customer: send a user id, or an anonymous id before login"
        raise Refused(RejectionReason.MISSING_FIELD, "user_id", message)
    if key != person.encode():
        raise _bad_key(key, person, "user_id" if user_id else "anonymous_id")
    at, clamped = _at(payload, record_at)
    context = payload.context or {}
    traits = _traits(payload, context)
    properties = _properties(payload)
    _fits(properties, "properties")
    _fits(traits, "traits")
    known = catalogue().events.get(name)
    return Event(
        message_id=message_id,
        type=kind,
        name=name,
        user_id=person,
        at=at,
        properties=catalogue().check(name, properties),
        traits=traits,
        context=context,
        anonymous_id=anonymous_id,
        source=payload.write_key or "",
        clamped=clamped,
        known=known is not None,
        passive=known is not None and known.passive,
        received=record_at,
    )


def _name(payload: Payload) -> str:
    event = payload.event
    if not event:
        message = 'a track call without an event: send what happened, as in "event": "Product Added"'
        raise Refused(RejectionReason.MISSING_FIELD, "event", message)
    if len(event) > MAX_NAME:
        raise _too_long(field="event", length=len(event), limit=MAX_NAME)
    name = normalise(event)
    if not name:
        message = f"{event!r} has no letter and no digit: send what happened in words"
        raise Refused(RejectionReason.MISSING_FIELD, "event", message)
    return name


def _id(value: str | int | None, field: str) -> str | None:
    """An id as text. Sloppy trackers send numbers; empty counts as absent."""
    if value is None:
        return None
    text = value if isinstance(value, str) else str(value) if abs(value) < 1 << 64 else "9" * 999
    if len(text) > MAX_ID:
        raise _too_long(field=field, length=len(text), limit=MAX_ID)
    return None if not text or text.isspace() else text


def _at(payload: Payload, record_at: int) -> tuple[int, bool]:
    """The event time and whether it was clamped: its timestamp, or else when the tracker stamped or sent it, or else the record's time."""
    record_is_sane = EARLIEST <= record_at < LATEST
    times = (("timestamp", payload.timestamp), ("original_timestamp", payload.original_timestamp), ("sent_at", payload.sent_at))
    for field, value in times:
        if value is None:
            continue
        try:
            at = instant(value)
        except BadInstant as bad:
            raise Refused(RejectionReason.BAD_TIMESTAMP, field, str(bad)) from bad
        if record_is_sane and at > record_at + MAX_AHEAD:
            return record_at + MAX_AHEAD, True
        return at, False
    if not record_is_sane:
        message = "no timestamp, and the record has none either: send one as ISO 8601 or epoch milliseconds"
        raise Refused(RejectionReason.BAD_TIMESTAMP, "timestamp", message)
    return record_at, False


def _properties(payload: Payload) -> dict[str, Any]:
    """The properties, with the top-level fields of calls other than track added."""
    properties = payload.properties
    if properties is None:
        properties = {}
    kind = payload.type
    if payload.products and "products" not in properties:
        properties["products"] = payload.products
    if kind == "track":
        return properties
    if kind in _NAMED:
        if payload.name is not None:
            properties.setdefault("name", payload.name)
        if payload.category is not None:
            properties.setdefault("category", payload.category)
    elif kind == "group":
        properties["group_id"] = _needed(payload.group_id, "group_id", "the organisation that the customer belongs to")
        properties.setdefault("traits", payload.traits or {})
    elif kind == "alias":
        properties["previous_id"] = _needed(payload.previous_id, "previous_id", "the id that turned out to be the same person")
    return properties


def _needed(value: str | int | None, field: str, meaning: str) -> str:
    text = _id(value, field)
    if text is None:
        raise Refused(RejectionReason.MISSING_FIELD, field, f"no {field}: send {meaning}")
    return text


def _traits(payload: Payload, context: dict[str, Any]) -> dict[str, Any]:
    """The customer's traits. The traits of a group call belong to the group, and stay in its properties."""
    own = payload.traits if payload.type != "group" else None
    if payload.type == "identify" or "traits" not in context:
        return own or {}
    ambient = context["traits"]
    if ambient is None:
        return own or {}
    if not isinstance(ambient, dict):
        message = "context.traits must be an object"
        raise Refused(RejectionReason.WRONG_TYPE, "context.traits", message)
    return {**ambient, **own} if own else ambient


def _fits(fields: dict[str, Any], path: str) -> None:
    """Refuse whole numbers beyond 64 bits: JSON has them, but the profile's encoding does not."""
    for name, value in fields.items():
        if type(value) is int and not -MAX_WHOLE <= value <= MAX_WHOLE:
            message = f"{name} is a whole number beyond 64 bits: send an id as text"
            raise Refused(RejectionReason.BAD_PROPERTY, f"{path}.{name}", message)


def _bad_type(kind: str | None) -> Refused:
    if not kind:
        return Refused(RejectionReason.MISSING_FIELD, "type", f"no type: send one of {', '.join(sorted(TYPES))}")
    return Refused(RejectionReason.UNKNOWN_TYPE, "type", f"{kind[:40]!r} is not a type of message: send one of {', '.join(sorted(TYPES))}")


def _bad_key(key: bytes | None, person: str, field: str) -> Refused:
    if not key:
        message = f"the record has no key: send it with the key {person[:80]!r}, so that all events of one customer stay in order"
        return Refused(RejectionReason.MISSING_KEY, "key", message)
    shown = key[:80].decode("utf-8", "replace")
    message = f"the key is {shown!r}, the payload's {field} {person[:80]!r}: send the record with that id as its key"
    return Refused(RejectionReason.KEY_MISMATCH, "key", message)


def _too_long(*, field: str, length: int, limit: int) -> Refused:
    return Refused(RejectionReason.TOO_LONG, field, f"{field} is {length} characters long: {limit} at most")
