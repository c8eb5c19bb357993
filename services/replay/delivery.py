"""Records onto a topic, each once, whatever becomes of the broker meanwhile.

While the producer lives, its sequence numbers see to it. When it gives up, nobody knows which of the last records the broker has stored, so the
topic is read: every record carries the header `replay` with `<run>:<number>`, which tells it from those of other writers. Only what is not
there is sent again. Within a partition the broker stores a producer's records in their order, so the order of one key stays.
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

from services.kafka.client import KafkaUnavailable, consumer, end_offsets, producer
from services.replay.patience import Patience
from services.replay.records import Record, ReplayError

HEADER = "replay"
DELIVERY_MS = 120_000
"""For so long the producer itself tries to deliver a record."""
SLICE_S = 2.0
"""After so long without an acknowledgement somebody is told that it is waited for."""
ENDS_S = 30.0
"""For a producer that gave up to end its thread: until then it may still send."""
SETTLES_S = 0.5
"""Between two looks at the topic: what the broker had taken in, but not yet stored, is seen by the second."""
HOPELESS = (
    InvalidTimestampError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    ClusterAuthorizationFailedError,
)
"""What waiting does not mend."""


@dataclass(slots=True)
class _Pending:
    number: int
    record: Record
    future: Any = None
    """None: it was not handed to a producer."""


class Delivery:
    """One run of a replay into one topic."""

    def __init__(self, brokers: str, topic: str, patience: Patience) -> None:
        """Raises KafkaUnavailable or LookupError when broker or topic are not there to begin with."""
        self.run = secrets.token_hex(6)
        self._brokers, self._topic, self._patience = brokers, topic, patience
        self._pending: deque[_Pending] = deque()
        self._after = end_offsets(brokers, topic, committed=False)
        """By partition: what is pending can only stand at this offset or later."""
        self._kafka: Any = self._producer()
        self._handed = 0

    @property
    def unacknowledged(self) -> int:
        """Records of which it is not known whether the broker has them."""
        return len(self._pending)

    @property
    def acknowledged(self) -> int:
        """So many of the first records are on the topic for certain."""
        return self._handed - len(self._pending)

    def put(self, record: Record) -> None:
        """Hand over the next record. Raises ReplayError, and the errors in HOPELESS."""
        self._handed += 1
        pending = _Pending(self._handed, record)
        self._pending.append(pending)
        try:
            self._send(pending)
        except HOPELESS:
            raise
        except KafkaError as problem:
            self._recover(problem)

    def settle(self, most: int = 0) -> None:
        """Wait until no more than `most` records are pending. Raises ReplayError, and the errors in HOPELESS."""
        while len(self._pending) > most:
            oldest = self._pending[0]
            try:
                told = oldest.future.get(timeout=SLICE_S)
            except HOPELESS:
                raise
            except KafkaTimeoutError as problem:
                if oldest.future.is_done:  # it was given up, not just waited for
                    self._recover(problem)
                else:
                    self._patience.wait("it acknowledges nothing")
            except KafkaError as problem:
                self._recover(problem)
            else:
                self._patience.over()
                self._after[told.partition] = max(told.offset + 1, self._after.get(told.partition, 0))
                self._pending.popleft()

    def take_note(self, seconds: float) -> None:
        """Give the broker this long to acknowledge what is pending, and forget what it has: for somebody who wants to end now."""
        deadline = time.monotonic() + seconds
        with suppress(KafkaError):  # what it does not acknowledge stays pending, and the caller says so
            while self._pending and self._pending[0].future is not None:
                self._pending[0].future.get(timeout=max(0.0, deadline - time.monotonic()))
                self._pending.popleft()

    def close(self) -> None:
        """End the producer; what is still pending is not sent any more."""
        if self._kafka is None:
            return
        ending, self._kafka = self._kafka, None
        # Its own `close` waits for a broker that is away, raises, and leaves the thread to send on.
        sender = ending._sender
        sender.force_close()
        sender.join(ENDS_S)
        if sender.is_alive():
            self._kafka = ending
            problem = f"the producer did not end within {ENDS_S:.0f} s: nobody can say what it still sends"
            raise ReplayError(problem)
        with suppress(KafkaError):  # everything pending has just been failed on purpose
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
        """A new producer, which sends again what is pending and not on the topic."""
        self.close()
        while True:
            self._patience.wait(type(problem).__name__)
            try:
                arrived = self._arrived()
                self._kafka = self._producer()
                self._pending = deque(each for each in self._pending if each.number not in arrived)
                for each in self._pending:
                    self._send(each)
            except HOPELESS:
                raise
            except (KafkaError, KafkaUnavailable, LookupError) as again:  # a broker that has just come back may not know its topics yet
                problem = again
                self.close()
            else:
                return

    def _arrived(self) -> set[int]:
        """Numbers of this run's records from `_after` on, as far as the topic goes."""
        mine, found = f"{self.run}:".encode(), set[int]()
        reader = consumer(self._brokers, [self._topic], committed=False)
        try:
            for place in reader.assignment():
                reader.seek(place, self._after.get(place.partition, 0))
            while True:
                before, ends = len(found), reader.end_offsets(list(reader.assignment()))
                while any(reader.position(place) < end for place, end in ends.items()):
                    for records in reader.poll(timeout_ms=200).values():
                        for record in records:
                            told = next((value for name, value in record.headers if name == HEADER), b"")
                            if told.startswith(mine):
                                found.add(int(told[len(mine) :]))
                if len(found) == before:
                    return found
                time.sleep(SETTLES_S)
        finally:
            reader.close()
