"""The products of a small outdoor shop, priced so that some carts are worth a message and some are not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

CURRENCY = "USD"
SITE = "https://shop.example"
PLENTY = 100

_SHELVES: Mapping[str, tuple[tuple[str, float], ...]] = {
    "tents": (("Lark 1", 189), ("Heron 2", 289), ("Heron 3", 339), ("Stork Family", 479), ("Groundsheet", 29), ("Twelve Pegs", 12.5)),
    "backpacks": (("Day 18", 59), ("Ridge 35", 119), ("Ridge 55", 169), ("Trek 70", 229), ("Hip Belt", 24), ("Rain Cover", 19.5)),
    "boots": (("Moor Low", 89), ("Moor Mid", 109), ("Granite", 179), ("Glacier", 259), ("Wool Socks", 17), ("Wax", 8.5)),
    "jackets": (("Breeze", 69), ("Drizzle", 129), ("Tempest", 249), ("Down Light", 199), ("Merino Shirt", 64), ("Beanie", 22)),
    "sleeping": (("Summer Bag", 79), ("Autumn Bag", 139), ("Winter Bag", 269), ("Foam Mat", 34), ("Air Mat", 99), ("Pillow", 18)),
    "kitchen": (("Gas Stove", 49), ("Multi Stove", 149), ("Pot Set", 59), ("Titanium Mug", 27), ("Coffee Filter", 14), ("Spork", 6)),
    "light": (("Headlamp 200", 29), ("Headlamp 600", 79), ("Lantern", 44), ("Solar Panel", 89), ("Power Bank", 54), ("Batteries", 9.5)),
    "climbing": (("Harness", 69), ("Rope 60 m", 189), ("Rope 70 m", 219), ("Helmet", 74), ("Chalk", 7.5), ("Quickdraws", 95)),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Product:
    """One thing on a shelf; `price` in the shop's currency."""

    id: str
    name: str
    category: str
    price: float

    def properties(self) -> dict[str, Any]:
        """The product's properties, with the names of the Segment e-commerce spec."""
        return {"product_id": self.id, "name": self.name, "category": self.category, "price": self.price, "currency": CURRENCY}

    def row(self) -> dict[str, Any]:
        """What the shop's feed says of it. There are always enough of it: the shop sells all that is ordered."""
        return {
            "id": self.id,
            "name": self.name,
            "category": f"Outdoor > {self.category.capitalize()}",
            "price": self.price,
            "currency": CURRENCY,
            "stock": PLENTY,
            "url": f"{SITE}/products/{self.id}",
            "image": f"{SITE}/pictures/{self.id}.png",
        }


class Catalogue:
    """All products, by shelf."""

    def __init__(self, products: tuple[Product, ...]) -> None:
        self.by_id: dict[str, Product] = {product.id: product for product in products}
        self.shelves: dict[str, tuple[Product, ...]] = {}
        for product in products:
            self.shelves[product.category] = (*self.shelves.get(product.category, ()), product)

    def feed(self) -> Iterator[dict[str, Any]]:
        """All of them, as `kairos catalogue load` reads them."""
        yield from (product.row() for product in self.by_id.values())

    def look(self, category: str, *, purse: float, chance: Random) -> Product:
        """Pick a product of this shelf: the nearer its price to what the person likes to spend, the likelier."""
        shelf = self.shelves[category]
        return chance.choices(shelf, weights=[fit(product.price, purse) for product in shelf])[0]


def fit(price: float, purse: float) -> float:
    """How well a price fits: 1 if it is what somebody likes to spend, and less the further away; half and double count the same."""
    return 1.0 / (1.0 + (max(price, purse) / min(price, purse) - 1.0) ** 2 / 4.0)


def outdoor_shop() -> Catalogue:
    """The catalogue, the same in every run."""
    return Catalogue(
        tuple(
            Product(id=f"{category}-{name.lower().replace(' ', '-')}", name=name, category=category, price=float(price))
            for category, shelf in _SHELVES.items()
            for name, price in shelf
        )
    )
