"""Values that are objects or lists, as programs write them."""

from pathlib import Path
from typing import Any

import pytest

from services.catalogue.topic import entry_of
from services.items.columns import Shapes
from services.items.reading import item_of
from udfs.core.items.item import Item


def item(told: dict[str, Any], **options: Any) -> tuple[Item, list[str]]:
    found, faults = item_of(Shapes().read({"id": "a", **told}), **options)
    assert found is not None
    return found, [f"{fault.field} {fault.what}" for fault in faults]


@pytest.mark.parametrize(
    "price",
    [
        {"amount": "19.90", "currency": "EUR"},
        {"value": 19.9, "currencyCode": "EUR"},
        {"price": "19,90", "priceCurrency": "eur"},
        [{"amount": 19.9, "currency": "EUR"}],
        {"centAmount": 1990, "currencyCode": "EUR", "fractionDigits": 2},
        {"EUR": 19.9},
        {"amount": "19.90 €"},
        {"amount": 19.9, "currency": {"code": "EUR"}},
    ],
)
def test_a_price_with_its_currency(price: Any) -> None:
    found, faults = item({"price": price, "currency": "EUR"} if price == {"amount": 19.9, "currency": {"code": "EUR"}} else {"price": price})
    assert (found.price, found.currency, faults, found.properties) == (19.9, "EUR", [], {})


def test_prices_in_several_currencies_are_one_where_somebody_says_which() -> None:
    prices = {"EUR": "19.90", "USD": "21"}
    assert item({"price": prices}, currency="USD") == (Item(id="a", price=21.0, currency="USD"), [])
    assert item({"price": prices, "currency": "EUR"}) == (Item(id="a", price=19.9, currency="EUR"), [])
    assert item({"price": prices}) == (Item(id="a"), ["price is said in several currencies"])
    found, faults = item({"price": {"amount": 20, "currency": "EUR"}, "list_price": {"amount": 30, "currency": "USD"}})
    assert (found.price, found.list_price, faults) == (20.0, None, ["list_price is in USD, and the currency of the item is EUR"])


@pytest.mark.parametrize(
    "price", [{"min": 1, "max": 2}, {"amount": {"amount": 1}}, {"amount": True}, [[1]], {"currency": "EUR"}, 10**400, {"centAmount": 10**400}]
)
def test_a_value_that_is_no_price_is_unknown_and_told(price: Any) -> None:
    assert item({"price": price}) == (Item(id="a"), ["price is no price"])


def test_a_number_of_any_length_costs_its_field_only() -> None:
    told = {"name": "Tent", "stock": 10**400, "list_price": 10**400, "price": float("nan"), "properties": {"weight": 10**400}}
    found, faults = item(told)
    assert (found.name, found.stock, found.list_price, found.price) == ("Tent", None, None, None)
    assert len(faults) == 4


OFFER = {"@type": "Offer", "price": "19.90", "priceCurrency": "EUR", "availability": "https://schema.org/InStock"}


@pytest.mark.parametrize(
    "offers",
    [
        OFFER,
        [OFFER],
        [OFFER, OFFER],
        {"@type": "AggregateOffer", "lowPrice": 19.9, "highPrice": 30, "priceCurrency": "EUR", "availability": "InStock"},
        {"priceSpecification": {"price": 19.9, "priceCurrency": "EUR"}, "availability": "schema:InStock"},
    ],
)
def test_an_offer_of_schema_org(offers: Any) -> None:
    assert item({"offers": offers}) == (Item(id="a", price=19.9, currency="EUR", in_stock=True), [])


def test_of_offers_with_several_prices_the_first_is_read_and_that_is_told() -> None:
    found, faults = item({"offers": [OFFER, {**OFFER, "price": 25}]})
    assert (found.price, faults) == (19.9, ["price is another one in each of its offers or variants: the first was read"])


def test_what_the_item_says_itself_outweighs_its_offers() -> None:
    found, faults = item({"price": "5 USD", "offers": OFFER})
    assert (found.price, found.currency, found.in_stock, faults) == (5.0, "USD", True, [])


def test_variants_as_shopifys_api_has_them() -> None:
    variants = [{"id": number, "sku": f"s{number}", "price": "20.00", "compare_at_price": "30.00", "inventory_quantity": 3} for number in range(90)]
    found, faults = item({"title": "Dome", "variants": variants, "images": [{"id": 1, "src": "https://cdn.example/1.jpg"}]})
    assert (found.name, found.price, found.list_price, found.stock, found.image) == ("Dome", 20.0, 30.0, 3.0, "https://cdn.example/1.jpg")
    assert (found.properties, faults) == ({}, [])


