"""Read `control` to its end before the job starts, so that the book inside the job graph is as new as the topic."""

from typing import Any

from kafka import KafkaConsumer, TopicPartition

from jobs.kafka.chosen import chosen
from jobs.kafka.connect import connect
from jobs.read_to_end import read_to_end
from udfs.core.campaigns.book import Entry
from udfs.core.values.errors import Unavailable


class TopicUnusable(Unavailable):
    """A topic is missing, or has not the partitions it must have."""


def read_control(brokers: str, topic: str) -> tuple[list[Entry], int]:
    """Every entry of `control`, tombstones included, in the order of the topic, and the offset after the last one.

    It is an offset, not a count, because compaction leaves gaps. Entries at or after it are not included. Raises TopicUnusable.
    """
    reader = _reader(brokers)
    try:
        partitions = reader.partitions_for_topic(topic)
        if partitions != {0}:
            unseen = ", or this user may not read it" if chosen() else ""
            found = f"has {len(partitions)} partitions" if partitions else f"does not exist{unseen}"
            message = f"control topic {topic!r} {found}: it needs exactly one, compacted (`kairos submit` creates it)"
            raise TopicUnusable(message)
        place = TopicPartition(topic, 0)
        reader.assign([place])
        reader.seek_to_beginning(place)
        end: int = reader.end_offsets([place])[place]
        read = (record for records in read_to_end(reader) for record in records)
        return [Entry(_text(record.key), record.offset, record.value, max(record.timestamp or 0, 0)) for record in read if record.offset < end], end
    finally:
        reader.close()


def require_partitions(brokers: str, topic: str, *, at_least: int) -> None:
    """Refuse a topic with fewer partitions than operators: an operator without a partition never sees time move. Raises TopicUnusable."""
    reader = _reader(brokers)
    try:
        found = len(reader.partitions_for_topic(topic) or ())
    finally:
        reader.close()
    if found < at_least:
        message = f"topic {topic!r} has {found} partitions, too few for --parallelism {at_least}: lower it, or give the topic more partitions"
        raise TopicUnusable(message)


def _reader(brokers: str) -> Any:
    return connect(
        KafkaConsumer,
        brokers,
        isolation_level="read_committed",
        enable_auto_commit=False,
        allow_auto_create_topics=False,
        max_partition_fetch_bytes=16 * 1024 * 1024,
        fetch_max_wait_ms=10,
    )


def _text(key: bytes | None) -> str:
    return (key or b"").decode("utf-8", "replace")
