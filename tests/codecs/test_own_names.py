"""Events by the catalogue's names whose fields have other names: the same fact under whichever name."""

from typing import Any

import pytest

from tests.codecs.builders import event, said, taken


@pytest.mark.parametrize(
    "told",
    [
        {"order_number": "T1", "total": 5},
        {"transaction_id": "T1", "total": 5},
        {"transaction": {"transaction_id": "T1", "revenue": 5}},
    ],
)
def test_an_order_is_known_by_whatever_its_id_is_called(told: dict[str, Any]) -> None:
    read, asides = taken(said("Order Completed", products=[{"product_id": "a", "price": 5}], currency="EUR", **told))
    assert (read.name, read.properties["order_id"], read.properties["total"]) == ("order_completed", "T1", 5)
    assert asides == []


def test_an_id_of_its_own_goes_first() -> None:
    assert event(said("Order Completed", order_id="o", transaction_id="t", total=5)).properties["order_id"] == "o"


@pytest.mark.parametrize("called", ["items", "line_items"])
def test_the_lines_of_an_order_may_be_called_so(called: str) -> None:
    read = event(said("Order Completed", order_id="o", total=5, **{called: [{"item_id": "a", "price": 5}, {"id": "b", "price": 6}]}))
    assert [line["product_id"] for line in read.properties["products"]] == ["a", "b"]


def test_two_names_of_one_order_are_one_order() -> None:
    """Told by the browser as an Order Completed, and by another tracker as a purchase."""
    browser = event(said("Order Completed", transaction_id="x", total=5))
    other = event(said("purchase", transaction_id="x", value=5))
    assert (browser.name, browser.properties["order_id"]) == (other.name, other.properties["order_id"])


@pytest.mark.parametrize("items", [3, 2.5, True])
def test_how_many_items_there_are_is_no_list_of_them(items: Any) -> None:
    read, asides = taken(said("Cart Viewed", cart_id="c", items=items))
    assert "products" not in read.properties
    assert asides == []
