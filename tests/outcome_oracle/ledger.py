"""Orders as facts: what each came to in its own currency, what was paid back, and whether it stands. Everything is found by looking through all
that was reported."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from udfs.core.records import Event

RATES = {"USD": 1.0, "EUR": 1.5}


@dataclass
class Told:
    """One order."""

    order_id: str
    at: int = 0
    is_told: bool = False
    amount: float | None = None
    currency: str = "USD"
    backs: list[float] = field(default_factory=list)
    is_cancelled: bool = False
    refund_ids: set[str] = field(default_factory=set)

    @property
    def is_gone(self) -> bool:
        return self.is_cancelled or (self.is_told and self.amount is not None and bool(self.backs) and sum(self.backs) > self.amount - 0.005)

    @property
    def whole(self) -> float | None:
        """What it came to, in the shop's currency."""
        return None if self.amount is None or self.currency not in RATES else self.amount * RATES[self.currency]

    @property
    def left(self) -> float | None:
        """What stands of that."""
        return None if self.whole is None or self.amount is None else max(0.0, (self.amount - sum(self.backs)) * RATES[self.currency])


def amount_of(properties: dict[str, Any]) -> float | None:
    """The best of what an order says of its amount."""
    for name in ("total", "revenue", "value"):
        if name in properties:
            return float(properties[name])
    if properties.get("products"):
        return float(sum(line["price"] * line["quantity"] for line in properties["products"]))
    return None


def identity(event: Event) -> str:
    """By what an order is known again."""
    return str(event.properties.get("order_id") or f"message {event.message_id}")


def orders_of(events: Sequence[Event]) -> dict[str, Told]:
    """Every order of which one of the events tells."""
    orders: dict[str, Told] = {}
    for event in events:
        properties = event.properties
        if event.name == "order_completed":
            order = orders.setdefault(identity(event), Told(identity(event)))
            if not order.is_told:
                order.at, order.is_told = event.at, True
            if order.amount is None:
                order.amount = amount_of(properties)
                order.currency = properties.get("currency", "USD") if order.amount is not None else order.currency
        elif event.name in ("order_cancelled", "order_refunded"):
            order_id = properties.get("order_id")
            if order_id is None:
                standing = [each for each in orders.values() if each.is_told and not each.is_gone]
                if len(standing) != 1:
                    continue
                order_id = standing[0].order_id
            order = orders.setdefault(order_id, Told(order_id))
            if order.is_gone:
                continue
            refund_id, amount = properties.get("refund_id"), amount_of(properties)
            if event.name == "order_cancelled":
                order.is_cancelled = True
            elif refund_id is None or refund_id not in order.refund_ids:
                order.refund_ids |= {refund_id} if refund_id else set()
                if amount is None:
                    order.is_cancelled = True
                else:
                    order.backs.append(abs(amount))
    return orders
