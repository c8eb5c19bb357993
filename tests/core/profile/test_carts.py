"""Carts: which one an event is about, what is in it, what it is worth, and when it ends."""

from typing import Any

import pytest

from tests.builders import DAY, HOUR, MONDAY
from udfs.core.profile import cart_worth, carts
from udfs.core.profile.cart_items import KEPT_FOR
from udfs.core.profile.state import Profile
from udfs.core.values.money import Currency

T = MONDAY + 12 * HOUR
TENT: dict[str, Any] = {"product_id": "tent", "price": 100, "quantity": 1}
LAMP: dict[str, Any] = {"product_id": "lamp", "price": 20, "quantity": 2}


def update(profile: Profile, name: str, at: int = T, *, late: bool = False, **properties: Any) -> str | None:
    return carts.update(profile, user_id="ada", name=name, properties=properties, at=at, late=late).touched


def blank() -> Profile:
    return Profile(born=T, now=T)


def test_a_cart_without_a_name_is_born_at_the_first_add_and_again_after_an_order() -> None:
    profile = blank()
    assert update(profile, "product_added", **TENT) == "ada-1"
    assert update(profile, "product_added", T + 1, **LAMP) == "ada-1"
    assert update(profile, "order_completed", T + 2) == "ada-1"
    assert (profile.carts, profile.current, profile.cart_closed) == ({}, None, T + 2)
    assert update(profile, "product_added", T + 3, **TENT) == "ada-2"


def test_an_order_that_names_a_cart_closes_that_one_alone() -> None:
    profile = blank()
    update(profile, "product_added", cart_id="a", **TENT)
    update(profile, "product_added", T + 1, cart_id="b", **LAMP)
    assert update(profile, "order_completed", T + 2, cart_id="a") == "a"
    assert list(profile.carts) == ["b"]
    assert profile.current == "b"


def test_the_value_is_price_times_quantity_and_unknown_where_a_price_is() -> None:
    profile = blank()
    update(profile, "product_added", **TENT)
    update(profile, "product_added", T + 1, **LAMP)
    cart = profile.carts["ada-1"]
    assert (cart_worth.value(cart, Currency()), cart_worth.units(cart)) == (140, 3)
    update(profile, "product_added", T + 2, product_id="rope", quantity=1)
    assert (cart_worth.value(cart, Currency()), cart_worth.units(cart)) == (None, 4)
    assert (cart_worth.value(None, Currency()), cart_worth.units(None)) == (0, 0)


def test_the_same_product_at_another_price_is_a_line_of_its_own() -> None:
    profile = blank()
    update(profile, "product_added", **TENT)
    update(profile, "product_added", T + 1, **{**TENT, "price": 90})
    assert [(item.price, item.quantity) for item in profile.carts["ada-1"].items] == [(100, 1), (90, 1)]
    update(profile, "product_removed", T + 2, product_id="tent", quantity=1)
    assert [(item.price, item.quantity) for item in profile.carts["ada-1"].items] == [(100, 1)]


def test_a_full_list_of_products_replaces_what_is_in_the_cart() -> None:
    profile = blank()
    update(profile, "product_added", **TENT)
    update(profile, "cart_viewed", T + 1, products=[LAMP, "no product"])
    assert [item.product_id for item in profile.carts["ada-1"].items] == ["lamp"]


def test_a_cart_that_becomes_empty_does_not_exist_any_more() -> None:
    profile = blank()
    update(profile, "product_added", **TENT)
    update(profile, "product_removed", T + 1, product_id="tent")
    assert profile.carts == {}
    assert update(profile, "product_removed", T + 2, product_id="tent") is None


def test_a_late_event_does_not_open_a_cart_that_was_closed_since_nor_close_one_of_another_name_that_was_touched_since() -> None:
    profile = blank()
    update(profile, "product_added", **TENT)
    update(profile, "order_completed", T + HOUR)
    assert update(profile, "product_added", T + 1, late=True, **LAMP) is None
    update(profile, "product_added", T + 2 * HOUR, cart_id="b", **LAMP)
    update(profile, "order_completed", T + HOUR, late=True, cart_id="c")
    assert list(profile.carts) == ["b"]


def test_two_currencies_without_a_table_make_the_value_unknown_and_with_one_are_converted() -> None:
    profile = blank()
    update(profile, "product_added", **TENT, currency="eur")
    update(profile, "product_added", T + 1, **LAMP, currency="USD")
    assert cart_worth.value(profile.carts["ada-1"], Currency()) is None
    other = blank()
    table = Currency(base="EUR", rates={"USD": 0.5})
    update(other, "product_added", **LAMP, currency="USD")
    assert cart_worth.value(other.carts["ada-1"], table) == 20
    assert cart_worth.shown(other.carts["ada-1"], table) == (40, "USD", (20,))


def test_carts_are_bounded_the_oldest_go_first_and_none_outlives_its_days() -> None:
    profile = blank()
    for number in range(carts.MAX_CARTS + 1):
        update(profile, "product_added", T + number, cart_id=f"c{number}", **TENT)
    assert len(profile.carts) == carts.MAX_CARTS
    assert "c0" not in profile.carts
    update(profile, "product_added", T + KEPT_FOR + DAY, cart_id="new", **TENT)
    assert list(profile.carts) == ["new"]


@pytest.mark.parametrize("price", [10, None])
def test_beyond_the_bound_of_lines_the_value_stays_right(price: float | None) -> None:
    profile = blank()
    for number in range(carts.MAX_ITEMS + 5):
        update(profile, "product_added", T + number, product_id=f"p{number}", price=price, quantity=1)
    cart = profile.carts["ada-1"]
    assert len(cart.items) == carts.MAX_ITEMS
    assert cart_worth.value(cart, Currency()) == (None if price is None else (carts.MAX_ITEMS + 5) * price)
