"""Send records to a topic, each exactly once, even if the broker fails meanwhile.

While the producer works, its sequence numbers prevent duplicates. When it gives up, it is unknown which of the last records the broker has
stored, so the topic is read. Every record has a header `replay` with `<run>:<number>`, which distinguishes it from those of other writers.
Only missing records are sent again. Within a partition the broker stores a producer's records in order, so the order of a key is kept.
"""

import secrets
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kafka.errors import (
    ClusterAuthorizationFailedError,
    InvalidTimestampError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
)

from jobs.kafka.connect import KafkaUnavailable
from jobs.read_to_end import read_to_end
from services.kafka.client import consumer, end_offsets, producer
from services.replay.patience import Patience
from services.replay.records import Record, ReplayError

HEADER = "replay"
DELIVERY_MS = 120_000
"""How long the producer itself tries to deliver a record."""
SLICE_S = 2.0
"""After this time without an acknowledgement, the user sees a message."""
ENDS_S = 30.0
"""How long to wait for the thread of a failed producer: until it ends, it may still send."""
SETTLES_S = 0.5
"""The time between two reads of the topic: the second sees what the broker had accepted but not yet stored."""
FATAL = (
    InvalidTimestampError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    ClusterAuthorizationFailedError,
)
"""Errors that waiting does not fix."""


@dataclass(slots=True)
class _Pending:
    number: int
    record: Record
    future: Any = None
    """None: it was not given to a producer."""


class Delivery:
    """One run of a replay into one topic."""

    def __init__(self, brokers: str, topic: str, patience: Patience) -> None:
        """Raises KafkaUnavailable or LookupError if the broker or the topic is missing from the start."""
        self.run = secrets.token_hex(6)
        self._brokers, self._topic, self._patience = brokers, topic, patience
        self._pending: deque[_Pending] = deque()
        self._after = end_offsets(brokers, topic, committed=False)
        """By partition, the smallest offset that a pending record can have."""
        self._kafka: Any = self._producer()
        self._handed = 0

    @property
    def unacknowledged(self) -> int:
        """The number of records that the broker may or may not have."""
        return len(self._pending)

    @property
    def acknowledged(self) -> int:
        """How many of the first records are certainly on the topic."""
        return self._handed - len(self._pending)

    def put(self, record: Record) -> None:
        """Send the next record. Raises ReplayError, and the errors in FATAL."""
        self._handed += 1
        pending = _Pending(self._handed, record)
        self._pending.append(pending)
        try:
            self._send(pending)
        except FATAL:
            raise
        except KafkaError as problem:
            self._recover(problem)

    def settle(self, most: int = 0) -> None:
        """Wait until no more than `most` records are pending. Raises ReplayError, and the errors in FATAL."""
        while len(self._pending) > most:
            oldest = self._pending[0]
            try:
                told = oldest.future.get(timeout=SLICE_S)
            except FATAL:
                raise
            except KafkaTimeoutError as problem:
                if oldest.future.is_done:  # it failed, it is not just slow
                    self._recover(problem)
                else:
                    self._patience.wait("it acknowledges nothing")
            except KafkaError as problem:
                self._recover(problem)
            else:
                self._patience.over()
                self._after[told.partition] = max(told.offset + 1, self._after.get(told.partition, 0))
                self._pending.popleft()

    def await_acknowledgements(self, seconds: float) -> None:
        """Wait this long, in seconds, for acknowledgements of pending records, without sending anything again: for an interrupted run."""
        deadline = time.monotonic() + seconds
        with suppress(KafkaError):  # records without an acknowledgement stay pending, and the caller reports them
            while self._pending and self._pending[0].future is not None:
                self._pending[0].future.get(timeout=max(0.0, deadline - time.monotonic()))
                self._pending.popleft()

    def close(self) -> None:
        """End the producer. Pending records are not sent."""
        if self._kafka is None:
            return
        ending, self._kafka = self._kafka, None
        # The producer's `close` waits for a broker that is down, raises, and leaves the thread sending.
        sender = ending._sender
        sender.force_close()
        sender.join(ENDS_S)
        if sender.is_alive():
            self._kafka = ending
            problem = f"the producer did not end within {ENDS_S:.0f} s: it may still send records"
            raise ReplayError(problem)
        with suppress(KafkaError):  # all pending records have just been failed on purpose
            ending.close(timeout=0)

    def _producer(self) -> Any:
        request = min(30_000, DELIVERY_MS // 2)
        return producer(
            self._brokers, linger_ms=20, batch_size=256 * 1024, delivery_timeout_ms=DELIVERY_MS, request_timeout_ms=request, max_block_ms=5_000
        )

    def _send(self, pending: _Pending) -> None:
        record, header = pending.record, (HEADER, f"{self.run}:{pending.number}".encode())
        pending.future = self._kafka.send(self._topic, key=record.key, value=record.value, timestamp_ms=record.at, headers=[header])

    def _recover(self, problem: Exception) -> None:
        """Make a new producer, and send again what is pending and not on the topic."""
        self.close()
        while True:
            self._patience.wait(type(problem).__name__)
            try:
                arrived = self._arrived()
                self._kafka = self._producer()
                self._pending = deque(each for each in self._pending if each.number not in arrived)
                for each in self._pending:
                    self._send(each)
            except FATAL:
                raise
            except (KafkaError, KafkaUnavailable, LookupError) as again:  # a broker that has just restarted may not know its topics yet
                problem = again
                self.close()
            else:
                return

    def _arrived(self) -> set[int]:
        """Numbers of this run's records, from `_after` to the end of the topic."""
        mine, found = f"{self.run}:".encode(), set[int]()
        reader = consumer(self._brokers, [self._topic], committed=False)
        try:
            for place in reader.assignment():
                reader.seek(place, self._after.get(place.partition, 0))
            while True:
                before = len(found)
                for records in read_to_end(reader):
                    for record in records:
                        told = next((value for name, value in record.headers if name == HEADER), b"")
                        if told.startswith(mine):
                            found.add(int(told[len(mine) :]))
                if len(found) == before:
                    return found
                time.sleep(SETTLES_S)
        finally:
            reader.close()
