"""The ledger of orders: an order is a fact with an identity, told by as many messages as there are, and counted once.

A cancellation or a full refund takes it back, a partial refund its amount; either may be told before the order. Amounts are in the shop's
currency. The ledger is packed, because most events neither read nor change it.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from udfs.core.profile.state import Profile
from udfs.core.values.chance import fingerprint
from udfs.core.values.durations import DAY
from udfs.core.values.ids import plain_id
from udfs.core.values.money import number, unit_of

COMPLETED = "order_completed"
UNDOING = frozenset({"order_cancelled", "order_refunded"})
EVENTS = UNDOING | {COMPLETED}
AMOUNTS = ("total", "revenue", "value")
"""What an order may say that it came to, the best first."""
MAX_ORDERS = 64
KEPT_FOR = 400 * DAY
_CENT = 0.005


class Order(msgspec.Struct, array_like=True):
    """One order, as far as it has been told."""

    mark: bytes
    """Fingerprint of its id; of an order without one, of the message's."""
    at: int
    """When it happened, by the message that told it first."""
    amounts: list[float | None] = []
    """By the names of `AMOUNTS`, then the sum of its products where no name says it; None: not given, or not to be converted."""
    taken: bytes = b""
    """Keys of the features that have counted it, one after the other."""
    back: float | None = None
    """What partial refunds have paid back; None: nothing."""
    told: bool = True
    """The order itself was reported, not only what happened to it."""
    gone: bool = False
    """Cancelled, or paid back as a whole."""
    unclear: bool = False
    """Something of it was paid back, and nobody knows how much."""
    unit: str = ""
    """The currency in which it, or what was paid back of it, was reported, where that is not the shop's."""
    sum: float | None = None
    """What it came to in that currency: what is paid back of it in the same currency needs no rate."""
    sum_back: float = 0.0
    """What was paid back in that currency."""
    refunds: bytes = b""
    """Marks of the refunds that have been counted, one after the other: `udfs.core.profile.refunds`."""
    waiting: float | None = None
    """What refunds without a currency have paid back before anybody knew the order's."""

    @property
    def amount(self) -> float | None:
        """What it came to, None when nobody knows."""
        return next((amount for amount in self.amounts if amount is not None), None)

    def left(self, position: int) -> float:
        """What stands of one of its amounts."""
        amount = self.amounts[position] if position < len(self.amounts) else None
        return max(0.0, (amount or 0.0) - (self.back or 0.0))


_decode = msgspec.msgpack.Decoder(list[Order]).decode
_encode = msgspec.msgpack.Encoder().encode


def ledger(profile: Profile) -> list[Order]:
    """All orders that are remembered, in the order in which they were reported. A change is kept by `keep`."""
    return _decode(profile.packed_orders) if profile.packed_orders else []


def keep(profile: Profile, orders: list[Order]) -> None:
    """Keep the ledger: beyond its bounds, cancellations and refunds of orders that nobody reported go first, then the oldest orders, which stand."""
    newest = max((order.at for order in orders), default=0)
    kept = [order for order in orders if order.at > newest - KEPT_FOR]
    while len(kept) > MAX_ORDERS:
        kept.remove(min(kept, key=lambda order: (order.told, order.at)))
    profile.packed_orders = _encode(kept)


def mark_of(properties: Mapping[str, Any], message_id: str) -> bytes:
    """The identity of an order."""
    return fingerprint(plain_id(properties.get("order_id")) or f"\x1f{message_id}")


def told_before(profile: Profile, properties: Mapping[str, Any], message_id: str) -> Order | None:
    """The order that a message tells again; None when it tells a new one."""
    mark = mark_of(properties, message_id)
    if mark not in profile.packed_orders:
        return None
    return next((order for order in ledger(profile) if order.mark == mark and order.told), None)


def undone(orders: list[Order], properties: Mapping[str, Any], at: int) -> Order | None:
    """The order that a cancellation or a refund is about: the one it names, maybe not reported yet, else the only one that stands."""
    if not plain_id(properties.get("order_id")):
        standing = [order for order in orders if order.told and not order.gone]
        return standing[0] if len(standing) == 1 else None
    mark = mark_of(properties, "")
    order = next((order for order in orders if order.mark == mark), None)
    if order is None:
        order = Order(mark, at, told=False)
        orders.append(order)
    return order


def amounts_of(properties: Mapping[str, Any]) -> list[float | None]:
    """What an order or a refund says that it comes to: `Order.amounts`."""
    found = [number(properties.get(name)) for name in AMOUNTS]
    if found == [None, None, None]:
        worth = _worth(properties.get("products"))
        return [] if worth is None else [*found, worth]
    while found[-1] is None:
        found.pop()
    return found


def paid_back(told: Mapping[str, Any], in_base: Mapping[str, Any]) -> tuple[float | None, bool]:
    """What a refund says that it pays back, of any sign, as accounts write it. None and True: it says so, and nobody can tell how much; None and
    False: it does not say. `told`: its properties; `in_base`: with amounts in the shop's currency."""
    amount = next((each for each in amounts_of(in_base) if each is not None), None)
    if amount is not None:
        return abs(amount), False
    return None, any(name in told for name in AMOUNTS) or told.get("products", []) != []


def note_sum(order: Order, told: Mapping[str, Any]) -> None:
    """Remember what an order comes to in its own currency. `told`: its properties."""
    unit, amount = _own_sum(told)
    if not unit or amount is None or order.sum is not None:
        return
    if unit != order.unit:
        order.unit, order.sum_back = unit, 0.0
    order.sum = amount


def pay_back_sum(order: Order, told: Mapping[str, Any]) -> None:
    """Remember what a refund pays back in its own currency, if that is the order's, or the order is not known yet."""
    unit, amount = _own_sum(told)
    if not unit or amount is None:
        return
    if order.sum is None and not order.sum_back:
        order.unit = unit
    if unit == order.unit:
        order.sum_back += abs(amount)


def is_sum_back(order: Order) -> bool:
    """Whether all of it has been paid back in the currency in which it was ordered, whatever that is worth."""
    return order.sum is not None and order.sum_back > 0 and order.sum_back > order.sum - _CENT


def is_whole(order: Order, refund: float | None) -> bool:
    """Whether a refund pays back all that is left: it does if it does not say how much."""
    if refund is None:
        return True
    amount = order.amount
    return amount is not None and (order.back or 0.0) + refund > amount - _CENT


def _own_sum(told: Mapping[str, Any]) -> tuple[str, float | None]:
    """The currency that an order or a refund names, empty where it names none, and its amount; None where its lines are in others."""
    unit = unit_of(told.get("currency")) or ""
    amount = next((each for each in map(number, map(told.get, AMOUNTS)) if each is not None), None)
    if amount is None:
        products = told.get("products")
        lines = products if isinstance(products, list) else []
        if all(isinstance(line, dict) and unit_of(line.get("currency")) in (None, unit) for line in lines):
            amount = _worth(products)
    return unit, amount


def _worth(products: Any) -> float | None:
    if not isinstance(products, list) or not products:
        return None
    worth = 0.0
    for product in products:
        if not isinstance(product, dict):
            return None
        price, quantity = number(product.get("price")), number(product.get("quantity", 1))
        if price is None or quantity is None:
            return None
        worth += price * quantity
    return round(worth, 6)
