"""Products as live events tell them: what two people say of one, and never what a feed has said."""

from typing import Any

import pytest

from services.items import learned as module
from services.items.learned import Learned, item_from
from udfs.core.items.item import Item

TENT: dict[str, Any] = {"product_id": "tent", "name": "Dome", "price": 129, "currency": "EUR", "category": "Outdoor > Tents", "position": 3}


def test_two_different_people_must_say_the_same() -> None:
    told = Learned()
    assert told.take("ada", TENT) is None
    assert told.take("ada", TENT) is None, "one person says it twice"
    assert told.take("bob", TENT) == Item(id="tent", name="Dome", price=129.0, currency="EUR", category="Outdoor > Tents", learned=True)


def test_what_one_browser_makes_up_stays_with_it() -> None:
    told = Learned()
    told.take("ada", TENT)
    assert told.take("mallory", {**TENT, "price": 0.01}) is None
    assert told.take("bob", TENT) is None, "the one before said something else"
    found = told.take("cleo", TENT)
    assert found is not None
    assert found.price == 129.0


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"product_id": "tent"},
        {"product_id": "", "name": "Dome"},
        {"product_id": None, "name": "Dome"},
        {"product_id": "x" * 300, "name": "Dome"},
        {"product_id": ["tent"], "name": "Dome"},
        {"name": "Dome", "price": 5},
        {"product_id": "tent", "quantity": 3, "position": 1},
    ],
)
def test_what_tells_nothing_of_a_product_is_none(properties: dict[str, Any]) -> None:
    assert item_from(properties) is None


def test_text_is_cleaned_as_that_of_feeds() -> None:
    found = item_from({"product_id": "tent", "name": "<b>Dome</b><script>x</script>", "url": "javascript:alert(1)", "price": "-5"})
    assert found is not None
    assert found.name is not None
    assert "<" not in found.name
    assert (found.url, found.price) == (None, None)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 10)
    told = Learned()
    for number in range(1_000):
        told.take("ada", {"product_id": f"made-up-{number}", "name": "x"})
    assert len(told._told) == 10
