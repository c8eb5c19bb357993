"""When an event happened, by Segment's rule: the device says how long before it was sent that was, the record says when it was received.

Whether a device's clock is corrected is decided by what the record carries, and by nothing else, so that a replay decides as the job did.
"""

from udfs.codecs.payload import Payload
from udfs.codecs.reasons import Aside, Refused, RejectionReason
from udfs.core.values.instants import EARLIEST, LATEST, BadInstant, in_utc, parse_instant

MAX_AHEAD = 5 * 60_000
"""Milliseconds an event's own clock may be ahead of its record's; beyond it, the event happened at most so late."""

DAY = 24 * 60 * 60_000
DATE_ONLY = 10
"""Characters of a date: a text that is no longer says no time of the day."""
COMPACT = 8
"""Digits of a day without signs between them: epoch seconds have more."""
MAX_QUEUED = 31 * DAY
"""How long a device keeps events before it sends them; a longer time means that one of its times is no time."""

_Time = str | int | float | None


def time_of(payload: Payload, record_at: int, asides: list[Aside]) -> tuple[int, bool, bool]:
    """When it happened, epoch milliseconds. A time that cannot be read is set aside for the next best.

    And whether the device's clock was more than five minutes ahead of the record, so that the time is clamped; and whether the time follows from
    the record's, so that the same bytes have another when they are delivered again.

    `record_at` is the record's timestamp. One that is no time at all (-1: none) neither corrects nor clamps nor stands in. Raises Refused
    where there is no time anywhere.
    """
    is_placed = EARLIEST <= record_at < LATEST
    if payload.sent_at is None and payload.original_timestamp is None:  # the usual case
        stamp = payload.timestamp
        at = stamp if type(stamp) is int and EARLIEST <= stamp < LATEST else _read(stamp, "timestamp", asides)
        if at is not None and at % DAY == 0 and is_placed and _is_day(payload.timestamp):
            return min(record_at, at + DAY - 1), False, True  # a day without a time: at the latest when it came
    else:
        at = _corrected(payload, record_at if is_placed else None, asides)
        if asides and at is not None:
            _say_used(at, asides)
    if at is None:
        if not is_placed:
            raise _no_time(asides)
        if asides:
            _say_used(record_at, asides)
        return record_at, False, True
    if is_placed and at > record_at + MAX_AHEAD:
        return record_at + MAX_AHEAD, True, True
    return at, False, payload.sent_at is not None


def says_when_sent(payload: Payload) -> bool:
    """Whether a `sentAt` came that can be read: then the same bytes are the same message."""
    return payload.sent_at is not None and _read(payload.sent_at, "sent_at", []) is not None


def _corrected(payload: Payload, record_at: int | None, asides: list[Aside]) -> int | None:
    """received - (sent - device time). The device's time is original_timestamp, or a timestamp with a sent_at."""
    stated = _read(payload.timestamp, "timestamp", asides)
    original = _read(payload.original_timestamp, "original_timestamp", asides)
    sent = _read(payload.sent_at, "sent_at", asides)
    received = _read(payload.received_at, "received_at", asides)
    if stated is not None and original is not None and received is not None:
        return stated  # somebody has corrected it already
    if sent is None:
        return stated if stated is not None else original
    device = original if original is not None else stated
    if device is not None and sent - device > MAX_QUEUED:
        asides.append(Aside(RejectionReason.BAD_TIMESTAMP, "sent_at", f"sent_at is {(sent - device) // DAY} days after it happened: not believed"))
        return device
    if received is not None and record_at is not None and device is not None and _is_absurd(received, device, record_at):
        asides.append(Aside(RejectionReason.BAD_TIMESTAMP, "received_at", "received_at is weeks before all other times: not believed"))
        received = None
    if received is None or (record_at is not None and received > record_at):
        received = record_at
    if device is None:
        return received if received is not None else sent
    return device if received is None else min(received - (sent - device), received)


def _is_day(told: _Time) -> bool:
    """Whether what is read as a midnight says a day and no time of it."""
    text = str(told).strip()
    return len(text) <= DATE_ONLY and (len(text) == COMPACT or not text.isdigit())


def _is_absurd(received: int, device: int, record_at: int) -> bool:
    """Whether what a payload calls its receipt lies weeks before it happened, by the device and by the record alike."""
    return device - received > MAX_QUEUED and record_at - received > MAX_QUEUED and abs(record_at - device) <= MAX_QUEUED


def _read(value: _Time, field: str, asides: list[Aside]) -> int | None:
    if value is None:
        return None
    try:
        return parse_instant(value)
    except BadInstant as bad:
        asides.append(Aside(RejectionReason.BAD_TIMESTAMP, field, str(bad)))
        return None


def _say_used(at: int, asides: list[Aside]) -> None:
    """Add to what is said of a time that cannot be used which one is."""
    for place, aside in enumerate(asides):
        if aside.reason is RejectionReason.BAD_TIMESTAMP:
            asides[place] = aside._replace(message=f"{aside.message}; {in_utc(at)} is used instead")


def _no_time(asides: list[Aside]) -> Refused:
    for aside in asides:
        if aside.reason is RejectionReason.BAD_TIMESTAMP:
            return Refused(aside.reason, aside.field, aside.message)
    message = "no timestamp, and the record has none either: send one as ISO 8601 or epoch milliseconds"
    return Refused(RejectionReason.BAD_TIMESTAMP, "timestamp", message)
