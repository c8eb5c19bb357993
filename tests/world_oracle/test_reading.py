"""What of an event is read, what is set aside and what is refused, each computed by hand from the first section of the world."""

import json
from decimal import Decimal

import pytest

from tests.world_oracle import amounts
from tests.world_oracle.amounts import Unreadable
from tests.world_oracle.instants import day, instant, local, zone
from tests.world_oracle.player import Record, Verdict
from tests.world_oracle.telling import acted, add, at, clock, play, raw, told


def verdicts(*records: Record) -> list[Verdict]:
    return [verdict for told in play(records).verdicts() for verdict in told]


def order(**properties: object) -> Record:
    return told("order_completed", "10:05", properties=properties)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("60.00", "60"),
        (60, "60"),
        ("1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("60.00 EUR", "60"),
        ("EUR 60", "60"),
        ("12,50", "12.5"),
        ("1,234,567", "1234567"),
        ("1 234,56", "1234.56"),
        ("0,750", "0.75"),
        ("-10", "-10"),
        (0.75, "0.75"),
    ],
)
def test_an_amount_that_is_unambiguous_is_read(text: object, means: str) -> None:
    assert amounts.amount(text)[0] == Decimal(means)


@pytest.mark.parametrize("text", ["1,234", "free", "10%", "60.00.00", {}, [], True, "1,23,4", "NaN", float("nan"), float("inf"), "12 34"])
def test_an_amount_that_is_ambiguous_or_none_is_not_read(text: object) -> None:
    with pytest.raises(Unreadable):
        amounts.amount(text)


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-02T10:05:00.000Z",
        "2026-03-02T10:05:00Z",
        "2026-03-02 10:05:00 UTC",
        "2026-03-02T11:05:00+01:00",
        "2026-03-02 10:05",
        "20260302T100500Z",
        "Mon, 02 Mar 2026 10:05:00 GMT",
        1772445900,
        1772445900000,
        "1772445900",
        1772445900.0,
    ],
)
def test_an_instant_is_read_in_its_usual_spellings(written: object) -> None:
    assert instant(written) == at("10:05")


@pytest.mark.parametrize("written", ["yesterday", {}, True, 12, 10**15, "2026-13-01", float("nan")])
def test_what_is_no_instant_is_not_read(written: object) -> None:
    with pytest.raises(Unreadable):
        instant(written)


@pytest.mark.parametrize("written", ["1990-05-17", "1990-05-17T00:00:00Z", 642902400000, "642902400000", "17.05.1990", "1990-5-17", "1990/05/17"])
def test_a_day_is_a_day(written: object) -> None:
    assert day(written) == (1990, 5, 17)


def test_a_day_whose_order_is_not_declared_is_not_read() -> None:
    with pytest.raises(Unreadable):
        day("17/05/1990")


@pytest.mark.parametrize("written", ["Europe/Berlin", " europe/berlin ", "+01:00", "UTC+1", "GMT+1", "UTC+01:00", "W. Europe Standard Time"])
def test_a_zone_is_read_in_its_usual_spellings(written: str) -> None:
    offset = local(at("10:00"), zone(written)).utcoffset()
    assert offset is not None
    assert offset.total_seconds() == 3600


@pytest.mark.parametrize(
    "placeholder", ["null", "undefined", "None", "NaN", "0", "-1", "false", "guest", "Anonymous", "[object Object]", "", " ", 0, -1, {}]
)
def test_a_placeholder_beside_an_anonymous_id_is_ignored_and_alone_refused(placeholder: object) -> None:
    beside = raw({"event": "x", "type": "track", "userId": placeholder, "anonymousId": "web-1"}, "10:00")
    alone = raw({"event": "x", "type": "track", "userId": placeholder}, "10:00")
    assert [(one.accepted, one.person) for one in verdicts(beside, alone)] == [(True, "web-1"), (False, "")]


def test_what_has_no_name_or_is_no_json_is_refused_whole() -> None:
    records = [raw({"type": "track", "userId": "u1"}, "10:00"), Record(key=b"u1", value=b"{", at=at("10:00")), raw([1], "10:00")]
    assert [one.accepted for one in verdicts(*records)] == [False, False, False]


def test_a_heartbeat_is_no_event() -> None:
    assert play([Record(key=b"", value=b"heartbeat", at=at("10:00"))]).verdicts() == [[]]


def test_a_byte_order_mark_and_snake_case_change_nothing() -> None:
    document = {
        "type": "track",
        "event": "Product Added",
        "user_id": "u1",
        "timestamp": "2026-03-02T10:00:00Z",
        "properties": {"productId": "a", "price": 60},
    }
    value = b"\xef\xbb\xbf" + json.dumps(document).encode()
    assert acted([Record(key=b"u1", value=value, at=at("10:00"))]) == ["10:30"]


