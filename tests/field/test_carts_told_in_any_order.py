"""Carts of which the lists cannot be read, whose removals say little, and whose stories come in the wrong order."""

from typing import Any

import pytest

from services.local.job import LocalJob
from tests.builders import book, campaign
from tests.field.test_stops_by_odd_clocks_and_words import AT, CART, GRANT, MINUTE, TENT, said, sent
from udfs.core.records import Action, Recall

WORTH = {**campaign(trigger={"idle": "30m", "of": "cart", "unless": ["order_completed", "cart_cleared"]}), "when": "cart.value >= 50"}
ANY = {**CART, "when": "true"}
NOTHING_IN_IT = {
    "campaign": "browsed",
    "trigger": {"idle": "20m", "of": "browsing"},
    "when": "cart.empty",
    "variants": {"look": {"channel": "email", "content": {"body": "x"}}},
}


def recalls(*records: Any) -> list[Recall]:
    return [output for outputs in LocalJob(book(CART, GRANT)).run(list(records)) for output in outputs if isinstance(output, Recall)]


def worth(*records: Any) -> list[Action]:
    return sent(*records, documents=(WORTH, GRANT))


@pytest.mark.parametrize("cart", [{}, {"cart_id": "c1"}])
def test_a_list_that_nobody_can_read_leaves_the_value_unknown_whatever_is_added_then(cart: dict[str, Any]) -> None:
    assert worth(said("cart_viewed", -5, products="n/a", **cart), said("product_added", 0, product_id="tent", price=120, quantity=1)) == []
    assert len(worth(said("product_added", 0, product_id="tent", price=120, quantity=1))) == 1


def test_a_list_that_can_be_read_ends_the_doubt_of_the_one_before_it_and_not_of_the_one_after() -> None:
    told: dict[str, Any] = {"products": [{"product_id": "tent", "price": 120}]}
    assert len(worth(said("cart_viewed", -5, products="n/a"), said("cart_viewed", 0, **told))) == 1
    assert worth(said("cart_viewed", 0, products="n/a"), said("cart_viewed", -5, arrives=1, **told)) == []


def test_a_cart_of_which_the_list_cannot_be_read_is_not_said_to_be_empty() -> None:
    look = said("product_viewed", 1, product_id="tent")
    assert len(sent(look, documents=(NOTHING_IN_IT, GRANT))) == 1
    assert sent(said("cart_viewed", 0, products="n/a"), look, documents=(NOTHING_IN_IT, GRANT)) == []


def test_a_cart_of_which_nothing_can_be_read_is_not_written_about() -> None:
    assert sent(said("cart_viewed", 0, products="n/a"), documents=(ANY, GRANT)) == []


def test_after_an_order_nothing_is_in_doubt() -> None:
    later = said("product_added", 30, product_id="tent", price=120, quantity=1)
    assert len(worth(said("cart_viewed", 0, products="n/a"), said("order_completed", 5, order_id="o1"), later)) == 1


def test_a_line_of_quantity_zero_says_nothing_about_the_price_of_another() -> None:
    lines = [{"product_id": "tent", "quantity": 1}, {"product_id": "tent", "price": 60, "quantity": 0}]
    assert worth(said("cart_viewed", 0, products=lines)) == []


@pytest.mark.parametrize("cart", [{}, {"cart_id": "c1"}])
@pytest.mark.parametrize("stop", ["order_completed", "cart_cleared"])
def test_a_mail_about_a_cart_that_was_emptied_by_hand_is_recalled_by_the_order(cart: dict[str, Any], stop: str) -> None:
    tent = said("product_added", 0, product_id="tent", price=120, quantity=1, **cart)
    emptied = said("product_removed", 40, product_id="tent", **cart)
    for order in ({}, cart, {"cart_id": "C1 "} if cart else {"cart_id": "unknown"}):
        assert len(recalls(tent, emptied, said(stop, 60, order_id="o1", **order))) == 1
    assert recalls(tent, emptied) == []


def test_a_mail_about_a_cart_is_recalled_by_its_order_however_late_that_is_told() -> None:
    looked = said("checkout_started", 20)
    assert len(recalls(TENT, looked, said("order_completed", 2, arrives=55, order_id="o1"))) == 1


def test_a_mail_about_another_cart_is_not_recalled() -> None:
    other = said("product_added", 1, product_id="pan", price=20, cart_id="c2")
    tent = said("product_added", 0, product_id="tent", price=120, cart_id="c1")
    (recall,) = recalls(tent, other, said("order_completed", 60, order_id="o1", cart_id="c1"))
    assert recall.at == AT + 60 * MINUTE


@pytest.mark.parametrize(
    "late",
    [
        said("product_added", 5, arrives=21, product_id="sofa", price=900),
        said("cart_viewed", 5, arrives=21, products=[{"product_id": "sofa", "price": 900}, {"product_id": "pan", "price": 60}]),
    ],
)
def test_a_removal_that_does_not_say_what_it_took_is_in_doubt_when_more_turns_out_to_have_been_there(late: Any) -> None:
    two = said("product_added", 0, product_id="tent", price=120, quantity=2)
    taken = said("product_removed", 10)
    assert len(worth(two, taken)) == 1
    assert worth(two, taken, late) == []


