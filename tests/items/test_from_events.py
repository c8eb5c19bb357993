"""A shop without a feed: products as events tell them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.items.test_feeds import faults, read
from udfs.core.items.item import Item


def event(called: str = "product_viewed", /, **properties: Any) -> dict[str, Any]:
    return {"type": "track", "event": called, "userId": "ann", "messageId": "m", "timestamp": "2026-03-01T10:00:00Z", "properties": properties}


def learned(tmp_path: Path, *events: Any) -> dict[str, Item]:
    found, report = read(tmp_path, "\n".join(json.dumps(each) for each in events))
    assert faults(report) == []
    return found


def test_of_each_field_the_newest_value_that_any_event_has_said_counts(tmp_path: Path) -> None:
    found = learned(
        tmp_path,
        event(product_id="tent", name="Dome", price=129, currency="EUR", quantity=7, position=3),
        event(product_id="tent", price="119.00", currency="EUR", imageUrl="https://shop.example/t.jpg"),
        event(product_id="tent", name=""),
    )
    assert found == {"tent": Item(id="tent", name="Dome", price=119.0, currency="EUR", image="https://shop.example/t.jpg")}


def test_lines_of_an_order_are_products_in_the_currency_of_the_order(tmp_path: Path) -> None:
    lines = [{"product_id": "a", "price": 1}, {"sku": "b", "price": 2, "currency": "USD"}, {"name": "no id"}, 7]
    found = learned(tmp_path, event("order_completed", order_id="o", total=3, currency="EUR", products=lines))
    assert {key: (item.price, item.currency) for key, item in found.items()} == {"a": (1.0, "EUR"), "b": (2.0, "USD")}


def test_a_price_never_gets_the_currency_of_another_events_price(tmp_path: Path) -> None:
    found = learned(tmp_path, event(product_id="a", price=1, currency="EUR"), event(product_id="a", price=5))
    assert (found["a"].price, found["a"].currency) == (5.0, None)


@pytest.mark.parametrize("properties", [{}, {"query": "tent"}, {"product_id": None}, {"product_id": ""}, {"product_id": []}, {"products": "x"}])
def test_an_event_about_no_product_is_none_and_no_fault(tmp_path: Path, properties: dict[str, Any]) -> None:
    others = [{"type": "identify", "userId": "ann", "traits": {"id": "x"}}, {"type": "page", "anonymousId": "w", "properties": {"path": "/"}}]
    assert list(learned(tmp_path, event("searched", **properties), *others, event(product_id="a"))) == ["a"]


def test_items_and_events_are_told_apart_and_may_stand_in_one_file(tmp_path: Path) -> None:
    found = learned(tmp_path, {"id": "x", "event": "festival", "properties": {"colour": "red"}}, event(product_id="a", name="A"))
    assert found["x"].properties == {"colour": "red", "event": "festival"}
    assert found["a"].name == "A"


def test_what_cannot_be_read_of_a_product_is_reported_with_the_line_of_its_first_event(tmp_path: Path) -> None:
    found, report = read(tmp_path, json.dumps(event(product_id="a", price=1)) + "\n" + json.dumps(event(product_id="a", price="dear")))
    assert found["a"].price is None
    assert faults(report) == [("price", "is no price", [1])]
