"""Features that count what stands: counts, sums and means of orders, from which a cancelled or refunded order is taken back.

All other aggregates of orders tell what was ordered: a greatest order that is cancelled has been the greatest all the same.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from udfs.core.expressions.compiler import Expression
from udfs.core.features.aggregates import Mean, Total
from udfs.core.features.doubts import doubt_of
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
    """One such feature: where its state stands, and which amount of an order it sums up (None: it counts). A sum is unknown while one is."""

    key: str
    aggregate: Total | Mean
    position: int | None
    keep: Callable[[Mapping[str, Any]], bool]
    doubts: Total
    """Counts the orders of which no amount is known, under the key `doubt`."""

    @property
    def doubt(self) -> str:
        """The key of that state."""
        return doubt_of(self.key)

    def take(self, profile: Profile, order: Order, properties: Mapping[str, Any], now: int) -> None:
        """Count an order, if it is one of those that count and has not been counted yet."""
        key = self.key.encode()
        if has_counted(order, key) or not self.keep(properties):
            return
        told = 1 if self.position is None else properties.get(orders.AMOUNTS[self.position])
        if isinstance(told, str):
            told = number(told)
        held = profile.features
        if number(told) is None:
            self._doubt(profile, order, now)
            return
        self._doubt_no_more(profile, order)
        held[self.key] = self.aggregate.update(held.get(self.key), order.at, now, told)
        order.taken += key

    def take_back(self, profile: Profile, order: Order, amount: float | None) -> None:
        """Take back so much of an order that was counted; all that is left of it if `amount` is None."""
        if amount is None:
            self._doubt_no_more(profile, order)
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

    def doubt_sum(self, profile: Profile, order: Order, now: int) -> None:
        """Nobody knows what is left of an order. A count does not mind."""
        if self.position is not None and has_counted(order, self.key.encode()):
            self._doubt(profile, order, now)

    def _doubt(self, profile: Profile, order: Order, now: int) -> None:
        held, mark = profile.features, self.doubt.encode()
        if not has_counted(order, mark):
            held[self.doubt] = self.doubts.update(held.get(self.doubt), order.at, now, 1)
            order.taken += mark

    def _doubt_no_more(self, profile: Profile, order: Order) -> None:
        mark = self.doubt.encode()
        if has_counted(order, mark) and (state := profile.features.get(self.doubt)) is not None:
            profile.features[self.doubt] = self.doubts.less(state, order.at, 1, 1)
            order.taken = order.taken.replace(mark, b"\0" * len(mark))


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
