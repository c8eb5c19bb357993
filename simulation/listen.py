"""Read `actions.*` in a thread, for the shop to fetch."""

import json
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any

from services.kafka.client import admin, consumer

POLL_MS = 100
LOOK_AGAIN_S = 3.0
"""Seconds between two searches for topics while there are none."""


class Ear:
    """Reads every topic of actions from now on; `take` returns what has arrived. If there is no topic yet, it waits for one."""

    def __init__(self, brokers: str, *, prefix: str = "actions.") -> None:
        """Nothing is read before `start`."""
        self._brokers, self._prefix = brokers, re.compile(re.escape(prefix))
        self._heard: SimpleQueue[Mapping[str, Any]] = SimpleQueue()
        self._closing = Event()
        self._end: Future[None] = Future()
        self._thread = Thread(target=self._run, name="ear", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def take(self) -> Iterator[Mapping[str, Any]]:
        """The actions since the last call. Raises the error that ended the reading, such as a KafkaError."""
        if self._end.done():
            self._end.result()
        while True:
            try:
                yield self._heard.get_nowait()
            except Empty:
                return

    def close(self) -> None:
        """Stop listening."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._listen()
        except Exception as problem:  # raised by `take`
            self._end.set_exception(problem)
        else:
            self._end.set_result(None)

    def _listen(self) -> None:
        names: list[str] = []
        while not names:
            names = self._topics()
            if not names and self._closing.wait(LOOK_AGAIN_S):
                return
        reader = consumer(self._brokers, names, start="latest")
        try:
            while not self._closing.is_set():
                for records in reader.poll(timeout_ms=POLL_MS).values():
                    for record in records:
                        self._heard.put(json.loads(record.value))
        finally:
            reader.close()

    def _topics(self) -> list[str]:
        client = admin(self._brokers)
        try:
            return sorted(filter(self._prefix.match, client.list_topics()))
        finally:
            client.close()
