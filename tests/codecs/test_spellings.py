"""Every field of the envelope is read in snake_case and in camelCase, each by itself: how one is spelled says nothing of the next."""

import json
from itertools import product
from typing import Any

import pytest

from services.replay.segment import key_of, segment
from tests.codecs.builders import NOON, all_of
from udfs.codecs.catalogue import catalogue
from udfs.codecs.payload import CAMEL, OTHERS
from udfs.core.records import Event
from udfs.core.values.names import normalise, other_spellings

SENT = {
    "message_id": "m-17",
    "user_id": "kim",
    "anonymous_id": "web-4",
    "group_id": "acme",
    "previous_id": "web-3",
    "original_timestamp": "2024-03-01T08:58:00Z",
    "sent_at": "2024-03-01T09:00:00Z",
    "received_at": "2024-03-01T11:59:00Z",
    "write_key": "app",
}
"""Every field that has two spellings, with a value that shows in the event."""
CALLS: list[dict[str, Any]] = [
    {"type": "track", "event": "Tent Pitched"},
    {"type": "identify", "traits": {"plan": "gold"}},
    {"type": "group", "traits": {"industry": "Tech"}},
    {"type": "alias"},
]


def read(message: dict[str, Any], key: bytes = b"kim") -> Event:
    events, asides = all_of(message, key=key)
    assert (len(events), asides) == (1, [])
    return events[0]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: str(call["type"]))
@pytest.mark.parametrize("others", ["camel", "snake"])
@pytest.mark.parametrize("spelling", [*OTHERS, *(CAMEL[name] for name in SENT)])
def test_a_field_is_read_whatever_the_spelling_of_the_others(spelling: str, others: str, call: dict[str, Any]) -> None:
    field = OTHERS.get(spelling) or next(name for name in SENT if CAMEL[name] == spelling)
    rest = {(name if others == "snake" else CAMEL[name]): value for name, value in SENT.items() if name != field}
    usual = {CAMEL[name]: value for name, value in SENT.items()}
    assert read({**call, **rest, spelling: SENT[field]}) == read({**call, **usual})


@pytest.mark.parametrize("call", CALLS, ids=lambda call: str(call["type"]))
def test_any_mixture_of_spellings_is_the_same_event(call: dict[str, Any]) -> None:
    usual = read({**call, **{CAMEL[name]: value for name, value in SENT.items()}})
    for snake in product([False, True], repeat=len(SENT)):
        names = (name if is_snake else CAMEL[name] for name, is_snake in zip(SENT, snake, strict=True))
        assert read({**call, **dict(zip(names, SENT.values(), strict=True))}) == usual


@pytest.mark.parametrize("missing", ["user_id", "anonymous_id", "message_id", "sent_at"])
def test_a_field_that_is_absent_is_not_taken_from_another(missing: str) -> None:
    sent = {name: value for name, value in SENT.items() if name != missing}
    key = b"web-4" if missing == "user_id" else b"kim"
    for names in (CAMEL, {name: name for name in SENT}):
        event = read({"type": "track", "event": "Tent Pitched", **{names[name]: value for name, value in sent.items()}}, key)
        assert event.user_id == key.decode()
        assert event.anonymous_id == (None if missing == "anonymous_id" else "web-4")
        assert event.derived_id is (missing == "message_id")


@pytest.mark.parametrize("nothing", [None, "", "  "])
@pytest.mark.parametrize("field", ["user_id", "anonymous_id", "message_id", "write_key"])
def test_a_blank_in_one_spelling_gives_way_to_the_other(field: str, nothing: str | None) -> None:
    usual = {CAMEL[name]: value for name, value in SENT.items()}
    one = read({**CALLS[0], **usual, CAMEL[field]: nothing, field: SENT[field]})
    other = read({**CALLS[0], field: nothing, **usual})
    assert one == other == read({**CALLS[0], **usual})


def test_of_two_spellings_that_differ_camel_case_counts_wherever_it_stands() -> None:
    one = {**CALLS[0], "userId": "kim", "user_id": "lee", "messageId": "m"}
    other = {"user_id": "lee", **CALLS[0], "messageId": "m", "userId": "kim"}
    assert read(one) == read(other)


@pytest.mark.parametrize("spelling", ["UserId", "USER_ID", "user id", "userid2"])
def test_who_it_is_is_found_in_any_other_spelling_where_nobody_else_is_named(spelling: str) -> None:
    message = {"type": "track", "event": "Tent Pitched", "messageId": "m", "timestamp": NOON, spelling: "kim"}
    events, _ = all_of(message, key=b"kim")
    assert [event.user_id for event in events] == ([] if spelling == "userid2" else ["kim"])


