"""The rules of the envelope: from a payload, its key and its record's time to an event that core can rely on.

An event whose person, name and time can be read happened. What else cannot be read is set aside, field by field, and the event goes on.
"""

from hashlib import sha256
from typing import Any

from msgspec.structs import replace

from udfs.codecs.amounts import Absent, Wrong
from udfs.codecs.catalogue import Known, catalogue
from udfs.codecs.clocks import says_when_sent, time_of
from udfs.codecs.consent import SAYS_PURPOSE, SPELLINGS, check_consent, check_grant, denies, report_unread
from udfs.codecs.interest import SPOKEN, check_interest
from udfs.codecs.kinds import MAX_ID, zone
from udfs.codecs.loose import drop_odd
from udfs.codecs.mappings import fill, senders
from udfs.codecs.payload import Payload
from udfs.codecs.people import id_of, is_nobody, nobody, wrong_key
from udfs.codecs.properties import check, check_traits, fits, shown
from udfs.codecs.reasons import Aside, Refused, RejectionReason
from udfs.core.records import Event
from udfs.core.values.contacts import event_name
from udfs.core.values.zones import zone as zone_of

TYPES = frozenset({"track", "identify", "page", "screen", "alias", "group"})
MAX_NAME = 128
"""Characters of an event's name."""
MAX_SOURCE = 128
"""Characters of the write key: what is pending carries it along."""
MAX_EVENTS = 100
"""Events that one message with a list of products is made into."""

_NAMED = frozenset({"page", "screen"})
_OF_A_LINE = frozenset({"product_id", "sku", "name", "variant", "brand", "category", "price", "quantity", "url", "image_url", "position"})
"""What an event says of the product that it names, and of no other of its list."""
_CHECKED = frozenset({"traits", *SPELLINGS})


def events_of(payload: Payload, value: bytes, key: bytes | None, record_at: int, asides: list[Aside], is_odd: bool = False) -> list[Event]:  # noqa: FBT001
    """The events in one message, nearly always one. What was set aside is added to `asides`. Raises Refused.

    `value` is the message's bytes; `record_at` the record's timestamp, epoch milliseconds; `is_odd`: it may hold numbers and text that no
    encoder takes. Positional, for it is called once an event.
    """
    shipped = catalogue()
    placeholders = shipped.nobody
    kind = payload.type
    if kind == "track" and (event := payload.event) and len(event) <= MAX_NAME and (name := event_name(event)):
        pass
    else:
        kind, name = _what(payload, asides)
    user_id, anonymous_id = payload.user_id, payload.anonymous_id
    if type(user_id) is not str or len(user_id) > MAX_ID or not (word := user_id.strip()) or word.lower() in placeholders:
        user_id = id_of(user_id, "user_id", asides)
    if type(anonymous_id) is not str or len(anonymous_id) > MAX_ID or not (word := anonymous_id.strip()) or word.lower() in placeholders:
        anonymous_id = id_of(anonymous_id, "anonymous_id", asides)
    person = user_id or anonymous_id
    if person is None:
        raise nobody(asides)
    if key != person.encode():
        raise wrong_key(key, person, "user_id" if user_id else "anonymous_id")
    at, clamped, moves = time_of(payload, record_at, asides)
    message_id = payload.message_id
    if is_derived := not message_id or _is_no_id(message_id):
        message_id = _made_id(message_id, value, asides)
    context = payload.context
    if context is None:
        context = {}
    elif context:
        place = context.get("timezone")
        if place is not None and (type(place) is not str or zone_of(place) is None):
            _report_zone(place, asides)
        if not _CHECKED.isdisjoint(context):
            _check_context(context, asides)
    traits = _traits(payload, context) if payload.traits or "traits" in context else {}
    properties = _properties(payload, kind, asides)
    if traits:
        fits(traits, "traits", asides)
        check_traits(traits, asides)
    known = shipped.events.get(name)
    if known is None:
        name, known = _meant(name, known, payload.write_key or "", properties)
    else:
        for expected in known.expects:
            if expected not in properties:
                name, known = _meant(name, known, payload.write_key or "", properties)
                break
    if known is not None:
        kinds = check_interest(name, properties, asides, shipped.kinds) if name in SPOKEN else shipped.kinds
        properties = check(known, properties, message_id, asides, kinds)
    fits(properties, "properties", asides)
    if is_odd:
        for fields, path in ((properties, "properties"), (traits, "traits"), (context, "context")):
            drop_odd(fields, path, asides)
    if asides:
        check_grant(name, properties, asides)
    if name in SAYS_PURPOSE:
        report_unread(name, properties, asides)
    if asides and known is not None and known.strict and not _stops(known, traits, context):
        worst = asides[0]
        raise Refused(worst.reason, worst.field, f"{worst.message} (the catalogue says that {name} is strict)")
    read = Event(
        message_id=message_id,
        type=kind,
        name=name,
        user_id=person,
        at=at,
        properties=properties,
        traits=traits,
        context=context,
        anonymous_id=anonymous_id,
        source=(payload.write_key or "")[:MAX_SOURCE],
        clamped=clamped,
        known=known is not None,
        passive=known is not None and known.passive,
        received=record_at,
        derived_id=is_derived,
        counted_back=moves,
        bare=is_derived and moves and not says_when_sent(payload),
    )
    return _for_each(read) if known is not None and known.each and "products" in properties else [read]


