"""Ledgers of orders become one: an order that both histories tell is one order, and no feature counts it twice."""

from collections.abc import Sequence

from udfs.core.features.standing import Standing
from udfs.core.profile import orders
from udfs.core.profile.cart_items import TOLERANCE
from udfs.core.profile.orders import Order
from udfs.core.profile.refunds import MAX_REFUNDS
from udfs.core.profile.state import Profile
from udfs.core.values.chance import fingerprints
from udfs.core.values.money import Currency


def join(person: Profile, other: Profile, standing: Sequence[Standing], currency: Currency) -> None:
    """Take the orders of another history into a person's ledger, before features are added up. What both have counted is taken back from one."""
    if not other.packed_orders:
        return
    held, theirs = orders.ledger(person), orders.ledger(other)
    by_mark = {order.mark: order for order in held}
    for order in theirs:
        known = by_mark.get(order.mark)
        if known is None:
            held.append(order)
        else:
            held[held.index(known)] = _one(person, known, other, order, standing, currency)
    orders.keep(person, held)


def retold(person: Profile, other: Profile) -> dict[int, int]:
    """Of orders that both histories tell: the later time -> the earlier, at which it happened, where no two clocks are so far apart. Asked before the
    ledgers become one."""
    known = {order.mark: order.at for order in orders.ledger(person) if order.told}
    pairs = [sorted((order.at, known[order.mark])) for order in orders.ledger(other) if order.told and order.mark in known]
    return {later: first for first, later in pairs if later - first >= TOLERANCE}


def _one(person: Profile, known: Order, other: Profile, order: Order, standing: Sequence[Standing], currency: Currency) -> Order:
    """One order of two. It stays with the side that was first told the order itself; the other side's counts of it are taken back."""
    if order.told and (not known.told or order.at < known.at):
        person, known, other, order = other, order, person, known
    if order.told and not order.gone:
        for each in standing:
            each.take_back(other, order, None)
    known.amounts = known.amounts or order.amounts
    known.unclear = known.unclear or order.unclear
    if known.sum is None and order.sum is not None:
        known.sum_back = known.sum_back if known.unit == order.unit else 0.0
        known.sum, known.unit = order.sum, order.unit
    sum_back = order.sum_back if known.sum is None or known.unit == order.unit else 0.0
    sum_back = max(known.sum_back, sum_back) if _tell_the_same(known, order) else known.sum_back + sum_back
    was = known.sum_back
    _wait_less(known, order, currency)
    if order.gone and not known.gone:
        _take_back(person, known, None, standing)
    elif not known.gone and (more := _more(known, order)):
        _take_back(person, known, more, standing)
    refunds = list(dict.fromkeys([*fingerprints(known.refunds), *fingerprints(order.refunds)]))
    known.refunds = b"".join(refunds[-MAX_REFUNDS:])
    known.sum_back += sum_back - was
    if known.told and not known.gone and orders.is_sum_back(known):
        _take_back(person, known, None, standing)
    return known


def _wait_less(known: Order, order: Order, currency: Currency) -> None:
    """What was paid back of an order that was not known there, in its own currency: now it is."""
    waiting, order.waiting = order.waiting, None
    if waiting is None:
        return
    if not known.told:
        known.waiting = max(waiting, known.waiting or 0.0) if _tell_the_same(known, order) else waiting + (known.waiting or 0.0)
        return
    if known.sum is not None:
        known.sum_back += waiting
    worth = currency.convert(waiting, known.unit or None)
    if worth is None:
        known.unclear = True
    else:
        order.back = (order.back or 0.0) + worth


def _tell_the_same(known: Order, order: Order) -> bool:
    return not order.refunds or bool({*fingerprints(order.refunds)} & {*fingerprints(known.refunds)})


def _more(known: Order, order: Order) -> float:
    """What the other side says was paid back beyond what is known. Refunds without an id count as the same ones."""
    back = order.back or 0.0
    return max(0.0, back - (known.back or 0.0)) if _tell_the_same(known, order) else back


def _take_back(profile: Profile, order: Order, amount: float | None, standing: Sequence[Standing]) -> None:
    whole = orders.is_whole(order, amount)
    for each in standing:
        each.take_back(profile, order, None if whole else amount)
    if whole:
        order.gone = True
    else:
        order.back = (order.back or 0.0) + (amount or 0.0)
