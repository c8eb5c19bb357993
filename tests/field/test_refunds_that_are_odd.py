"""Refunds as they come in, from their bytes: how many orders stand, and what they come to."""

from typing import Any

import pytest

from tests.builders import mail
from tests.field.test_stops_by_odd_clocks_and_words import said, sent

RULES: dict[str, Any] = {"consent": {"default": {"marketing": "grant"}}, "currency": {"base": "EUR", "rates": {"USD": 0.5}}}
FEATURES: dict[str, Any] = {
    "features": [
        {"name": "orders_90d", "event": "order_completed", "aggregate": "count", "window": "90d"},
        {"name": "spend_30d", "event": "order_completed", "aggregate": "sum", "of": "properties.total", "window": "30d"},
    ]
}


def holds(condition: str, refund: dict[str, Any]) -> bool:
    asks = mail("asks", trigger={"event": "asked"}, when=condition)
    order = said("order_completed", 0, order_id="o1", total=60)
    records = [order, said("order_refunded", 5, order_id="o1", **refund), said("asked", 10)]
    return len(sent(*records, documents=(asks, FEATURES, RULES))) == 1


@pytest.mark.parametrize(
    "unknown", [{"total": 10, "currency": "JPY"}, {"total": "lots"}, {"products": [{"product_id": "tent"}]}, {"products": "n/a"}]
)
def test_a_refund_of_which_nobody_knows_how_much_leaves_the_order_and_not_its_sum(unknown: dict[str, Any]) -> None:
    assert holds("orders_90d == 1", unknown)
    assert not holds("spend_30d >= 0", unknown)


@pytest.mark.parametrize("told", [{"total": -20}, {"total": "-20.00 EUR"}, {"total": "40.00", "currency": "usd"}, {"value": -20}])
def test_a_refund_of_a_part_pays_back_its_amount_whatever_its_sign(told: dict[str, Any]) -> None:
    assert holds("orders_90d == 1 and spend_30d == 40", told)


@pytest.mark.parametrize("told", [{}, {"total": 60}, {"total": -60}, {"total": 6_000}, {"total": None}, {"products": []}])
def test_a_refund_of_all_and_more_takes_the_order_back(told: dict[str, Any]) -> None:
    assert holds("orders_90d == 0 and spend_30d == 0", told)
