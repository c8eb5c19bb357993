"""Read the job's output topics in a thread (committed records only), for the live view."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any

from kafka import KafkaConsumer

from services.kafka.client import consumer
from services.kafka.objects import object_of

POLL_MS = 100


@dataclass(frozen=True, slots=True)
class Seen:
    """One record, and when it was received (epoch ms). The value is None if it is not a JSON object: anybody can write to a topic."""

    topic: str
    value: dict[str, Any] | None
    at: int


class Feed:
    """Follows topics from now on. `start` returns once it is at their ends, so nothing written after that is missed."""

    def __init__(self, brokers: str, topics: Sequence[str]) -> None:
        self._brokers, self._topics = brokers, topics
        self._seen: SimpleQueue[Seen] = SimpleQueue()
        self._closing = Event()
        self._ready: Future[None] = Future()
        self._end: Future[None] = Future()
        self._thread = Thread(target=self._run, name="feed", daemon=True)

    def start(self) -> None:
        """Begin to read. Raises KafkaUnavailable or LookupError."""
        self._thread.start()
        self._ready.result()

    def take(self) -> Iterator[Seen]:
        """The records since the last call. Raises the error that ended the reading, such as a KafkaError."""
        if self._end.done():
            self._end.result()
        while True:
            try:
                yield self._seen.get_nowait()
            except Empty:
                return

    def close(self) -> None:
        """Stop reading."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            reader = consumer(self._brokers, self._topics, start="latest")
        except Exception as problem:  # raised by `start`
            self._ready.set_exception(problem)
            return
        self._ready.set_result(None)
        try:
            while not self._closing.is_set():
                self._read(reader)
        except Exception as problem:  # raised by `take`
            self._end.set_exception(problem)
        finally:
            reader.close()

    def _read(self, reader: KafkaConsumer) -> None:
        for place, records in reader.poll(timeout_ms=POLL_MS).items():
            now = int(time.time() * 1000)
            for record in records:
                if record.value is None:
                    continue  # a tombstone of the directory of people: there is nothing to show
                self._seen.put(Seen(place.topic, object_of(record.value), now))
