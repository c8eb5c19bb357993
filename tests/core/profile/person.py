"""Somebody with carts, for tests of which cart an event is about."""

from typing import Any

from tests.builders import HOUR, MONDAY
from udfs.core.profile import carts
from udfs.core.profile.carts import Change
from udfs.core.profile.state import Profile
from udfs.core.profile.stored import decode, encode

T = MONDAY + 12 * HOUR
TENT: dict[str, Any] = {"product_id": "tent", "price": 100, "quantity": 1}
LAMP: dict[str, Any] = {"product_id": "lamp", "price": 20, "quantity": 2}


class Person:
    """Somebody with carts; `now` is the latest event time so far."""

    def __init__(self) -> None:
        self.profile = Profile(born=T, now=0)

    def tell(self, name: str, at: int = T, /, *, retold: int | None = None, **properties: Any) -> Change:
        late, self.profile.now = at < self.profile.now, max(self.profile.now, at)
        change = carts.update(self.profile, user_id="ada", name=name, properties=properties, at=at, late=late or retold is not None, retold=retold)
        self.profile = decode(encode(self.profile))
        return change

    def add(self, at: int = T, product: dict[str, Any] = TENT, **more: Any) -> str | None:
        return self.tell("product_added", at, **product, **more).touched

    def order(self, at: int, **properties: Any) -> set[str]:
        return set(self.tell("order_completed", at, **properties).ended)

    def held(self) -> dict[str, list[tuple[str, float]]]:
        return {cart.id: [(item.product_id, item.quantity) for item in cart.items] for cart in self.profile.carts.values()}
