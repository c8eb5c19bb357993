"""The service between the topic and the job: what it reads, when it publishes, and that it goes on where it stood."""

import io
import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import fastavro
import pytest
from kafka.errors import KafkaConnectionError

from services.catalogue import serve
from services.catalogue.serve import Places, Service, run
from services.catalogue.topic import entry_of
from tests.catalogue.fake_kafka import FakeKafka, goods
from udfs.catalogue.files import fetch
from udfs.catalogue.snapshot import Layered, Removed
from udfs.codecs.avro import fingerprint_of
from udfs.core.items.item import Item
from udfs.core.items.published import Published
from udfs.core.values.durations import DAY


def said(version: Published | None, ids: Sequence[str]) -> list[float | None]:
    assert version is not None
    held = Layered([fetch(layer) for layer in version.layers], version.version)
    return [found.price if isinstance(found := held.find(key), Item) else None for key in ids]


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
        (b"caf\xe9", b'{"price": 1}'),
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


@pytest.mark.parametrize("value", [b'{"id": "caf\xc3\xa9", "price": 1}', None])
def test_a_key_of_other_bytes_than_utf_8_is_no_other_id(value: bytes | None) -> None:
    entry, faults = entry_of("café".encode("latin-1"), value)
    assert (entry, [(fault.field, fault.what, fault.whole) for fault in faults]) == (None, [("key", "is not UTF-8", True)])


def avro(fields: dict[str, Any], mark: bytes | None = None) -> bytes:
    """A record as a producer writes it."""
    schema = json.loads(files("schemas").joinpath("item.avsc").read_text(encoding="utf-8"))
    body = io.BytesIO()
    fastavro.schemaless_writer(body, fastavro.parse_schema(dict(schema)), fields)
    return b"\xc3\x01" + (fingerprint_of(schema) if mark is None else mark) + body.getvalue()


def test_a_record_may_be_avro() -> None:
    told = {"id": "x", "name": "Dome", "price": 19.9, "currency": "EUR", "tags": ["sale"], "properties": {"colour": "red", "sizes": [1, 2]}}
    item = Item(id="tent", name="Dome", price=19.9, currency="EUR", tags=("sale",), properties={"colour": "red", "sizes": [1, 2]})
    assert entry_of(b"tent", avro(told)) == (item, [])


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (avro({"id": "a"}, b"\0" * 8), "is Avro of another schema than schemas/item.avsc (fingerprint 0000000000000000)"),
        (avro({"id": "a", "name": "Dome"})[:14], "is Avro that does not follow its schema (EOFError)"),
        (avro({"id": "a"}) + b"more", "is Avro with 4 bytes behind its end"),
        (b"\xc3\x01", "is Avro of another schema than schemas/item.avsc (fingerprint )"),
        (b"\x00\x00\x00\x00\x07body", "is neither a JSON object nor Avro"),
    ],
)
def test_avro_that_cannot_be_read_is_told(value: bytes, what: str) -> None:
    entry, faults = entry_of(b"a", value)
    assert (entry, [(fault.what, fault.whole) for fault in faults]) == (None, [(what, True)])


def test_what_kairos_computes_is_not_read_from_a_record_and_told() -> None:
    entry, faults = entry_of(b"a", b'{"price": 1, "viewers_1h": 900, "learned": true}')
    assert (entry, [fault.field for fault in faults]) == (Item(id="a", price=1.0), ["learned", "viewers_1h"])


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


def test_a_price_that_falls_and_rises_before_anybody_looks_is_two_changes_each_of_its_own_time(kafka: FakeKafka, service: Service) -> None:
    kafka.write(Item(id="a", price=10.0))
    service.read(now=9_000)
    kafka.write(Item(id="a", price=5.0), at=2_000)
    kafka.write(Item(id="a", price=5.0), at=2_500)  # said again: no change
    kafka.write(Item(id="a", price=10.0), at=3_000)
    service.read(now=9_000)
    service.tell()
    assert [(each["at"], each["price"], each["previous_price"]) for each in kafka.changes] == [(2_000, 5.0, 10.0), (3_000, 10.0, 5.0)]


@pytest.mark.parametrize(("most", "news"), [(500_000, {"was_in_stock": False}), (0, {"is_new": True})])
def test_a_product_that_comes_back_is_no_new_one_even_after_a_whole_snapshot(
    kafka: FakeKafka, service: Service, monkeypatch: pytest.MonkeyPatch, most: int, news: dict[str, bool]
) -> None:
    monkeypatch.setattr(serve, "WHOLE_COUNT", 10)
    monkeypatch.setattr(serve, "MAX_REMOVED", most)
    tent = Item(id="a", category="Tents", in_stock=True)
    days: list[list[Item | Removed]] = [[tent, *goods(100)], [Removed("a")], [*goods(60, price=3.0)], [tent]]
    for day, entries in enumerate(days):
        kafka.write(*entries, at=day * DAY)
        service.read(now=day * DAY)
        service.publish()
    service.tell()
    back = kafka.changes[-1]
    assert (back["product_id"], back["at"]) == ("a", 3 * DAY)
    assert {name: back[name] for name in ("was_in_stock", "is_new") if name in back} == news
