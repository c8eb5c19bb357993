"""By how many seconds the main job is behind its events, asked of the broker."""

import time
from collections.abc import Callable
from typing import Any

from kafka import TopicPartition
from kafka.protocol.consumer.offsets import OffsetSpec

from services.interest.pace import Delay
from services.kafka.client import admin
from services.kafka.connected import Connected
from services.kafka.offsets import group_offsets, offsets, partitions


class JobDelay(Connected):
    """Asks again and again."""

    def __init__(self, brokers: str, *, group: str, events: str, connect: Callable[[str], Any] = admin) -> None:
        """`group`: name of the job; `events`: the topic that it reads."""
        super().__init__(brokers, connect=connect)
        self._group, self._events = group, events
        self._delay = Delay[TopicPartition]()
        self._places: list[TopicPartition] = []

    def look(self) -> float | None:
        """Seconds; None: the job has not read anything yet. Raises KafkaError, KafkaUnavailable or KafkaRefused."""
        with self.connection() as client:
            self._places = self._places or partitions(client, [self._events])
            ends = offsets(client, self._places, OffsetSpec.LATEST)
            return self._delay.look(time.monotonic(), ends, group_offsets(client, self._group, self._events))

    def close(self) -> None:
        """Close the connection, and forget which partitions there were: there may be more now."""
        super().close()
        self._places = []
