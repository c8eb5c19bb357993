"""Stops are never lost to an incidental field: each of them, with each fault, in both formats, as far as the message that is not sent."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.local.book import book_of
from tests.codecs.stops import AT, MINUTE, START, STOPS, wrong_in_avro, wrong_in_json
from udfs.codecs.catalogue import catalogue
from udfs.codecs.decode import decode, decode_all
from udfs.core.campaigns.book import Book
from udfs.core.engine import Engine
from udfs.core.records import Action, Decision, Event

CAMPAIGN = """
campaign: left-cart
trigger: {idle: 30m, of: cart, unless: [order_completed, cart_cleared, order_cancelled, order_refunded, message_dismissed]}
when: cart.value > 40
entry: {once_per: cart.id}
variants:
  reminder: {channel: email, content: {subject: Your cart, body: It waits}}
"""
Faulty = Callable[[str], Iterator[tuple[str, bytes]]]
FORMATS: dict[str, Faulty] = {"JSON": wrong_in_json, "Avro": wrong_in_avro}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    folder = tmp_path_factory.mktemp("campaigns")
    (folder / "features.yaml").write_text("features: []\n")
    (folder / "left-cart.yaml").write_text(CAMPAIGN)
    return book_of([folder])


def in_the_cart() -> Event:
    properties = {"product_id": "kettle", "name": "Kettle", "price": 60, "quantity": 1}
    told = {"type": "track", "event": "Product Added", "messageId": "m1", "userId": "u1", "timestamp": START, "properties": properties}
    read = decode(b"u1", json.dumps(told).encode(), START)
    assert isinstance(read, Event)
    return read


def messages(book: Book, *events: Event) -> list[Any]:
    """What is sent to her in the end."""
    engine = Engine(book)
    blob = engine.on_event(None, in_the_cart()).blob
    for event in events:
        blob = engine.on_event(blob, event).blob
    return [record for record in engine.on_time(blob, "u1", START + 60 * MINUTE).records if isinstance(record, Action)]


def test_without_a_stop_the_message_is_sent(book: Book) -> None:
    assert len(messages(book)) == 1


def test_these_are_all_the_events_that_stop_something() -> None:
    may_stop = {"cart_viewed", "checkout_started", "subscription_cancelled", "not_interested", "preferences_set"}  # see test_strict_everywhere
    assert set(STOPS) | may_stop == {name for name, known in catalogue().events.items() if known.stops}


def test_the_faults_are_thousands() -> None:
    number = {name: sum(1 for stop in STOPS for _ in faulty(stop)) for name, faulty in FORMATS.items()}
    assert number["JSON"] > 5_000
    assert number["Avro"] > 3_000


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("stop", STOPS)
def test_a_stop_is_heard_whatever_else_is_wrong_with_it(stop: str, form: str, book: Book) -> None:
    lost, sent = [], []
    for fault, value in FORMATS[form](stop):
        events = [read for read in decode_all(b"u1", value, AT) if isinstance(read, Event)]
        if [(read.name, read.user_id) for read in events] not in ([(stop, "u1")], [(stop, "u1")] * 2):
            lost.append(fault)
        elif messages(book, *events):
            sent.append(fault)
    assert (lost, sent) == ([], [])


@pytest.mark.parametrize("channel", [{}, [], "", 5.5, True, [{}], ["email", {}], "E-Mail", " email ", "any", None])
def test_an_unsubscription_whose_channel_cannot_be_read_in_full_denies_more(channel: Any, book: Book) -> None:
    assert messages(book, said("unsubscribed", channel=channel)) == []


@pytest.mark.parametrize("event", ["unsubscribed", "consent_withdrawn"])
def test_a_denial_by_a_channel_that_nobody_knows_denies_all(event: str, book: Book) -> None:
    assert messages(book, said(event, channel="carrier_pigeon")) == []


@pytest.mark.parametrize("event", ["consent_given", "subscribed"])
@pytest.mark.parametrize("channel", [{}, [], 5.5, True, [{}], ["email", {}]])
def test_a_grant_that_cannot_be_read_grants_nothing(event: str, channel: Any, book: Book) -> None:
    assert messages(book, said("unsubscribed"), said(event, 1, channel=channel)) == []


def test_a_grant_that_can_be_read_is_heard(book: Book) -> None:
    assert len(messages(book, said("unsubscribed"), said("subscribed", 1, channel="E-Mail"))) == 1


@pytest.mark.parametrize("event", ["message_bounced", "message_complained"])
@pytest.mark.parametrize("properties", [{}, {"channel": {}}, {"channel": [], "decision_id": {}}, {"decision_id": ""}])
def test_a_bounce_that_does_not_say_by_which_channel_closes_all(event: str, properties: dict[str, Any], book: Book) -> None:
    assert messages(book, said(event, **properties)) == []


def test_a_removal_that_does_not_say_what_takes_out_the_only_line(book: Book) -> None:
    assert messages(book, said("product_removed")) == []


def test_a_removal_that_does_not_say_which_of_several_leaves_a_cart_of_unknown_value(book: Book) -> None:
    assert messages(book, said("product_added", product_id="pan", price=50), said("product_removed", 1)) == []


@pytest.mark.parametrize("quantity", [{}, "all", -1, 0])
def test_a_removal_of_so_many_that_nobody_can_read_takes_out_all(quantity: Any, book: Book) -> None:
    assert (
        messages(book, said("product_added", product_id="kettle", price=60), said("product_removed", 1, product_id="kettle", quantity=quantity)) == []
    )


@pytest.mark.parametrize(
    "properties",
    [{"price": "1,234"}, {"price": "x"}, {"price": 60, "quantity": "x"}, {"price": 60, "quantity": -1}, {"price": 60, "currency": "Taler"}],
)
def test_what_adds_something_unreadable_leaves_a_cart_of_unknown_value(properties: dict[str, Any], book: Book) -> None:
    assert messages(book, said("product_added", product_id="pan", **properties)) == []


@pytest.mark.parametrize("products", ["x", 5, ["kettle"], [{"product_id": "kettle", "price": "x"}]])
def test_a_list_of_products_that_cannot_be_read_leaves_a_cart_of_unknown_value(products: Any, book: Book) -> None:
    assert messages(book, said("cart_viewed", products=products)) == []


def test_a_list_that_can_be_read_gives_it_its_value_back(book: Book) -> None:
    assert len(messages(book, said("cart_viewed", products="x"), said("cart_viewed", 1, products=[{"product_id": "pan", "price": "60,00"}]))) == 1


def said(name: str, after: int = 0, **properties: Any) -> Event:
    told = {"type": "track", "event": name, "messageId": f"{name}-{after}", "userId": "u1", "timestamp": AT + after, "properties": properties}
    (read,) = [each for each in decode_all(b"u1", json.dumps(told).encode(), AT + after) if isinstance(each, Event)]
    return read


def test_a_decision_says_why_nothing_was_sent(book: Book) -> None:
    engine = Engine(book)
    blob = engine.on_event(None, in_the_cart()).blob
    blob = engine.on_event(blob, said("unsubscribed", channel={})).blob
    decisions = [record for record in engine.on_time(blob, "u1", START + 60 * MINUTE).records if isinstance(record, Decision)]
    assert [(each.outcome, each.reason) for each in decisions] == [("withheld", "UNSUBSCRIBED")]
