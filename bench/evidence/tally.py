"""Counts, in the background of a check, which of numbered events have been decided about: a byte each, however many there are.

`watch` keeps what it reads; millions of decisions would not fit into memory.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import msgspec

from bench.lab import CheckFailed
from services.kafka import client


class _Decision(msgspec.Struct, gc=False):
    trigger_event_id: str


class Tally:
    """Of the events `{prefix}0`, `{prefix}1`, … up to `count`; decisions about any other are counted by the event's id."""

    def __init__(self, prefix: str, count: int) -> None:
        self.read = 0
        """Decisions read so far."""
        self.times: list[tuple[float, int]] = []
        """By batch: when it could first be read, in seconds of a clock that nobody sets, and how many had been read by then."""
        self.others: Counter[str] = Counter()
        self.problem: Exception | None = None
        self._prefix = prefix
        self._numbers = bytearray(count)

    def add(self, value: bytes) -> None:
        """Count one decision. Raises msgspec.DecodeError if it is none."""
        event = msgspec.json.decode(value, type=_Decision).trigger_event_id
        number = event.removeprefix(self._prefix)
        if number != event and number.isdecimal() and int(number) < len(self._numbers):
            self._numbers[int(number)] = min(255, self._numbers[int(number)] + 1)
        else:
            self.others[event] += 1
        self.read += 1

    @property
    def missing(self) -> int:
        """Events without a decision."""
        return self._numbers.count(0)

    @property
    def doubled(self) -> int:
        """Decisions about an event that had one, of the other events, too."""
        return self.read - (len(self._numbers) - self.missing) - len(self.others)

    def until_quiet(self, enough: int, *, seconds: float, quiet_s: float = 3.0) -> None:
        """Return when so many have been read or `seconds` are over, and nothing more has come for `quiet_s`.

        Raises CheckFailed when the topic cannot be read on.
        """
        deadline = time.monotonic() + seconds
        last, since = -1, time.monotonic()
        while (self.read < enough and time.monotonic() < deadline) or (time.monotonic() - since < quiet_s and time.monotonic() < deadline + quiet_s):
            if self.problem is not None:
                message = f"decisions could not be read on: {type(self.problem).__name__}: {self.problem}"
                raise CheckFailed(message) from self.problem
            if self.read != last:
                last, since = self.read, time.monotonic()
            time.sleep(0.05)


@contextmanager
def tally(brokers: str, prefix: str, count: int) -> Iterator[Tally]:
    """Count committed decisions that are written from now on, until the block ends."""
    found, stop = Tally(prefix, count), Event()
    reader = client.consumer(brokers, ["decisions"], start="latest")

    def read() -> None:
        try:
            while not stop.is_set():
                for records in reader.poll(timeout_ms=100, max_records=5000).values():
                    at = time.monotonic()
                    for record in records:
                        found.add(record.value or b"")
                    found.times.append((at, found.read))
        except Exception as problem:  # raised in Tally.until_quiet
            found.problem = problem

    thread = Thread(target=read, name="tally", daemon=True)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join(timeout=10)
        reader.close()
