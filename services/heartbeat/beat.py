"""A heartbeat: a record with an empty key in every partition of a topic, which moves event time on in that partition."""

import logging
import time
from collections.abc import Callable, Iterable

from kafka import KafkaProducer
from kafka.errors import KafkaError

from services.kafka.client import producer
from udfs.codecs.decode import HEARTBEAT
from udfs.core.values.errors import KairosError

KEY = b""
VALUE = HEARTBEAT
PERIOD_S = 0.5
METADATA_MS = 2_000
"""The maximum time until a new partition is noticed, in milliseconds. Kafka's default of five minutes is too long: the job's time stands
still while it reads a partition without heartbeats."""

log = logging.getLogger("heartbeat")


def beat(sender: KafkaProducer, topic: str, *, at: int | None = None) -> int:
    """Send one heartbeat into each partition, with the time `at` (epoch ms, None: now), and wait until they are stored.

    Returns the number of partitions. A replay ends with a heartbeat, so that what is pending falls due. Raises KafkaError.
    """
    partitions = sender.partitions_for(topic)
    sent = [sender.send(topic, key=KEY, value=VALUE, partition=partition, timestamp_ms=at) for partition in partitions]
    for each in sent:
        each.get(timeout=10)
    return len(sent)


Told = Callable[[str, bool], None]
"""Called with a topic after each round, and whether the heartbeats are stored."""


def run(
    brokers: str,
    wanted: Callable[[], Iterable[str]],
    *,
    period_s: float = PERIOD_S,
    sleep: Callable[[float], None] = time.sleep,
    told: Told = lambda topic, stored: None,
) -> None:
    """Send heartbeats into the topics that `wanted` names, forever. If the broker is down, wait for it.

    A late heartbeat is harmless: time stands still meanwhile, and nothing fires too early.
    """
    sender: KafkaProducer | None = None
    while True:
        for topic in wanted():
            try:
                sender = sender or producer(brokers, max_block_ms=5_000, metadata_max_age_ms=METADATA_MS)
                beat(sender, topic)
                told(topic, True)
            except (KafkaError, KairosError) as problem:
                told(topic, False)
                log.warning("no heartbeat into %s: %s: %s", topic, type(problem).__name__, problem)
        sleep(period_s)
