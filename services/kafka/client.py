"""Kafka clients for everything outside the job: producers that neither lose nor duplicate records, readers of committed records."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource
from kafka.errors import AuthorizationError, InvalidReplicationFactorError, PolicyViolationError, TopicAlreadyExistsError
from kafka.protocol.consumer.offsets import OffsetSpec

from jobs.kafka.chosen import chosen
from jobs.kafka.connect import KafkaRefused, connect
from udfs.core.values.errors import NotFound

MAX_RECORD = 16 * 1024 * 1024
"""The maximum record size of a topic, in bytes: far above what the job accepts, so that the job can reject a large record with a reason."""

Start = Literal["earliest", "latest"]


@dataclass(frozen=True, kw_only=True)
class Topic:
    """The wanted state of a topic: name, number of partitions, and the settings that differ from the broker's."""

    name: str
    partitions: int
    replicas: int = 0
    """0: as the broker is configured."""
    config: Mapping[str, str] = field(default_factory=dict)


def producer(brokers: str, *, linger_ms: int = 0, **settings: Any) -> KafkaProducer:
    """An idempotent producer with acks=all. `linger_ms` trades latency for fewer, larger requests."""
    options = {"linger_ms": linger_ms, "batch_size": 64 * 1024, "max_request_size": MAX_RECORD, "allow_auto_create_topics": False}
    return connect(KafkaProducer, brokers, enable_idempotence=True, acks="all", **{**options, **settings})


def consumer(brokers: str, topics: Iterable[str], *, start: Start = "earliest", committed: bool = True, **settings: Any) -> KafkaConsumer:
    """A reader of every partition of `topics`, without a consumer group: it stores no offsets and affects no other reader.

    `committed=False` also shows records of transactions that are still open. A topic that does not exist raises LookupError.
    """
    options = {"fetch_max_wait_ms": 50, "max_partition_fetch_bytes": MAX_RECORD, "allow_auto_create_topics": False}
    isolation = "read_committed" if committed else "read_uncommitted"
    reader = connect(KafkaConsumer, brokers, enable_auto_commit=False, isolation_level=isolation, **{**options, **settings})
    try:
        partitions = [partition for topic in topics for partition in _partitions(reader, topic)]
        reader.assign(partitions)
        if start == "earliest":
            reader.seek_to_beginning(*partitions)
        else:
            for partition, end in reader.end_offsets(partitions).items():
                reader.seek(partition, end)  # now, not at the first poll, so that everything sent after this call is seen
    except BaseException:
        reader.close()
        raise
    return reader


def end_offsets(brokers: str, topic: str, *, committed: bool = True) -> dict[int, int]:
    """The offset after the last record, by partition; with `committed`, after the last one whose transaction is closed."""
    isolation = "read_committed" if committed else "read_uncommitted"
    reader = connect(KafkaConsumer, brokers, isolation_level=isolation, allow_auto_create_topics=False)
    try:
        return {place.partition: offset for place, offset in reader.end_offsets(_partitions(reader, topic)).items()}
    finally:
        reader.close()


def newest(brokers: str, topic: str) -> int | None:
    """The largest timestamp of any record on a topic, in epoch milliseconds, or None."""
    client = connect(KafkaAdminClient, brokers)
    try:
        partitions = [TopicPartition(topic, each["partition_index"]) for each in client.describe_topics([topic])[0]["partitions"]]
        found = client.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.MAX_TIMESTAMP))
        return max((told.timestamp for told in found.values() if told.timestamp >= 0), default=None)
    finally:
        client.close()


def ensure_topics(brokers: str, topics: Iterable[Topic]) -> list[str]:
    """Create missing topics and return their names. Existing ones are not changed."""
    client = connect(KafkaAdminClient, brokers)
    try:
        existing = set(client.list_topics())
        missing = [topic for topic in topics if topic.name not in existing]
        for topic in missing:
            wanted = {topic.name: {"num_partitions": topic.partitions, "replication_factor": topic.replicas or -1, "configs": dict(topic.config)}}
            try:
                client.create_topics(wanted, wait_for_metadata=True)
            except TopicAlreadyExistsError:
                continue  # another process created it first
            except AuthorizationError as problem:
                command = create_command(brokers, topic)
                message = f"the broker at {brokers} does not allow topic {topic.name} to be created (or to be seen): have it created with\n{command}"
                raise KafkaRefused(message) from problem
            except (InvalidReplicationFactorError, PolicyViolationError) as problem:
                message = (
                    f"the broker at {brokers} refuses to create topic {topic.name}: {problem}. See --replication-factor and --min-insync-replicas"
                )
                raise KafkaRefused(message) from problem
        return [topic.name for topic in missing]
    finally:
        client.close()


