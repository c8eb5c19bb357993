"""By how many seconds the main job is behind its events, asked of the broker."""

import time
from typing import Any

from kafka import TopicPartition
from kafka.protocol.consumer.offsets import OffsetSpec

from services.interest.pace import Delay
from services.kafka.client import admin
from services.kafka.offsets import group_offsets, offsets, partitions


class JobDelay:
    """Asks again and again, with one connection, which is made again after a failure."""

    def __init__(self, brokers: str, *, group: str, events: str) -> None:
        """`group`: name of the job; `events`: the topic that it reads."""
        self._brokers, self._group, self._events = brokers, group, events
        self._delay = Delay[TopicPartition]()
        self._client: Any = None
        self._places: list[TopicPartition] = []

    def look(self) -> float | None:
        """Seconds; None: the job has not read anything yet. Raises KafkaError, KafkaUnavailable or KafkaRefused."""
        client = self._client = self._client or admin(self._brokers)
        try:
            self._places = self._places or partitions(client, [self._events])
            ends = offsets(client, self._places, OffsetSpec.LATEST)
            return self._delay.look(time.monotonic(), ends, group_offsets(client, self._group, self._events))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            self._client.close()
        self._client = None
        self._places = []
