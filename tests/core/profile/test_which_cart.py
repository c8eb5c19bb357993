"""One cart in the world is one cart: names that come late or in another spelling, orders that name another cart or none, clocks that differ."""

from typing import Any

import pytest

from tests.builders import DAY, HOUR, MINUTE
from tests.core.profile.person import LAMP, TENT, Person, T
from udfs.core.profile import cart_worth
from udfs.core.profile.stored import encode
from udfs.core.values.money import Currency


def test_the_first_name_that_is_told_is_that_of_the_cart_without_one() -> None:
    ada = Person()
    assert ada.add() == "ada-1"
    assert ada.add(T + 1, LAMP, cart_id="Tok-9") == "ada-1"
    assert ada.tell("cart_viewed", T + 2, cart_id="tok-9").touched == "ada-1"
    assert ada.profile.carts["ada-1"].name == "Tok-9"
    assert ada.add(T + 3, cart_id="other") == "other"
    assert ada.held() == {"ada-1": [("tent", 1), ("lamp", 2)], "other": [("tent", 1)]}


@pytest.mark.parametrize("name", ["ABC-1", " abc-1 ", "gid://shopify/Cart/abc-1?key=a1b2", "gid://shopify/Cart/ABC-1"])
def test_a_name_is_the_same_in_every_spelling(name: str) -> None:
    ada = Person()
    ada.add(cart_id="abc-1")
    assert ada.add(T + 1, cart_id=name) == "abc-1"
    assert ada.order(T + 2, cart_id=name) == {"abc-1"}
    assert ada.held() == {}


@pytest.mark.parametrize("name", ["", "  ", "null", "undefined", "0", None, True, {"id": 1}])
def test_a_placeholder_names_no_cart(name: Any) -> None:
    ada = Person()
    assert ada.add(cart_id=name) == "ada-1"
    assert ada.order(T + 1, cart_id=name) == {"ada-1"}


def test_a_number_is_a_name() -> None:
    ada = Person()
    assert ada.add(cart_id=7) == "7"
    assert ada.order(T + 1, cart_id="7") == {"7"}


def test_an_order_that_names_a_cart_nobody_knows_is_about_the_only_one() -> None:
    ada = Person()
    ada.add(cart_id="browser")
    assert ada.order(T + 1, cart_id="server") == {"browser"}
    assert ada.held() == {}


def test_of_several_carts_an_order_means_the_one_whose_products_it_lists_or_else_all() -> None:
    ada = Person()
    ada.add(cart_id="a")
    ada.add(T + 1, LAMP, cart_id="b")
    assert ada.order(T + 2, cart_id="server", products=[{"product_id": "Lamp"}]) == {"b"}
    assert ada.held() == {"a": [("tent", 1)]}
    ada.add(T + 3, {**LAMP, "product_id": "rope"}, cart_id="c")
    assert ada.order(T + 4, products=[{"product_id": "sofa"}]) == {"a", "c"}
    assert ada.held() == {}


def test_a_cart_that_is_cleared_after_its_order_clears_no_other() -> None:
    ada = Person()
    ada.add(cart_id="a")
    ada.order(T + MINUTE, cart_id="A")
    ada.add(T + HOUR, LAMP)
    assert ada.tell("cart_cleared", T + 2 * HOUR, cart_id="a").ended == frozenset()
    assert ada.held() == {"ada-1": [("lamp", 2)]}


def test_an_order_that_is_told_again_ends_the_cart_that_it_names_and_no_other() -> None:
    ada = Person()
    ada.add(cart_id="a")
    ada.add(T + 1, LAMP, cart_id="b")
    assert ada.tell("order_completed", T + 2, retold=T).ended == frozenset()
    assert ada.tell("order_completed", T + 2, retold=T, cart_id="unknown").ended == frozenset()
    assert ada.tell("order_completed", T + 2, retold=T, cart_id="b").ended == {"b"}
    assert ada.held() == {"a": [("tent", 1)]}


def test_what_was_added_after_the_time_of_an_order_that_comes_late_stays_in_the_cart() -> None:
    ada = Person()
    ada.add()
    ada.add(T + 10 * MINUTE)
    ada.add(T + 20 * MINUTE, LAMP)
    assert ada.order(T + 12 * MINUTE) == {"ada-1"}
    assert ada.held() == {"ada-1": [("lamp", 2)]}
    assert ada.add(T + 11 * MINUTE) is None, "it was reported late, and was bought"
    assert ada.held() == {"ada-1": [("lamp", 2)]}


def test_of_one_line_only_what_was_put_in_before_the_order_was_bought() -> None:
    ada = Person()
    ada.add()
    ada.add(T + 20 * MINUTE)
    ada.order(T + 10 * MINUTE)
    assert ada.held() == {"ada-1": [("tent", 1)]}


