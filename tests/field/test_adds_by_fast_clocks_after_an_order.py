"""Of two clocks neither is right: what comes after an order, and lies less than five minutes after it, is what was bought."""

from typing import Any

import pytest

from tests.field.test_carts_told_in_any_order import ANY, worth
from tests.field.test_stops_by_odd_clocks_and_words import GRANT, said, sent

NAMED: dict[str, Any] = {"cart_id": "c1"}
NONE: dict[str, Any] = {}
TENT: dict[str, Any] = {"product_id": "tent", "price": 120}
PAN: dict[str, Any] = {"product_id": "pan", "price": 70}
BOUGHT: dict[str, Any] = {"products": [TENT]}


def by(library: str) -> dict[str, Any]:
    return {"context": {"library": {"name": library}}}


def after(*records: Any) -> int:
    """How many messages about a cart, whatever is in it."""
    return len(sent(*records, documents=(ANY, GRANT)))


PAIRS = [(NONE, NONE), (NAMED, NAMED), (NONE, NAMED), (NAMED, NONE)]
"""What an order and an add say about the cart."""


@pytest.mark.parametrize("stop", ["order_completed", "cart_cleared"])
@pytest.mark.parametrize(("of_order", "of_add"), PAIRS)
@pytest.mark.parametrize("minute", [0.01, 4, 4.99])
@pytest.mark.parametrize("arrives", [0.1, 5, 90])
def test_an_add_by_another_clock_less_than_five_minutes_after_the_order_does_not_fill_the_cart_again(
    stop: str, of_order: dict[str, Any], of_add: dict[str, Any], minute: float, arrives: float
) -> None:
    first = said("product_added", -10, top=by("phone"), **TENT, **of_add)
    again = said("product_added", minute, arrives=arrives, top=by("phone"), **TENT, **of_add)
    order = said(stop, 0, order_id="o1", top=by("server"), **of_order)
    assert after(first, order, again) == 0
    assert after(order, again) == 0


@pytest.mark.parametrize(("of_order", "of_add"), PAIRS)
def test_an_add_by_a_clock_that_is_seen_to_be_fast_does_not_fill_the_cart_again(of_order: dict[str, Any], of_add: dict[str, Any]) -> None:
    order = said("order_completed", 0, order_id="o1", **of_order)
    assert after(order, said("product_added", 4, arrives=0.5, **TENT, **of_add)) == 0
    assert after(order, said("product_added", 4, arrives=3.9, **TENT, **of_add)) == 1, "two right clocks differ by seconds"


def test_an_add_five_minutes_after_the_order_begins_a_new_cart() -> None:
    order = said("order_completed", 0, order_id="o1", top=by("server"))
    assert after(order, said("product_added", 5, top=by("phone"), **TENT)) == 1


def test_a_clock_that_is_the_orders_own_is_believed() -> None:
    order = said("order_completed", 0, order_id="o1", top=by("web"), **BOUGHT)
    assert after(order, said("product_added", 3, top=by("web"), **TENT)) == 1
    assert after(order, said("product_added", 3, top=by("phone"), **TENT)) == 0


def test_what_the_order_does_not_list_stays() -> None:
    order = said("order_completed", 0, order_id="o1", **BOUGHT)
    assert after(order, said("product_added", 3, **TENT)) == 0
    for arrives in (3, 0.1):
        assert after(order, said("product_added", 3, arrives=arrives, **PAN)) == 1
    both = said("cart_viewed", 3, products=[TENT, PAN])
    assert len(worth(order, both)) == 1
    assert after(order, said("cart_viewed", 3, **BOUGHT)) == 0
    assert worth(order, said("cart_viewed", 3, products=[TENT, {"product_id": "pot", "price": 10}])) == [], "the tent was bought"


@pytest.mark.parametrize("name", ["cart_viewed", "checkout_started"])
def test_a_list_by_a_fast_clock_does_not_fill_the_cart_again(name: str) -> None:
    order = said("order_completed", 0, order_id="o1", **NAMED)
    for list_ in (BOUGHT, {"products": "n/a"}):
        assert after(order, said(name, 4, arrives=0.5, **list_, **NAMED)) == 0


def test_a_cart_that_the_order_was_not_about_goes_on() -> None:
    other = said("product_added", -3, product_id="pan", price=70, cart_id="c2")
    order = said("order_completed", 0, order_id="o1", **NAMED)
    more = said("product_added", 3, product_id="pot", price=10, cart_id="c2")
    assert after(said("product_added", -10, **TENT, **NAMED), other, order, more) == 1
    assert after(said("product_added", -10, **TENT, **NAMED), order, said("product_added", 3, **PAN, cart_id="c2")) == 1


def test_what_an_order_has_left_in_the_cart_goes_on_without_what_was_bought() -> None:
    pan = said("product_added", -4, **PAN)
    order = said("order_completed", -5, arrives=0, order_id="o1", **BOUGHT)
    assert after(pan, order, said("product_added", -2, arrives=1, **TENT)) == 1
    assert worth(said("product_added", -4, product_id="pot", price=10), order, said("product_added", -2, arrives=1, **TENT)) == []


def test_of_two_orders_within_five_minutes_both_count() -> None:
    first = said("order_completed", 0, order_id="o1", cart_id="c1", **BOUGHT)
    second = said("order_completed", 1, order_id="o2", cart_id="c2", products=[PAN])
    late = [said("product_added", 3, cart_id="c1", **TENT), said("product_added", 3.5, cart_id="c2", **PAN)]
    assert after(first, second, *late) == 0
