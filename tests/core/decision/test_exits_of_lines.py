"""`same: product_id` and an order, which says its products only in its lines: what lists the product ends the run, and nothing else does."""

from typing import Any

import pytest

from tests.builders import HOUR, MINUTE, MONDAY, event, life, words
from udfs.core.records import Recall

TEN = MONDAY + 10 * HOUR
BACK = {
    "campaign": "back",
    "trigger": {"event": "back_in_stock", "unless": [{"event": "order_completed", "same": "product_id"}]},
    "variants": {"mail": {**words(), "wait": "1h"}},
}


def lines(*ids: Any) -> list[Any]:
    return [{"product_id": each, "price": 60} if each is not None else {"price": 60} for each in ids]


@pytest.mark.parametrize(
    ("properties", "goes_out"),
    [
        ({"products": lines("stove", "TENT")}, False),
        ({"products": lines("stove", "mat")}, True),
        ({"products": lines("stove", None)}, False),
        ({"products": []}, False),
        ({"products": ["stove"]}, False),
        ({}, False),
        ({"product_id": "stove", "products": lines("tent")}, True),
    ],
    ids=["lists it", "lists others", "a line says nothing", "no lines", "unreadable lines", "no product at all", "its own property counts first"],
)
def test_an_order_ends_what_is_about_one_of_its_lines(properties: dict[str, Any], *, goes_out: bool) -> None:
    lived = life(BACK).live([event("back_in_stock", TEN, product_id="tent")])
    lived.live([event("order_completed", TEN + 10 * MINUTE, order_id="o1", **properties)]).wait()
    assert bool(lived.actions) is goes_out


def test_an_order_of_the_product_recalls_what_has_gone_out() -> None:
    plain = {**BACK, "variants": {"mail": words()}}
    lived = life(plain).live([event("back_in_stock", TEN, product_id="tent"), event("back_in_stock", TEN + MINUTE, product_id="mat")])
    lived.live([event("order_completed", TEN + 10 * MINUTE, order_id="o1", products=lines("mat"))])
    assert [record.decision_id for record in lived.records if isinstance(record, Recall)] == [lived.actions[1].decision_id]
