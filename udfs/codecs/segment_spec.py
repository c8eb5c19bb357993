"""Events as trackers send them: JSON in the Segment spec, camelCase."""

import json
import re
from math import isfinite
from typing import Any

import msgspec

from udfs.codecs.payload import CAMEL, Payload
from udfs.codecs.reasons import Refused, RejectionReason

_decode = msgspec.json.Decoder(Payload).decode
_SNAKE = re.compile(rb'"(message_id|user_id|anonymous_id)"')
_PATH = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<path>.*)`)?$", re.DOTALL)
_EXPECTED = re.compile(r"^Expected `(?P<wanted>[^`]*)`, got `(?P<got>[^`]*)`$")
_WORDS = {"str": "text", "int": "a whole number", "float": "a number", "bool": "true or false", "object": "an object", "array": "a list"}


def read_json(value: bytes) -> Payload:
    """Read the payload of a JSON object. Raises `Refused` with the path of what is wrong."""
    try:
        if not value.isascii():
            value.decode()  # msgspec does not validate the text of unknown fields, but invalid UTF-8 is refused there too
        payload = _decode(value)
        if payload.message_id is None and _SNAKE.search(value):
            payload = _from_snake(value)
    except msgspec.ValidationError as error:
        raise _invalid(value, str(error)) from error
    except msgspec.DecodeError as error:
        raise _unreadable(value, str(error)) from error
    except UnicodeDecodeError as error:
        message = f"text that is not UTF-8 ({error.reason}): send JSON as UTF-8"
        raise Refused(RejectionReason.NOT_UTF8, None, message) from error
    except RecursionError as error:
        raise Refused(RejectionReason.TOO_DEEP, None, "objects are nested too deeply: send flat properties") from error
    return payload


def _from_snake(value: bytes) -> Payload:
    """Accept snake_case names of the Segment fields. This is a second pass, so events that follow the spec cost nothing more."""
    fields: dict[str, Any] = msgspec.json.decode(value)
    return msgspec.convert({CAMEL.get(name, name): field for name, field in fields.items()}, Payload)


def _invalid(value: bytes, text: str) -> Refused:
    found = _PATH.match(text)
    what, path = (found["what"], found["path"]) if found else (text, None)
    if "out of range" in what:
        return _not_finite(value) or Refused(RejectionReason.NOT_FINITE, path, "a number beyond what a double holds")
    types = _EXPECTED.match(what)
    if types is None:
        return Refused(RejectionReason.WRONG_TYPE, path, what)
    wanted = " or ".join(dict.fromkeys(_WORDS.get(word, word) for word in types["wanted"].split(" | ") if word != "null"))
    got = _WORDS.get(types["got"], types["got"])
    return Refused(RejectionReason.WRONG_TYPE, path, f"{path or 'the record'} must be {wanted}, got {got}")


def _unreadable(value: bytes, text: str) -> Refused:
    if b"NaN" in value or b"Infinity" in value:
        refused = _not_finite(value)
        if refused is not None:
            return refused
    try:
        value.decode()
    except UnicodeDecodeError as error:
        return Refused(RejectionReason.NOT_UTF8, None, f"byte {error.start} is not UTF-8 ({error.reason}): send JSON as UTF-8")
    return Refused(RejectionReason.MALFORMED, None, f"{text}: send one JSON object, complete")


def _not_finite(value: bytes) -> Refused | None:
    """Find the path of a NaN or an infinity with Python's own parser, which accepts them; None if something else was wrong."""
    try:
        path = _path_of_not_finite(json.loads(value))
    except (ValueError, RecursionError):
        return None
    if path is None:
        return None
    return Refused(RejectionReason.NOT_FINITE, path, f"{path} is not a finite number: leave it out when it is unknown")


def _path_of_not_finite(document: Any) -> str | None:
    pending: list[tuple[str, Any]] = [("", document)]
    while pending:
        path, node = pending.pop()
        if isinstance(node, float) and not isfinite(node):
            return path
        if isinstance(node, dict):
            pending += [(f"{path}.{key}" if path else key, child) for key, child in node.items()]
        elif isinstance(node, list):
            pending += [(f"{path}[{index}]", child) for index, child in enumerate(node)]
    return None
