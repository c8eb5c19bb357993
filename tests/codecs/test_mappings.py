"""Other senders' names and fields, by the files in schemas/mappings."""

from importlib.resources import files
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.codecs.builders import added, all_of, event, said, taken
from udfs.codecs.catalogue import catalogue
from udfs.codecs.mappings import MappingError, combined, fill, sender, senders
from udfs.core.values.names import normalise


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("Completed Order", "order_completed"),
        ("Viewed Product", "product_viewed"),
        ("Added Product", "product_added"),
        ("product_added_to_cart", "product_added"),
        ("search_performed", "products_searched"),
        ("filter_applied", "product_list_filtered"),
        ("add_to_cart", "product_added"),
        ("purchase", "order_completed"),
        ("checkout_completed", "order_completed"),
        ("Order Canceled", "order_cancelled"),
        ("orders/create", "order_completed"),
        ("unsubscribe", "unsubscribed"),
    ],
)
def test_a_name_that_means_one_thing_means_it_whoever_sends_it(theirs: str, ours: str) -> None:
    read, _ = taken(said(theirs))
    assert (read.name, read.known) == (ours, True)


@pytest.mark.parametrize("name", ["transaction", "refund", "search", "checkout_step"])
def test_a_name_that_means_something_else_elsewhere_is_left_alone(name: str) -> None:
    assert event(said(name)).name == name


def test_every_name_is_spelled_as_events_are_and_means_what_the_catalogue_knows() -> None:
    known = senders()
    wrong = [name for name, meaning in known.everywhere.items() if normalise(name) != name or meaning.event not in catalogue().events]
    assert wrong == []


def test_no_name_of_the_catalogue_is_given_another_meaning() -> None:
    assert [name for name, meaning in senders().everywhere.items() if name in catalogue().events and meaning.event != name] == []


def test_a_file_for_the_write_keys_under_its_sources_only() -> None:
    plow = sender({"mapping": "plow", "names": {}, "names_of_sources": {"transaction": "order_completed"}, "sources": ["snow"]})
    known = combined([plow])
    assert known.meaning("transaction", "web") is None
    found = known.meaning("transaction", "snow")
    assert found is not None
    assert found.event == "order_completed"


def test_two_files_that_disagree_are_refused() -> None:
    with pytest.raises(MappingError, match="b says that buy means product_added, a that it means order_completed"):
        combined([sender({"mapping": "a", "names": {"buy": "order_completed"}}), sender({"mapping": "b", "names": {"buy": "product_added"}})])


def test_ga4_puts_a_list_of_items_into_add_to_cart() -> None:
    items = [{"item_id": "a", "item_name": "Tent", "price": 5, "quantity": 2}, {"item_id": "b", "item_name": "Pan", "price": 6}]
    events, asides = all_of(said("add_to_cart", currency="EUR", value=16, items=items))
    assert asides == []
    assert [(each.name, each.properties["product_id"], each.properties["name"], each.properties["price"]) for each in events] == [
        ("product_added", "a", "Tent", 5),
        ("product_added", "b", "Pan", 6),
    ]


def test_ga4_says_purchase_and_transaction_id() -> None:
    read = event(said("purchase", transaction_id="T1", value=16.5, currency="EUR", items=[{"item_id": "a", "price": 5}]))
    assert (read.name, read.properties["order_id"], read.properties["total"]) == ("order_completed", "T1", 16.5)
    assert read.properties["products"] == [{"item_id": "a", "product_id": "a", "price": 5}]


def test_segment_v1_calls_the_product_id_id() -> None:
    read = event(said("Added Product", id="tent", sku="T", price=5))
    assert (read.name, read.properties["product_id"]) == ("product_added", "tent")


SHOPIFY_LINE: dict[str, Any] = {
    "quantity": 2,
    "cost": {"totalAmount": {"amount": 10, "currencyCode": "EUR"}},
    "merchandise": {"id": "v1", "sku": "T", "price": {"amount": 5, "currencyCode": "EUR"}, "product": {"id": "7", "title": "Tent"}},
}


