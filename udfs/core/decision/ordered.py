"""What orders, cancellations and refunds do to the ledger and to the features that count what stands."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from udfs.core.campaigns.book import Book
from udfs.core.profile import orders, refunds
from udfs.core.profile.orders import Order
from udfs.core.profile.state import Profile
from udfs.core.records import Event
from udfs.core.values.money import unit_of


def as_first_told(profile: Profile, event: Event) -> Event | None:
    """An order that was reported before, at the time at which it happened by the first message; None for every other event.

    It triggers nothing and counts nothing, but what it ends, it ends.
    """
    if event.name != orders.COMPLETED or not profile.packed_orders:
        return None
    order = orders.told_before(profile, event.properties, event.message_id)
    return None if order is None else replace(event, at=order.at)


def take(profile: Profile, event: Event, properties: Mapping[str, Any], book: Book, now: int) -> None:
    """Take an order, a cancellation or a refund into the ledger. `properties`: its own, with amounts in the shop's currency."""
    held = orders.ledger(profile)
    if event.name == orders.COMPLETED:
        _tell(profile, event, properties, book, now, held)
    elif (order := orders.undone(held, properties, event.at)) is None or order.gone:
        return
    elif event.name == "order_cancelled":
        _undo(profile, order, None, book)
    else:
        _refund(profile, order, event, properties, book)
    orders.keep(profile, held)


def _refund(profile: Profile, order: Order, event: Event, properties: Mapping[str, Any], book: Book) -> None:
    told, mark = event.properties, refunds.mark_of(event.properties)
    if refunds.is_told_before(order, mark):
        return
    if refunds.wait_for_order(order, told):
        refunds.note(order, mark)
        return
    if order.sum is not None and refunds.names_no_currency(told):
        told = {**told, "currency": order.unit}  # it is in its order's
        properties = book.policy.currency.in_base(told)
    refund, unclear = orders.paid_back(told, properties)
    before = order.sum_back
    if properties is not told:
        orders.pay_back_sum(order, told)
    if not unclear or order.sum_back != before:  # a refund of which nobody knows the amount may be told again, with it
        refunds.note(order, mark)
    if orders.is_sum_back(order):
        _undo(profile, order, None, book)
    elif unclear:
        _doubt(profile, order, book)
    else:
        _undo(profile, order, refund, book)


def _tell(profile: Profile, event: Event, properties: Mapping[str, Any], book: Book, now: int, held: list[Order]) -> None:
    mark = orders.mark_of(event.properties, event.message_id)
    order = next((each for each in held if each.mark == mark), None)
    if order is None:
        order = Order(mark, event.at)
        held.append(order)
        news = True
    else:
        news = not order.told or not order.amounts
    if not news:
        return
    if not order.told:
        order.told, order.at = True, event.at
    if not order.amounts:  # a later message may say what the first one did not
        order.amounts = orders.amounts_of(properties)
    if properties is not event.properties:  # in another currency than the shop's
        orders.note_sum(order, event.properties)
    if order.amounts or order.sum is not None:
        refunds.settle(order, unit_of(event.properties.get("currency")), book.policy.currency)
    if not order.gone and (orders.is_sum_back(order) or (order.back is not None and orders.is_whole(order, 0.0))):
        _undo(profile, order, None, book)
    if order.gone:
        return
    for standing in book.features.standing:
        was = order.taken
        standing.take(profile, order, properties, now)
        if order.back and order.taken != was:
            back, order.back = order.back, None
            standing.take_back(profile, order, back)
            order.back = back
    if order.unclear:
        _doubt(profile, order, book)


def _doubt(profile: Profile, order: Order, book: Book) -> None:
    order.unclear = True
    for standing in book.features.standing:
        standing.doubt_sum(profile, order, max(profile.now, order.at))


def _undo(profile: Profile, order: Order, refund: float | None, book: Book) -> None:
    whole = orders.is_whole(order, refund)
    for standing in book.features.standing:
        standing.take_back(profile, order, None if whole else refund)
    if whole:
        order.gone = True
    else:
        order.back = (order.back or 0.0) + (refund or 0.0)
