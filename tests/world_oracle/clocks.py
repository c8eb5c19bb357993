"""When it happened: event time, with the device's clock put right where the record says by how much it is wrong."""

from collections.abc import Callable
from typing import Final

from tests.world_oracle.amounts import Unreadable, is_absent
from tests.world_oracle.instants import MINUTE, instant

AHEAD: Final = 5 * MINUTE  # an event lies at most so far after its record


def event_time(top: dict[str, object], at: int, set_aside: Callable[[str], None]) -> int:
    """Event time by the record's content and time alone."""
    told: dict[str, int] = {}
    for name in ("original_timestamp", "timestamp", "sent_at", "received_at"):
        if not is_absent(top.get(name)):
            try:
                told[name] = instant(top[name])
            except Unreadable:
                set_aside(name)
    return min(corrected(told, at), at + AHEAD)


def says_when_sent(top: dict[str, object]) -> bool:
    """Whether it says so in a way that can be read."""
    try:
        return not is_absent(top.get("sent_at")) and instant(top["sent_at"]) is not None
    except Unreadable:
        return False


def corrected(told: dict[str, int], at: int) -> int:
    """Segment's rule: time = received - (sent at - device time)."""
    original, stamp, sent = told.get("original_timestamp"), told.get("timestamp"), told.get("sent_at")
    received = min(told.get("received_at", at), at)
    if original is not None and stamp is not None and "received_at" in told:
        return stamp  # somebody has corrected it already
    device = original if original is not None else stamp
    if device is None:
        return received  # no time, or sent_at alone: as soon as it came
    if sent is None:
        return stamp if stamp is not None else device
    return min(received, received - (sent - device))