@pytest.mark.parametrize(
    ("products", "left"), [(None, {}), ([{"product_id": "tent"}], {}), ([{"product_id": "sofa"}], {"ada-1": [("tent", 1)]}), ([], {})]
)
def test_two_clocks_differ_so_an_item_up_to_five_minutes_after_the_order_was_bought_unless_the_order_lists_other_things(
    products: list[Any] | None, left: dict[str, Any]
) -> None:
    ada = Person()
    ada.add(T + 5 * MINUTE - 1)
    told = {} if products is None else {"products": products}
    assert ada.order(T, **told) == {"ada-1"}
    assert ada.held() == left


def test_a_cart_begun_five_minutes_after_an_order_is_another() -> None:
    ada = Person()
    ada.add(T + 5 * MINUTE)
    assert ada.order(T) == set()
    assert ada.held() == {"ada-1": [("tent", 1)]}


@pytest.mark.parametrize("behind", [6 * MINUTE, 3 * HOUR])
@pytest.mark.parametrize("products", [{}, {"products": [{"product_id": "sofa"}]}])
def test_an_order_ends_the_cart_that_it_names_however_far_behind_its_own_clock_is(behind: int, products: dict[str, Any]) -> None:
    ada = Person()
    ada.add(cart_id="a")
    ada.add(T + 20 * MINUTE, LAMP, cart_id="a")
    ada.add(T + 1, LAMP, cart_id="b")
    assert ada.order(T - behind, cart_id=" A", **products) == {"a"}
    assert ada.held() == {"b": [("lamp", 2)]}
    assert ada.add(T + 10 * MINUTE, cart_id="a") is None, "it was reported late, and was bought"
    assert ada.add(T + HOUR, cart_id="a") == "a", "the customer shops again"


def test_an_order_whose_clock_is_behind_ends_what_an_earlier_order_has_left_in_the_cart_that_it_names() -> None:
    ada = Person()
    ada.add(cart_id="a")
    ada.add(T + 30 * MINUTE, LAMP, cart_id="a")
    ada.order(T + MINUTE, cart_id="a")
    assert ada.held() == {"a": [("lamp", 2)]}
    assert ada.order(T - HOUR, cart_id="a") == {"a"}
    assert ada.held() == {}


def test_an_order_that_is_told_again_by_a_clock_that_is_behind_ends_no_cart_that_began_after_it() -> None:
    ada = Person()
    ada.add(cart_id="a")
    assert ada.tell("order_completed", T - HOUR, retold=T - 2 * HOUR, cart_id="a").ended == {"a"}
    assert ada.held() == {"a": [("tent", 1)]}


def test_a_cart_is_cleared_by_a_clock_that_is_behind_unless_one_of_that_name_was_bought_before() -> None:
    ada = Person()
    ada.add(cart_id="a")
    assert ada.tell("cart_cleared", T - HOUR, cart_id="a").ended == {"a"}
    assert ada.held() == {}
    ada.add(T + HOUR, cart_id="a")
    ada.tell("cart_cleared", T + MINUTE, cart_id="a")
    assert ada.held() == {"a": [("tent", 1)]}, "that was the clearing of the cart before"


def test_an_order_that_names_a_cart_nobody_knows_ends_none_that_began_long_after_it() -> None:
    ada = Person()
    ada.add(cart_id="a")
    assert ada.order(T - HOUR, cart_id="b") == set()
    assert ada.held() == {"a": [("tent", 1)]}


def test_what_is_told_late_of_a_cart_that_was_bought_opens_none_and_what_is_told_of_another_does() -> None:
    ada = Person()
    ada.add(cart_id="a")
    ada.order(T + HOUR, cart_id="a")
    assert ada.add(T + MINUTE, LAMP, cart_id="A") is None
    assert ada.add(T + MINUTE, LAMP) is None
    assert ada.add(T + MINUTE, LAMP, cart_id="b") == "b", "the order was about the cart that it named"
    assert ada.held() == {"b": [("lamp", 2)]}


def test_a_cart_that_goes_on_after_its_order_is_still_the_same() -> None:
    ada = Person()
    ada.add()
    ada.add(T + 1, cart_id="tok")
    ada.order(T + 2, cart_id="tok")
    assert ada.add(T + HOUR, cart_id="TOK") == "ada-1"


def test_a_full_list_that_comes_late_keeps_what_was_added_after_it_and_covers_what_was_added_before() -> None:
    ada = Person()
    ada.add()
    ada.add(T + 20 * MINUTE, LAMP)
    ada.tell("cart_viewed", T + 10 * MINUTE, products=[{**TENT, "quantity": 3}])
    assert ada.held() == {"ada-1": [("tent", 3), ("lamp", 2)]}
    ada.add(T + 5 * MINUTE, {**TENT, "product_id": "rope"})
    assert ada.held() == {"ada-1": [("tent", 3), ("lamp", 2)]}


