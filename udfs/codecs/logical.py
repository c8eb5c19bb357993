"""What Avro's types become: what JSON would say. Times are epoch milliseconds, dates and UUIDs texts, decimals numbers, bytes base64.

fastavro's own readers of logical types are not used: they make datetimes, and raise on absurd ones, which would refuse a whole event.
Ours have names of their own, so that nothing else in this process is changed.
"""

import base64
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import fastavro.read

from udfs.codecs.schema_bounds import NAMED, fields_of, full_name, space_of

MAX_SCALE = 100
MAX_DECIMAL_BYTES = 64
_EPOCH = date(1970, 1, 1)
_MARK = "kairos-"
_READ = {"long": {"timestamp-micros": "micros", "local-timestamp-micros": "micros", "timestamp-nanos": "nanos", "local-timestamp-nanos": "nanos",
                  "time-micros": "time-micros"},
         "int": {"date": "date", "time-millis": "time-millis"}}  # fmt: skip

Marked = tuple[str, dict[str, Any]]
"""A record together with its full name, where a schema leaves open which one it is."""


def rewritten(node: Any, is_marked: Callable[[str], bool], space: str = "") -> Any:
    """The schema with our logical types in place of its own. Records that are marked are read as `Marked`."""
    if isinstance(node, list):
        return [rewritten(each, is_marked, space) for each in node]
    if node == "bytes":
        return {"type": "bytes", "logicalType": f"{_MARK}base64"}
    if not isinstance(node, dict):
        return node
    kind = node.get("type")
    if isinstance(kind, (dict, list)):
        return rewritten(kind, is_marked, space)
    plain = {key: value for key, value in node.items() if key in ("type", "name", "namespace", "symbols", "size", "scale", "aliases")}
    if kind in NAMED:
        within = space_of(node, space)
        plain["name"] = full_name(node["name"], within)
        plain.pop("namespace", None)
        if kind in ("record", "error"):
            plain["fields"] = [{"name": field["name"], "type": rewritten(field["type"], is_marked, within)} for field in fields_of(node)]
            return {**plain, "logicalType": f"{_MARK}named"} if is_marked(plain["name"]) else plain
    for part in ("items", "values"):
        if part in node:
            plain[part] = rewritten(node[part], is_marked, space)
    read = _reader_of(node, str(kind))
    return {**plain, "logicalType": _MARK + read} if read else plain


def _reader_of(node: dict[str, Any], kind: str) -> str | None:
    logical = node.get("logicalType")
    if kind in ("bytes", "fixed"):
        scale = node.get("scale", 0)
        if logical == "decimal" and type(scale) is int and 0 <= scale <= MAX_SCALE:
            return "decimal"
        return "uuid" if logical == "uuid" and node.get("size") == 16 else "base64"
    return _READ.get(kind, {}).get(logical) if isinstance(logical, str) else None


def _decimal(data: bytes, schema: Any, _: Any = None) -> Any:
    """A number as JSON has it. What is too long for one stays as it was sent, and the catalogue says what is wrong with it."""
    if len(data) > MAX_DECIMAL_BYTES:
        return _base64(data)
    whole = int.from_bytes(data, "big", signed=True)
    scale = schema.get("scale", 0)
    return whole / 10**scale if scale or not -(1 << 63) <= whole < 1 << 63 else whole


def _date(days: int, *_: Any) -> Any:
    try:
        return (_EPOCH + timedelta(days=days)).isoformat()
    except OverflowError:
        return days  # no date of ours: what it means is for the catalogue to say


def _time(millis: int) -> Any:
    if not 0 <= millis < 86_400_000:
        return millis
    seconds, rest = divmod(millis, 1000)
    told = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{told}.{rest:03}" if rest else told


def _base64(data: bytes, *_: Any) -> str:
    return base64.b64encode(data).decode()


def _register() -> None:
    readers: dict[str, Callable[..., Any]] = {
        "long-micros": lambda value, *_: value // 1000,
        "long-nanos": lambda value, *_: value // 1_000_000,
        "long-time-micros": lambda value, *_: _time(value // 1000),
        "int-time-millis": lambda value, *_: _time(value),
        "int-date": _date,
        "bytes-decimal": _decimal,
        "fixed-decimal": _decimal,
        "bytes-base64": _base64,
        "fixed-base64": _base64,
        "fixed-uuid": lambda data, *_: str(UUID(bytes=data)),
        "record-named": lambda data, schema, *_: (schema["name"], data),
        "error-named": lambda data, schema, *_: (schema["name"], data),
    }
    for name, read in readers.items():
        kind, _, rest = name.partition("-")
        fastavro.read.LOGICAL_READERS[f"{kind}-{_MARK}{rest}"] = read


_register()
