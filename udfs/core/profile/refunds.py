"""Which refund of an order a message tells, and in which currency it is where it names none."""

from collections.abc import Mapping
from typing import Any

from udfs.core.profile.orders import Order, amounts_of
from udfs.core.values.chance import FINGERPRINT, fingerprint, fingerprints
from udfs.core.values.ids import plain_id
from udfs.core.values.money import Currency, unit_of

MAX_REFUNDS = 16
"""Of one order: the latest are remembered, so that one that is reported again pays back nothing."""


def mark_of(told: Mapping[str, Any]) -> bytes | None:
    """The identity of a refund: its `refund_id`, else its `id` if that is not the order's. None when it has none."""
    name = plain_id(told.get("refund_id"))
    if not name:
        name = plain_id(told.get("id"))
        if not name or name == plain_id(told.get("order_id")):
            return None
    return fingerprint(name)


def is_told_before(order: Order, mark: bytes | None) -> bool:
    """Whether this refund of the order has been counted."""
    return mark is not None and mark in fingerprints(order.refunds)


def note(order: Order, mark: bytes | None) -> None:
    """Remember that this refund has been counted."""
    if mark is not None:
        order.refunds = (order.refunds + mark)[-MAX_REFUNDS * FINGERPRINT :]


def names_no_currency(told: Mapping[str, Any]) -> bool:
    """Whether neither the refund nor a line of it says in which currency it is."""
    lines = told.get("products")
    named = isinstance(lines, list) and any(isinstance(line, dict) and unit_of(line.get("currency")) for line in lines)
    return not named and unit_of(told.get("currency")) is None


def wait_for_order(order: Order, told: Mapping[str, Any]) -> bool:
    """Keep what a refund without a currency pays back until its order says in which one it is. Returns whether there is something to keep."""
    if (order.told and (order.amounts or order.sum is not None)) or not names_no_currency(told):
        return False
    amount = next((each for each in amounts_of(told) if each is not None), None)
    if amount is None:
        return False
    order.waiting = (order.waiting or 0.0) + abs(amount)
    return True


def settle(order: Order, unit: str | None, currency: Currency) -> None:
    """The order says that it is in `unit` (None: the shop's own), and so is what has been paid back of it without one."""
    amount, order.waiting = order.waiting, None
    if not amount:
        return
    if order.sum is not None:
        order.sum_back += amount
    worth = currency.convert(amount, unit)
    if worth is None:
        order.unclear = True
    else:
        order.back = (order.back or 0.0) + round(worth, 6)
