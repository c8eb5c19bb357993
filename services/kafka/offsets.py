"""Where topics end, and how far a consumer group has read them."""

from collections.abc import Iterable
from typing import Any

from kafka import TopicPartition
from kafka.errors import CoordinatorNotAvailableError
from kafka.protocol.consumer.offsets import IsolationLevel


def partitions(client: Any, topics: list[str]) -> list[TopicPartition]:
    """Those of the topics that exist: a job that is just being submitted may not have created all of them."""
    told = client.describe_topics(topics) if topics else []
    return [TopicPartition(each["name"], part["partition_index"]) for each in told if not each["error_code"] for part in each["partitions"]]


def offsets(client: Any, places: Iterable[TopicPartition], spec: Any, *, committed: bool = False) -> dict[TopicPartition, int]:
    """The offset of `spec` (an OffsetSpec), by partition; with `committed`, as readers of committed records see it."""
    wanted = dict.fromkeys(places, spec)
    isolation = IsolationLevel.READ_COMMITTED if committed else IsolationLevel.READ_UNCOMMITTED
    return {place: told.offset for place, told in client.list_partition_offsets(wanted, isolation_level=isolation).items()} if wanted else {}


def group_offsets(client: Any, group: str, topic: str) -> dict[TopicPartition, int]:
    """What a group has read of a topic, by partition; nothing where it has not said so yet."""
    try:
        groups = client.list_group_offsets({group: None})
    except CoordinatorNotAvailableError:
        return {}  # the broker has no offsets of any group yet
    return {place: told.offset for place, told in groups[group].items() if place.topic == topic and told.offset >= 0}
