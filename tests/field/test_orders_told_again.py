"""One order, told by several messages that call its cart by several names."""

from typing import Any

import pytest

from tests.field.test_carts_told_in_any_order import ANY, recalls
from tests.field.test_stops_by_odd_clocks_and_words import GRANT, said, sent

TENT: dict[str, Any] = {"product_id": "tent", "price": 120}
ORDER: dict[str, Any] = {"order_id": "o1"}


def after(*records: Any) -> int:
    return len(sent(*records, documents=(ANY, GRANT)))


@pytest.mark.parametrize("first", [{}, {"cart_id": "c1"}, {"cart_id": "nobody-knows"}])
def test_an_order_told_again_ends_the_other_cart_that_it_names(first: dict[str, Any]) -> None:
    one = said("product_added", -20, product_id="pan", price=20, cart_id="c1")
    other = said("product_added", 1, arrives=1, cart_id="c2", **TENT)
    again = said("order_completed", 3, cart_id="c2", **ORDER)
    assert after(one, said("order_completed", 0, **ORDER, **first), other, again) == 0


def test_an_order_told_again_ends_no_cart_that_it_does_not_name() -> None:
    order, new = said("order_completed", 0, cart_id="c1", **ORDER), said("product_added", 10, cart_id="c2", **TENT)
    others: list[dict[str, Any]] = [{}, {"cart_id": "c3"}, {"cart_id": "c1"}]
    for again in others:
        assert after(order, new, said("order_completed", 12, **ORDER, **again)) == 1


def test_an_order_told_again_takes_nothing_that_was_added_after_it() -> None:
    order, new = said("order_completed", 0, **ORDER), said("product_added", 10, cart_id="c2", **TENT)
    assert after(order, new, said("order_completed", 12, cart_id="c2", **ORDER)) == 1


def test_what_comes_late_of_the_cart_that_an_order_names_when_it_is_told_again_was_bought() -> None:
    one = said("product_added", -9, product_id="pan", cart_id="c1")
    order, again = said("order_completed", 0, cart_id="c1", **ORDER), said("order_completed", 3, cart_id="c2", **ORDER)
    assert after(one, order, again, said("product_added", -2, arrives=4, cart_id="c2", **TENT)) == 0
    assert after(one, order, again, said("product_added", 20, cart_id="c2", **TENT)) == 1


def test_a_message_about_the_cart_that_an_order_names_when_it_is_told_again_is_recalled() -> None:
    tent, order = said("product_added", 0, cart_id="c2", **TENT), said("order_completed", 2, arrives=35, cart_id="c1", **ORDER)
    one = said("product_added", 1, product_id="pan", cart_id="c1")
    assert recalls(tent, one, order) == []
    assert len(recalls(tent, one, order, said("order_completed", 40, cart_id="c2", **ORDER))) == 1


def test_an_order_that_names_the_cart_of_an_order_told_again_is_about_the_open_one() -> None:
    first = said("order_completed", 0, **ORDER)
    again = said("order_completed", 3, cart_id="c2", **ORDER)
    assert after(first, again, said("product_added", 90, **TENT), said("order_completed", 95, order_id="o2", cart_id="c2")) == 0
