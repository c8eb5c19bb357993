"""A catalogue of a few items for tests, in memory."""

from udfs.core.items.item import Item, ItemReason

TENT = Item(
    id="tent",
    name="Dome <2>",
    category="Outdoor > Tents",
    brand="Acme",
    price=129.0,
    list_price=159.0,
    currency="USD",
    tags=("sale", "summer"),
    image="https://shop.example/tent.jpg",
    url="https://shop.example/tent",
    stock=3,
    in_stock=True,
    released="2026-01-01",
    properties={"colour": "green", "frame_size": 2},
)
STOVE = Item(id="stove", name="Stove", price=50.0, currency="EUR")


class Shop:
    """Says what it holds; counts how often it is asked."""

    def __init__(self, *items: Item, version: str = "v1") -> None:
        self.items = {item.id: item for item in items or (TENT, STOVE)}
        self.version: str | None = version
        self.asked: list[str] = []

    def find(self, item_id: str) -> Item | ItemReason:
        self.asked.append(item_id)
        return self.items.get(item_id, ItemReason.UNKNOWN_ITEM)


class Shelf:
    """A shelf whose catalogue can be replaced."""

    def __init__(self, current: Shop) -> None:
        self.current = current