@pytest.mark.parametrize("inside", [False, True])
def test_shopifys_pixel_says_where_the_product_is(inside: bool) -> None:  # noqa: FBT001
    data = {"cartLine": SHOPIFY_LINE}
    read = event(said("product_added_to_cart", **({"data": data} if inside else data)))
    found = {name: read.properties[name] for name in ("product_id", "price", "quantity", "name", "currency", "sku")}
    assert found == {"product_id": "7", "price": 5, "quantity": 2, "name": "Tent", "currency": "EUR", "sku": "T"}


def test_shopifys_pixel_uses_some_of_our_names_with_fields_of_its_own() -> None:
    read = event(said("cart_viewed", cart={"id": "c", "lines": [SHOPIFY_LINE]}))
    assert read.properties["cart_id"] == "c"
    assert [(line["product_id"], line["price"], line["quantity"]) for line in read.properties["products"]] == [("7", 5, 2)]


def test_shopifys_checkout_completed_is_an_order() -> None:
    checkout = {"token": "co", "order": {"id": "o1"}, "totalPrice": {"amount": 60, "currencyCode": "EUR"}, "currencyCode": "EUR", "lineItems": []}
    read = event(said("checkout_completed", checkout=checkout))
    assert (read.name, read.properties["order_id"], read.properties["total"], read.properties["checkout_id"]) == ("order_completed", "o1", 60, "co")


def test_shopifys_webhook_of_an_order() -> None:
    lines = [{"id": 1, "product_id": 7, "title": "Tent", "price": "5.00", "quantity": 2, "sku": "T"}]
    read = event(said("orders/create", id=4711, total_price="10.00", currency="EUR", cart_token="c", line_items=lines))
    assert (read.properties["order_id"], read.properties["total"], read.properties["cart_id"]) == ("4711", 10, "c")
    assert [(line["product_id"], line["name"], line["price"]) for line in read.properties["products"]] == [("7", "Tent", 5)]


def test_what_the_sender_says_in_the_catalogues_own_words_goes_first() -> None:
    read = event(said("purchase", order_id="o", transaction_id="t"))
    assert read.properties["order_id"] == "o"


def test_a_clean_event_is_not_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("udfs.codecs.checks.senders", lambda: pytest.fail("looked up"))
    assert event(added()).name == "product_added"


@pytest.mark.parametrize(
    ("theirs", "ours", "channel"),
    [
        ("Email Delivered", "message_delivered", "email"),
        ("Email Opened", "message_opened", "email"),
        ("Email Link Clicked", "message_clicked", "email"),
        ("Email Bounced", "message_bounced", "email"),
        ("Email Marked as Spam", "message_complained", "email"),
        ("Email Unsubscribed", "unsubscribed", "email"),
        ("Push Notification Received", "message_delivered", "push"),
        ("Push Notification Tapped", "message_clicked", "push"),
        ("Push Notification Bounced", "message_bounced", "push"),
        ("SMS Bounced", "message_bounced", "sms"),
        ("SMS Unsubscribed", "unsubscribed", "sms"),
    ],
)
def test_what_became_of_a_message_by_the_names_of_segments_spec(theirs: str, ours: str, channel: str) -> None:
    read, _ = taken(said(theirs, email_id="18vzF7u3z", campaign_name="New Customer Discount"))
    assert (read.name, read.known, read.properties["channel"]) == (ours, True, channel)
    sent, _ = taken(said(theirs, channel="whatsapp", decision_id="d1"))
    assert (sent.properties["channel"], sent.properties["decision_id"]) == ("whatsapp", "d1"), "what is sent goes before what the name says"


def test_unsubscribed_by_segments_name_is_about_all_channels() -> None:
    read = event(said("Unsubscribed", email_id="18vzF7u3z", list_id="l"))
    assert (read.name, "channel" in read.properties) == ("unsubscribed", False)


def paid(amount: Any = "10.00", **changes: Any) -> dict[str, Any]:
    return {"id": 1, "kind": "refund", "status": "success", "amount": amount, "currency": "USD", **changes}


