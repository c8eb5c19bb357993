"""Carts are bounded in bytes, whatever is sent, and what is bounded is still found."""

from typing import Any

import pytest

from tests.core.profile.test_carts import T, blank, update
from udfs.core.profile import cart_worth
from udfs.core.profile.cart_bounds import MAX_BYTES, MAX_CART_BYTES
from udfs.core.profile.state import Profile
from udfs.core.profile.stored import encode
from udfs.core.values.money import Currency


def line(number: int, letter: str) -> dict[str, Any]:
    """A line of which each text is as long as trackers can make it. Its id differs from others only at its end."""
    long = {"sku": 250, "variant": 300, "name": 400, "image_url": 400, "url": 400}
    return {
        "product_id": f"{letter * 250}{number}",
        "price": 1.5,
        "quantity": 1,
        **{name: f"{letter * length}{number}" for name, length in long.items()},
    }


def filled(letter: str, carts: int = 64) -> Profile:
    profile = blank()
    for number in range(carts):
        products = [line(each, letter) for each in range(100)]
        update(profile, "cart_viewed", T + number, cart_id=f"{number}{letter * 250}", products=products)
        for each in range(10):
            update(profile, "product_removed", T + number, cart_id=f"{number}{letter * 250}", product_id=line(each, letter)["product_id"])
    return profile


@pytest.mark.slow
@pytest.mark.parametrize("letter", ["x", "ß", "書", "🛒"])
def test_64_carts_of_100_lines_with_long_names_stay_within_the_bound(letter: str) -> None:
    profile = filled(letter)
    assert len(encode(profile)) < MAX_BYTES + 8_000
    assert len(profile.carts) >= 1


@pytest.mark.parametrize("letter", ["x", "🛒"])
def test_the_cart_that_was_touched_last_keeps_its_lines_and_its_value(letter: str) -> None:
    profile = filled(letter, carts=3)
    cart = profile.carts[profile.current or ""]
    assert (len(cart.items), cart_worth.value(cart, Currency())) == (90, 135)
    assert len(encode(Profile(born=T, now=T, carts={cart.id: cart}))) < MAX_CART_BYTES + 1_000


def test_a_product_with_a_long_id_is_found_by_it_and_by_no_other() -> None:
    profile = blank()
    update(profile, "cart_viewed", products=[line(1, "x"), line(2, "x")])
    update(profile, "product_removed", T + 1, product_id=line(1, "X")["product_id"])
    (left,) = profile.carts["ada-1"].items
    assert left.url is not None
    update(profile, "order_completed", T + 2, products=[{"product_id": line(2, "x")["product_id"]}])
    assert profile.carts == {}


def test_a_few_carts_as_shops_have_them_lose_nothing() -> None:
    profile = blank()
    for number in range(10):
        told = {"name": "A tent for two", "image_url": "https://shop.example/tent.jpg", "url": "https://shop.example/tent"}
        products = [{"product_id": f"p{each}", "price": 1, **told} for each in range(20)]
        update(profile, "cart_viewed", T + number, cart_id=f"c{number}", products=products)
    assert len(profile.carts) == 10
    assert all(item.name and item.image and item.url for cart in profile.carts.values() for item in cart.items)


def test_a_tracker_that_sends_a_new_empty_cart_with_every_page_fills_no_state() -> None:
    profile = blank()
    update(profile, "order_completed", cart_id="bought")
    for number in range(2_000):
        update(profile, "cart_viewed", T + number, cart_id=f"{number}-{'x' * 250}", products=[])
        update(profile, "cart_viewed", T + number, products=[])
    assert len(encode(profile)) < 300 + 4 * 300, "the few that are remembered, with their long names"
    assert profile.carts == {}
    assert profile.carts_born == 0