def content_id(value: bytes) -> str:
    """An id made of a message's bytes: the same bytes, sent again, are the same message. Denials that are said again are heard all the same, by
    `udfs.core.decision.again`."""
    return f"sha256-{sha256(value).hexdigest()[:32]}"


def _is_no_id(message_id: str) -> bool:
    """Whether it says nothing, or what another message says, too: with `null` or zeros for an id, all events but the first would be repeats."""
    length = len(message_id)
    if 16 < length <= MAX_ID and not message_id.startswith("00000000-"):  # the usual case
        return False
    return length > MAX_ID or message_id.isspace() or is_nobody(message_id)


def _made_id(message_id: str | None, value: bytes, asides: list[Aside]) -> str:
    if message_id and len(message_id) > MAX_ID:
        message = f"message_id is {len(message_id)} characters long, {MAX_ID} at most: one made from the content stands in"
        asides.append(Aside(RejectionReason.TOO_LONG, "message_id", message))
    elif message_id and not message_id.isspace():
        message = f"message_id is {message_id!r}, which is no id: one made from the content stands in"
        asides.append(Aside(RejectionReason.PLACEHOLDER_ID, "message_id", message))
    return content_id(value)


def _what(payload: Payload, asides: list[Aside]) -> tuple[str, str]:
    """Type and name. A type that nobody knows is a track call if it says what happened."""
    kind, event = payload.type, payload.event
    if kind not in TYPES:
        kind = _type(kind, event, asides)
    if kind != "track":
        return kind, kind
    event = event or payload.name
    if not event:
        _refuse_as(asides, "event")
        message = 'a track call without an event: send what happened, as in "event": "Product Added"'
        raise Refused(RejectionReason.MISSING_FIELD, "event", message)
    if len(event) > MAX_NAME:
        raise Refused(RejectionReason.TOO_LONG, "event", f"event is {len(event)} characters long: {MAX_NAME} at most")
    name = event_name(event)
    if not name:
        message = f"{event!r} has no letter and no digit: send what happened in words"
        raise Refused(RejectionReason.MISSING_FIELD, "event", message)
    return kind, name


def _type(kind: str | None, event: str | None, asides: list[Aside]) -> str:
    plain = (kind or "").strip().lower()
    if plain in TYPES:
        return plain
    known = ", ".join(sorted(TYPES))
    if plain:
        reason, message = RejectionReason.UNKNOWN_TYPE, f"{(kind or '')[:40]!r} is no type of message: send one of {known}"
    else:
        reason, message = RejectionReason.MISSING_FIELD, f"no type: send one of {known}"
    if not event:
        _refuse_as(asides, "type")
        raise Refused(reason, "type", message)
    if plain:
        asides.append(Aside(reason, "type", message))
    return "track"


