"""Prices, stock, dates and addresses as shops write them, and what is unknown rather than wrong."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.items import prices, reading
from services.items.columns import ALIASES, fields_of
from services.items.reading import item_of
from services.items.values import text
from udfs.core.items.item import Item
from udfs.core.values.numbers import USUAL

MARCH = 1_772_323_200_000
"""2026-03-01T00:00Z."""


def item(**fields: Any) -> tuple[Item, list[str]]:
    found, faults = item_of({"id": "a", **fields}, now=MARCH)
    assert found is not None
    return found, [f"{fault.field} {fault.what}" for fault in faults]


@pytest.mark.parametrize(
    ("written", "price", "currency"),
    [
        ("19.90 EUR", 19.9, "EUR"),
        ("EUR 19,90", 19.9, "EUR"),
        ("19,90 €", 19.9, "EUR"),
        ("1.234,56", 1234.56, None),
        ("1,234.56 USD", 1234.56, "USD"),
        (19.9, 19.9, None),
        (0, 0.0, None),
        ("1,234 JPY", 1234.0, "JPY"),
        ("12", 12.0, None),
        ("1299,-", 1299.0, None),
        ("1.299,-", 1299.0, None),
        ("1.299,- €", 1299.0, "EUR"),
        ("CHF 1'299.-", 1299.0, "CHF"),
        ("1299,--", 1299.0, None),
        ("49,\u2013 EUR", 49.0, "EUR"),
    ],
)
def test_a_price_is_read_with_its_currency(written: Any, price: float, currency: str | None) -> None:
    found, faults = item(price=written)
    assert (found.price, found.currency, faults) == (price, currency, [])


@pytest.mark.parametrize("written", ["-0", "-0.00", -0.0, "-0 EUR"])
def test_a_price_of_less_than_nothing_at_all_is_nothing(written: Any) -> None:
    found, faults = item(price=written)
    assert (str(found.price), faults) == ("0.0", [])


@pytest.mark.parametrize(
    "written",
    [
        "1299-",
        "10,-20",
        "1299,-,-",
        ",-",
        "-,-",
        "1,234",
        "ask us",
        "10 - 20",
        "-5",
        "19.90 EURO",
        True,
        [],
        float("nan"),
        float("inf"),
        "1e9",
        {"a": 1},
    ],
)
def test_a_price_that_cannot_be_read_is_unknown_and_told(written: Any) -> None:
    found, faults = item(price=written)
    assert found.price is None
    assert bool(faults) is (written != [])


def test_a_sign_that_several_currencies_share_needs_one_of_them_to_be_named() -> None:
    found, faults = item(price="$19.90")
    assert (found.price, faults) == (None, ["price does not say which currency it is in"])
    found, faults = item(price="$19.90", currency="CAD")
    assert (found.price, found.currency, faults) == (19.9, "CAD", [])
    usual, told = item_of({"id": "a", "price": "$19.90"}, currency="USD")
    assert usual is not None
    assert (usual.price, usual.currency, told) == (19.9, "USD", [])
    other, told = item_of({"id": "a", "price": "$19.90"}, currency="EUR")
    assert other is not None
    assert (other.price, [fault.what for fault in told]) == (None, ["is not in EUR, by its sign"])


def test_a_price_in_a_currency_that_cannot_be_read_is_unknown_and_not_in_the_usual_one() -> None:
    found, faults = item_of({"id": "a", "price": "19.90", "currency": "Taler"}, currency="EUR")
    assert found is not None
    assert (found.price, found.currency, [fault.field for fault in faults]) == (None, None, ["currency"])


def test_a_currency_may_stand_in_a_column_of_its_own_and_must_not_contradict() -> None:
    assert item(price="19.90", currency="eur")[0].currency == "EUR"
    found, faults = item(price="19.90 USD", currency="EUR")
    assert (found.price, faults) == (None, ["price is in USD, and the currency of the item is EUR"])
    found, faults = item(price="20 USD", list_price="30 EUR")
    assert (found.price, found.list_price, found.currency, len(faults)) == (None, None, None, 1)


@pytest.mark.parametrize(
    ("dates", "price", "list_price"),
    [
        (None, 15.0, 20.0),
        ("2026-02-01T00:00Z/2026-03-10T00:00Z", 15.0, 20.0),
        ("2026-03-02/2026-03-10", 20.0, None),
        ("2026-02-01/2026-03-01", 15.0, 20.0),
        ("soon", 20.0, None),
    ],
)
def test_a_sale_price_is_the_price_while_it_is_in_force(dates: str | None, price: float, list_price: float | None) -> None:
    found, _ = item(price="20", sale_price="15", sale_dates=dates)
    assert (found.price, found.list_price) == (price, list_price)


def test_a_list_price_that_is_no_reduction_is_none() -> None:
    assert item(price="20", list_price="20")[0].list_price is None
    assert item(price="20", sale_price="25")[0].price == 20.0


@pytest.mark.parametrize(
    ("fields", "stock", "in_stock"),
    [
        ({"stock": "12"}, 12.0, True),
        ({"stock": 0}, 0.0, False),
        ({"stock": -3}, 0.0, False),
        ({"stock": "-3"}, 0.0, False),
        ({"stock": "-1"}, 0.0, False),
        ({"in_stock": "-1"}, 0.0, False),
        ({"stock": "0"}, 0.0, False),
        ({"stock": "1,200"}, 1200.0, True),
        ({"stock": "10+"}, 10.0, True),
        ({"stock": "in_stock"}, None, True),
        ({"in_stock": "in stock"}, None, True),
        ({"in_stock": "https://schema.org/OutOfStock"}, None, False),
        ({"in_stock": "http://schema.org/InStock/"}, None, True),
        ({"in_stock": True}, None, True),
        ({"in_stock": "1"}, None, True),
        ({"in_stock": 0}, None, False),
        ({"in_stock": "preorder"}, None, False),
        ({"in_stock": "available for order"}, None, True),
        ({"in_stock": "InStock"}, None, True),
        ({"in_stock": "https://schema.org/InStock"}, None, True),
        ({"in_stock": "PreOrder"}, None, False),
        ({"in_stock": "https://schema.org/BackOrder"}, None, False),
        ({"in_stock": "schema:InStock"}, None, True),
        ({"in_stock": "7"}, 7.0, True),
        ({"stock": 5, "in_stock": "out of stock"}, 5.0, False),
        ({"stock": ""}, None, None),
    ],
)
def test_stock_as_a_number_or_a_word(fields: dict[str, Any], stock: float | None, in_stock: Any) -> None:
    found, faults = item(**fields)
    assert (found.stock, found.in_stock, faults) == (stock, in_stock, [])


@pytest.mark.parametrize("value", ["soon", "a lot", "\u00b2", [1], {"x": 1}])
def test_stock_that_says_nothing_is_unknown_and_told(value: Any) -> None:
    found, faults = item(stock=value)
    assert (found.stock, found.in_stock, len(faults)) == (None, None, 1)


@pytest.mark.parametrize(
    "value", ["javascript:alert(1)", "data:image/png;base64,xxxx", "ftp://x", "no address", "https://x/" + "y" * 3_000, 7, "https://x/<b>"]
)
def test_what_is_no_address_of_the_web_is_set_aside(value: Any) -> None:
    found, faults = item(url=value, image=value)
    assert (found.url, found.image, len(faults)) == (None, None, 2)


def test_dates_in_usual_spellings() -> None:
    assert item(released="2026-03-01")[0].released == "2026-03-01"
    assert item(released="2026-03-01T10:30:00+01:00")[0].released == "2026-03-01T09:30:00Z"
    assert item(released="whenever")[1] == ["released is no date"]


def test_texts_are_clipped_and_cleaned() -> None:
    found, _ = item(name="x" * 5_000, brand="A\x00B\ud800\u200b C")
    assert (len(found.name or ""), found.brand) == (500, "A B C")


def test_too_many_or_too_large_properties_are_set_aside() -> None:
    found, faults = item(**{f"properties.p{number}": number for number in range(100)})
    assert (len(found.properties), len(faults)) == (30, 1)
    found, faults = item(**{"properties.big": list(range(1_000))})
    assert (found.properties, len(faults)) == ({}, 1)


@pytest.mark.parametrize("value", [None, "", "  ", "null", [], {}, True, 1.5, "x" * 257])
def test_without_an_id_nothing_is_taken(value: Any) -> None:
    found, faults = item_of({"id": value, "name": "A"})
    assert (found, [fault.whole for fault in faults]) == (None, [True])


MESSY = [
    "",
    " ",
    "null",
    " N/A ",
    "19.90",
    "19.90 EUR",
    "19,90 €",
    "$5",
    "-1",
    "1,234",
    "007",
    "A > B",
    "a  b",
    "Zelt für G\u00e4ste",
    "a&amp;b",
    "<b>x</b>",
]
MESSY += [
    "x" * 130,
    "y" * 600,
    "z\u200bw",
    "https://x.example/a?b=1&amp;c=2",
    "in_stock",
    "preorder",
    "10+",
    "2026-03-01",
    "soon",
    "USD",
    "Taler",
    "a,b",
]
VALUES = st.one_of(st.sampled_from([*MESSY, None, True, False, 0, 1, 1.0, -1, 2.5, float("nan"), (), [1], ["a"], {"a": 1}, {}]), st.text(max_size=6))
NAMES = [*[field for field in ALIASES if field != "id"], "properties.colour", "properties.size"]


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES), max_size=6), st.sampled_from([None, "USD"]))
def test_what_is_remembered_of_other_items_changes_nothing(rows: list[dict[str, Any]], currency: str | None) -> None:
    """Neither what an item says nor what is set aside, nor whether it says True or 1."""
    remembered: list[dict[Any, Any]] = [
        reading._TEXTS,
        prices._PRICES,
        prices._STOCKS,
        *[each for _, _, each in reading._READERS if each is not None],
    ]
    later = [repr(item_of({"id": "a", **row}, currency=currency, now=MARCH)) for row in (*rows, *rows)]
    for row, told in zip((*rows, *rows), later, strict=True):
        for each in remembered:
            each.clear()
        assert repr(item_of({"id": "a", **row}, currency=currency, now=MARCH)) == told


AMOUNTS = st.from_regex(USUAL, fullmatch=True) | st.sampled_from(
    ["19.90 EUR", "17.90 EUR", "17.90 USD", "20", "0", "9 XYZ", None, 7, "", "null", " 5"]
)


@pytest.mark.slow
@settings(max_examples=500)
@given(AMOUNTS, AMOUNTS, st.sampled_from([None, "EUR"]))
def test_prices_that_are_read_at_once_are_those_that_the_whole_reader_reads(price: Any, sale: Any, usual: str | None) -> None:
    quick = prices._quick(price, sale, usual)
    if quick is not None:
        told = (price, None, sale, None, None, usual, MARCH, (type(price), type(None), type(sale), type(None), type(None)))
        assert (dict(quick), []) == prices._prices(told)


@given(st.sampled_from(MESSY) | st.text(max_size=30))
def test_a_text_is_clean_however_it_came_to_be(value: str) -> None:
    told = text(value)
    assert told is None or (text(f" {told.replace('&', '&amp;')} ") or "").split() == (text(told.replace("&", "&amp;")) or "").split()
    assert told == text(f"{value}<!-- -->")  # which is never taken as it is


@pytest.mark.parametrize(
    ("columns", "fields"),
    [
        (["id", "sku"], {"id": "id", "sku": "properties.sku"}),
        (["g:id", "g:title", "link"], {"g:id": "id", "g:title": "name", "link": "url"}),
        (["Product ID", "productName", "imageLink"], {"Product ID": "id", "productName": "name", "imageLink": "image"}),
        (
            ["id", "product_type", "google_product_category"],
            {"id": "id", "product_type": "category", "google_product_category": "properties.google_product_category"},
        ),
        (["id", "description"], {"id": "id"}),
    ],
)
def test_columns_are_known_by_the_names_of_many_systems(columns: list[str], fields: dict[str, str]) -> None:
    assert fields_of(columns) == fields
