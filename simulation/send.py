"""The shop in real time: each event is sent to Kafka when its time has come, with the time of sending. Messages arrive in between."""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from threading import Event, Thread
from typing import Any, Protocol

from simulation.segment_spec import encoded
from simulation.shop import Posted, Shop

PATIENCE_S = 0.05
"""The maximum sleep in seconds, so that a request to close is noticed soon."""


class Producer(Protocol):
    """What is used of a Kafka producer."""

    def send(self, topic: str, value: bytes, key: bytes, *, timestamp_ms: int) -> Any:
        """Send one record, and return something to wait for."""

    def flush(self, timeout: float | None = None) -> None:
        """Wait until the broker has all records."""


def forget(_: bytes) -> None:
    """Keep nothing."""


def nothing() -> Iterable[Mapping[str, Any]]:
    """Return no messages."""
    return ()


class Seller:
    """A thread that keeps the shop open for `seconds`, or until `close`; `sent` counts its events, `heard` the messages for its customers.

    `actions` returns the records of `actions.*` since its last call: the shop's customers react to them. `keep` gets each event that is
    sent.

    If it falls behind on a busy machine, it sends at once, with the time of sending: an event is never older than its record, so that
    latencies measure Kairos and not this loop. The order of each person's events is kept.
    """

    def __init__(
        self,
        shop: Shop,
        producer: Producer,
        *,
        topic: str,
        seconds: float | None = None,
        actions: Callable[[], Iterable[Mapping[str, Any]]] = nothing,
        keep: Callable[[bytes], None] = forget,
    ) -> None:
        """Nothing is sent before `start`. `seconds` None is without end."""
        self.sent = self.heard = 0
        self._actions, self._keep = actions, keep
        self._shop, self._producer, self._topic, self._seconds = shop, producer, topic, seconds
        self._closing = Event()
        self._end: Future[None] = Future()
        self._thread = Thread(target=self._run, name="shop", daemon=True)

    def start(self) -> None:
        """Open the shop."""
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait this long, or until the shop is closed. Returns whether it is still open."""
        self._thread.join(seconds)
        return self._thread.is_alive()

    def close(self) -> None:
        """Close the shop and wait until everything is sent. Raises an error that occurred meanwhile, such as a KafkaError."""
        self._closing.set()
        self._thread.join()
        self._end.result()

    def _run(self) -> None:
        try:
            self._sell()
        except Exception as problem:  # raised by `close`
            self._end.set_exception(problem)
        else:
            self._end.set_result(None)

    def _sell(self) -> None:
        until = float("inf") if self._seconds is None else time.time() + self._seconds
        world = self._shop.world
        while not self._closing.is_set() and (now := time.time()) < until:
            for action in self._actions():
                self._shop.receive(action)
                self.heard += action.get("kind") != "recall"
            for posted in world.until(int(now * 1000)):
                self._send(posted)
                if self._closing.is_set():
                    break
            due = world.due()
            self._closing.wait(max(0.0, min(until - time.time(), PATIENCE_S if due is None else due / 1000 - time.time(), PATIENCE_S)))
        self._producer.flush(timeout=10)

    def _send(self, posted: Posted) -> None:
        at = max(posted.at, int(time.time() * 1000))
        event = encoded(posted, at=at)
        self._producer.send(self._topic, event, posted.key.encode(), timestamp_ms=at)
        self._keep(event)
        self.sent += 1
