"""A refund is a fact with an identity, as an order is, and is in its order's currency where it names none."""

from typing import Any

import msgspec
import pytest

from tests.core.decision.test_odd_refunds import RATES, refund
from tests.core.decision.test_orders import T, counted, figures, order, undo
from udfs.core.profile import orders, refunds

BOTH = [order(T, "o1", 60), order(T + 1, "o2", 100)]


@pytest.mark.parametrize("names", [{"refund_id": "r1"}, {"id": "r1"}, {"refund_id": 7, "id": "o2"}, {"refund_id": " R1 "}])
def test_a_refund_that_two_messages_tell_is_subtracted_once(names: dict[str, Any]) -> None:
    twice = [refund(20, **names), refund(20, at=T + 3, **names)]
    assert counted(*BOTH, *twice) == figures(2, 140, 70, 100)
    assert counted(BOTH[0], *twice, BOTH[1]) == figures(2, 140, 70, 100)


@pytest.mark.parametrize("names", [{}, {"id": "o2"}, {"refund_id": "null"}])
def test_refunds_that_say_nothing_of_which_they_are_are_as_many_as_their_messages(names: dict[str, Any]) -> None:
    assert counted(*BOTH, refund(20, **names), refund(20, at=T + 3, **names)) == figures(2, 120, 60, 100)


def test_refunds_with_ids_of_their_own_are_two_and_may_come_to_the_whole() -> None:
    assert counted(*BOTH, refund(20, refund_id="r1"), refund(20, at=T + 3, refund_id="r2")) == figures(2, 120, 60, 100)
    assert counted(*BOTH, refund(20, refund_id="r1"), refund(80, at=T + 3, refund_id="r2")) == figures(1, 60, 60, 100)


def test_the_same_refund_id_of_two_orders_is_two_refunds() -> None:
    assert counted(*BOTH, refund(20, "o1", refund_id="1"), refund(20, "o2", refund_id="1")) == figures(2, 120, 60, 100)


def test_a_refund_that_is_told_again_with_its_amount_is_counted_then() -> None:
    told = [refund(None, refund_id="r1"), refund(100, at=T + 3, refund_id="r1")]
    assert counted(*BOTH, *told) == figures(1, 60, 60, 100)


def test_a_refund_in_a_currency_without_a_rate_that_is_told_twice_does_not_take_the_order_back() -> None:
    ordered = order(T + 1, "o2", total=80, currency="GBP")
    twice = [refund(40, at=T + 2 + number, currency="GBP", refund_id="r1") for number in range(2)]
    assert counted(BOTH[0], ordered, *twice, policy=RATES)["orders"] == 2


def test_of_an_order_the_latest_refunds_are_remembered_and_no_more() -> None:
    each = orders.Order(b"12345678", T)
    marks = [refunds.mark_of({"refund_id": str(number)}) for number in range(refunds.MAX_REFUNDS + 5)]
    for mark in marks:
        refunds.note(each, mark)
    assert len(each.refunds) == 8 * refunds.MAX_REFUNDS
    assert [refunds.is_told_before(each, mark) for mark in marks] == [False] * 5 + [True] * refunds.MAX_REFUNDS
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(each), type=orders.Order) == each


YEN: dict[str, Any] = {"total": 8_000, "currency": "JPY"}


def test_a_refund_that_names_no_currency_is_in_its_orders() -> None:
    ordered = order(T + 1, "o2", **YEN)
    assert counted(BOTH[0], ordered, refund(8_000), policy=RATES) == figures(1, 60, 60, 80)
    assert counted(BOTH[0], ordered, refund(2_000), policy=RATES) == figures(2, 120, 60, 80)
    assert counted(BOTH[0], ordered, refund(2_000), refund(6_000, at=T + 3), policy=RATES) == figures(1, 60, 60, 80)


def test_a_refund_that_names_no_currency_waits_for_its_order_to_say_it() -> None:
    ordered = order(T + 3, "o2", **YEN)
    assert counted(BOTH[0], refund(8_000), ordered, policy=RATES) == figures(1, 60, 60, 80)
    assert counted(BOTH[0], refund(2_000), ordered, policy=RATES) == figures(2, 120, 60, 80)
    assert counted(BOTH[0], order(T + 1, "o2"), refund(2_000), ordered, policy=RATES) == figures(2, 120, 60, 60)


def test_a_refund_without_a_currency_of_an_order_whose_currency_has_no_rate_is_that_much_of_it() -> None:
    pounds = order(T + 1, "o2", total=80, currency="GBP")
    for told in ([BOTH[0], pounds, refund(80)], [BOTH[0], refund(80), pounds]):
        assert counted(*told, policy=RATES) == figures(1, 60, 60, 60)
    for told in ([BOTH[0], pounds, refund(20)], [BOTH[0], refund(20), pounds]):
        found = counted(*told, policy=RATES)
        assert (found["orders"], found["mean"]) == (2, None)


def test_a_refund_without_a_currency_of_an_order_without_one_is_in_the_shops() -> None:
    assert counted(*BOTH, refund(20), policy=RATES) == figures(2, 140, 70, 100)
    assert counted(BOTH[0], refund(20), BOTH[1], policy=RATES) == figures(2, 140, 70, 100)


def test_a_refund_that_names_a_currency_is_in_that_whatever_its_order_is_in() -> None:
    assert counted(BOTH[0], order(T + 1, "o2", **YEN), refund(20, currency="USD"), policy=RATES) == figures(2, 120, 60, 80)


def test_lines_that_name_a_currency_are_in_that() -> None:
    back = undo("refunded", T + 2, order_id="o2", products=[{"price": 20, "quantity": 1, "currency": "USD"}])
    assert counted(BOTH[0], order(T + 1, "o2", **YEN), back, policy=RATES) == figures(2, 120, 60, 80)
