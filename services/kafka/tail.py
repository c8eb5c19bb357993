"""Follow topics as any consumer would: committed records, from now or from the beginning, including topics created later."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from jobs.kafka.chosen import chosen
from jobs.read_to_end import read_to_end
from services.kafka.client import Start, admin, consumer
from udfs.core.values.errors import NotFound

POLL_MS = 200
LOOK_AGAIN_S = 5.0
"""Seconds between two searches for new topics."""


def follow(brokers: str, wanted: Callable[[str], bool], *, start: Start, to_the_end: bool = False) -> Iterator[Any]:
    """Records (of kafka-python) of every topic whose name is `wanted`, as they arrive: forever, or up to the current ends.

    The order within a partition is kept. Raises LookupError if there is no such topic yet, and KafkaUnavailable without a broker.
    """
    names = _topics(brokers, wanted)
    if not names:
        unseen = ", or this user may not read it" if chosen() else ""
        message = f"no such topic at {brokers} yet{unseen}: `kairos submit` creates the topics"
        raise NotFound(message)
    reader = consumer(brokers, names, start=start)
    try:
        if to_the_end:
            for records in read_to_end(reader):
                yield from records
            return
        looked = time.monotonic()
        while True:
            for records in reader.poll(timeout_ms=POLL_MS).values():
                yield from records
            if time.monotonic() - looked > LOOK_AGAIN_S:
                _add_new(reader, wanted)
                looked = time.monotonic()
    finally:
        reader.close()


def _topics(brokers: str, wanted: Callable[[str], bool]) -> list[str]:
    client = admin(brokers)
    try:
        return sorted(filter(wanted, client.list_topics()))
    finally:
        client.close()


def _add_new(reader: KafkaConsumer, wanted: Callable[[str], bool]) -> None:
    """Add topics that were created meanwhile, from their beginning: they hold nothing older."""
    held = reader.assignment()
    found = {TopicPartition(topic, number) for topic in filter(wanted, reader.topics()) for number in reader.partitions_for_topic(topic) or ()}
    if fresh := sorted(found - held):
        reader.assign([*held, *fresh])
        reader.seek_to_beginning(*fresh)
