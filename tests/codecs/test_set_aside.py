"""An event whose person, name and time can be read happened: whatever else is wrong is set aside, field by field, and said."""

import dataclasses
import json
from typing import Any

import pytest

from tests.codecs.builders import ABSENT, NOON, added, rejection, said, taken, with_properties
from udfs.codecs.catalogue import catalogue
from udfs.codecs.reasons import RejectionReason as R

CASES: dict[str, tuple[dict[str, Any], R, str | None, str]] = {
    "a message id of 257 characters": (added(messageId="m" * 257), R.TOO_LONG, "messageId", "256 at most"),
    "a message id that is an object": (added(messageId={}), R.WRONG_TYPE, "messageId", "must be text"),
    "an anonymous id of 300 characters": (added(anonymousId="u" * 300), R.TOO_LONG, "anonymousId", "300 characters"),
    "an anonymous id that is a placeholder": (added(anonymousId="undefined"), R.PLACEHOLDER_ID, "anonymousId", "nobody"),
    "a type that is no call": (added(type="click"), R.UNKNOWN_TYPE, "type", "'click'"),
    "a timestamp that is no time": (added(timestamp="yesterday"), R.BAD_TIMESTAMP, "timestamp", "ISO 8601"),
    "an empty timestamp": (added(timestamp=""), R.BAD_TIMESTAMP, "timestamp", "ISO 8601"),
    "a timestamp before 1990": (added(timestamp="1970-01-01T00:00:00Z"), R.BAD_TIMESTAMP, "timestamp", "before 1990"),
    "a timestamp after 2100": (added(timestamp="2100-01-01T00:00:00Z"), R.BAD_TIMESTAMP, "timestamp", "after 2100"),
    "a timestamp that is an object": (added(timestamp={}), R.WRONG_TYPE, "timestamp", "text or a number"),
    "a timestamp that is a truth": (added(timestamp=True), R.WRONG_TYPE, "timestamp", "text or a number"),
    "a broken sentAt": (added(sentAt="now"), R.BAD_TIMESTAMP, "sentAt", "ISO 8601"),
    "properties that are text": (added(event="Tent Pitched", properties="price=1"), R.WRONG_TYPE, "properties", "an object"),
    "traits that are a number": (added(traits=1), R.WRONG_TYPE, "traits", "must be an object"),
    "context that is a list": (added(context=[1]), R.WRONG_TYPE, "context", "must be an object"),
    "traits in the context that are text": (added(context={"traits": "x"}), R.WRONG_TYPE, "context.traits", "must be an object"),
    "a zone that nobody knows": (added(context={"timezone": "Mars/Olympus"}), R.BAD_PROPERTY, "context.timezone", "IANA"),
    "a zone in the traits that nobody knows": (added(traits={"timezone": 60}), R.BAD_PROPERTY, "traits.timezone", "IANA"),
    "a birthday that is two days": (added(traits={"birthday": "05/06/1990"}), R.BAD_PROPERTY, "traits.birthday", "two dates"),
    "a flag that is neither": (added(traits={"email_reachable": "maybe"}), R.BAD_PROPERTY, "traits.email_reachable", "true or false"),
    "consent that is text": (added(context={"consent": "yes"}), R.BAD_PROPERTY, "context.consent", "an object"),
    "a product added without a product": (
        with_properties(product_id=ABSENT),
        R.MISSING_PROPERTY,
        "properties.product_id",
        "little without product_id",
    ),
    "a product id that is null": (with_properties(product_id=None), R.MISSING_PROPERTY, "properties.product_id", "little without product_id"),
    "an empty product id": (with_properties(product_id=""), R.MISSING_PROPERTY, "properties.product_id", "little without product_id"),
    "a product id that is a list": (with_properties(product_id=["tent"]), R.BAD_PROPERTY, "properties.product_id", "['tent']"),
    "a price in words": (with_properties(price="cheap"), R.BAD_PROPERTY, "properties.price", "must be a number"),
    "a price with a sign that many currencies have": (with_properties(price="$20"), R.BAD_PROPERTY, "properties.price", "a currency ($)"),
    "a price in another currency than the event's": (with_properties(price="20 EUR", currency="USD"), R.BAD_PROPERTY, "properties.price", "EUR"),
    "a price that could be two": (with_properties(price="1,234"), R.BAD_PROPERTY, "properties.price", "in one way"),
    "a price below nothing": (with_properties(price=-1), R.BAD_PROPERTY, "properties.price", "0 or more"),
    "a price that is a truth": (with_properties(price=True), R.BAD_PROPERTY, "properties.price", "must be a number"),
    "a price that is an object": (with_properties(price={"amount": 1}), R.BAD_PROPERTY, "properties.price", "must be a number"),
    "a price spelled NaN": (with_properties(price="NaN"), R.NOT_FINITE, "properties.price", "finite"),
    "a price that is NaN": (with_properties(price=float("nan")), R.NOT_FINITE, "properties.price", "finite"),
    "a price that is infinite": (with_properties(price=float("-inf")), R.NOT_FINITE, "properties.price", "finite"),
    "a price beyond all prices": (with_properties(price=1e300), R.BAD_PROPERTY, "properties.price", "1e15"),
    "a percentage": (said("Order Completed", order_id="o", discount="10%"), R.BAD_PROPERTY, "properties.discount", "a number"),
    "NaN in a property nobody knows": (with_properties(depth={"m": [1.0, float("nan")]}), R.NOT_FINITE, "properties.depth.m[1]", "finite"),
    "NaN in an event nobody knows": (said("Tent Pitched", price=float("nan")), R.NOT_FINITE, "properties.price", "finite"),
    "a whole number of 500 digits": (with_properties(gtin=10**300), R.BAD_PROPERTY, "properties.gtin", "as text"),
    "less than nothing of something": (with_properties(quantity=-1), R.BAD_PROPERTY, "properties.quantity", "0 or more"),
    "a quantity in words": (with_properties(quantity="some"), R.BAD_PROPERTY, "properties.quantity", "a number"),
    "a quantity with a currency": (with_properties(quantity="2 EUR"), R.BAD_PROPERTY, "properties.quantity", "a number"),
    "a currency that is none": (with_properties(currency="Taler"), R.BAD_PROPERTY, "properties.currency", "ISO 4217"),
    "products that are a number": (said("Cart Viewed", products=5), R.BAD_PROPERTY, "properties.products", "list of objects"),
    "products that are ids": (said("Cart Viewed", products=["tent"]), R.BAD_PROPERTY, "properties.products[0]", "must be an object"),
    "a wrong price in a line": (said("Cart Viewed", products=[{}, {"price": "x"}]), R.BAD_PROPERTY, "properties.products[1].price", "a number"),
    "an order without its id": (said("Order Completed", total=1), R.MISSING_PROPERTY, "properties.order_id", "message id stands in"),
    "a search for nothing": (said("Products Searched"), R.MISSING_PROPERTY, "properties.query", "query"),
    "a message opened without its decision": (said("message_opened"), R.MISSING_PROPERTY, "properties.decision_id", "decision_id"),
    "a group call without the group": (added(type="group"), R.MISSING_FIELD, "groupId", "organisation"),
    "an alias call without the other id": (added(type="alias"), R.MISSING_FIELD, "previousId", "same person"),
    "a channel that is an object": (said("Unsubscribed", channel={}), R.BAD_PROPERTY, "properties.channel", "name of a channel"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_event_is_processed_and_said_to_have_had(case: str) -> None:
    payload, reason, field, words = CASES[case]
    read, asides = taken(payload)
    assert (read.user_id, read.at) == ("ada", NOON)
    assert [(aside.reason, aside.field, aside.accepted) for aside in asides] == [(reason, field, True)]
    assert words in asides[0].message
    assert (asides[0].event, asides[0].key, asides[0].at) == (read.name, "ada", NOON)
    assert json.loads(asides[0].original)["userId"] == "ada"


def test_each_fault_of_an_event_is_said() -> None:
    read, asides = taken(added(timestamp="soon", properties={"product_id": "tent", "price": "x", "quantity": "y"}, traits=7))
    assert read.properties == {"product_id": "tent", "price": None, "quantity": None}
    assert {aside.field for aside in asides} == {"timestamp", "traits", "properties.price", "properties.quantity"}


def test_an_order_without_an_id_is_known_by_its_message() -> None:
    read, _ = taken(said("Order Completed", order_id=None, checkout_id="co-1", total=60))
    assert read.properties["order_id"] == "m-1"


@pytest.mark.parametrize("event", ["Order Cancelled", "Order Refunded"])
def test_what_speaks_of_another_order_gets_no_id_of_its_own(event: str) -> None:
    read, _ = taken(said(event))
    assert "order_id" not in read.properties


def test_amounts_in_a_currency_that_nobody_can_read_are_unknown() -> None:
    read, asides = taken(
        said(
            "Order Completed",
            order_id="o",
            total=60,
            currency="Taler",
            products=[{"product_id": "a", "price": 5}, {"product_id": "b", "price": 6, "currency": "EUR"}],
        )
    )
    assert read.properties == {
        "order_id": "o",
        "total": None,
        "products": [{"product_id": "a", "price": None}, {"product_id": "b", "price": 6, "currency": "EUR"}],
    }
    assert [aside.field for aside in asides] == ["properties.currency"]


def test_a_line_in_a_currency_that_nobody_can_read_has_no_price() -> None:
    read, _ = taken(said("Cart Viewed", currency="EUR", products=[{"product_id": "a", "price": 5, "currency": {}}, {"product_id": "b", "price": 6}]))
    assert read.properties["products"] == [{"product_id": "a", "price": None}, {"product_id": "b", "price": 6}]


def test_what_is_nested_too_deep_is_cut_off_and_the_rest_stays() -> None:
    value = json.dumps(with_properties(extra={"kept": 1})).encode().replace(b"120.0", b"[" * 40 + b"]" * 40)
    read, asides = taken(value)
    assert read.properties == {"product_id": "tent", "price": None, "quantity": 1, "extra": {"kept": 1}}
    assert [(aside.reason, aside.field) for aside in asides] == [(R.TOO_DEEP, "properties.price"), (R.BAD_PROPERTY, "properties.price")]


def test_text_that_is_not_utf_8_is_read_as_far_as_it_goes() -> None:
    value = json.dumps(with_properties(name="M?ller")).encode().replace(b"?", b"\xfc")
    read, asides = taken(value)
    assert read.properties["name"] == "M\N{REPLACEMENT CHARACTER}ller"
    assert [(aside.reason, aside.field) for aside in asides] == [(R.NOT_UTF8, None)]


def test_a_number_beyond_a_double_is_unknown() -> None:
    read, asides = taken(json.dumps(added()).encode().replace(b"120.0", b"1e999"))
    assert read.properties == {"product_id": "tent", "price": None, "quantity": 1}
    assert [(aside.reason, aside.field) for aside in asides] == [(R.NOT_FINITE, "properties.price")]


def test_half_a_pair_of_surrogates_is_replaced() -> None:
    read, _ = taken(json.dumps(with_properties(name="x")).encode().replace(b'"x"', b'"\\ud800"'))
    assert read.properties["name"] == "\N{REPLACEMENT CHARACTER}"


class TestStrict:
    """`strict: true` in the catalogue refuses the whole event on any fault, but never one that says stop."""

    @pytest.fixture(autouse=True)
    def strict(self, monkeypatch: pytest.MonkeyPatch) -> None:
        shipped = catalogue()
        events = {name: dataclasses.replace(known, strict=True) for name, known in shipped.events.items()}
        monkeypatch.setattr("udfs.codecs.checks.catalogue", lambda: dataclasses.replace(shipped, events=events))

    def test_an_event_with_a_fault_is_refused_for_the_first_of_them(self) -> None:
        refused = rejection(with_properties(price="cheap"))
        assert (refused.reason, refused.field) == (R.BAD_PROPERTY, "properties.price")
        assert "strict" in refused.message

    def test_an_event_without_one_is_taken(self) -> None:
        assert taken(added())[1] == []

    @pytest.mark.parametrize(
        "payload",
        [
            said("Order Completed", total="x"),
            said("Unsubscribed", channel={}),
            added(timestamp="soon", context={"consent": {"categoryPreferences": {"marketing": False}}}),
            added(timestamp="soon", traits={"email_reachable": False}),
        ],
    )
    def test_what_says_stop_is_never_refused(self, payload: dict[str, Any]) -> None:
        assert taken(payload)[1] != []