def require_topics(brokers: str, topics: Iterable[Topic]) -> None:
    """Raises NotFound if a topic is missing, or may not be seen, with the command that creates it."""
    client = connect(KafkaAdminClient, brokers)
    try:
        existing = set(client.list_topics())
    finally:
        client.close()
    if missing := [topic for topic in topics if topic.name not in existing]:
        names, unseen = ", ".join(topic.name for topic in missing), ", or this user may not see it (DESCRIBE)" if chosen() else ""
        commands = "\n".join(create_command(brokers, topic) for topic in missing)
        message = f"missing at {brokers}: {names}{unseen}. With --no-create-topics nothing is created. Created it is with\n{commands}"
        raise NotFound(message)


def create_command(brokers: str, topic: Topic) -> str:
    """The command of Kafka that creates a topic with its settings."""
    words = ["kafka-topics.sh", "--bootstrap-server", brokers, *(("--command-config", str(file)) if (file := chosen()) else ())]
    words += ["--create", "--topic", topic.name, "--partitions", str(topic.partitions)]
    words += ["--replication-factor", str(topic.replicas)] if topic.replicas else []
    return shlex.join([*words, *(word for key, value in topic.config.items() for word in ("--config", f"{key}={value}"))])


def differing_topics(brokers: str, topics: Iterable[Topic]) -> list[str]:
    """A line for each setting of an existing topic that is not as wanted; nothing is changed."""
    return _compared(brokers, topics, change=False)


_MEANS = {
    ("message.timestamp.type", "LogAppendTime"): ": records get the broker's time, by which things fall due, and no longer what their sender says",
    ("message.timestamp.type", "CreateTime"): ": records keep the times of their history, by which things fall due",
}


def adjust_topics(brokers: str, topics: Iterable[Topic]) -> list[str]:
    """Give existing topics the wanted settings, and return a line for each that was changed."""
    return _compared(brokers, topics, change=True)


def _compared(brokers: str, topics: Iterable[Topic], *, change: bool) -> list[str]:
    wanted = [topic for topic in topics if topic.config]
    if not wanted:
        return []
    client = connect(KafkaAdminClient, brokers)
    try:
        told = _configs(client, wanted, brokers)
        changed: list[str] = []
        for topic in wanted:
            found = {key: str(entry["value"]) for key, entry in told[topic.name].items()}
            differing = {key: value for key, value in topic.config.items() if found.get(key) != value}
            if differing and not change:
                changed += [f"topic {topic.name}: {key} is {found.get(key)}, and should be {value}" for key, value in differing.items()]
            elif differing:
                _alter(client, topic.name, differing, brokers)
                changed += [_changed(topic.name, key, str(found.get(key)), value) for key, value in differing.items()]
        return changed
    finally:
        client.close()


def _configs(client: Any, wanted: Sequence[Topic], brokers: str) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    try:
        found: Mapping[str, Mapping[str, Mapping[str, Any]]] = client.describe_configs(
            [ConfigResource("TOPIC", topic.name) for topic in wanted], config_filter="all"
        )["topic"]
    except AuthorizationError as problem:
        message = (
            f"the broker at {brokers} does not allow the settings of topics to be read (DescribeConfigs on topic {', '.join(t.name for t in wanted)})"
        )
        raise KafkaRefused(message) from problem
    return found


def _alter(client: Any, topic: str, differing: Mapping[str, str], brokers: str) -> None:
    try:
        client.alter_configs([ConfigResource("TOPIC", topic, dict(differing))])
    except AuthorizationError as problem:
        told = ", ".join(f"{key}={value}" for key, value in differing.items())
        message = (
            f"the broker at {brokers} does not allow topic {topic} to be changed (AlterConfigs): it should have {told}, or say --no-create-topics"
        )
        raise KafkaRefused(message) from problem


def _changed(topic: str, key: str, was: str, value: str) -> str:
    return f"topic {topic}: {key} was {was}, is {value}{_MEANS.get((key, value), '')}"


def admin(brokers: str) -> KafkaAdminClient:
    """An admin client, for what has no helper here. The caller closes it."""
    return connect(KafkaAdminClient, brokers)


def _partitions(reader: KafkaConsumer, topic: str) -> list[TopicPartition]:
    numbers = reader.partitions_for_topic(topic)
    if not numbers:
        unseen = ", or this user may not see it (it needs READ or WRITE on it)" if chosen() else ""
        message = f"topic {topic!r} does not exist on the broker{unseen}: `kairos submit` creates the topics, or name another one"
        raise NotFound(message)
    return [TopicPartition(topic, number) for number in sorted(numbers)]
