"""The topic `events` up to its current end, in a temporary file. Memory holds only the time and position of each record."""

import tempfile
import weakref
from array import array
from collections.abc import Iterable, Iterator
from typing import IO, Protocol

from jobs.read_to_end import read_to_end
from services.kafka.client import consumer
from services.replay.records import History, Record
from udfs.codecs.decode import HEARTBEAT

POLL_MS = 500


class Consumed(Protocol):
    """What is used of a Kafka record."""

    @property
    def partition(self) -> int:
        """The partition number."""

    @property
    def timestamp(self) -> int:
        """The record time, in epoch milliseconds."""

    @property
    def key(self) -> bytes | None:
        """The customer's id; empty for a heartbeat."""

    @property
    def value(self) -> bytes | None:
        """The event."""


class Spool:
    """Records on disk, in order of time. The order within a partition is kept, because the job sees one user's events in that order."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as the spool
        weakref.finalize(self, self._file.close)
        self._order, self._times, self._offsets, self._keys = array("q"), array("q"), array("q"), array("q")
        self._reached: dict[int, int] = {}
        self._end = 0

    def __len__(self) -> int:
        return len(self._times)

    def add(self, records: Iterable[Consumed]) -> None:
        """Keep these records, except heartbeats."""
        for record in records:
            reached = self._reached[record.partition] = max(record.timestamp, self._reached.get(record.partition, record.timestamp))
            if not record.key or record.value == HEARTBEAT:
                continue
            value = record.value or b""
            self._file.write(record.key + value)
            self._order.append(reached)
            self._times.append(record.timestamp)
            self._offsets.append(self._end)
            self._keys.append(len(record.key))
            self._end += len(record.key) + len(value)

    def read(self) -> History:
        """The records so far, as a history."""
        return History(events=len(self), records=self._records())

    def _records(self) -> Iterator[Record]:
        self._file.flush()
        for n in sorted(range(len(self)), key=self._order.__getitem__):
            begin = self._offsets[n]
            end = self._offsets[n + 1] if n + 1 < len(self) else self._end
            self._file.seek(begin)
            found = self._file.read(end - begin)
            yield Record(self._times[n], found[: self._keys[n]], found[self._keys[n] :])


def spool(brokers: str, topic: str) -> Spool:
    """Read a topic to its current end. Raises KafkaUnavailable, or LookupError if there is no such topic."""
    reader, spooled = consumer(brokers, [topic]), Spool()
    try:
        for records in read_to_end(reader):
            spooled.add(records)
    finally:
        reader.close()
    return spooled
