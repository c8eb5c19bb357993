"""A broker for the services of the catalogue, in memory."""

import json
from collections import defaultdict
from types import SimpleNamespace
from typing import Any

from kafka import TopicPartition
from kafka.errors import KafkaConnectionError

from services.catalogue.topic import record_of
from udfs.catalogue.snapshot import Removed
from udfs.core.items.item import Item
from udfs.core.items.published import Published


class FakeKafka:
    """One topic of two partitions, and the pointer on control."""

    def __init__(self) -> None:
        self.held: dict[int, list[tuple[bytes | None, bytes | None]]] = {0: [], 1: []}
        self.times: dict[tuple[int, int], int] = {}
        """(Partition, offset) -> the time of the record, epoch milliseconds; 1,000 where nothing is said."""
        self.control: list[tuple[Published, bool]] = []
        self.away = False
        self.changes: list[Any] = []

    def told(self, value: bytes | None) -> None:
        """A change is stored."""
        if self.away:
            raise KafkaConnectionError
        self.changes.append(json.loads(value or b""))

    def write(self, *entries: Item | Removed, at: int = 1_000) -> None:
        for entry in entries:
            held = self.held[number := len(entry.id) % 2]
            self.times[number, len(held)] = at
            held.append(record_of(entry))

    def reader(self, *_: Any, **__: Any) -> "FakeReader":
        return FakeReader(self)

    def producer(self, *_: Any, **__: Any) -> "FakeSender":
        return FakeSender(self)

    def standing(self, *_: Any) -> Published | None:
        return self.control[-1][0] if self.control else None

    def publish(self, brokers: str, topic: str, version: Published, *, audited: bool) -> None:
        if self.away:
            raise KafkaConnectionError
        self.control.append((version, audited))


class FakeReader:
    def __init__(self, kafka: FakeKafka) -> None:
        self.kafka, self.places = kafka, defaultdict[int, int](int)

    def assignment(self) -> set[TopicPartition]:
        return {TopicPartition("catalogue", number) for number in self.kafka.held}

    def end_offsets(self, places: Any) -> dict[TopicPartition, int]:
        return {place: len(self.kafka.held[place.partition]) for place in places}

    def beginning_offsets(self, places: Any) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, 0)

    def seek(self, place: TopicPartition, offset: int) -> None:
        self.places[place.partition] = offset

    def position(self, place: TopicPartition) -> int:
        return self.places[place.partition]

    def poll(self, *, timeout_ms: int, max_records: int = 10) -> dict[TopicPartition, list[Any]]:
        found = {}
        for number, records in self.kafka.held.items():
            begin = self.places[number]
            self.places[number] = len(records)
            found[TopicPartition("catalogue", number)] = [
                SimpleNamespace(
                    topic="catalogue",
                    partition=number,
                    offset=begin + place,
                    key=key,
                    value=value,
                    timestamp=self.kafka.times.get((number, begin + place), 1_000),
                )
                for place, (key, value) in enumerate(records[begin:])
            ]
        return found

    def close(self) -> None:
        pass


class FakeSender:
    def __init__(self, kafka: FakeKafka) -> None:
        self.kafka = kafka

    def send(self, topic: str, *, key: bytes, value: bytes | None) -> Any:
        if topic == "catalogue-changes":
            return SimpleNamespace(get=lambda timeout: self.kafka.told(value))
        self.kafka.held[len(key) % 2].append((key, value))
        return SimpleNamespace(get=lambda timeout: None)

    def close(self, timeout: float = 0) -> None:
        pass


def goods(count: int, price: float = 1.0) -> list[Item]:
    return [Item(id=f"i{number}", price=price) for number in range(count)]