@pytest.mark.parametrize("spelling", [*(other for other, name in OTHERS.items() if name in {"user_id", "anonymous_id"}), "userId", "anonymousId"])
def test_the_key_of_a_file_s_line_is_the_id_that_decode_asks_for(spelling: str) -> None:
    for rest in ({}, {"anonymousId": "web-4"}, {"anonymous_id": "web-4"}, {"userId": "kim"}, {"user_id": "kim"}):
        message = {"type": "track", "event": "Tent Pitched", **rest, spelling: "me"}
        line = json.dumps(message).encode()
        events, asides = all_of(line, key=key_of(line))
        assert (len(events), asides) == (1, [])


@pytest.mark.parametrize("snake", [{"sent_at"}, {"sent_at", "timestamp"}, {"original_timestamp"}, {"received_at"}, {"sent_at", "received_at"}, set()])
def test_a_file_is_placed_in_time_as_decode_places_it(snake: set[str], tmp_path: Any) -> None:
    times = {name: SENT[name] for name in ("original_timestamp", "sent_at", "received_at")}
    message = {"type": "track", "event": "Tent Pitched", "userId": "kim", "messageId": "m"}
    file = tmp_path / "events.jsonl"
    file.write_text(json.dumps({**message, **{(name if name in snake else CAMEL[name]): value for name, value in times.items()}}))
    (record,) = segment(file).records
    assert record.at == NOON - 3 * 60_000
    (event,), asides = all_of(record.value, key=record.key, at=record.at)
    assert (event.at, asides) == (NOON - 3 * 60_000, [])


@pytest.mark.parametrize("spelling", ["sentAt", "sent_at"])
@pytest.mark.parametrize("others", ["writeKey", "write_key"])
def test_what_a_batch_says_for_all_is_read_in_both_spellings_too(spelling: str, others: str) -> None:
    message = {"type": "track", "event": "Tent Pitched", "user_id": "kim", "timestamp": "2024-03-01T08:58:00Z"}
    (event,), asides = all_of({"batch": [message], spelling: "2024-03-01T09:00:00Z", others: "app"}, key=b"kim")
    assert (event.at, event.source, asides) == (NOON - 120_000, "app", [])


@pytest.mark.parametrize("own", ["sentAt", "sent_at"])
@pytest.mark.parametrize("spelling", ["sentAt", "sent_at"])
def test_what_a_message_of_a_batch_says_itself_goes_before_the_batch_in_a_file_as_on_the_topic(spelling: str, own: str, tmp_path: Any) -> None:
    message = {"type": "track", "event": "Tent Pitched", "userId": "kim", "timestamp": "2024-03-01T08:58:00Z", own: "2024-03-01T09:00:00Z"}
    batch = {"batch": [{**message, "context": {"locale": "fr"}}], spelling: "2024-03-01T10:00:00Z", "context": {"timezone": "Europe/Berlin"}}
    file = tmp_path / "events.jsonl"
    file.write_text(json.dumps(batch))
    (record,) = segment(file).records
    (replayed,), _ = all_of(record.value, key=record.key, at=record.at)
    (live,), _ = all_of(batch, key=b"kim", at=NOON - 3 * 3_600_000)
    assert live.at == replayed.at == NOON - 3 * 3_600_000 - 120_000
    assert live.context == replayed.context == {"locale": "fr", "timezone": "Europe/Berlin"}


OF_ORDERS = ["orderId", "orderID", "OrderId", "OrderID", "Order_ID", "order_ID", "ORDER_ID", "Order ID", "order id", "order-id"]


@pytest.mark.parametrize("spelling", OF_ORDERS)
def test_an_order_is_the_same_however_its_id_is_spelled(spelling: str) -> None:
    events, asides = all_of({**CALLS[0], "event": "Order Completed", "userId": "kim", "messageId": "m", "properties": {spelling: 1001}}, key=b"kim")
    assert ([each.properties["order_id"] for each in events], asides) == (["1001"], [])


@pytest.mark.parametrize("name", sorted(catalogue().kind_names))
def test_every_property_of_the_catalogue_is_read_in_every_spelling_of_it(name: str) -> None:
    sent = {"identifier": "7", "amount": 5.5, "number": 5.5, "count": 2, "objects": [{"product_id": "a"}], "currency": "EUR", "text": "soft"}
    value = sent.get(catalogue().kind_names[name], ["email"])
    for spelling in other_spellings(name):
        message = {"type": "track", "event": "Order Updated", "userId": "kim", "messageId": "m", "timestamp": NOON, "properties": {spelling: value}}
        events, _ = all_of(message, key=b"kim")
        assert [each.properties.get(name) for each in events] == [value], spelling


@pytest.mark.parametrize("name", ["order_id", "price", "image_url"])
def test_a_spelling_is_that_of_one_name_only(name: str) -> None:
    assert {normalise(spelling) for spelling in other_spellings(name)} == {name}
    assert name not in other_spellings(name)
