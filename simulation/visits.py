"""One visit to the shop, as clicks. Its plan says what it is about; `decide` is called once, and says whether it ends in an order.

Nothing here knows the time: a click says how long the visitor waited before it, in units of the shop's tempo.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from simulation.catalogue import CURRENCY, Catalogue, Product, fit
from simulation.customers import Person
from simulation.resolve import Plan

Basket = dict[str, int]
"""Product id -> quantity. Belongs to the person and outlives the visit."""
FULL = 5
"""The number of different products after which the oldest is removed from the cart."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Click:
    """One action of a visitor: its kind (Segment's `type`), its name if it is a track call, and its properties."""

    kind: str
    name: str | None = None
    properties: dict[str, Any] = field(default_factory=dict)
    linger: float = 1.0
    """How long she waited before it, as a multiple of the usual pause."""
    known: bool = True
    """Whether she was logged in. A stranger never is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Coupon:
    """A discount she holds: percent, the code to type, and until when (epoch ms)."""

    percent: float
    code: str
    until: int


class Visit:
    """One person's way through the shop. It changes `basket`; `order_id` is the id of a possible order."""

    def __init__(
        self, person: Person, *, plan: Plan, catalogue: Catalogue, basket: Basket, order_id: str, chance: Random, anonymous: bool = False
    ) -> None:
        """`anonymous`: she logs in only after a few clicks."""
        self.person, self.plan, self.catalogue, self.basket = person, plan, catalogue, basket
        self.order_id, self.chance = order_id, chance
        self.coupon: Coupon | None = None
        self.known = person.user_id is not None and not anonymous

    def browsing(self, decide: Callable[[], bool]) -> Iterator[Click]:
        """A visit to look around; at its end `decide` says whether she buys."""
        yield from self._door()
        login = None if self.known or self.person.user_id is None else self.chance.randrange(self.plan.looks + 1)
        if self.basket and self._maybe(0.4):
            yield self._cart()
        yield from self._looks(login)
        if login == self.plan.looks:
            yield self._login()
        if decide():
            yield from self._buys()
        elif self.basket and self._maybe(0.6):
            yield self._cart()
            if self._maybe(0.25):
                yield self._checkout()

    def buying(self) -> Iterator[Click]:
        """A visit to buy what she had in mind."""
        yield from self._door()
        if not self.basket:
            yield self._track("Product Viewed", self.catalogue.by_id[self.plan.target].properties())
        yield from self._buys()

    def glancing(self) -> Iterator[Click]:
        """A visit after a message: she looks at the product in it, and leaves."""
        yield from self._door()
        yield self._track("Product Viewed", self.catalogue.by_id[self.plan.target].properties())

    def crawling(self) -> Iterator[Click]:
        """A bot's visit: every product page in turn at the same short intervals, and never a cart."""
        products = list(self.catalogue.by_id.values())
        first = self.chance.randrange(len(products))
        for number in range(self.chance.randint(15, 40)):
            product = products[(first + number) % len(products)]
            yield Click(kind="page", properties={"title": product.name, "path": f"/{product.id}"}, linger=0.1, known=False)
            yield Click(kind="track", name="Product Viewed", properties=product.properties(), linger=0.1, known=False)

    def _door(self) -> Iterator[Click]:
        if self.known:
            yield self._login()
        yield Click(kind="page", properties={"title": "Home", "path": "/"}, linger=0.2, known=self.known)

    def _login(self) -> Click:
        self.known = True
        return Click(kind="identify", linger=0.0)

    def _looks(self, login: int | None) -> Iterator[Click]:
        plan, chance = self.plan, self.chance
        category, fresh, turn = plan.category, True, chance.randrange(plan.looks)
        for number in range(plan.looks):
            if number == login:
                yield self._login()
            if number == turn:
                fresh, category = fresh or category != plan.category, plan.category
            elif self._maybe(0.12):
                fresh, category = True, self._another()
            if fresh:
                yield self._shelf(category)
            fresh = False
            target = number == turn
            product = self.catalogue.by_id[plan.target] if target else self.catalogue.look(category, purse=self.person.character.purse, chance=chance)
            yield self._track("Product Viewed", product.properties())
            if plan.adds and (target or self._maybe(0.15 * fit(product.price, self.person.character.purse))):
                yield self._add(product)

    def _shelf(self, category: str) -> Click:
        if self._maybe(0.35):
            return self._track("Products Searched", {"query": category})
        return self._track("Product List Viewed", {"category": category})

    def _another(self) -> str:
        tastes = self.person.character.tastes
        return self.chance.choices(list(tastes), weights=list(tastes.values()))[0]

    def _add(self, product: Product) -> Click:
        quantity = self.chance.choices((1, 2, 3), weights=(85, 12, 3))[0]
        self.basket[product.id] = self.basket.get(product.id, 0) + quantity
        return self._track("Product Added", {**product.properties(), "quantity": quantity}, linger=1.5)

    def _buys(self) -> Iterator[Click]:
        if not self.basket:
            yield self._add(self.catalogue.by_id[self.plan.target])
        yield self._cart()
        if len(self.basket) > FULL or (len(self.basket) > 1 and self._maybe(0.12)):
            dropped = next(iter(self.basket))
            yield self._track("Product Removed", {**self.catalogue.by_id[dropped].properties(), "quantity": self.basket.pop(dropped)})
        yield self._checkout()
        yield self._order()

    def _cart(self) -> Click:
        return self._track("Cart Viewed", {"products": self._products(), "value": self.value(), "currency": CURRENCY})

    def _checkout(self) -> Click:
        return self._track("Checkout Started", {"products": self._products(), "value": self.value(), "currency": CURRENCY}, linger=1.2)

    def _order(self) -> Click:
        value = self.value()
        properties: dict[str, Any] = {"order_id": self.order_id, "products": self._products(), "total": value, "revenue": value, "currency": CURRENCY}
        if self.coupon is not None:
            discount = round(value * self.coupon.percent / 100, 2)
            paid = round(value - discount, 2)
            properties |= {"total": paid, "revenue": paid, "discount": discount, "coupon": self.coupon.code}
        self.basket.clear()
        return self._track("Order Completed", properties, linger=2.0)

    def _track(self, name: str, properties: dict[str, Any], *, linger: float = 1.0) -> Click:
        return Click(kind="track", name=name, properties=properties, linger=linger, known=self.known)

    def _maybe(self, probability: float) -> bool:
        return self.chance.random() < probability

    def _products(self) -> list[dict[str, Any]]:
        return [{**self.catalogue.by_id[product].properties(), "quantity": quantity} for product, quantity in self.basket.items()]

    def value(self) -> float:
        """The total price of the basket."""
        return round(sum(self.catalogue.by_id[product].price * quantity for product, quantity in self.basket.items()), 2)
