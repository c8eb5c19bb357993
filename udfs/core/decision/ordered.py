"""What orders, cancellations and refunds do to the ledger and to the features that count what stands."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from udfs.core.campaigns.book import Book
from udfs.core.profile import orders
from udfs.core.profile.orders import Order
from udfs.core.profile.state import Profile
from udfs.core.records import MADE, Event


def as_first_told(profile: Profile, event: Event) -> Event | None:
    """An order that was reported before, at the time at which it happened by the first message; None for every other event.

    It triggers nothing and counts nothing, but what it ends, it ends. One that says neither which it is nor when may be another, told in the
    same words: it keeps its own time, so that it ends also what was put into the cart since.
    """
    if event.name != orders.COMPLETED or not profile.packed_orders:
        return None
    order = orders.told_before(profile, event.properties, event.message_id)
    if order is None:
        return None
    return event if may_be_another(event) else replace(event, at=order.at)


def may_be_another(event: Event) -> bool:
    """Whether an order says neither which it is nor, in words of its own, when: then another may be told in the same bytes."""
    return event.derived_id and str(event.properties.get("order_id")).startswith(MADE)


def take(profile: Profile, event: Event, properties: Mapping[str, Any], book: Book, now: int) -> None:
    """Take an order, a cancellation or a refund into the ledger. `properties`: its own, with amounts in the shop's currency."""
    held = orders.ledger(profile)
    if event.name == orders.COMPLETED:
        _tell(profile, event, properties, book, now, held)
    elif (order := orders.undone(held, properties, event.at)) is None or order.gone:
        return
    else:
        refund = None if event.name == "order_cancelled" else next((each for each in orders.amounts_of(properties) if each is not None), None)
        _undo(profile, order, refund, book)
    orders.keep(profile, held)


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
    if order.back is not None and orders.is_whole(order, 0.0):
        order.gone = True
    if order.gone:
        return
    for standing in book.features.standing:
        was = order.taken
        standing.take(profile, order, properties, now)
        if order.back and order.taken != was:
            back, order.back = order.back, None
            standing.take_back(profile, order, back)
            order.back = back


def _undo(profile: Profile, order: Order, refund: float | None, book: Book) -> None:
    whole = orders.is_whole(order, refund)
    for standing in book.features.standing:
        standing.take_back(profile, order, None if whole else refund)
    if whole:
        order.gone = True
    else:
        order.back = (order.back or 0.0) + (refund or 0.0)