def refunded(**told: Any) -> dict[str, Any]:
    return said("refunds/create", id=509562969, order_id=99, **told)


LINE: dict[str, Any] = {"id": 1, "quantity": 1, "subtotal": 10.0, "total_tax": 0, "line_item": {"price": "50.00", "quantity": 2}}


@pytest.mark.parametrize(
    ("told", "total"),
    [
        ({"transactions": [paid()]}, 10),
        ({"transactions": [paid(), paid("2.50", id=2)], "refund_line_items": [LINE]}, 12.5),
        ({"transactions": [paid(kind="REFUND", status="SUCCESS")]}, 10),
        ({"transactions": [{"kind": "refund", "amount": "10.00", "currency": "USD"}]}, 10),
        ({"transactions": [paid(), paid("90.00", kind="sale"), paid(status="failure")]}, 10),
        ({"data": {"transactions": [paid()]}}, 10),
        ({"transactions": [], "refund_line_items": [LINE, {**LINE, "subtotal": "5.00", "total_tax": "0.00"}]}, 15),
        ({"total": 7, "transactions": [paid()]}, 7),
    ],
)
def test_shopifys_refund_pays_back_the_sum_of_its_payments(told: dict[str, Any], total: float) -> None:
    read = event(refunded(**told))
    assert (read.name, read.properties["order_id"], read.properties["refund_id"], read.properties["total"]) == (
        "order_refunded",
        "99",
        509562969,
        total,
    )


def test_shopifys_refund_is_in_the_currency_of_its_payments() -> None:
    assert event(refunded(transactions=[paid(currency="EUR")])).properties["currency"] == "EUR"


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"transactions": []},
        {"transactions": [paid(status="pending")]},
        {"transactions": [paid(), paid(status="pending")]},
        {"transactions": [paid(status="failure")]},
        {"transactions": [paid("1,234")]},
        {"transactions": [paid(None)]},
        {"transactions": [paid(kind="chargeback")]},
        {"transactions": [paid(), paid(currency="EUR")]},
        {"transactions": [paid()], "currency": "EUR"},
        {"transactions": "none"},
        {"refund_line_items": [{**LINE, "total_tax": 1.9}]},
    ],
)
def test_shopifys_refund_of_which_nobody_can_tell_how_much_it_pays_back_says_so(told: dict[str, Any]) -> None:
    read, asides = taken(refunded(**told))
    assert read.properties["total"] is None
    assert "total" in read.properties, "an amount that is not there at all would take back the whole order"
    assert [aside.field for aside in asides] == ["properties.total"]


@pytest.mark.parametrize("inside", [False, True])
def test_ga4_says_all_of_it_in_ecommerce_where_a_data_layer_sends_it(inside: bool) -> None:  # noqa: FBT001
    told = {"transaction_id": "T1", "value": 60, "currency": "EUR", "tax": 3, "shipping": 4, "items": [{"item_id": "a", "price": 60}]}
    read = event(said("purchase", **({"ecommerce": told} if inside else told)))
    found = {name: read.properties.get(name) for name in ("order_id", "total", "value", "currency", "tax", "shipping")}
    assert found == {"order_id": "T1", "total": 60, "value": 60, "currency": "EUR", "tax": 3, "shipping": 4}
    assert [line["product_id"] for line in read.properties["products"]] == ["a"]


@pytest.mark.parametrize("name", ["add_to_cart", "remove_from_cart", "view_item", "view_cart", "begin_checkout"])
def test_ga4_says_the_currency_of_every_event_in_ecommerce(name: str) -> None:
    read = event(said(name, ecommerce={"currency": "EUR", "value": 20, "items": [{"item_id": "a", "price": 10, "quantity": 2}]}))
    assert (read.properties["currency"], read.properties["value"]) == ("EUR", 20)


