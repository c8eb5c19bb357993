"""The service between the topic and the job: what it reads, when it publishes, and that it goes on where it stood."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.errors import KafkaConnectionError

from services.catalogue import load as loading
from services.catalogue import serve
from services.catalogue.files import CatalogueFiles
from services.catalogue.load import load
from services.catalogue.serve import Places, Service, run
from services.catalogue.topic import entry_of, record_of
from services.items.store import Store
from udfs.catalogue.files import fetch
from udfs.catalogue.snapshot import Layered, Removed
from udfs.core.items.item import Item
from udfs.core.items.published import Published
from udfs.core.values.errors import NotAllowed


class FakeKafka:
    """One topic of two partitions, and the pointer on control."""

    def __init__(self) -> None:
        self.held: dict[int, list[tuple[bytes | None, bytes | None]]] = {0: [], 1: []}
        self.control: list[tuple[Published, bool]] = []
        self.away = False
        self.changes: list[Any] = []

    def told(self, value: bytes | None) -> None:
        """A change is stored."""
        if self.away:
            raise KafkaConnectionError
        self.changes.append(json.loads(value or b""))

    def write(self, *entries: Item | Removed) -> None:
        for entry in entries:
            self.held[len(entry.id) % 2].append(record_of(entry))

    def reader(self, *_: Any, **__: Any) -> "FakeReader":
        return FakeReader(self)

    def producer(self, *_: Any, **__: Any) -> "FakeSender":
        return FakeSender(self)

    def standing(self, *_: Any) -> Published | None:
        return self.control[-1][0] if self.control else None

    def published(self, brokers: str, topic: str, version: Published, *, audited: bool) -> None:
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
                SimpleNamespace(topic="catalogue", partition=number, offset=begin + place, key=key, value=value, timestamp=1_000)
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


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> FakeKafka:
    fake = FakeKafka()
    for module in (serve, loading):
        monkeypatch.setattr(module, "consumer", fake.reader)
        monkeypatch.setattr(module, "ensure_topics", lambda *_: [])
    monkeypatch.setattr(loading, "producer", fake.producer)
    monkeypatch.setattr(loading, "read_to_end", lambda reader: iter(reader.poll(timeout_ms=0).values()))
    monkeypatch.setattr(serve, "producer", fake.producer)
    monkeypatch.setattr(serve, "standing", fake.standing)
    monkeypatch.setattr(serve, "published", fake.published)
    return fake


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(data=tmp_path / "data", files=CatalogueFiles(str(tmp_path / "store")))


@pytest.fixture
def service(kafka: FakeKafka, places: Places) -> Iterator[Service]:
    with Store() as store:
        yield Service("b", places, reader=kafka.reader(), store=store)


def said(version: Published | None, ids: Sequence[str]) -> list[float | None]:
    assert version is not None
    held = Layered([fetch(layer) for layer in version.layers], version.version)
    return [found.price if isinstance(found := held.find(key), Item) else None for key in ids]


def goods(count: int, price: float = 1.0) -> list[Item]:
    return [Item(id=f"i{number}", price=price) for number in range(count)]


def test_what_is_on_the_topic_is_published_once(kafka: FakeKafka, service: Service) -> None:
    kafka.write(Item(id="a", price=1.0), Item(id="b", price=2.0), Removed("b"))
    assert service.read(now=0) == 3
    version = service.publish()
    assert said(version, "ab") == [1.0, None]
    assert service.publish() is None
    service.read(now=0)
    assert service.publish() is None
    assert len(kafka.control) == 1


def test_new_prices_are_a_small_layer_and_no_audit_record(kafka: FakeKafka, service: Service) -> None:
    kafka.write(*goods(3_000), Item(id="a", price=1.0))
    service.read(now=0)
    first = service.publish()
    kafka.write(Item(id="a", price=9.0))
    service.read(now=0)
    second = service.publish()
    kafka.write(Removed("a"))
    service.read(now=0)
    third = service.publish()
    assert first is not None
    assert second is not None
    assert third is not None
    assert [said(version, "a") for version in (first, second, third)] == [[1.0], [9.0], [None]]
    assert second.layers[0] == first.layers[0]
    assert second.layers[1].size < first.layers[0].size / 100
    assert [audited for _, audited in kafka.control] == [True, False, False]


def test_when_much_has_changed_it_is_written_whole(kafka: FakeKafka, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "WHOLE_COUNT", 10)
    kafka.write(*goods(100), Item(id="a", price=1.0))
    service.read(now=0)
    service.publish()
    kafka.write(*goods(50, price=2.0), Removed("a"))
    service.read(now=0)
    version = service.publish()
    assert version is not None
    assert (len(version.layers), version.layers[0].items, said(version, "a")) == (1, 100, [None])


def test_a_service_that_was_killed_goes_on_where_it_stood(kafka: FakeKafka, places: Places) -> None:
    kafka.write(*goods(10))
    run("b", places, once=True)
    kafka.write(Item(id="i3", price=7.0))
    run("b", places, once=True)
    run("b", places, once=True)
    assert [len(version.layers) for version, _ in kafka.control] == [1, 2]


def test_a_service_that_has_lost_its_file_reads_the_topic_again_to_the_same_version(kafka: FakeKafka, places: Places) -> None:
    kafka.write(*goods(10))
    run("b", places, once=True)
    (places.data / "catalogue.sqlite").unlink()
    run("b", places, once=True)
    assert len({version for version, _ in kafka.control}) == 1


def test_a_topic_that_was_made_anew_is_read_from_its_beginning(kafka: FakeKafka, places: Places) -> None:
    kafka.write(*goods(10))
    run("b", places, once=True)
    kafka.held = {0: [], 1: []}
    kafka.write(Item(id="a", price=5.0))
    run("b", places, once=True)
    assert said(kafka.standing(), "a") == [5.0]


def test_a_pointer_that_somebody_took_away_is_written_again(kafka: FakeKafka, places: Places) -> None:
    kafka.write(*goods(10))
    run("b", places, once=True)
    kafka.control.clear()
    run("b", places, once=True)
    assert len(kafka.control) == 1


def test_a_publication_that_fails_is_made_the_next_time(kafka: FakeKafka, service: Service) -> None:
    kafka.write(Item(id="a", price=1.0))
    service.read(now=0)
    kafka.away = True
    with pytest.raises(KafkaConnectionError):
        service.publish()
    kafka.away = False
    assert said(service.publish(), "a") == [1.0]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (None, b"{}"),
        (b"", b"{}"),
        (b"x" * 300, b"{}"),
        (b"a", b"nonsense"),
        (b"a", b"[1]"),
        (b"a", b"[" * 100_000),
        (b"a", b'{"price": ' + b"9" * 10_000 + b"}"),
        (b"a", b"x" * 2_000_000),
        (b"a", b"\xff\xfe"),
    ],
)
def test_a_record_that_cannot_be_read_is_told_and_stops_nothing(kafka: FakeKafka, service: Service, key: bytes | None, value: bytes) -> None:
    kafka.held[0].append((key, value))
    kafka.write(Item(id="good", price=1.0))
    service.read(now=0)
    assert said(service.publish(), ["good"]) == [1.0]
    assert sum(told.count for told in service.report.faults.values()) == 1


def test_the_key_is_the_id_whatever_the_value_says() -> None:
    assert entry_of(b"a", b'{"id": "b", "Price": "1,50 EUR"}') == (Item(id="a", price=1.5, currency="EUR"), [])
    assert entry_of(b"a", None) == (Removed("a"), [])


# kairos catalogue load


def sent(kafka: FakeKafka) -> list[tuple[str, Any]]:
    found = [(str((key or b"").decode()), None if value is None else json.loads(value)) for held in kafka.held.values() for key, value in held]
    return sorted(found, key=lambda each: each[0])


def loaded(entries: Sequence[Item], **options: Any) -> loading.Loaded:
    return load("b", "catalogue", entries, **{"whole": False, **options})


def test_only_what_says_something_new_is_sent(kafka: FakeKafka) -> None:
    assert loaded(goods(10)) == (10, 0, 0)
    assert loaded([*goods(9), Item(id="i9", price=2.0), Item(id="new")]) == (2, 0, 9)


def test_without_whole_nothing_is_removed_and_with_it_what_is_missing_is(kafka: FakeKafka) -> None:
    loaded(goods(10))
    assert loaded(goods(9)) == (0, 0, 9)
    assert loaded(goods(9), whole=True) == (0, 1, 9)
    assert ("i9", None) in sent(kafka)


def test_a_feed_that_was_cut_off_does_not_empty_the_shop(kafka: FakeKafka) -> None:
    loaded(goods(10))
    before = sent(kafka)
    with pytest.raises(NotAllowed, match="lacks 8 of the 10 items"):
        loaded([*goods(2), Item(id="new")], whole=True)
    assert sent(kafka) == before
    assert loaded(goods(2), whole=True, remove_most=True) == (0, 8, 2)


def test_of_an_id_that_comes_twice_the_last_is_sent(kafka: FakeKafka) -> None:
    assert loaded([Item(id="a", price=1.0), Item(id="a", price=2.0)]) == (1, 0, 0)
    assert sent(kafka) == [("a", {"id": "a", "price": 2.0})]


def test_prices_that_come_without_a_pause_are_published(kafka: FakeKafka, places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    kafka.held[0].append((b"tent", b'{"id": "tent", "price": 1}'))
    polls, poll = [], type(kafka.reader()).poll

    def endless(reader: Any, **told: Any) -> Any:
        found = poll(reader, **told)
        polls.append(1)
        assert len(polls) < 50, "it waits for a pause"
        kafka.held[0].append((b"tent", f'{{"id": "tent", "price": {len(polls)}}}'.encode()))
        return found

    monkeypatch.setattr(type(kafka.reader()), "poll", endless)
    serve.run("b", places, every_s=0.0, once=True)
    assert kafka.standing("b", "control") is not None


def test_what_has_changed_is_told_once_and_again_only_after_a_failure(kafka: FakeKafka, service: Service) -> None:
    kafka.write(Item(id="a", price=10.0), Item(id="b", price=20.0))
    service.read(now=2_000)
    assert service.tell() == 0, "the first load is no news"
    kafka.write(Item(id="a", price=8.0), Item(id="b", price=20.0))
    service.read(now=2_000)
    kafka.away = True
    with pytest.raises(KafkaConnectionError):
        service.tell()
    kafka.away = False
    assert (service.tell(), service.tell()) == (1, 0)
    assert kafka.changes == [{"product_id": "a", "at": 1_000, "price": 8.0, "previous_price": 10.0}]


def test_the_time_of_a_change_is_that_of_its_record_and_never_in_the_future(kafka: FakeKafka, service: Service) -> None:
    kafka.write(Item(id="a", price=10.0))
    service.read(now=500)
    kafka.write(Item(id="a", price=8.0))
    service.read(now=500)
    service.tell()
    assert [each["at"] for each in kafka.changes] == [500]
