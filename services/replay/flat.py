"""Events as exports of tables write them: {"type": "product_viewed", "user_id": "ada", "product_id": "tent"}.

Their properties are next to them, or their name is not called `event`. The job reads neither, so such a line of a file is rewritten, and the file's
note says of how many.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from udfs.codecs.catalogue import catalogue
from udfs.codecs.checks import TYPES
from udfs.codecs.loose import BOM, spelled
from udfs.codecs.payload import CAMEL
from udfs.core.values.instants import BadInstant, parse_instant
from udfs.core.values.names import normalise

MAX_SHOWN = 5
"""Lines that are named."""
_ENVELOPE = frozenset(CAMEL) - {"name", "category", "products", "properties"} | {"integrations", "version"}
"""What is next to the properties of a track call."""
_TIMES = frozenset({"timestamp", "original_timestamp", "sent_at", "received_at"})
_NAMES = frozenset({"type", "event_type", "event_name"})
"""What such lines call the name of their event."""
_NAME = re.compile(rb'"(?:type|event_?(?:type|name))"\s*:\s*"([^"\\]{1,60})"', re.IGNORECASE)
_OTHER_TIMES = ("time", "ts", "event_time", "created_at")
"""What such lines call their time."""


def unflattened(line: bytes) -> bytes | None:
    """The same event as the job reads it; None: it is no such line."""
    if (b'"event"' in line) == (b'"properties"' in line) and (b'"event"' in line or not _is_named(line)):  # as nearly all are
        return None
    try:
        event = json.loads(line.strip().removeprefix(BOM))
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict):
        return None
    event = _named(event)
    said = spelled(event, CAMEL)
    if not isinstance(said.get("event"), str) or said.get("type", "track") != "track" or "batch" in said:
        return None
    if isinstance(said.get("properties"), dict):
        return _written(event) if b'"event"' not in line else None
    own = {name: value for name, value in event.items() if normalise(name) not in _ENVELOPE}
    if own.keys() <= {"products"}:  # which is read there, too
        return _written(event) if b'"event"' not in line else None
    kept = {name: value for name, value in event.items() if name not in own}
    if said.keys().isdisjoint(_TIMES) and (at := _time_of(own)) is not None:
        kept["timestamp"] = at
    return _written({**kept, "properties": own})


def _is_named(line: bytes) -> bool:
    """Whether a line names its event, one that Kairos knows, in another place."""
    return any(_is_known(name.decode("utf-8", "replace")) for name in _NAME.findall(line))


def _is_known(name: str) -> bool:
    return name not in TYPES and normalise(name) in catalogue().events


def _named(event: dict[str, Any]) -> dict[str, Any]:
    """The event with its name in `event`."""
    if "event" in event:
        return event
    for key, value in event.items():
        if normalise(key) in _NAMES and isinstance(value, str) and _is_known(value):
            return {"event": value, **{name: each for name, each in event.items() if name != key}}
    return event


def _written(event: dict[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode("utf-8", "surrogatepass")


def note_of(lines: Sequence[int]) -> str:
    """A note about lines, by their numbers."""
    shown = ", ".join(f"{number:,}" for number in lines[:MAX_SHOWN]) + (f" and {len(lines) - MAX_SHOWN:,} more" if len(lines) > MAX_SHOWN else "")
    told = f"1 line (line {shown}) is" if len(lines) == 1 else f"{len(lines):,} lines (lines {shown}) are"
    return (
        f"{told} read as if the event's name stood in `event` and its properties in `properties`. The job reads them there only: "
        'send {"event": "product_viewed", "userId": "ada", "properties": {"product_id": "tent"}}'
    )


def _time_of(own: dict[str, Any]) -> int | None:
    for name in _OTHER_TIMES:
        value = next((each for key, each in own.items() if normalise(key) == name), None)
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            try:
                return parse_instant(value)
            except BadInstant:
                continue
    return None
