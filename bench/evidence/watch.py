"""Reads topics in the background of a check, and notes when each record could first be read."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any, Literal

from bench.lab import CheckFailed
from services.kafka import client

CATCH_UP_S = 120.0


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One record. Times are epoch milliseconds: `written_at` is the record's own, `seen_at` when this reader got it."""

    topic: str
    partition: int
    key: bytes
    value: dict[str, Any]
    written_at: int
    seen_at: float


class Watch:
    """Everything seen so far, in the order of each partition."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.problem: Exception | None = None
        self.caught_up = Event()

    def of(self, topic: str, *, since: int = 0) -> list[Seen]:
        """The records of one topic after the first `since` of all. Of a topic of actions, recalls are left out."""
        return [each for each in self.seen[since:] if each.topic == topic and each.value.get("kind") != "recall"]

    def first(self, wanted: Callable[[Seen], bool], *, what: str, since: int = 0, seconds: float = 60) -> Seen:
        """The first record after `since` that is wanted, waited for. Raises CheckFailed when none comes."""
        deadline = time.monotonic() + seconds
        while True:
            while since < len(self.seen):
                if wanted(self.seen[since]):
                    return self.seen[since]
                since += 1
            self._check()
            if time.monotonic() > deadline:
                message = f"{what}: not within {seconds:.0f} s"
                raise CheckFailed(message)
            time.sleep(0.005)

    def until_quiet(self, enough: Callable[[], bool], *, seconds: float, quiet_s: float = 3.0) -> None:
        """Return when there is enough or `seconds` are over, and nothing more has arrived for `quiet_s`, so that extra records are seen too."""
        deadline = time.monotonic() + seconds
        while not enough() and time.monotonic() < deadline:
            self._check()
            time.sleep(0.05)
        count, since = len(self.seen), time.monotonic()
        while time.monotonic() - since < quiet_s and time.monotonic() < deadline + 10 * quiet_s:
            if len(self.seen) != count:
                count, since = len(self.seen), time.monotonic()
            self._check()
            time.sleep(0.05)

    def until_stalled(self, enough: Callable[[], bool], *, seconds: float) -> None:
        """Return when there is enough, and nothing more comes, or when nothing has come for so many seconds: late is not lost."""
        count, since = len(self.seen), time.monotonic()
        while not enough() and time.monotonic() - since < seconds:
            self._check()
            if len(self.seen) != count:
                count, since = len(self.seen), time.monotonic()
            time.sleep(0.05)
        self.until_quiet(enough, seconds=0)

    def _check(self) -> None:
        if self.problem is not None:
            message = f"the topics could not be read on: {type(self.problem).__name__}: {self.problem}"
            raise CheckFailed(message) from self.problem


def _value(value: bytes | None) -> dict[str, Any]:
    """The object in a record; of a tombstone or of anything else just its bytes, as `raw`."""
    try:
        found = json.loads(value or b"")
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"raw": value}


@contextmanager
def watch(brokers: str, topics: Sequence[str], *, start: Literal["earliest", "latest"] = "earliest") -> Iterator[Watch]:
    """Watch committed records of `topics` until the block ends. Existing records are seen at its beginning; with `latest` they are not seen."""
    found, stop = Watch(), Event()
    reader = client.consumer(brokers, topics, start=start)
    ends = reader.end_offsets(list(reader.assignment()))

    def read() -> None:
        try:
            while not stop.is_set():
                if not found.caught_up.is_set() and all(reader.position(place) >= end for place, end in ends.items()):
                    found.caught_up.set()
                for records in reader.poll(timeout_ms=100, max_records=5000).values():
                    at = time.time() * 1000
                    found.seen += [
                        Seen(
                            topic=record.topic,
                            partition=record.partition,
                            key=record.key or b"",
                            value=_value(record.value),
                            written_at=record.timestamp,
                            seen_at=at,
                        )
                        for record in records
                    ]
        except Exception as problem:  # raised in Watch._check
            found.problem = problem
            found.caught_up.set()

    thread = Thread(target=read, name="watch", daemon=True)
    thread.start()
    try:
        if not found.caught_up.wait(CATCH_UP_S):
            message = f"{', '.join(topics)}: what they hold could not be read within {CATCH_UP_S:.0f} s"
            raise CheckFailed(message)
        yield found
    finally:
        stop.set()
        thread.join(timeout=10)
        reader.close()
