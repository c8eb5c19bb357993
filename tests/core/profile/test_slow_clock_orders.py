"""An order whose sender's clock is hours behind still ends the cart that it lists: a cart mail never leaves after the order."""

from typing import Any

import pytest

from tests.builders import HOUR, MINUTE, MONDAY, Life, add, book, campaign, event
from udfs.core.engine import Engine
from udfs.core.records import Event, Recall

T = MONDAY + 10 * HOUR
GRANT: dict[str, Any] = {"consent": {"default": {"marketing": "grant"}}}


def life() -> Life:
    return Life(Engine(book(GRANT, campaign("left", when=None, entry=None))))


def put(at: int, product: str) -> Event:
    return add(at, 5, product_id=product, received=at)


def order(at: int, *products: str, arrives: int = T + 5 * MINUTE) -> Event:
    lines = [{"product_id": each, "price": 5, "quantity": 1} for each in products]
    return event("order_completed", at, received=arrives, order_id="o1", products=lines)


@pytest.mark.parametrize("behind", [6 * MINUTE, HOUR, 5 * HOUR, 23 * HOUR])
def test_an_order_that_lists_all_that_is_in_the_cart_ends_it_however_slow_its_clock(behind: int) -> None:
    lived = life().live([put(T, "tent"), order(T - behind, "tent")]).wait()
    assert lived.actions == []


def test_it_recalls_what_had_gone_out_for_that_cart() -> None:
    lived = life().live([put(T, "tent")]).wait(T + 40 * MINUTE).live([order(T - 5 * HOUR, "tent", arrives=T + 41 * MINUTE)])
    assert [recall.campaign for recall in lived.records if isinstance(recall, Recall)] == ["left"]


@pytest.mark.parametrize(
    ("behind", "products"),
    [
        (5 * HOUR, ("stove",)),
        (5 * HOUR, ()),
        (25 * HOUR, ("tent",)),
    ],
)
def test_another_order_of_before_leaves_the_cart_alone(behind: int, products: tuple[str, ...]) -> None:
    assert len(life().live([put(T, "tent"), order(T - behind, *products)]).wait().actions) == 1


def test_what_it_does_not_list_is_still_in_the_cart() -> None:
    lived = life().live([put(T, "tent"), put(T + MINUTE, "stove"), order(T - 5 * HOUR, "tent")]).wait()
    assert len(lived.actions) == 1


def test_what_is_put_in_afterwards_is_another_cart() -> None:
    lived = life().live([put(T, "tent"), order(T - 5 * HOUR, "tent"), put(T + HOUR, "stove")]).wait()
    assert len(lived.actions) == 1
