"""Unambiguous variants of events are accepted, and normalised to one form."""

import json
from typing import Any

import pytest

from tests.codecs.builders import ABSENT, NOON, added, event, with_properties


def test_a_product_added_is_read_field_by_field() -> None:
    read = event(added(anonymousId="anon", writeKey="web", context={"timezone": "Europe/Berlin"}))
    assert (read.message_id, read.type, read.name, read.user_id, read.anonymous_id) == ("m-1", "track", "product_added", "ada", "anon")
    assert (read.at, read.clamped, read.source) == (NOON, False, "web")
    assert read.properties == {"product_id": "tent", "price": 120.0, "quantity": 1}
    assert (read.traits, read.context) == ({}, {"timezone": "Europe/Berlin"})


def test_who_is_not_known_yet_is_keyed_by_the_anonymous_id() -> None:
    read = event(added(userId=ABSENT, anonymousId="anon"), key=b"anon")
    assert (read.user_id, read.anonymous_id) == ("anon", "anon")


@pytest.mark.parametrize("empty", [None, "", " "])
def test_an_empty_user_id_is_none(empty: str | None) -> None:
    assert event(added(userId=empty, anonymousId="anon"), key=b"anon").user_id == "anon"


def test_an_id_sent_as_a_number_is_its_digits() -> None:
    assert event(added(userId=4711), key=b"4711").user_id == "4711"


def test_an_id_beyond_ascii_is_keyed_by_its_utf_8() -> None:
    assert event(added(userId="zoë"), key="zoë".encode()).user_id == "zoë"


def test_fields_spelled_in_snake_case_are_taken_too() -> None:
    payload = {"type": "track", "event": "product_viewed", "message_id": "m", "user_id": "ada", "properties": {"product_id": "tent"}}
    assert event(payload).name == "product_viewed"


def test_fields_nobody_knows_are_left_out() -> None:
    assert event(added(integrations={"All": True}, zebra=[1])) == event(added())


def test_no_event_says_under_which_id_it_was_sent() -> None:
    """`sent_as` is for the stage of identity alone: a decision's id is made of it, so a stranger's could be forged."""
    claims = dict.fromkeys(("sent_as", "sentAs", "born_as", "bornAs"), "eve")
    read = event(added(**claims, context=claims, traits=claims, properties={**added()["properties"], **claims}))
    assert (read.user_id, read.sent_as) == ("ada", "")


def test_spaces_before_the_object_are_nothing() -> None:
    assert event(b" \r\n\t" + json.dumps(added()).encode()) == event(added())


@pytest.mark.parametrize(("sent", "taken"), [("120", 120), ("19.90", 19.9), (" 5 ", 5), ("1e2", 100), (0, 0)])
def test_text_that_spells_a_price_becomes_the_number(sent: Any, taken: float) -> None:
    assert event(with_properties(price=sent)).properties["price"] == taken


@pytest.mark.parametrize("sent", ["2", "2.0", 2.0, 2])
def test_a_quantity_without_decimals_becomes_a_whole_number(sent: Any) -> None:
    quantity = event(with_properties(quantity=sent)).properties["quantity"]
    assert (quantity, type(quantity)) == (2, int)


def test_what_stands_in_products_is_normalised_too() -> None:
    read = event(
        added(event="Order Completed", properties={"order_id": 7, "products": [{"product_id": 1, "price": "2.5", "quantity": "3", "sku": None}]})
    )
    assert read.properties == {"order_id": "7", "products": [{"product_id": "1", "price": 2.5, "quantity": 3}]}


def test_a_property_that_is_null_is_absent() -> None:
    assert "price" not in event(with_properties(price=None)).properties


def test_an_event_nobody_knows_is_taken_as_it_is() -> None:
    read = event(added(event="Tent Pitched", properties={"price": "by the lake", "deep": [{"x": 1}]}))
    assert (read.name, read.properties) == ("tent_pitched", {"price": "by the lake", "deep": [{"x": 1}]})


def test_traits_in_the_context_lie_under_those_of_the_payload() -> None:
    read = event(added(context={"traits": {"plan": "free", "city": "Ulm"}}, traits={"plan": "pro"}))
    assert read.traits == {"plan": "pro", "city": "Ulm"}


@pytest.mark.parametrize("traits", [{"traits": {"plan": "pro"}}, {"context": {"traits": {"plan": "pro"}}}])
def test_identify_has_its_traits_in_either_of_two_places(traits: dict[str, Any]) -> None:
    read = event(added(type="identify", event=ABSENT, properties=ABSENT, **traits))
    assert (read.name, read.traits) == ("identify", {"plan": "pro"})


def test_identify_with_traits_in_both_places_has_both_and_its_own_go_first() -> None:
    read = event(added(type="identify", traits={"plan": "pro"}, context={"traits": {"city": "Ulm", "plan": "free"}}))
    assert read.traits == {"plan": "pro", "city": "Ulm"}


def test_the_traits_of_a_group_are_not_the_persons() -> None:
    read = event(added(type="group", groupId="acme", traits={"name": "Acme"}, properties=ABSENT))
    assert (read.traits, read.properties) == ({}, {"group_id": "acme", "traits": {"name": "Acme"}})


def test_the_name_of_a_page_is_one_of_its_properties() -> None:
    read = event(added(type="page", name="Home", category="Docs", properties={"path": "/"}))
    assert (read.name, read.properties) == ("page", {"path": "/", "name": "Home", "category": "Docs"})


def test_an_alias_says_which_id_it_was_before() -> None:
    assert event(added(type="alias", previousId="anon", properties=ABSENT)).properties == {"previous_id": "anon"}


class TestTime:
    def test_five_minutes_ahead_of_the_record_is_believed(self) -> None:
        read = event(added(timestamp="2024-03-01T12:05:00Z"))
        assert (read.at, read.clamped) == (NOON + 300_000, False)

    def test_more_than_five_minutes_ahead_is_clamped_to_five(self) -> None:
        read = event(added(timestamp="2024-03-01T12:05:00.001Z"))
        assert (read.at, read.clamped) == (NOON + 300_000, True)

    def test_history_is_as_old_as_it_says(self) -> None:
        assert event(added(timestamp="2010-12-01T08:26:00Z")).at == 1_291_191_960_000

    def test_a_record_without_a_time_of_its_own_clamps_nothing(self) -> None:
        assert event(added(), at=-1).at == NOON


def test_a_channel_is_one_or_several() -> None:
    for said in ("email", ["email", "sms"]):
        assert event(added(event="Consent Withdrawn", properties={"channel": said})).properties["channel"] == said


def test_an_event_that_is_named_after_an_address_is_named_without_it() -> None:
    assert event(added(event="Wrote to ada@example.com")).name == "wrote_to_email"
    assert event(added(event="Called +44 20 7946 0958")).name == "called_number"
