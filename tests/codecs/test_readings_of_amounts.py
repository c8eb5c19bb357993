"""Amounts, currencies and quantities that have one meaning are read, as shops, PHP and spreadsheets write them; of others nobody knows."""

from typing import Any

import pytest

from tests.codecs.builders import ABSENT, event, said, taken, with_properties


@pytest.mark.parametrize(
    ("written", "price"),
    [
        ("60.00", 60),
        ("1,234.56", 1234.56),
        ("1.234,56", 1234.56),
        ("1 234,56", 1234.56),
        ("1\N{NO-BREAK SPACE}234,56", 1234.56),
        ("1'234.56", 1234.56),
        ("19,99", 19.99),
        ("12,5", 12.5),
        ("0,500", 0.5),
        ("1,234,567", 1_234_567),
        ("1.234.567,8", 1_234_567.8),
        ("+5", 5),
        ("1e2", 100),
    ],
)
def test_a_price_in_any_spelling_that_means_one_number(written: str, price: float) -> None:
    assert event(with_properties(price=written)).properties["price"] == price


@pytest.mark.parametrize("written", ["1,234", "12,34.5", "1.234.5", "60,-", "ten", "10%", "2 pcs", "5 EUR 6", "", "1,2345,678"])
def test_a_price_that_is_not_one_number_is_unknown(written: str) -> None:
    read, asides = taken(with_properties(price=written))
    assert read.properties["price"] is None
    assert [aside.field for aside in asides] == ["properties.price"]


@pytest.mark.parametrize("written", ["60.00 EUR", "EUR 60", "€60", "60,00 €", "60 eur"])
def test_a_price_may_bring_its_currency(written: str) -> None:
    assert event(with_properties(price=written)).properties == {"product_id": "tent", "price": 60, "quantity": 1, "currency": "EUR"}
    assert event(with_properties(price=written, currency="EUR")).properties["price"] == 60


@pytest.mark.parametrize("written", ["$60", "60 $", "£60"])
def test_a_sign_that_several_currencies_have_is_that_of_the_event(written: str) -> None:
    assert event(with_properties(price=written, currency="CAD")).properties["price"] == 60


def test_a_line_has_the_currency_of_its_list() -> None:
    read = event(said("Cart Viewed", currency="EUR", products=[{"product_id": "a", "price": "5 EUR"}, {"product_id": "b", "price": "€6"}]))
    assert read.properties["products"] == [{"product_id": "a", "price": 5}, {"product_id": "b", "price": 6}]


@pytest.mark.parametrize(("written", "code"), [("eur", "eur"), (" EUR ", "EUR"), ("€", "EUR"), ({"code": "EUR"}, "EUR")])
def test_a_currency_by_its_code_its_sign_or_in_an_object(written: Any, code: str) -> None:
    assert event(with_properties(currency=written)).properties["currency"] == code


@pytest.mark.parametrize(("written", "quantity"), [(0.75, 0.75), ("0,75", 0.75), (0, 0), ("0", 0), (2.0, 2)])
def test_a_quantity_may_be_a_weight_or_nothing(written: Any, quantity: float) -> None:
    assert event(with_properties(quantity=written)).properties["quantity"] == quantity


@pytest.mark.parametrize("written", ["1.234", "12.500", "999.999", "-1.234", "1.234 €", "€1.234", "1.234 EUR", "EUR 1,234", "$1.234", "1,234 USD"])
@pytest.mark.parametrize("currency", [ABSENT, "EUR", "COP"])
def test_three_figures_after_one_separator_are_a_group_or_decimals_so_nobody_knows(written: str, currency: Any) -> None:
    read, asides = taken(with_properties(price=written, currency=currency))
    assert read.properties["price"] is None
    assert [aside.field for aside in asides] == ["properties.price"]


@pytest.mark.parametrize(
    ("written", "currency", "price"),
    [
        ("60.000 JPY", ABSENT, 60_000),
        ("60,000 JPY", ABSENT, 60_000),
        ("JPY 1.234", "jpy", 1_234),
        ("¥1,234", "JPY", 1_234),
        ("₩1,234", ABSENT, 1_234),
        ("12.500", "CLP", 12_500),
        ("12,500", "clp", 12_500),
        ("12.500", "KWD", 12.5),
        ("12.500 TND", ABSENT, 12.5),
        ("12.50", "JPY", 12.5),
    ],
)
def test_a_currency_that_has_no_decimals_or_three_tells_which(written: str, currency: Any, price: float) -> None:
    assert event(with_properties(price=written, currency=currency)).properties["price"] == price


@pytest.mark.parametrize(
    ("written", "currency"), [("60.000 JPY", "EUR"), ("¥1,234", ABSENT), ("¥1,234", "CNY"), ("12,500", "KWD"), ("-12.500", "CLP")]
)
def test_a_currency_that_does_not_tell_or_is_another_leaves_it_unknown(written: str, currency: Any) -> None:
    assert taken(with_properties(price=written, currency=currency))[0].properties["price"] is None


def test_a_line_reads_three_figures_in_the_currency_of_its_list() -> None:
    read = event(said("Cart Viewed", currency="CLP", products=[{"product_id": "a", "price": "12.500"}, {"product_id": "b", "price": "1,234"}]))
    assert [line["price"] for line in read.properties["products"]] == [12_500, 1_234]


def test_three_figures_of_an_amount_of_either_sign_are_read_in_its_currency() -> None:
    assert event(said("Order Refunded", order_id="o", currency="JPY", total="-1,234")).properties["total"] == -1_234


@pytest.mark.parametrize(("written", "quantity"), [("1.234", 1.234), ("0.750", 0.75)])
def test_a_weight_in_text_has_a_decimal_point(written: str, quantity: float) -> None:
    assert event(with_properties(quantity=written)).properties["quantity"] == quantity
    assert taken(with_properties(quantity="1,234"))[0].properties["quantity"] is None


@pytest.mark.parametrize("number", [1.234, 12.5, 1234])
def test_a_number_that_is_no_text_is_what_it_is(number: float) -> None:
    assert event(with_properties(price=number, currency="COP")).properties["price"] == number
