"""Who the job has forgotten or erased: the tombstones of the directory of people, and the notices of erasures."""

from collections.abc import Iterable
from contextlib import closing
from typing import Protocol

from jobs.read_to_end import read_to_end
from services.kafka.client import consumer
from services.kafka.objects import object_of
from udfs.core.values.errors import NotFound
from udfs.core.values.instants import LATEST


class Consumed(Protocol):
    """What is used of a Kafka record."""

    @property
    def key(self) -> bytes | None:
        """The customer's id."""

    @property
    def value(self) -> bytes | None:
        """The record; None: a tombstone."""

    @property
    def timestamp(self) -> int:
        """Epoch milliseconds."""


def forgotten(brokers: str, topic: str) -> dict[str, int]:
    """Id -> when the job last forgot everything, epoch milliseconds. Raises KafkaUnavailable, or NotFound if there is no such topic."""
    with closing(consumer(brokers, [topic])) as reader:
        return tombstones(record for records in read_to_end(reader) for record in records)


def erased(brokers: str, topic: str) -> tuple[dict[str, int], int]:
    """Id -> until when what is recorded of somebody who was erased is to go, epoch milliseconds; and how many records are no such notices.

    Raises KafkaUnavailable.
    """
    try:
        reader = consumer(brokers, [topic])
    except NotFound:
        return {}, 0  # the job is of a version that tells of no erasures
    with closing(reader):
        return notices(record for records in read_to_end(reader) for record in records)


def notices(records: Iterable[Consumed]) -> tuple[dict[str, int], int]:
    """The latest notice of each id: the job drops what arrives until then, so the lake does, too. And how many records are none."""
    found: dict[str, int] = {}
    unread = 0
    for record in records:
        if record.value is None:
            continue  # nobody is named
        told = object_of(record.value) or {}
        name, until = told.get("user_id"), told.get("until")
        if isinstance(name, str) and name and isinstance(until, int) and not isinstance(until, bool) and 0 <= until < LATEST:
            found[name] = max(until, found.get(name, 0))
        else:
            unread += 1
    return found, unread


def tombstones(records: Iterable[Consumed]) -> dict[str, int]:
    """The latest tombstone of each key. Whoever came back afterwards is somebody new: what was before stays forgotten."""
    found: dict[str, int] = {}
    for record in records:
        if record.key and record.value is None:
            name = record.key.decode("utf-8", "replace")
            found[name] = max(record.timestamp, found.get(name, 0))
    return found
