"""A steady stream of live events, each of which a campaign answers at once."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from services.kafka.client import producer

VISITORS = 50


@contextmanager
def traffic(
    brokers: str, events: Mapping[str, Mapping[str, Any]], *, per_second: float, visitor: Callable[[int], str] | None = None
) -> Iterator[None]:
    """Send the named events with their properties in turn, until the block ends. Raises the broker's error, if it refused them.

    `visitor`: whose event of this number it is; usually fifty people in turn.
    """
    stop, failed = Event(), list[Exception]()
    sender = producer(brokers)

    def run() -> None:
        began, number = time.monotonic(), 0
        names = list(events)
        while not stop.is_set():
            name, at = names[number % len(names)], int(time.time() * 1000)
            user = visitor(number) if visitor is not None else f"visitor-{number // len(names) % VISITORS}"
            event = {
                "messageId": f"{user}-{at}-{number}",
                "type": "track",
                "event": name,
                "userId": user,
                "timestamp": at,
                "properties": events[name],
            }
            try:
                sender.send("events", key=user.encode(), value=json.dumps(event).encode(), timestamp_ms=at)
            except Exception as problem:  # raised when the block ends
                failed.append(problem)
                return
            number += 1
            stop.wait(max(0.0, began + number / per_second - time.monotonic()))

    thread = Thread(target=run, name="traffic", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)
        sender.close(timeout=10)
    if failed:
        raise failed[0]