def test_a_batch_is_as_many_events() -> None:
    events = [
        {
            "type": "track",
            "event": "Product Added",
            "userId": "u1",
            "messageId": "1",
            "timestamp": "2026-03-02T10:00:00Z",
            "properties": {"product_id": "a", "price": 60},
        },
        {"type": "track", "userId": "u1", "messageId": "2"},
        {"type": "track", "event": "Order Completed", "userId": "u1", "messageId": "3", "timestamp": "2026-03-02T10:05:00Z"},
    ]
    batch = raw({"batch": events, "sentAt": "2026-03-02T12:00:00Z"}, "12:00")
    assert [one.accepted for one in verdicts(batch)] == [True, False, True]
    assert acted([batch]) == []


def test_the_clock_of_a_batch_is_put_right_by_when_the_batch_was_sent() -> None:
    event = {
        "type": "track",
        "event": "Product Added",
        "userId": "u1",
        "timestamp": "2026-03-02T07:00:00Z",
        "properties": {"product_id": "a", "price": 60},
    }
    batch = raw({"batch": [event], "sentAt": "2026-03-02T07:10:00Z"}, "10:00")
    assert [clock(one.time) for one in verdicts(batch)] == ["09:50"]


@pytest.mark.parametrize("name", ["Order Completed", "order_completed", "OrderCompleted", "Completed Order", " order completed "])
def test_a_name_is_a_name_in_any_spelling(name: str) -> None:
    assert [one.name for one in verdicts(raw({"type": "track", "event": name, "userId": "u1"}, "10:00"))] == ["order_completed"]


@pytest.mark.parametrize(
    "broken",
    [
        {"tax": ""},
        {"shipping": "free"},
        {"discount": "10%"},
        {"total": "1.234,56"},
        {"revenue": "60.00 EUR"},
        {"products": [{"product_id": "kettle", "quantity": -1}]},
        {"products": [{"product_id": "voucher", "price": -10}]},
        {"products": {"product_id": "kettle"}},
        {"products": '[{"product_id": "kettle"}]'},
        {"products": "n/a"},
        {"product_id": ""},
        {"currency": {"code": "EUR"}},
        {"cart_id": ""},
        {"note": float("nan")},
        {"gtin": 10**30},
        {"order_id": None},
    ],
)
def test_an_order_is_never_lost_to_an_incidental_field(broken: dict[str, object]) -> None:
    records = [add("10:00"), order(**{"order_id": "o1", "total": 60, **broken})]
    assert acted(records) == []
    assert all(one.accepted for one in verdicts(*records))


@pytest.mark.parametrize(
    "top",
    [{"properties": "n/a"}, {"properties": []}, {"properties": None}, {"context": "n/a"}, {"type": "trakc"}, {"timestamp": "n/a"}, {"messageId": {}}],
)
def test_nor_to_its_envelope(top: dict[str, object]) -> None:
    assert acted([add("10:00"), told("order_completed", "10:05", top=top)]) == []


@pytest.mark.parametrize(
    ("price", "paths"),
    [("1,234", ("properties.price",)), ("n/a", ("properties.price",)), ({"amount": 60}, ("properties.price",)), (None, ()), ("", ())],
)
def test_a_price_that_cannot_be_read_leaves_the_value_unknown_and_no_threshold_is_met(price: object, paths: tuple[str, ...]) -> None:
    records = [add("10:00"), add("10:01", product="tent", price=price)]
    assert acted(records) == []
    assert [one.set_aside for one in verdicts(*records)] == [(), paths]


def test_a_later_list_with_prices_makes_it_known_again() -> None:
    viewed = told("cart_viewed", "10:10", products=[{"product_id": "tent", "price": "50.00"}])
    assert acted([add("10:00", product="tent", price="n/a"), viewed]) == ["10:40"]


def test_the_same_bytes_are_the_same_message_without_an_id_too() -> None:
    record = add("10:00", top={"messageId": None})
    again = Record(key=record.key, value=record.value, at=at("+2d 22:00"))
    too_late = Record(key=record.key, value=record.value, at=at("+3d 22:00"))
    assert [one.duplicate for one in verdicts(record, again, too_late)] == [False, True, False]


def test_a_placeholder_is_no_message_id() -> None:
    records = [add("10:00", top={"messageId": "undefined"}), add("10:05", product="pan", top={"messageId": "undefined"})]
    assert [(one.duplicate, one.set_aside) for one in verdicts(*records)] == [(False, ("message_id",)), (False, ("message_id",))]


def test_ids_belong_to_their_source() -> None:
    records = [add("10:00", top={"messageId": "1", "writeKey": "a"}), add("10:01", top={"messageId": "1", "writeKey": "b"})]
    assert [one.duplicate for one in verdicts(*records)] == [False, False]


def test_of_other_events_the_last_128_ids_are_remembered() -> None:
    pages = [raw({"type": "page", "userId": "u1", "messageId": str(number)}, "10:00") for number in range(129)]
    assert [one.duplicate for one in verdicts(*pages, pages[1], pages[0])][-2:] == [True, False]
