"""How far the main job is behind, asked of a broker that may be away for a while."""

from types import SimpleNamespace
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.errors import KafkaTimeoutError

from services.interest.behind import JobDelay


class Admin:
    """A broker with one topic, of as many partitions as `ends` has."""

    def __init__(self, ends: list[int], read: list[int]) -> None:
        self.ends, self.read, self.away, self.closed = ends, read, False, 0

    def describe_topics(self, topics: list[str]) -> list[dict[str, Any]]:
        return [{"name": name, "error_code": 0, "partitions": [{"partition_index": number} for number in range(len(self.ends))]} for name in topics]

    def list_partition_offsets(self, wanted: dict[TopicPartition, Any], isolation_level: Any) -> dict[TopicPartition, Any]:
        if self.away:
            raise KafkaTimeoutError
        return {place: SimpleNamespace(offset=self.ends[place.partition]) for place in wanted}

    def list_group_offsets(self, groups: dict[str, None]) -> dict[str, dict[TopicPartition, Any]]:
        return {group: {TopicPartition("events", number): SimpleNamespace(offset=at) for number, at in enumerate(self.read)} for group in groups}

    def close(self) -> None:
        self.closed += 1


def test_it_connects_again_after_a_failure_and_looks_for_new_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Admin] = []

    def connect(brokers: str) -> Admin:
        made.append(Admin([5, 3], [5, 0]) if made else Admin([5], [5]))
        return made[-1]

    clock = iter((0.0, 1.0, 10.0))
    monkeypatch.setattr("services.interest.behind.time.monotonic", lambda: next(clock))
    job = JobDelay("broker", group="kairos-live", events="events", connect=connect)
    assert job.look() == 0.0
    made[0].away = True
    with pytest.raises(KafkaTimeoutError):
        job.look()
    assert (made[0].closed, len(made)) == (1, 1)
    job.look()
    assert job.look() == 9.0, "nothing was read of the second partition, which is new since the failure"
    job.close()
    assert (made[1].closed, len(made)) == (1, 2)
