"""A small ledger: an order is a fact with an identity, counted once, and taken back by a cancellation or a refund."""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass
class Order:
    """`amount` in the shop's currency; None is unknown."""

    id: str
    time: int
    amount: Decimal | None
    cart_numbers: tuple[int, ...] = ()


@dataclass
class Ledger:
    """What was ordered, what was taken back. A cancellation may be told before its order."""

    orders: dict[str, Order] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    refunds: dict[str, list[Decimal | None]] = field(default_factory=dict)  # None: all of it
    unclear: set[str] = field(default_factory=set)  # something was paid back, and nobody knows how much

    def tell(self, id_: str, time: int, amount: Decimal | None) -> tuple[Order, bool]:
        """The order, and whether it had been told before. A later message only fills in an amount that was unknown."""
        order = self.orders.get(id_)
        if order is None:
            order = self.orders[id_] = Order(id_, time, amount)
            return order, False
        if order.amount is None:
            order.amount = amount
        return order, True

    def the_one(self, id_: str | None) -> str | None:
        """Which order is meant: the named one, else the only one that stands."""
        standing = [order.id for order in self.orders.values() if self.stands(order)]
        return id_ or (standing[0] if len(standing) == 1 else None)

    def stands(self, order: Order) -> bool:
        """Neither cancelled nor wholly refunded."""
        back = self.refunds.get(order.id, [])
        if order.id in self.cancelled or None in back:
            return False
        given = sum((part for part in back if part is not None), Decimal(0))
        return not given or order.amount is None or given < order.amount

    def left(self, order: Order) -> Decimal | None:
        """What stands of its amount."""
        if order.amount is None or order.id in self.unclear:
            return None
        return order.amount - sum((part for part in self.refunds.get(order.id, []) if part is not None), Decimal(0))

    def within(self, after: int | None, until: int) -> list[Order]:
        """Orders that stand, later than `after`, not later than `until`."""
        return [order for order in self.orders.values() if self.stands(order) and (after is None or order.time > after) and order.time <= until]
