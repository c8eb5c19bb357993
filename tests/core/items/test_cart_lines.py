"""What nobody has sent of the lines of a cart is read from the catalogue, where it is asked for; what was sent stays."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from services.items.local import catalogue_of
from tests.builders import MONDAY, Life, book, event, mail
from udfs.core.engine import Engine
from udfs.core.items.item import Fixed, Item

SHOP = (
    Item(id="tent", name="Dome", price=129.0, currency="EUR", url="https://shop.example/tent", image="https://shop.example/tent.png"),
    Item(id="stove", name="Stove", price=50.0, currency="USD"),
    Item(id="mug", price=9.0, currency="EUR"),
)


def decided(body: str, *lines: dict[str, Any], when: str | None = None, shop: Sequence[Item] | None = SHOP, **told: Any) -> tuple[list[str], Any]:
    """The body of the message about a cart of these lines, and what the decision says of the catalogue."""
    variants = {"mail": {"channel": "email", "content": {"subject": "s", "body": body}, **told}}
    document = mail(variants=variants, **({"when": when} if when else {}))
    life = Life(Engine(book(document), shelf=Fixed(catalogue_of(shop) if shop is not None else None)))
    life.live([event("product_added", MONDAY + number, **line) for number, line in enumerate(lines)])
    life.live([event("go", MONDAY + 1_000)])
    return [each.content["body"] for each in life.actions], life.decisions[0].catalogue if life.decisions else None


ALL = "{{ cart.currency }}: {% for line in cart.items %}{{ line.name }} {{ line.price }} {{ line.image_url }} {{ line.url }};{% endfor %}"


def test_a_line_without_a_name_or_a_price_has_those_of_the_catalogue_and_the_decision_says_so() -> None:
    bodies, used = decided(ALL, {"product_id": "tent", "quantity": 1})
    assert bodies == ["EUR: Dome 129 https://shop.example/tent.png https://shop.example/tent;"]
    assert used.items["tent"] == {"name": "Dome", "price": 129.0, "image": "https://shop.example/tent.png", "url": "https://shop.example/tent"}


def test_what_was_sent_stays_and_nothing_else_is_looked_up() -> None:
    bodies, used = decided(
        "{{ cart.items[0].name }} {{ cart.items[0].price }}", {"product_id": "tent", "name": "My tent", "price": 99, "quantity": 1}
    )
    assert bodies == ["My tent 99"] and used is None


def test_a_price_in_another_currency_than_that_of_the_cart_is_left_out() -> None:
    bodies, _ = decided(ALL, {"product_id": "tent", "price": 129, "currency": "EUR", "quantity": 1}, {"product_id": "stove", "quantity": 1})
    assert bodies[0].endswith(";Stove   ;")


@pytest.mark.parametrize("shop", [None, ()])
def test_without_a_catalogue_or_an_item_a_line_is_called_by_its_id_as_before(shop: Sequence[Item] | None) -> None:
    bodies, used = decided("{{ cart.items[0].name }}|{{ cart.items[0].price }}", {"product_id": "tent", "quantity": 1}, shop=shop)
    assert bodies == ["tent|"]
    assert used is None if shop is None else used.unknown == {"tent": "UNKNOWN_ITEM"}


def test_an_item_without_a_name_is_called_by_its_id() -> None:
    assert decided("{{ cart.items[0].name }}", {"product_id": "mug", "quantity": 1})[0] == ["mug"]


def test_conditions_compare_what_the_catalogue_says() -> None:
    line = {"product_id": "tent", "quantity": 1, "currency": "EUR"}
    assert decided("x", line, when="any(cart.products, price > 100)")[0] == ["x"]
    assert not decided("x", line, when="any(cart.products, price > 200)")[0]
    assert not decided("x", line, when="any(cart.products, price > 100)", shop=None)[0]
    assert decided("x", line, when='cart.products[0].name == "Dome"')[0] == ["x"]


def test_the_value_of_a_cart_is_that_of_what_customers_saw() -> None:
    assert decided("{{ cart.value }}|", {"product_id": "tent", "quantity": 1})[0] == ["|"]


def test_a_list_of_lines_in_an_offer_is_what_was_sent() -> None:
    variants = {"mail": {"channel": "email", "content": {"subject": "s", "body": "b"}, "offer": {"lines": "cart.products"}}}
    life = Life(Engine(book(mail(variants=variants)), shelf=Fixed(catalogue_of(SHOP))))
    life.live([event("product_added", MONDAY, product_id="tent", price=99, quantity=1)])
    (action,) = life.live([event("go", MONDAY + 1_000)]).actions
    (line,) = json.loads(msgspec.json.encode(action.offer))["lines"]
    assert (line["product_id"], line["price"], line["name"]) == ("tent", 99, "tent")