def test_a_list_that_is_told_after_a_removal_that_came_later_does_not_bring_back_what_was_removed() -> None:
    both: dict[str, Any] = {"products": [{"product_id": "tent", "price": 120}, {"product_id": "pan", "price": 20}]}
    first, taken = said("cart_viewed", 0, **both), said("product_removed", 10, product_id="tent")
    again = said("cart_viewed", 5, arrives=12, **both)
    assert worth(first, taken, again) == []
    added, sofa = said("product_added", 7, product_id="tent", price=120), said("product_added", 8, product_id="sofa", price=10)
    assert len(worth(added, sofa, taken, said("cart_viewed", 5, arrives=12, **both))) == 1, "it took out what was added after the list"


def test_a_removal_of_more_than_was_there_takes_the_rest_from_what_is_told_late() -> None:
    tent = said("product_added", 0, product_id="tent", price=120)
    pan = said("product_added", 1, product_id="pan", price=20)
    taken = said("product_removed", 10, product_id="tent", quantity=2)
    assert worth(tent, pan, taken, said("product_added", 5, arrives=12, product_id="tent", price=120)) == []


def test_of_an_unknown_number_that_an_order_ended_nothing_is_left_in_doubt() -> None:
    known, unknown = said("product_added", 30, product_id="tent", price=120), said("product_added", 0, arrives=31, product_id="tent", quantity="some")
    assert len(worth(known, unknown, said("order_completed", 5, arrives=33, order_id="o1"))) == 1


@pytest.mark.parametrize("order", [{}, {"cart_id": "c1"}])
@pytest.mark.parametrize("now", [{}, {"cart_id": "c1"}])
def test_what_was_in_the_cart_before_the_order_does_not_come_back_with_the_next_cart(order: dict[str, Any], now: dict[str, Any]) -> None:
    bought = said("product_added", 0, product_id="pan", price=20, **order)
    ordered, new = said("order_completed", 5, order_id="o1", **order), said("product_added", 30, product_id="pot", price=10, **now)
    late = said("cart_viewed", 3, arrives=31, products=[{"product_id": "tent", "price": 120}], cart_id="c1")
    assert len(sent(bought, ordered, new, late, documents=(ANY, GRANT))) == 1
    assert worth(bought, ordered, new, late) == []


@pytest.mark.parametrize("late", [{"cart_id": "c1"}, {"cart_id": "c9"}])
def test_what_is_from_before_an_order_gives_its_name_to_no_cart_that_began_later(late: dict[str, Any]) -> None:
    ordered, new = said("order_completed", 5, order_id="o1"), said("product_added", 30, product_id="tent", price=120)
    other = said("product_added", 35, product_id="pan", price=70, cart_id="c2")
    before = said("product_added", 3, arrives=31, product_id="pot", price=10, **late)
    assert len(worth(ordered, new, before, other)) == 1, "the cart without a name is c2: one cart, one message"


@pytest.mark.parametrize("seen", [{}, {"cart_id": "c1"}])
@pytest.mark.parametrize("added", [{}, {"cart_id": "c1"}])
def test_what_was_added_before_an_empty_list_is_not_in_the_cart_even_if_nobody_knew_it_yet(seen: dict[str, Any], added: dict[str, Any]) -> None:
    empty = said("cart_viewed", 5, arrives=0, products=[], **seen)
    before = said("product_added", 2, product_id="tent", price=120, **added)
    assert worth(before) != []
    assert worth(empty, before) == []
    assert len(worth(empty, before, said("product_added", 6, product_id="tent", price=120, **added))) == 1


def test_a_look_at_a_cart_that_does_not_say_what_is_in_it_empties_none() -> None:
    assert len(worth(said("cart_viewed", 5, arrives=0), TENT)) == 1


def test_an_empty_list_of_one_cart_empties_no_other() -> None:
    empty = said("cart_viewed", 5, arrives=0, products=[], cart_id="c1")
    assert len(worth(empty, said("product_added", 2, product_id="tent", price=120, cart_id="c2"))) == 1


@pytest.mark.parametrize("first", [said("cart_viewed", 0, products=[], cart_id="C1 "), said("product_added", 0, product_id="pan", cart_id="c1")])
def test_a_cart_that_was_empty_and_is_filled_without_its_name_is_ended_by_the_order_that_names_it(first: Any) -> None:
    emptied = [first, said("product_removed", 1, product_id="pan", cart_id="c1")]
    filled, ordered = said("product_added", 10, product_id="tent", price=120), said("order_completed", 20, order_id="o1", cart_id="c1")
    assert len(worth(*emptied, filled)) == 1
    assert worth(*emptied, filled, ordered) == []
    bought, again = said("order_completed", 5, order_id="o0", cart_id="c1"), said("order_completed", 20, cart_id="c1")
    tent = said("product_added", 0, product_id="tent", price=120, cart_id="c1")
    assert worth(tent, bought, filled, again) == [], "a shop may call every cart alike: nothing is sent about what may have been bought"
