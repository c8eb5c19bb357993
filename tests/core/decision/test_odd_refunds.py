"""Refunds as billing systems really send them: negative, in a currency without a rate, larger than the order, of an order nobody knows."""

from typing import Any

import pytest

from tests.builders import HOUR
from tests.core.decision.test_orders import T, counted, figures, order, undo
from udfs.core.profile import orders
from udfs.core.profile.state import Profile

BOTH = [order(T, "o1", 60), order(T + 1, "o2", 100)]
RATES: dict[str, Any] = {"consent": {"default": {"marketing": "grant"}}, "currency": {"base": "USD", "rates": {"JPY": 0.01}}}


def refund(total: Any, order_id: str = "o2", at: int = T + 2, **more: Any) -> Any:
    return undo("refunded", at, order_id=order_id, total=total, **more)


def test_a_negative_refund_pays_back_what_a_positive_one_does() -> None:
    assert counted(*BOTH, refund(-25)) == counted(*BOTH, refund(25)) == figures(2, 135, 67.5, 100)
    assert counted(*BOTH, refund(-100)) == figures(1, 60, 60, 100)
    assert counted(BOTH[0], refund(-25), BOTH[1]) == figures(2, 135, 67.5, 100)


@pytest.mark.parametrize("too_much", [100.01, 5_000, -5_000])
def test_a_refund_larger_than_the_order_takes_it_back_and_nothing_of_another(too_much: float) -> None:
    assert counted(*BOTH, refund(too_much)) == figures(1, 60, 60, 100)
    assert counted(*BOTH, refund(too_much), refund(too_much, at=T + 3)) == figures(1, 60, 60, 100)
    assert counted(BOTH[0], refund(too_much), BOTH[1]) == figures(1, 60, 60, 100)


def test_a_refund_larger_than_an_order_whose_amount_is_told_later_takes_it_back() -> None:
    assert counted(BOTH[0], order(T + 1, "o2"), refund(500), order(T + 3, "o2", 100))["orders"] == 1


@pytest.mark.parametrize("unknown", [{"total": 10, "currency": "GBP"}, {"total": None}, {"revenue": None}])
def test_a_refund_of_an_amount_that_nobody_knows_leaves_the_order_and_makes_its_sum_unknown(unknown: dict[str, Any]) -> None:
    back = undo("refunded", T + 2, order_id="o2", **unknown)
    for told in ([*BOTH, back], [BOTH[0], back, BOTH[1]]):
        found = counted(*told, policy=RATES)
        assert (found["orders"], found["spend"], found["mean"]) == (2, None, None)
    assert counted(*BOTH, back, undo("cancelled", T + 3, order_id="o2"), policy=RATES) == figures(1, 60, 60, 100)
    assert counted(*BOTH, back, refund(100, at=T + 3), policy=RATES) == figures(1, 60, 60, 100)


def test_a_refund_that_does_not_say_how_much_pays_back_all() -> None:
    assert counted(*BOTH, undo("refunded", T + 2, order_id="o2", currency="GBP"), policy=RATES) == figures(1, 60, 60, 100)


def test_a_refund_of_an_order_that_nobody_knows_takes_back_nothing_of_others() -> None:
    assert counted(*BOTH, refund(60, "o9"), refund(None, "o8"), undo("refunded", T + 3, order_id="o7")) == figures(2, 160, 80, 100)


def test_refunds_of_orders_that_nobody_knows_push_no_order_out_of_the_ledger() -> None:
    strangers = [refund(1, f"x{number}", at=T + HOUR + number) for number in range(3 * orders.MAX_ORDERS)]
    assert counted(*BOTH, *strangers, order(T + 2 * HOUR, "o1", 60), refund(100, at=T + 3 * HOUR)) == figures(1, 60, 60, 100)


def test_of_a_ledger_that_is_too_long_the_oldest_goes() -> None:
    profile = Profile(born=T, now=T)
    orders.keep(profile, [orders.Order(bytes([number] * 8), T + number) for number in range(orders.MAX_ORDERS + 3)])
    assert [each.at - T for each in orders.ledger(profile)] == list(range(3, orders.MAX_ORDERS + 3))