def _refuse_as(asides: list[Aside], field: str) -> None:
    """Raise `Refused` for what was set aside of a field that an event cannot be without."""
    for aside in asides:
        if aside.field == field:
            raise Refused(aside.reason, field, aside.message)


def _meant(name: str, known: Known | None, source: str, properties: dict[str, Any]) -> tuple[str, Known | None]:
    """What another sender's name means, and its fields put where the catalogue looks for them."""
    meaning = senders().meaning(name, source)
    if meaning is None:
        return name, known
    fill(properties, name, meaning)
    return meaning.event, catalogue().events.get(meaning.event)


def _properties(payload: Payload, kind: str, asides: list[Aside]) -> dict[str, Any]:
    """The properties, and with them what the spec puts at the top for calls other than track."""
    properties = payload.properties
    if properties is None:
        properties = {}
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
        _other(properties, payload.group_id, "group_id", "the organisation the person belongs to", asides)
        properties.setdefault("traits", payload.traits or {})
    elif kind == "alias":
        _other(properties, payload.previous_id, "previous_id", "the id that turned out to be the same person", asides)
    return properties


def _other(properties: dict[str, Any], value: str | int | None, field: str, meaning: str, asides: list[Aside]) -> None:
    """The other id that a call is about. Without it nothing comes of the call, and that is said."""
    said = len(asides)
    text = id_of(value, field, asides)
    if text is not None:
        properties[field] = text
    elif len(asides) == said:
        asides.append(Aside(RejectionReason.MISSING_FIELD, field, f"no {field}: send {meaning}"))


def _traits(payload: Payload, context: dict[str, Any]) -> dict[str, Any]:
    """What is said of the person, in either of two places. The traits of a group call are the group's: they stay in its properties."""
    own = payload.traits if payload.type != "group" else None
    if "traits" not in context:
        return own or {}
    ambient = context["traits"]
    if not ambient:
        return own or {}
    return {**ambient, **own} if own else ambient


def _check_context(context: dict[str, Any], asides: list[Aside]) -> None:
    ambient = context.get("traits")
    if ambient is not None and type(ambient) is not dict:
        context["traits"] = {}
        if ambient != []:
            message = f"context.traits must be an object; got {shown(ambient)}"
            asides.append(Aside(RejectionReason.WRONG_TYPE, "context.traits", message))
    check_consent(context, asides)


def _report_zone(place: Any, asides: list[Aside]) -> None:
    """Say that a zone was not understood. Core takes it for a zone that is not known, which is not the same as none."""
    try:
        zone(place)
    except Absent:
        return
    except Wrong as wrong:
        asides.append(Aside(RejectionReason.BAD_PROPERTY, "context.timezone", f"timezone must be {wrong}; got {shown(place)}"))


def _stops(known: Known, traits: dict[str, Any], context: dict[str, Any]) -> bool:
    """Whether an event says that something is over: whatever is wrong with the rest of it, that is heard."""
    return known.stops or _takes_back(traits, context)


def _takes_back(traits: dict[str, Any], context: dict[str, Any]) -> bool:
    """Whether what comes along with an event of any name denies something."""
    return denies(context) or any(value is False for name, value in traits.items() if name.endswith("_reachable"))


def _for_each(event: Event) -> list[Event]:
    """One event for each product of an event that is about one: GA4 puts a list of items into add_to_cart.

    One that names a product itself is about that alone: the list may be what else there was. What is added is all of it, once each.
    """
    properties = event.properties
    lines = properties["products"]
    own = properties.get("product_id")
    if not lines or (own is not None and event.name != "product_added"):
        return [event]
    rest = {name: value for name, value in properties.items() if name != "products"}
    found = []
    if own is not None:
        lines = [line for line in lines if line.get("product_id") is not None]
        found = [] if any(line["product_id"] == own for line in lines) else [rest]
        rest = {name: value for name, value in rest.items() if name not in _OF_A_LINE}
    found += [{**rest, **line} for line in lines[:MAX_EVENTS]]
    return [
        replace(event, message_id=f"{event.message_id}#{number}" if number else event.message_id, properties=each)
        for number, each in enumerate(found)
    ]
