"""What a cart holds does not depend on the order in which it was reported: adds, removals and lists of one cart, shuffled."""

import random
from typing import Any

import pytest

from tests.core.profile.person import LAMP, TENT, Person, T
from udfs.core.profile.cart_lines import MAX_ADDS, MAX_ITEMS
from udfs.core.profile.cart_removals import MAX_REMOVED

Told = tuple[str, int, dict[str, Any]]
SEEDS = range(400)


def story(chance: random.Random) -> list[Told]:
    """A cart that is named whenever it is named, as it truly happened: at most four adds of a product, and few enough removals."""
    told: list[Told] = [("product_added", T, {**TENT, "cart_id": "c"})]
    for number in range(1, chance.randrange(2, 8)):
        product: dict[str, Any] = {"product_id": chance.choice(["tent", "lamp"]), "cart_id": "c"}
        dear = {"price": chance.choice([100, 100, 60]), "quantity": chance.choice([1, 1, 2, 0.75, 3])}
        removal = {**({} if chance.random() < 0.2 else product), "quantity": chance.choice([1, 1, 2, 3, None]), "cart_id": "c"}
        lines = [{"product_id": each, "price": chance.choice([100, 60]), "quantity": chance.choice([1, 3])} for each in ("tent", "lamp")]
        listed = {"products": chance.choice([lines[:1], lines[1:], lines, []]), "cart_id": "c"}
        what = chance.choice([("product_added", {**product, **dear})] * 3 + [("product_removed", removal)] * 3 + [("cart_viewed", listed)])
        told.append((what[0], T + number, what[1]))
    return told


def held(told: list[Told]) -> tuple[bool, list[tuple[str, float | None, float]]]:
    """Whether the cart is doubtful, and what is in it."""
    ada = Person()
    for name, at, properties in told:
        ada.tell(name, at, **properties)
    carts = [*ada.profile.carts.values()]
    lines: dict[tuple[str, float | None], float] = {}
    for item in (item for cart in carts for item in cart.items):
        lines[item.product_id, item.price] = lines.get((item.product_id, item.price), 0) + item.quantity
    return any(cart.doubtful for cart in carts), sorted((*line, round(quantity, 6)) for line, quantity in lines.items())


def test_in_whatever_order_a_cart_is_told_it_holds_the_same() -> None:
    for seed in SEEDS:
        chance = random.Random(seed)
        happened = story(chance)
        first, rest = happened[:1], happened[1:]
        chance.shuffle(rest)
        assert held(first + rest) == held(happened), f"seed {seed}"


def test_what_a_removal_took_is_put_back_when_something_older_is_told_and_the_latest_is_taken_out() -> None:
    ada = Person()
    ada.add()
    ada.tell("product_removed", T + 10, product_id="tent", quantity=1)
    ada.add(T + 5, {**TENT, "price": 60, "quantity": 0.75})
    (line,) = ada.profile.carts["ada-1"].items
    assert (line.price, line.quantity) == (100, 0.75), "of the one at 60 all is gone, of the other a quarter"


def test_a_list_that_is_told_late_loses_no_more_than_a_removal_says_though_it_had_found_too_few() -> None:
    ada = Person()
    ada.add()
    ada.tell("product_removed", T + 20, product_id="tent", quantity=2)
    ada.tell("cart_viewed", T + 10, products=[{**TENT, "quantity": 3}])
    assert ada.held() == {"ada-1": [("tent", 1)]}


def test_a_removal_that_does_not_say_what_and_is_told_late_knows_what_was_there_then() -> None:
    ada = Person()
    ada.add()
    ada.add(T + 1, LAMP)
    ada.tell("product_removed", T + 10, product_id="tent")
    ada.tell("product_removed", T + 5)
    (cart,) = ada.profile.carts.values()
    assert (cart.doubtful, ada.held()) == (True, {"ada-1": [("lamp", 2)]}), "it was the tent or the lamp"


@pytest.mark.parametrize(("first", "second", "left"), [("c1", "c2", {"c1": ["lamp"], "c2": ["tent"]}), ("c2", "c1", {"c1": ["lamp", "tent"]})])
def test_a_removal_that_names_no_cart_takes_out_of_one_cart_only(first: str, second: str, left: dict[str, list[str]]) -> None:
    ada = Person()
    ada.add(product=LAMP, cart_id="c1")
    ada.tell("product_removed", T + 10, product_id="tent", quantity=1)
    ada.add(T + 5, cart_id=first)
    ada.add(T + 6, cart_id=second)
    assert {cart: [product for product, _ in lines] for cart, lines in ada.held().items()} == left


@pytest.mark.slow
def test_what_is_put_back_and_taken_out_again_stays_within_the_bounds() -> None:
    ada, chance = Person(), random.Random(1)
    for number in range(1500):
        at = T + chance.randrange(10_000)
        product = {"product_id": chance.choice("ab"), "price": chance.randrange(200), "name": "n" * 300, "image_url": "i" * 300, "cart_id": "c"}
        quantity = {"quantity": chance.choice([1, 2, None])}
        told = product if chance.random() < 0.7 else {**product, **quantity} if chance.random() < 0.8 else {**quantity, "cart_id": "c"}
        ada.tell("product_added" if number % 3 else "product_removed", at, **told)
        for cart in [*ada.profile.carts.values(), *ada.profile.emptied]:
            assert len(cart.items) <= MAX_ITEMS
            assert len(cart.removed) <= MAX_REMOVED
            assert sum(len(removal.taken) for removal in cart.removed) <= 2 * MAX_ITEMS
            assert all(len(item.adds) <= MAX_ADDS for item in cart.items)
