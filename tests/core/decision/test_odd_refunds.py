"""Refunds as billing systems really send them: negative, in a currency without a rate, larger than the order, of an order nobody knows."""

from typing import Any

import msgspec
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


POUNDS: dict[str, Any] = {"total": 80, "currency": "GBP"}


@pytest.mark.parametrize("parts", [[80], [-80], [30, 50], [500]])
def test_an_order_that_is_paid_back_in_its_own_currency_is_gone_though_nobody_knows_a_rate(parts: list[float]) -> None:
    ordered = order(T + 1, "o2", **POUNDS)
    back = [refund(part, at=T + 2 + number, currency="gbp") for number, part in enumerate(parts)]
    for told in ([BOTH[0], ordered, *back], [BOTH[0], *back, ordered]):
        assert counted(*told, policy=RATES) == figures(1, 60, 60, 60)


@pytest.mark.parametrize("back", [{"total": 79}, {"total": 80, "currency": "EUR"}, {"total": 80, "currency": "USD"}])
def test_less_or_the_same_figure_in_another_currency_leaves_the_order(back: dict[str, Any]) -> None:
    told = undo("refunded", T + 2, order_id="o2", **{"currency": "GBP" if back["total"] == 79 else None, **back})
    assert counted(BOTH[0], order(T + 1, "o2", **POUNDS), told, policy=RATES)["orders"] == 2


def test_an_order_is_paid_back_by_its_own_figure_whatever_the_rate_is() -> None:
    ordered, back = order(T + 1, "o2", total=8_000, currency="JPY"), refund(8_000, currency="JPY")
    assert counted(BOTH[0], ordered, back, policy=RATES) == figures(1, 60, 60, 80)
    ledger = [orders.Order(b"12345678", T, [80.0])]
    orders.note_sum(ledger[0], {"total": 8_000, "currency": "JPY"})
    orders.pay_back_sum(ledger[0], {"total": 8_000, "currency": "JPY"})
    assert orders.is_sum_back(ledger[0])


def test_lines_are_an_amount_if_they_are_all_in_the_currency_of_the_order() -> None:
    lines = {"currency": "GBP", "products": [{"price": 40, "quantity": 2}]}
    mixed = {"currency": "GBP", "products": [{"price": 40, "quantity": 2, "currency": "EUR"}]}
    ordered = order(T + 1, "o2", **POUNDS)
    assert counted(BOTH[0], ordered, undo("refunded", T + 2, order_id="o2", **lines), policy=RATES)["orders"] == 1
    assert counted(BOTH[0], ordered, undo("refunded", T + 2, order_id="o2", **mixed), policy=RATES)["orders"] == 2


def test_a_ledger_of_before_reads_as_one_in_which_no_currency_was_told() -> None:
    old = msgspec.msgpack.encode([[b"12345678", T, [80.0], b"", None, True, False, False]])
    assert orders.ledger(Profile(born=T, now=T, packed_orders=old)) == [orders.Order(b"12345678", T, [80.0])]


def test_a_refund_of_an_order_that_nobody_knows_takes_back_nothing_of_others() -> None:
    assert counted(*BOTH, refund(60, "o9"), refund(None, "o8"), undo("refunded", T + 3, order_id="o7")) == figures(2, 160, 80, 100)


def test_refunds_of_orders_that_nobody_knows_push_no_order_out_of_the_ledger() -> None:
    strangers = [refund(1, f"x{number}", at=T + HOUR + number) for number in range(3 * orders.MAX_ORDERS)]
    assert counted(*BOTH, *strangers, order(T + 2 * HOUR, "o1", 60), refund(100, at=T + 3 * HOUR)) == figures(1, 60, 60, 100)


def test_of_a_ledger_that_is_too_long_the_oldest_goes() -> None:
    profile = Profile(born=T, now=T)
    orders.keep(profile, [orders.Order(bytes([number] * 8), T + number) for number in range(orders.MAX_ORDERS + 3)])
    assert [each.at - T for each in orders.ledger(profile)] == list(range(3, orders.MAX_ORDERS + 3))
