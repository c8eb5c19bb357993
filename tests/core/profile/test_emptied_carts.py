"""Carts that were emptied, removals and lists that come in any order, and what is then in the cart."""

from tests.builders import HOUR, MINUTE
from tests.core.profile.person import LAMP, TENT, Person, T
from udfs.core.profile import cart_worth
from udfs.core.values.money import Currency


def test_what_is_taken_out_and_put_in_again_at_one_instant_is_in_the_cart() -> None:
    ada = Person()
    ada.add()
    ada.tell("product_removed", T + 1, product_id="tent")
    assert ada.add(T + 1) == "ada-1"
    assert ada.held() == {"ada-1": [("tent", 1)]}


def test_what_is_told_late_of_a_cart_that_was_emptied_was_in_it() -> None:
    ada = Person()
    ada.add()
    ada.tell("product_removed", T + 10, product_id="tent")
    assert ada.held() == {}
    assert ada.add(T + 20, LAMP) == "ada-2", "the next add begins another"
    assert ada.add(T + 5, LAMP) == "ada-1"
    assert ada.held() == {"ada-2": [("lamp", 2)], "ada-1": [("lamp", 2)]}
    ada.add(T + 6)
    assert ada.held()["ada-1"] == [("lamp", 2), ("tent", 1)]


def test_a_cart_with_a_name_that_was_emptied_is_filled_again_without_its_name() -> None:
    ada = Person()
    ada.add(cart_id="c1")
    ada.tell("product_removed", T + 10, product_id="tent")
    assert ada.add(T + 20, LAMP) == "c1"
    assert ada.order(T + 30) == {"c1"}
    assert ada.add(T + 30 + HOUR, LAMP) == "ada-1"


def test_an_order_of_a_cart_that_was_seen_empty_is_about_no_other() -> None:
    ada = Person()
    ada.tell("cart_viewed", T, cart_id="c1", products=[])
    assert ada.add(T + 10, cart_id="c2") == "c2"
    assert ada.order(T + 20, cart_id="c1") == {"c1"}
    assert ada.held() == {"c2": [("tent", 1)]}
    assert ada.add(T + 30, LAMP) == "c2"


def test_an_order_that_names_no_cart_ends_those_that_were_emptied() -> None:
    ada = Person()
    ada.add(cart_id="c1")
    ada.tell("product_removed", T + 10, product_id="tent")
    ada.order(T + 20)
    assert ada.profile.emptied == []
    assert ada.add(T + 20 + HOUR, LAMP) == "ada-1"


def test_a_removal_that_names_its_cart_takes_nothing_out_of_another() -> None:
    ada = Person()
    ada.tell("product_removed", T + 10, product_id="tent", cart_id="c1")
    ada.add(T + 1, cart_id="c2")
    ada.add(T + 2, cart_id="c1")
    ada.add(T + 3, LAMP, cart_id="c1")
    assert ada.held() == {"c2": [("tent", 1)], "c1": [("lamp", 2)]}


def test_a_removal_that_names_no_cart_takes_out_what_is_told_late_of_any() -> None:
    ada = Person()
    ada.add(product=LAMP, cart_id="c1")
    ada.tell("product_removed", T + 10, product_id="tent")
    ada.add(T + 5, cart_id="c2")
    assert ada.held() == {"c1": [("lamp", 2)]}


def test_of_a_line_a_list_that_is_told_late_covers_what_was_added_before_it() -> None:
    ada = Person()
    ada.add()
    ada.add(T + 20)
    ada.tell("cart_viewed", T + 10, products=[LAMP])
    assert ada.held() == {"ada-1": [("lamp", 2), ("tent", 1)]}


def test_a_list_without_prices_and_an_add_with_one_are_one_line_in_whatever_order_they_are_told() -> None:
    listed, added = ("cart_viewed", T, {"products": [{"product_id": "tent"}]}), ("product_added", T + 10, TENT)
    for story in ([listed, added], [added, listed]):
        ada = Person()
        for name, at, told in story:
            ada.tell(name, at, **told)
        assert [(item.price, item.quantity) for item in ada.profile.carts["ada-1"].items] == [(100, 2)]


def test_a_price_that_only_what_is_gone_was_added_at_is_not_known_any_more() -> None:
    for gone in (("product_removed", {"product_id": "tent"}), ("order_completed", {"products": [{"product_id": "lamp"}]})):
        ada = Person()
        ada.add()
        ada.add(T + 20, {"product_id": "tent"})
        assert [(item.price, item.quantity) for item in ada.profile.carts["ada-1"].items] == [(100, 2)]
        ada.tell(gone[0], T + 10, **gone[1])
        assert [(item.price, item.quantity) for item in ada.profile.carts["ada-1"].items] == [(None, 1)]


def test_what_is_put_in_at_the_instant_of_a_removal_that_was_reported_before_is_not_what_it_took_out() -> None:
    ada = Person()
    ada.add()
    ada.tell("product_removed", T + 1, product_id="tent")
    ada.add(T + 1, {**TENT, "price": 120})
    assert [item.price for item in ada.profile.carts["ada-1"].items] == [120]
    ada.tell("product_removed", T + 3, product_id="tent")
    ada.add(T + 2, {**TENT, "price": 90})
    assert [item.price for item in ada.profile.carts["ada-1"].items] == [120], "what was put in last is taken out first"


def test_who_looks_at_an_emptied_cart_without_a_name_does_not_keep_it_open() -> None:
    ada = Person()
    ada.add(T)
    ada.tell("checkout_started", T + 40 * MINUTE)
    ada.tell("product_removed", T + 10 * MINUTE, product_id="tent")
    assert ada.add(T + 45 * MINUTE, LAMP) == "ada-2"
    assert ada.add(T + 30 * MINUTE) == "ada-2", "the tent had been taken out before, so the other cart had begun"


def test_what_is_left_after_an_order_costs_what_the_same_product_in_the_cart_costs() -> None:
    ada = Person()
    ada.add(T, {"product_id": "tent", "price": 60})
    ada.add(T + 10 * MINUTE, {"product_id": "tent", "price": 60, "currency": "EUR"})
    ada.add(T + 11 * MINUTE, {"product_id": "tent"})
    ada.order(T)
    assert ada.held() == {"ada-1": [("tent", 2)]}
    assert cart_worth.value(ada.profile.carts["ada-1"], Currency()) == 120


def test_an_order_that_names_its_cart_is_about_one_that_was_emptied_before_anybody_named_it_too() -> None:
    ada = Person()
    ada.add()
    ada.tell("product_removed", T + 10 * MINUTE, product_id="tent")
    ada.add(T + 20 * MINUTE, LAMP, cart_id="a")
    assert ada.order(T + 30 * MINUTE, cart_id="a") == {"a", "ada-1"}


def test_an_order_that_is_told_again_by_the_name_of_a_cart_nobody_knows_ends_what_began_before_its_later_time() -> None:
    ada = Person()
    ada.add(T + MINUTE, cart_id="a")
    assert ada.tell("order_completed", T, retold=T + 3 * MINUTE, cart_id="server").ended == {"a"}
    assert ada.held() == {}
