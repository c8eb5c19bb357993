"""Make keys and values that every broker accepts: limited in size, valid UTF-8, and valid JSON."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

MAX_OUTPUT = 1_000_000
"""The maximum size of a value in bytes: below the megabyte that producers and brokers accept by default, with room for key and headers."""
MAX_KEY = 1_024
"""The maximum size of a key in bytes. An id has at most 256 characters, so only keys of rejected records are ever cut."""
MAX_WHOLE = (1 << 63) - 1
"""The largest whole number of an Avro `long`."""
_SAMPLE = 1024
_LISTED = 20

_json = msgspec.json.Encoder()


class TooLarge(ValueError):
    """A record is too large, even after cutting."""


def key_of(name: str | None) -> bytes:
    """The key of a record, cut between two characters if it is too long; empty without a name."""
    key = (name or "").encode("utf-8", "replace")
    return key if len(key) <= MAX_KEY else key[:MAX_KEY].decode("utf-8", "ignore").encode()


def fitting(record: msgspec.Struct) -> bytes:
    """The record as JSON. If it is too large, its largest parts are replaced by their beginning, hash and length, until it fits."""
    try:
        value = _json.encode(record)
    except (UnicodeEncodeError, TypeError, OverflowError):
        value = _json.encode(_fields(record))
    if len(value) <= MAX_OUTPUT:
        return value
    fields = _fields(record)
    for name in sorted(fields, key=lambda name: len(_json.encode(fields[name])), reverse=True):
        fields[name] = _cut(fields[name])
        value = _json.encode(fields)
        if len(value) <= MAX_OUTPUT:
            return value
    message = f"{len(value)} bytes, even after cutting every part"
    raise TooLarge(message)


def _fields(record: msgspec.Struct) -> dict[str, Any]:
    """Its fields in JSON types, after its `kind` if it has one."""
    config = record.__struct_config__
    kind = {config.tag_field: config.tag} if config.tag_field else {}
    return {**kind, **plain(msgspec.structs.asdict(record))}


def plain(value: Any) -> Any:
    """The value in JSON types: UTF-8 text, whole numbers of 64 bits, texts as keys. Raises TypeError for anything else."""
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
    message = f"JSON has no {type(value).__name__}"
    raise TypeError(message)


def _rounded(number: int) -> float | None:
    try:
        return float(number)
    except OverflowError:  # beyond a double: unknown, like an infinity
        return None


def _cut(part: Any) -> Any:
    """Cut a part and keep its type: an object stays an object, text stays text, and a list keeps its type of items."""
    if isinstance(part, str):
        return f"{part[:_SAMPLE]}… [cut: {len(part.encode())} bytes, sha256 {hashlib.sha256(part.encode()).hexdigest()}]"
    if isinstance(part, dict):
        whole = _json.encode(part)
        return {"truncated": whole[:_SAMPLE].decode("utf-8", "replace"), "sha256": hashlib.sha256(whole).hexdigest(), "length": len(whole)}
    return _list_cut(part) if isinstance(part, list) else part


def _list_cut(items: list[Any]) -> list[Any]:
    """The first objects of a list. The `detail` of the last one says how many were cut."""
    kept = [
        {name: _cut(field) if isinstance(field, str) and len(field) > _SAMPLE else field for name, field in item.items()} for item in items[:_LISTED]
    ]
    if len(items) > _LISTED and "detail" in kept[-1]:
        kept[-1]["detail"] += f" [cut: {len(items) - _LISTED} more]"
    return kept