@pytest.mark.parametrize(
    ("category", "path", "others"),
    [
        ({"name": "Tents"}, "Tents", None),
        ({"id": 7, "name": "Tents", "parent": {"name": "Outdoor"}}, "Outdoor > Tents", None),
        ({"name": "Tents", "path": "Outdoor/Sleeping > Tents"}, "Outdoor/Sleeping > Tents", None),
        ([{"id": 1, "name": "Tents"}, {"id": 2, "name": "Sale"}], "Tents", ["Sale"]),
        ([["Outdoor", "Tents"], ["Sale"]], "Outdoor > Tents", ["Sale"]),
        (["Outdoor", "Tents"], "Outdoor > Tents", None),
    ],
)
def test_a_category_with_a_name(category: Any, path: str, others: Any) -> None:
    found, faults = item({"category": category})
    assert (found.category, found.properties.get("categories"), faults) == (path, others, [])


@pytest.mark.parametrize(
    ("name", "text", "is_told"),
    [
        ({"en": "Tent", "de": "Zelt"}, "Tent", True),
        ({"de-DE": "Zelt", "en_GB": "Tent"}, "Zelt", True),
        ({"en": "", "de": "Zelt"}, "Zelt", False),
        ({"en": "Tent"}, "Tent", False),
        ([{"lang": "de", "value": "Zelt"}, {"lang": "en", "value": "Tent"}], "Zelt", True),
        ([{"@language": "de", "@value": "Zelt"}], "Zelt", False),
        ({"rendered": "Tent"}, "Tent", False),
        ({"value": {"en": "Tent"}}, "Tent", False),
    ],
)
def test_of_a_name_in_several_languages_the_first_is_read_and_that_is_told(name: Any, text: str, is_told: bool) -> None:  # noqa: FBT001
    found, faults = item({"name": name})
    assert (found.name, bool(faults)) == (text, is_told)
    assert all("is said in several languages" in fault for fault in faults)


@pytest.mark.parametrize("told", [{"name": {"id": "7"}}, {"name": {"a": {"name": "x"}}}, {"brand": ["a", "b"]}, {"name": [{"value": "x"}, 7]}])
def test_what_is_no_text_is_set_aside_and_told(told: dict[str, Any]) -> None:
    found, faults = item(told)
    assert (found, len(faults)) == (Item(id="a"), 1)


@pytest.mark.parametrize(
    "told",
    [
        {"images": [{"src": "https://x.example/1.jpg"}, {"src": "https://x.example/2.jpg"}]},
        {"image": ["https://x.example/1.jpg", "https://x.example/2.jpg"]},
        {"image": {"@type": "ImageObject", "contentUrl": "https://x.example/1.jpg"}},
        {"image": [{}, {"url": "https://x.example/1.jpg"}]},
        {"images": ["", "https://x.example/1.jpg"]},
    ],
)
def test_the_first_of_several_images(told: dict[str, Any]) -> None:
    assert item(told) == (Item(id="a", image="https://x.example/1.jpg"), [])


def test_brands_tags_stock_and_availability_as_objects() -> None:
    told = {
        "brand": {"@type": "Brand", "name": "Acme"},
        "tags": [{"name": "sale"}, "new"],
        "stock": {"quantity": 3},
        "availability": {"status": "out"},
    }
    found, faults = item(told)
    assert (found.brand, found.tags, found.stock, faults) == (
        "Acme",
        ("sale", "new"),
        3.0,
        ["availability says neither how many there are nor whether there are any"],
    )


def test_an_object_within_an_object_without_end_ends() -> None:
    deep: Any = "x"
    for number in range(400):
        deep = {"name": deep} if number % 2 else {"parent": deep}
    found, faults = item({"name": deep, "category": deep, "image": deep, "price": deep, "offers": deep, "tags": [deep]})
    assert (found.name, found.price, found.image) == (None, None, None)
    assert faults


def test_a_record_of_the_topic_is_read_like_a_feed(tmp_path: Path) -> None:
    entry, faults = entry_of(b"tent", b'{"price": {"amount": 5, "currency": "EUR"}, "brand": {"name": "Acme"}}')
    assert (entry, faults) == (Item(id="tent", price=5.0, currency="EUR", brand="Acme"), [])