def test_universal_analytics_puts_it_one_object_further_in() -> None:
    added_there = event(said("add_to_cart", ecommerce={"currencyCode": "EUR", "add": {"products": [{"id": "a", "price": "10", "quantity": 2}]}}))
    assert {name: added_there.properties[name] for name in ("product_id", "price", "currency")} == {"product_id": "a", "price": 10, "currency": "EUR"}
    bought = {"actionField": {"id": "T1", "revenue": "60.00"}, "products": [{"id": "a", "price": "60.00"}]}
    order = event(said("purchase", ecommerce={"currencyCode": "EUR", "purchase": bought}))
    assert {name: order.properties[name] for name in ("order_id", "total", "currency")} == {"order_id": "T1", "total": 60, "currency": "EUR"}


def test_snowplows_entities_say_what_an_order_and_a_refund_came_to() -> None:
    plow = next(meaning for key, meaning in combined([_shipped("snowplow", sources=["snow"])]).by_source.items() if key == ("snow", "refund"))
    told: dict[str, Any] = {"refund": {"transaction_id": "t", "refund_amount": 20, "currency": "EUR"}}
    fill(told, "refund", plow)
    assert {name: told[name] for name in ("order_id", "total", "currency")} == {"order_id": "t", "total": 20, "currency": "EUR"}
    read = event(said("add_to_cart", products=[{"id": "a", "price": 5}], cart={"cart_id": "k", "total_value": 5, "currency": "EUR"}))
    assert {name: read.properties[name] for name in ("cart_id", "value", "currency")} == {"cart_id": "k", "value": 5, "currency": "EUR"}


def test_a_line_of_shopifys_has_its_own_currency() -> None:
    read = event(said("cart_viewed", cart={"id": "c", "lines": [SHOPIFY_LINE]}))
    assert read.properties["products"][0]["currency"] == "EUR"


def _shipped(name: str, **changes: Any) -> Any:
    return sender({**YAML(typ="safe", pure=True).load(files("schemas").joinpath("mappings", f"{name}.yaml").read_text()), **changes})


@pytest.mark.parametrize("name", ["amount", "refund_amount", "amount_refunded"])
@pytest.mark.parametrize("event_name", ["Order Refunded", "Refunded Order"])
def test_a_refund_may_call_what_it_pays_back_an_amount(event_name: str, name: str) -> None:
    assert event(said(event_name, order_id="o", **{name: "20.00"})).properties["total"] == 20
    assert event(said(event_name, order_id="o", **{name: 20, "total": 7})).properties["total"] == 7
    assert event(said(event_name, order_id="o", revenue=8, **{name: 20})).properties["total"] == 8


@pytest.mark.parametrize("amount", ["1,234", {"amount": 20}, True])
def test_a_refund_whose_amount_cannot_be_read_is_not_one_of_all(amount: Any) -> None:
    read, asides = taken(said("Order Refunded", order_id="o", amount=amount))
    assert (read.properties["total"], [aside.field for aside in asides]) == (None, ["properties.total"])


def test_a_refund_without_an_amount_stays_one_of_all_and_the_amount_of_another_event_is_left_alone() -> None:
    assert event(said("Order Refunded", order_id="o")).properties == {"order_id": "o"}
    assert event(said("Payment Failed", amount="20,000")).properties == {"amount": "20,000"}


LISTED: list[dict[str, Any]] = [{"product_id": "p", "price": 10, "quantity": 2}, {"product_id": "q", "price": 1}]


@pytest.mark.parametrize(
    ("own", "found"),
    [
        ({"product_id": "p", "price": 10, "quantity": 2}, [("p", 10, 2), ("q", 1, None)]),
        ({"product_id": "r", "price": 7, "quantity": 3}, [("r", 7, 3), ("p", 10, 2), ("q", 1, None)]),
        ({}, [("p", 10, 2), ("q", 1, None)]),
    ],
)
def test_a_product_of_its_own_and_a_list_are_all_of_them_once_each(own: dict[str, Any], found: list[Any]) -> None:
    events, asides = all_of(said("Product Added", currency="EUR", products=LISTED, **own))
    assert asides == []
    told = [each.properties for each in events]
    assert [(each["product_id"], each["price"], each.get("quantity")) for each in told] == found
    assert {each["currency"] for each in told} == {"EUR"}
    assert len({each.message_id for each in events}) == len(events)
    assert events[0].message_id == "m-1"
