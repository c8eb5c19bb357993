"""Figures of Kafka's topics: how new events are, how far committed records can be read, and what a job has not read yet."""

from collections.abc import Callable, Sequence
from typing import Any

from kafka import TopicPartition
from kafka.protocol.consumer.offsets import OffsetSpec

from services.kafka.client import admin
from services.kafka.connected import Connected
from services.kafka.offsets import group_offsets, offsets, partitions
from services.metrics.registry import Exported
from services.monitor.watched import Watched, distinct
from udfs.metrics.services import END_OFFSET, NEWEST_EVENT, STABLE_OFFSET, UNREAD


class TopicFigures(Connected):
    """Reads and exports them."""

    def __init__(self, brokers: str, exported: Exported, *, connect: Callable[[str], Any] = admin) -> None:
        super().__init__(brokers, connect=connect)
        self._exported = exported

    def read(self, watched: Sequence[Watched]) -> dict[str, int]:
        """Export the figures, and return the end of each control topic. Raises KafkaError, KafkaUnavailable or KafkaRefused."""
        with self.connection() as client:
            return self._read(client, watched)

    def _read(self, client: Any, watched: Sequence[Watched]) -> dict[str, int]:
        events = distinct(job.events for job in watched)
        live = distinct(job.events for job in watched if job.live)
        controls = distinct(job.control for job in watched)
        outputs = distinct(name for job in watched for name in job.outputs)
        places = partitions(client, distinct([*events, *outputs, *controls]))
        # The ends come first: a record that arrives in between may make the stable offset the larger one, never the end.
        ends = offsets(client, places, OffsetSpec.LATEST)
        stable = offsets(client, [place for place in places if place.topic in outputs], OffsetSpec.LATEST, committed=True)
        newest = _newest(client, [place for place in places if place.topic in live])
        for metric, found in ((END_OFFSET, ends), (STABLE_OFFSET, stable), (NEWEST_EVENT, newest)):
            self._exported.clear(metric)
            for place, value in found.items():
                self._exported.set(metric, value, topic=place.topic, partition=str(place.partition))
        self._exported.clear(UNREAD)
        for job in watched:
            committed = group_offsets(client, job.name, job.events)
            if committed:  # none: it has not completed its first checkpoint
                left = sum(max(0, end - committed.get(place, 0)) for place, end in ends.items() if place.topic == job.events)
                self._exported.set(UNREAD, left, job_name=job.name)
        return {place.topic: end for place, end in ends.items() if place.topic in controls}


def _newest(client: Any, places: list[TopicPartition]) -> dict[TopicPartition, float]:
    """Seconds since 1970; a partition without a record is 0, which is as old as can be."""
    found = client.list_partition_offsets(dict.fromkeys(places, OffsetSpec.MAX_TIMESTAMP)) if places else {}
    return {place: max(0, told.timestamp) / 1000 for place, told in found.items()}
