"""Features that count what stands: counts, sums and means of orders, from which a cancelled or refunded order is taken back.

All other aggregates of orders tell what was ordered: a greatest order that is cancelled has been the greatest all the same.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from udfs.core.expressions.compiler import Expression
from udfs.core.features.aggregates import Mean, Total
from udfs.core.profile import orders
from udfs.core.profile.orders import Order
from udfs.core.profile.state import Profile
from udfs.core.values.money import number

TAKES_BACK = frozenset({"count", "sum", "mean"})
AMOUNTS = {f"properties.{name}": position for position, name in enumerate(orders.AMOUNTS)}


def takes_back(kind: str, of: object) -> bool:
    """Whether an aggregate of orders counts what stands."""
    return kind == "count" or (kind in TAKES_BACK and of in AMOUNTS)


class Standing(NamedTuple):
    """One such feature: where its state stands, and which amount of an order it sums up (None: it counts)."""

    key: str
    aggregate: Total | Mean
    position: int | None
    keep: Callable[[Mapping[str, Any]], bool]

    def take(self, profile: Profile, order: Order, properties: Mapping[str, Any], now: int) -> None:
        """Count an order, if it is one of those that count and has not been counted yet."""
        key = self.key.encode()
        if has_counted(order, key) or not self.keep(properties):
            return
        value: float | None = 1
        if self.position is not None:
            told = properties.get(orders.AMOUNTS[self.position])
            value = None if number(told) is None else told
        if value is None:
            return
        profile.features[self.key] = self.aggregate.update(profile.features.get(self.key), order.at, now, value)
        order.taken += key

    def take_back(self, profile: Profile, order: Order, amount: float | None) -> None:
        """Take back so much of an order that was counted; all that is left of it if `amount` is None."""
        state = profile.features.get(self.key)
        if state is None or not has_counted(order, self.key.encode()):
            return
        times = 1 if amount is None else 0
        if self.position is None:
            if times:
                profile.features[self.key] = self.aggregate.less(state, order.at, 1, 1)
            return
        left = order.left(self.position)
        profile.features[self.key] = self.aggregate.less(state, order.at, left if amount is None else min(left, amount), times)


def has_counted(order: Order, key: bytes) -> bool:
    """Whether the feature with this key has counted an order."""
    return key in {order.taken[place : place + len(key)] for place in range(0, len(order.taken), len(key))}


def keeping(keep: Expression | None) -> Callable[[Mapping[str, Any]], bool]:
    """Which orders count, by a feature's filter."""
    if keep is None:
        return lambda properties: True
    return lambda properties: keep.evaluate(_EventOnly(properties)) is True


class _EventOnly:
    """What a filter sees."""

    __slots__ = ("properties",)

    def __init__(self, properties: Mapping[str, Any]) -> None:
        self.properties = properties
