"""One visit to the shop, as a little state machine: a place, what happens there, and where the visitor goes next.

Nothing here knows what time it is: a click says how long the visitor lingered before it, in units of the shop's tempo.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from random import Random
from typing import Any

from simulation.catalogue import CURRENCY, Catalogue, fit
from simulation.customers import Person

LONGEST = 60
"""Clicks after which anybody goes home, whatever the dice say."""


class Place(Enum):
    """Where in the shop a visitor stands."""

    DOOR = auto()
    SEARCH = auto()
    SHELF = auto()
    PRODUCT = auto()
    CART = auto()
    CHECKOUT = auto()
    TILL = auto()
    OUT = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Click:
    """One thing a visitor did: its kind (Segment's `type`), its name if it is a track call, and what it carried."""

    kind: str
    name: str | None = None
    properties: dict[str, Any] = field(default_factory=dict)
    linger: float = 1.0
    """How long she lingered before it, as a multiple of the usual pause."""


Basket = dict[str, int]
"""Product id -> quantity. Belongs to the person and outlives the visit."""


class Visit:
    """One person's way through the shop. `order_id` names the order, should there be one; `basket` is changed on the way."""

    def __init__(self, person: Person, *, catalogue: Catalogue, basket: Basket, order_id: str, chance: Random) -> None:
        self.person = person
        self.catalogue = catalogue
        self.basket = basket
        self.order_id = order_id
        self.chance = chance
        self.bought = False
        self.category = ""
        self.looks_left = 1 + int(chance.expovariate(1 / person.patience))

    def clicks(self) -> Iterator[Click]:
        """Every click, in order, until she is out."""
        place, count = Place.DOOR, 0
        while place is not Place.OUT and count < LONGEST:
            clicks, place = STEPS[place](self)
            for click in clicks:
                yield click
                count += 1

    def maybe(self, probability: float) -> bool:
        """One throw of the dice."""
        return self.chance.random() < probability

    def pick_category(self) -> str:
        """The shelf she walks to now."""
        tastes = self.person.tastes
        self.category = self.chance.choices(list(tastes), weights=list(tastes.values()))[0]
        return self.category

    def products(self) -> list[dict[str, Any]]:
        """The basket as a product list."""
        return [{**self.catalogue.by_id[product].properties(), "quantity": quantity} for product, quantity in self.basket.items()]

    def value(self) -> float:
        """What the basket costs."""
        return round(sum(self.catalogue.by_id[product].price * quantity for product, quantity in self.basket.items()), 2)


Step = tuple[list[Click], Place]


def _door(visit: Visit) -> Step:
    clicks = [Click(kind="page", properties={"title": "Home", "path": "/"}, linger=0.2)]
    if visit.person.user_id is not None:
        clicks.insert(0, Click(kind="identify", linger=0.0))
    if visit.basket and visit.maybe(0.6):
        return clicks, Place.CART
    if visit.maybe(0.12):
        return clicks, Place.OUT
    return clicks, Place.SEARCH if visit.maybe(0.35) else Place.SHELF


def _search(visit: Visit) -> Step:
    query = visit.pick_category()
    return [Click(kind="track", name="Products Searched", properties={"query": query})], Place.PRODUCT


def _shelf(visit: Visit) -> Step:
    category = visit.pick_category()
    return [Click(kind="track", name="Product List Viewed", properties={"category": category})], Place.PRODUCT


def _product(visit: Visit) -> Step:
    product = visit.catalogue.look(visit.category, purse=visit.person.purse, chance=visit.chance)
    clicks = [Click(kind="track", name="Product Viewed", properties=product.properties())]
    visit.looks_left -= 1
    if visit.maybe(visit.person.appetite * fit(product.price, visit.person.purse)):
        quantity = visit.chance.choices((1, 2, 3), weights=(85, 12, 3))[0]
        visit.basket[product.id] = visit.basket.get(product.id, 0) + quantity
        clicks.append(Click(kind="track", name="Product Added", properties={**product.properties(), "quantity": quantity}, linger=1.5))
        if visit.maybe(0.45):
            return clicks, Place.CART
    if visit.looks_left <= 0:
        return clicks, Place.CART if visit.basket and visit.maybe(0.7) else Place.OUT
    if visit.maybe(0.6):
        return clicks, Place.PRODUCT
    return clicks, Place.SEARCH if visit.maybe(0.3) else Place.SHELF


def _cart(visit: Visit) -> Step:
    clicks = [Click(kind="track", name="Cart Viewed", properties={"products": visit.products(), "value": visit.value(), "currency": CURRENCY})]
    if len(visit.basket) > 1 and visit.maybe(0.12):
        dropped = visit.chance.choice(list(visit.basket))
        properties = {**visit.catalogue.by_id[dropped].properties(), "quantity": visit.basket.pop(dropped)}
        clicks.append(Click(kind="track", name="Product Removed", properties=properties))
    if visit.maybe(visit.person.resolve):
        return clicks, Place.CHECKOUT
    if visit.looks_left > 0 and visit.maybe(0.5):
        return clicks, Place.SHELF
    return clicks, Place.OUT


def _checkout(visit: Visit) -> Step:
    properties = {"products": visit.products(), "value": visit.value(), "currency": CURRENCY}
    clicks = [Click(kind="track", name="Checkout Started", properties=properties, linger=1.2)]
    return clicks, Place.TILL if visit.maybe(0.8) else Place.OUT


def _till(visit: Visit) -> Step:
    total = visit.value()
    properties = {"order_id": visit.order_id, "products": visit.products(), "total": total, "revenue": total, "currency": CURRENCY}
    visit.basket.clear()
    visit.bought = True
    return [Click(kind="track", name="Order Completed", properties=properties, linger=2.0)], Place.OUT


STEPS: dict[Place, Callable[[Visit], Step]] = {
    Place.DOOR: _door,
    Place.SEARCH: _search,
    Place.SHELF: _shelf,
    Place.PRODUCT: _product,
    Place.CART: _cart,
    Place.CHECKOUT: _checkout,
    Place.TILL: _till,
}
"""What happens at each place: the shop's whole behaviour at a glance."""