def test_an_order_that_is_told_again_a_little_later_by_another_clock_ends_what_began_in_between() -> None:
    for own, left in ((T + 3 * MINUTE, {}), (T + 60_000, {"ada-1": [("tent", 1)]}), (T + 6 * MINUTE, {"ada-1": [("tent", 1)]})):
        ada = Person()
        ada.order(T)
        assert ada.add(T + 2 * MINUTE) == "ada-1"
        change = ada.tell("order_completed", T, retold=own)
        assert (ada.held(), change.ended) == (left, frozenset() if left else {"ada-1"})


def test_an_event_without_a_name_is_about_the_cart_that_is_open() -> None:
    ada = Person()
    ada.add(cart_id="a")
    ada.add(T + 1, cart_id="b")
    ada.order(T + 2, cart_id="b")
    assert ada.add(T + 3) == "a"


def test_products_without_an_id_are_told_apart_by_their_names() -> None:
    ada = Person()
    ada.add(product={"name": "Tent", "price": 5, "quantity": 1})
    ada.add(T + 1, {"name": "Lamp", "price": 5, "quantity": 1})
    assert ada.held() == {"ada-1": [("Tent", 1), ("Lamp", 1)]}


def test_what_is_kept_of_carts_is_bounded() -> None:
    ada = Person()
    for number in range(200):
        at = T + number * HOUR
        ada.add(at, cart_id=f"cart-{number}-{'x' * 40}")
        for again in range(20):
            ada.add(at + again + 1, cart_id=f"cart-{number}-{'x' * 40}")
        ada.order(at + MINUTE, cart_id=f"cart-{number}-{'x' * 40}")
    assert len(encode(ada.profile)) < 400
    ada.order(T + 400 * DAY)
    assert ada.held() == {}


DOLLARS = Currency(base="USD", rates={"EUR": 1.08})


@pytest.mark.parametrize(
    ("adds", "table", "worth", "seen"),
    [
        ([(100, "EUR")], DOLLARS, 108, (100, "EUR", (100,))),
        ([(100, "eur"), (8, "EUR")], DOLLARS, 116.64, (108, "EUR", (100, 8))),
        ([(100, "EUR"), (100, "USD")], DOLLARS, 208, (208, "USD", (108, 100))),
        ([(100, "EUR"), (100, None)], DOLLARS, 208, (208, "USD", (108, 100))),
        ([(100, None)], DOLLARS, 100, (100, "USD", (100,))),
        ([(100, "GBP")], DOLLARS, None, (100, "GBP", (100,))),
        ([(100, "GBP"), (1, "EUR")], DOLLARS, None, (None, "USD", (None, 1.08))),
        ([(100, "EUR")], Currency(), 100, (100, "EUR", (100,))),
        ([(100, "EUR"), (5, None)], Currency(), 105, (105, "EUR", (100, 5))),
        ([(100, "EUR"), (5, "USD")], Currency(), None, (None, None, (100, 5))),
        ([(100, None)], Currency(), 100, (100, None, (100,))),
        ([(100, "EUR"), (None, "EUR")], DOLLARS, None, (None, "EUR", (100, None))),
    ],
)
def test_a_price_is_compared_in_the_shops_currency_and_read_in_the_customers(
    adds: list[tuple[float | None, str | None]], table: Currency, worth: float | None, seen: tuple[Any, ...]
) -> None:
    ada = Person()
    for number, (price, code) in enumerate(adds):
        fields = {key: value for key, value in {"price": price, "currency": code}.items() if value is not None}
        ada.add(T + number, {"product_id": f"p{number}", **fields})
    cart = ada.profile.carts["ada-1"]
    assert (cart_worth.value(cart, table), tuple(cart_worth.shown(cart, table))) == (worth, seen)


def test_an_order_that_calls_every_cart_alike_ends_the_one_that_nobody_has_named() -> None:
    ada = Person()
    ada.add()
    assert ada.order(T + MINUTE, cart_id="customer-7") == {"ada-1"}
    ada.add(T + DAY)
    ended = ada.order(T + DAY + MINUTE, cart_id="Customer-7")
    assert ended == {"ada-1", "ada-2"}, "a message about the first may still be recalled"
    assert ada.held() == {}
    ada.add(T + 2 * DAY)
    assert ada.tell("order_completed", T + DAY + MINUTE, retold=T + 2 * DAY + 1, cart_id="customer-7").ended == {"ada-2"}, "it is the same order"
    assert ada.held() == {"ada-3": [("tent", 1)]}
    ada.tell("product_removed", T + 2 * DAY + 2, product_id="tent")
    ada.order(T + 2 * DAY + MINUTE, cart_id="customer-7")
    assert ada.add(T + 2 * DAY + 1, LAMP) is None, "what had been emptied is over, too"
