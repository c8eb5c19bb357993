"""A steady live stream of events by named customers, sent as a tracker would."""

import json
import time
from collections.abc import Iterator
from typing import Any

from bench.pace import paced
from services.kafka.client import producer


def stream(brokers: str, events: Iterator[tuple[str, str]], *, per_second: float, seconds: float) -> set[str]:
    """Send (user, event name) one after the other; returns who was sent. The last user's events are sent whole."""
    sender = producer(brokers)
    users: set[str] = set()
    until = time.monotonic() + seconds
    try:
        for number, (user, name) in zip(paced(per_second), events, strict=False):
            if time.monotonic() >= until and user not in users:
                break
            users.add(user)
            send_event(sender, user, name, message_id=f"{name}-{number}-{user}")
        sender.flush()
    finally:
        sender.close(timeout=30)
    return users


def send_event(sender: Any, user: str, name: str, *, message_id: str, **properties: Any) -> int:
    """Send one event of now; returns its timestamp, epoch milliseconds."""
    at = int(time.time() * 1000)
    event = {"messageId": message_id, "type": "track", "event": name, "userId": user, "timestamp": at, "properties": properties}
    sender.send("events", key=user.encode(), value=json.dumps(event).encode(), timestamp_ms=at)
    return at
