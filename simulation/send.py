"""The shop on a real clock: each event goes to Kafka when its time has come, stamped with the moment it goes."""

import json
import time
from concurrent.futures import Future
from threading import Event, Thread
from typing import Any, Protocol

from simulation.segment import segment
from simulation.shop import Shop

PATIENCE_S = 0.05
"""Longest sleep: how soon a request to close is noticed."""


class Producer(Protocol):
    """What is used of a Kafka producer."""

    def send(self, topic: str, value: bytes, key: bytes, *, timestamp_ms: int) -> Any:
        """Hand over one record; returns something to wait for."""

    def flush(self, timeout: float | None = None) -> None:
        """Wait until all records are with the broker."""


class Seller:
    """A thread that keeps the shop open for `seconds`, or until `close`; `sent` counts its events.

    One that falls behind, on a busy machine, sends at once and stamps the time of sending: an event is never older than its record,
    so what is measured after it is Kairos and not this loop. The order of each person's events stays as it was.
    """

    def __init__(self, shop: Shop, producer: Producer, *, topic: str, seconds: float | None = None) -> None:
        """Nothing is sent before `start`. `seconds` None is without end."""
        self.sent = 0
        self._shop, self._producer, self._topic, self._seconds = shop, producer, topic, seconds
        self._closing = Event()
        self._end: Future[None] = Future()
        self._thread = Thread(target=self._run, name="shop", daemon=True)

    def start(self) -> None:
        """Open the shop."""
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until the shop is closed; whether it is still open."""
        self._thread.join(seconds)
        return self._thread.is_alive()

    def close(self) -> None:
        """Close the shop and wait for what is on its way. Raises what went wrong in between, such as a KafkaError."""
        self._closing.set()
        self._thread.join()
        self._end.result()

    def _run(self) -> None:
        try:
            self._sell()
        except Exception as problem:  # told to whoever closes the shop
            self._end.set_exception(problem)
        else:
            self._end.set_result(None)

    def _sell(self) -> None:
        until = float("inf") if self._seconds is None else time.time() + self._seconds
        for posted in self._shop:
            if not self._rest(min(posted.at / 1000, until)) or time.time() >= until:
                break
            at = max(posted.at, int(time.time() * 1000))
            value = json.dumps(segment(posted, at=at), separators=(",", ":")).encode()
            self._producer.send(self._topic, value, posted.key.encode(), timestamp_ms=at)
            self.sent += 1
        self._producer.flush(timeout=10)

    def _rest(self, until: float) -> bool:
        """Sleep until then; whether the shop is still open."""
        while (pause := until - time.time()) > 0 and not self._closing.is_set():
            self._closing.wait(min(pause, PATIENCE_S))
        return not self._closing.is_set()
