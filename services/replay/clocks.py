"""When an event of a file happened, and the event with its time corrected: nothing else in a file knows when it was received."""

import json
import re
from typing import Any

import msgspec

from udfs.codecs.clocks import time_of as corrected
from udfs.codecs.loose import BOM, spelled
from udfs.codecs.payload import CAMEL
from udfs.codecs.reasons import Refused
from udfs.codecs.segment_spec import read_json
from udfs.core.values.instants import BadInstant, parse_instant
from udfs.core.values.names import normalise

UNKNOWN = -1
_SENT = re.compile(rb'"sent[ _-]?at"', re.IGNORECASE)
_TIMES = ("sent_at", "received_at", "original_timestamp", "timestamp")


class _Times(msgspec.Struct, rename="camel", gc=False):
    """The times of an event, in the order of preference of `decode`."""

    timestamp: Any = None
    original_timestamp: Any = None
    sent_at: Any = None
    other_sent_at: None = msgspec.field(default=None, name="sent_at")
    """Here and below: what is sent in another spelling is read as decode reads it."""
    other_original: None = msgspec.field(default=None, name="original_timestamp")


_times = msgspec.json.Decoder(_Times)


def time_of(line: bytes) -> int:
    """When an event happened, as decode will read it."""
    try:
        found = _times.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _sent_time(line)
    if found.sent_at is not None:
        return _sent_time(line)
    for value in (found.timestamp, found.original_timestamp):
        if value is not None:
            try:
                return parse_instant(value)
            except (BadInstant, TypeError):
                continue
    return UNKNOWN


def _sent_time(line: bytes) -> int:
    """By the rule for clocks of devices; received, where nothing says when, at the moment it was sent."""
    try:
        return corrected(read_json(line.removeprefix(BOM), [])[0], UNKNOWN, [])[0]
    except Refused:
        return UNKNOWN


def told(line: bytes, at: int) -> bytes:
    """The line as it is; one that says when it was sent as one whose time has been corrected."""
    if not _SENT.search(line):
        return line
    try:
        event = json.loads(line)
        said = spelled(event, CAMEL)
    except (ValueError, AttributeError, RecursionError):
        return line
    sent, stated, original, received = (said.get(name) for name in ("sent_at", "timestamp", "original_timestamp", "received_at"))
    if not sent or at == UNKNOWN or (stated and original and received):
        return line
    event = {name: value for name, value in event.items() if normalise(name) not in _TIMES}
    event |= {"sentAt": sent, "receivedAt": received or sent}
    if original or not stated or _is_time(stated):
        event |= {"originalTimestamp": original or stated or sent, "timestamp": at}
    else:
        event["timestamp"] = stated  # it cannot be read, and that is to be said of it: the event is placed where it was received
    return json.dumps(event, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _is_time(value: Any) -> bool:
    try:
        parse_instant(value)
    except (BadInstant, TypeError):
        return False
    return True
