"""A second, slower reading of JSON that the first one did not take: for what is meant well and can mean only one thing.

Keys in snake_case, an empty list for an empty object (PHP), JSON text for an object, a number for a text, NaN, text that is not UTF-8.
What can be read is put right, what cannot is set aside, field by field.
"""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

from udfs.codecs.depth import shallow
from udfs.codecs.kinds import from_json
from udfs.codecs.payload import CAMEL, Payload
from udfs.codecs.properties import shown
from udfs.codecs.reasons import Aside, Refused, RejectionReason
from udfs.core.values.names import normalise

BOM = b"\xef\xbb\xbf"
_TEXTS = ("message_id", "type", "event", "name", "category", "write_key")
_IDS = ("user_id", "anonymous_id", "group_id", "previous_id")
_TIMES = ("timestamp", "original_timestamp", "sent_at", "received_at")
_OBJECTS = ("properties", "traits", "context")
MAX_KEY = 40
"""Characters of a field of the envelope, however it is spelled."""
_BROKEN = "\N{REPLACEMENT CHARACTER}"


def read_loose(value: bytes, asides: list[Aside], *, broken: str = "it cannot be read") -> Payload:
    """The payload in JSON, or `Refused`. `broken` is what the first reading said of it."""
    try:
        text, is_utf8 = value.decode(), True
    except UnicodeDecodeError:
        text, is_utf8 = value.decode("utf-8", "replace"), False
    try:
        document = _loads(text)
    except RecursionError as error:
        raise Refused(RejectionReason.TOO_DEEP, None, "objects within objects without end: send flat properties") from error
    except ValueError as error:
        if not is_utf8:
            raise Refused(RejectionReason.NOT_UTF8, None, "text that is not UTF-8, and no JSON object either: send JSON as UTF-8") from error
        raise Refused(RejectionReason.MALFORMED, None, f"{broken}: send one JSON object, complete") from error
    if not isinstance(document, dict):
        raise Refused(RejectionReason.MALFORMED, None, f"{broken}: send one JSON object, complete")
    payload = payload_of(document, asides)
    if not is_utf8:
        _check_text(payload, text, asides)
    return payload


def _loads(text: str) -> Any:
    try:
        return json.loads(text, strict=False, parse_int=_whole)
    except RecursionError:  # it stands in one field, perhaps of an order: what is left of that field says what is wrong
        return json.loads(shallow(text), strict=False, parse_int=_whole)


def payload_of(document: dict[str, Any], asides: list[Aside]) -> Payload:
    """The payload in an object of any types. Each field may be spelled its own way; of two spellings that say something, camelCase counts."""
    fields = spelled(document, CAMEL)
    if fields.get("properties") is None and isinstance(document.get("params"), dict):
        fields["properties"] = document["params"]  # as Google Analytics calls them
    for names, read in ((_TEXTS, _text), (_IDS, _id), (_TIMES, _time), (_OBJECTS, _object)):
        for name in names:
            if name in fields:
                fields[name] = read(fields[name], name, asides)
    products = fields.get("products")
    if products is not None and not isinstance(products, list):
        properties = fields.setdefault("properties", {}) or {}
        fields["properties"] = {"products": products, **properties}  # the catalogue says what can be made of it
        del fields["products"]
    return Payload(**fields)


def spelled(document: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """What an object says of these fields, by their names in snake_case, however each is spelled. `names`: field -> its usual spelling."""
    fields: dict[str, Any] = {}
    for key, value in document.items():
        name = normalise(key) if len(key) <= MAX_KEY else key
        if name in names and value is not None and (name not in fields or (key == names[name] and not _is_blank(value)) or _is_blank(fields[name])):
            fields[name] = value
    return fields


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and (not value or value.isspace())


def drop_odd(fields: dict[str, Any], path: str, asides: list[Aside]) -> None:
    """Take out what no encoder takes: numbers that are not finite, half surrogate pairs."""
    for name in [name for name, value in fields.items() if type(value) is float and not isfinite(value)]:
        del fields[name]
        asides.append(_not_finite(f"{path}.{name}"))
    for name in list(fields):
        value = _sound(fields[name], f"{path}.{name}", asides)
        plain = _sound(name, path, asides)
        if plain != name:
            del fields[name]
        fields[plain] = value


def _sound(value: Any, path: str, asides: list[Aside]) -> Any:
    kind = type(value)
    if kind is str:
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if kind is float and not isfinite(value):
        asides.append(_not_finite(path))
        return None
    if kind is list:
        return [_sound(each, f"{path}[{index}]", asides) for index, each in enumerate(value)]
    if kind is dict:
        return {_sound(name, path, asides): _sound(each, f"{path}.{name}", asides) for name, each in value.items()}
    return value


def _not_finite(path: str) -> Aside:
    return Aside(RejectionReason.NOT_FINITE, path, f"{path} is not a finite number: leave it out when it is unknown")


def _whole(text: str) -> int | float:
    return int(text) if len(text) < 400 else float(text)


def _text(value: Any, name: str, asides: list[Aside]) -> str | None:
    if isinstance(value, str):
        return value
    if type(value) is int:
        return str(value)
    _wrong(value, name, "text", asides)
    return None


def _id(value: Any, name: str, asides: list[Aside]) -> str | int | None:
    if isinstance(value, str) or type(value) is int:
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 53:
        return int(value)
    if value is False:
        return "false"  # one of the ways to say nobody
    _wrong(value, name, "text or a whole number", asides)
    return None


def _time(value: Any, name: str, asides: list[Aside]) -> str | int | float | None:
    if isinstance(value, (str, int, float)) and type(value) is not bool:
        return value
    _wrong(value, name, "text or a number", asides)
    return None


def _object(value: Any, name: str, asides: list[Aside]) -> dict[str, Any] | None:
    if isinstance(value, str):
        if not value or value.isspace():
            return None
        value = from_json(value) or value
    if isinstance(value, dict):
        return value
    if value != []:
        _wrong(value, name, "an object", asides)
    return None


def _wrong(value: Any, name: str, wanted: str, asides: list[Aside]) -> None:
    spelled = CAMEL.get(name, name)
    asides.append(Aside(RejectionReason.WRONG_TYPE, name, f"{spelled} must be {wanted}; got {shown(value)}"))


def check_names(payload: Payload, asides: list[Aside], form: str = "Avro") -> None:
    """A name or an id with a broken letter in it is another name, another id: refused, or left out. Raises Refused."""
    for name in (*_TEXTS, *_IDS):
        found = getattr(payload, name)
        if isinstance(found, str) and _BROKEN in found:
            aside = Aside(RejectionReason.NOT_UTF8, name, f"{CAMEL[name]} is not UTF-8: send {form} as UTF-8")
            if name in {"event", "type", "user_id"}:
                raise Refused(aside.reason, aside.field, aside.message)
            setattr(payload, name, None)
            asides.append(aside)


def _check_text(payload: Payload, text: str, asides: list[Aside]) -> None:
    check_names(payload, asides, "JSON")
    place = text.index(_BROKEN)
    message = f"text that is not UTF-8 at character {place}, read as {_BROKEN}: send JSON as UTF-8"
    asides.append(Aside(RejectionReason.NOT_UTF8, "", message))
