"""News as events, what is still true of them, and what the topic may hold instead."""

import json

import msgspec
import pytest

from services.interest.newest import Newest
from services.interest.news import News, event_of, read
from services.items.changes import Change
from udfs.codecs.decode import decode
from udfs.core.records import Event

NOW = 1_772_000_000_000
TOLD = {"id": "interest-1", "event": "price_dropped", "person": "ada", "product_id": "tent", "at": NOW - 5_000}


def test_the_event_is_one_that_the_job_reads_without_a_word() -> None:
    told = News(**TOLD, name="Dome", currency="EUR", price=99.0, previous_price=129.0, interest="carted", interested_at=NOW - 9_000)  # type: ignore[arg-type]
    found = decode(b"ada", event_of(told, now=NOW), NOW)
    assert isinstance(found, Event)
    assert (found.name, found.message_id, found.user_id, found.anonymous_id, found.at) == ("price_dropped", "interest-1", "ada", None, NOW)
    assert found.known
    assert found.passive, "the person did nothing just then"
    assert found.properties == {
        "product_id": "tent",
        "name": "Dome",
        "currency": "EUR",
        "price": 99.0,
        "previous_price": 129.0,
        "interest": "carted",
        "changed_at": "2026-02-25T06:13:15.000Z",
        "interested_at": "2026-02-25T06:13:11.000Z",
    }


@pytest.mark.parametrize("event", ["price_dropped", "back_in_stock", "low_stock", "new_in_category"])
def test_every_event_is_in_the_catalogue_of_events(event: str) -> None:
    told = msgspec.structs.replace(News(**TOLD, price=1.0), event=event, anonymous=1)  # type: ignore[arg-type]
    found = decode(b"ada", event_of(told, now=NOW), NOW)
    assert isinstance(found, Event)
    assert found.known
    assert found.anonymous_id == found.user_id == "ada"


@pytest.mark.parametrize("value", [b"", b"\xff\xfe", b"[]", b"{", b'{"id": "a"}', b"9" * 10_000])
def test_what_the_job_has_not_written_is_no_news(value: bytes) -> None:
    assert read(value) is None


@pytest.mark.parametrize("odd", [{"person": ""}, {"person": "\ud800"}, {"event": "made_up"}, {"at": 10**17}, {"at": -1}, {"interested_at": 10**17}])
def test_values_that_no_event_can_have_are_no_news(odd: dict[str, object]) -> None:
    assert read(json.dumps(TOLD).encode()) is not None
    assert read(json.dumps({**TOLD, **odd}).encode()) is None


def test_news_are_dropped_once_they_are_no_longer_true() -> None:
    newest, told = Newest(), News(**TOLD, price=99.0, currency="EUR")  # type: ignore[arg-type]

    def now_is(**fields: object) -> bool:
        assert newest.take(msgspec.json.encode(Change(product_id="tent", currency="EUR", **fields)))  # type: ignore[arg-type]
        return newest.is_true(told)

    assert newest.is_true(told), "nothing is known"
    assert now_is(at=NOW - 5_000, price=99.0), "the change itself"
    assert now_is(at=NOW - 4_000, price=89.0), "it fell again"
    assert not now_is(at=NOW - 3_000, price=129.0)
    assert not newest.is_true(told)
    assert not now_is(at=NOW - 9_000, price=1.0), "an older record says nothing"
    assert now_is(at=NOW - 2_000, price=95.0)
    assert now_is(at=NOW - 1_500, price=None), "an unknown price is no higher one"
    assert not now_is(at=NOW - 1_000, price=95.0, in_stock=False)
    assert not newest.take(b"not a change")
    assert not newest.take(None)


def test_of_changes_of_one_instant_the_last_counts() -> None:
    newest, told = Newest(), News(**TOLD, price=99.0, currency="EUR")  # type: ignore[arg-type]
    for price in (99.0, 129.0):  # it fell and rose within a millisecond
        assert newest.take(msgspec.json.encode(Change(product_id="tent", at=told.at, currency="EUR", price=price)))
    assert not newest.is_true(told)


def test_few_are_left_until_there_are_more() -> None:
    newest, told = Newest(), msgspec.structs.replace(News(**TOLD, stock=3.0), event="low_stock")  # type: ignore[arg-type]

    def now_is(at: int, **fields: object) -> bool:
        assert newest.take(msgspec.json.encode(Change(product_id="tent", at=told.at + at, **fields)))  # type: ignore[arg-type]
        return newest.is_true(told)

    assert now_is(0, stock=3.0)
    assert now_is(1, stock=1.0)
    assert now_is(2, stock=None), "an unknown stock is no larger one"
    assert not now_is(3, stock=100.0)
    assert not now_is(4, stock=2.0, in_stock=False)
