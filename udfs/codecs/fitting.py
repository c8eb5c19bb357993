"""Keys and values that every broker takes: a bounded number of bytes, text that is UTF-8, JSON that can be read."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

MAX_OUTPUT = 1_000_000
"""Bytes of a value: under the megabyte that producers and brokers take by default, with room for key, headers and the batch around it."""
MAX_KEY = 1_024
"""Bytes of a key. A person's id has 256 characters at the most, so only keys of what is refused are ever cut."""
MAX_WHOLE = (1 << 63) - 1
"""The largest whole number of a schema's `long`."""
_SAMPLE = 1024
_LISTED = 20

_json = msgspec.json.Encoder()


class TooLarge(ValueError):
    """A record that stays too large whatever is cut."""


def key_of(name: str | None) -> bytes:
    """The key of a record, cut between two characters where it is too long. Without a name it is empty."""
    key = (name or "").encode("utf-8", "replace")
    return key if len(key) <= MAX_KEY else key[:MAX_KEY].decode("utf-8", "ignore").encode()


def fitting(record: msgspec.Struct) -> bytes:
    """The record as JSON. One too large loses its largest parts, each replaced by its beginning, hash and length, until it fits."""
    try:
        value = _json.encode(record)
    except (UnicodeEncodeError, TypeError, OverflowError):
        value = _json.encode(plain(msgspec.structs.asdict(record)))
    if len(value) <= MAX_OUTPUT:
        return value
    fields: dict[str, Any] = plain(msgspec.structs.asdict(record))
    for name in sorted(fields, key=lambda name: len(_json.encode(fields[name])), reverse=True):
        fields[name] = _cut(fields[name])
        value = _json.encode(fields)
        if len(value) <= MAX_OUTPUT:
            return value
    message = f"{len(value)} bytes, with everything cut that can be"
    raise TooLarge(message)


def plain(value: Any) -> Any:
    """The value in types that JSON has and schemas name: text in UTF-8, whole numbers of 64 bits, texts as keys. TypeError for what is none."""
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, str):
        return str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, int):
        return value if -MAX_WHOLE <= value <= MAX_WHOLE else _rounded(value)
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, msgspec.Struct):
        return plain(msgspec.structs.asdict(value))
    message = f"{type(value).__name__} is nothing that JSON has"
    raise TypeError(message)


def _rounded(number: int) -> float | None:
    try:
        return float(number)
    except OverflowError:  # more than a double holds: unknown, as an infinity is
        return None


def _cut(part: Any) -> Any:
    """An object becomes an object, text stays text and a list a list of what it held, so that a reader's types still hold."""
    if isinstance(part, str):
        return f"{part[:_SAMPLE]}… [cut: {len(part.encode())} bytes, sha256 {hashlib.sha256(part.encode()).hexdigest()}]"
    if isinstance(part, dict):
        whole = _json.encode(part)
        return {"truncated": whole[:_SAMPLE].decode("utf-8", "replace"), "sha256": hashlib.sha256(whole).hexdigest(), "length": len(whole)}
    return _list_cut(part) if isinstance(part, list) else part


def _list_cut(items: list[Any]) -> list[Any]:
    """The first objects of a list, each with its fields; the detail of the last of them says how many more there were."""
    kept = [
        {name: _cut(field) if isinstance(field, str) and len(field) > _SAMPLE else field for name, field in item.items()} for item in items[:_LISTED]
    ]
    if len(items) > _LISTED and "detail" in kept[-1]:
        kept[-1]["detail"] += f" [cut: {len(items) - _LISTED} more]"
    return kept
