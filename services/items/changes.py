"""What has changed about products, as records of the topic `catalogue-changes`: what each was before and what it is now, for the interest job."""

from collections.abc import Callable
from typing import Annotated

import msgspec

from services.kafka.client import Topic
from udfs.catalogue.snapshot import Removed
from udfs.core.items.categories import category_key
from udfs.core.items.item import Item
from udfs.core.values.durations import DAY
from udfs.core.values.instants import LATEST

TOPIC = "catalogue-changes"
PARTITIONS = 4
KEPT_MS = 7 * DAY
NEW_AFTER_MS = DAY
"""A new product is news in a category that the catalogue has had for as long. So the first load of a feed is no news, however long it takes."""
MAX_CATEGORIES = 50_000
"""Those that are remembered in memory."""
_encode = msgspec.json.Encoder().encode


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """A product that has changed, in records of changes and in news of them. What is None is not known, or was not."""

    product_id: str
    at: Annotated[int, msgspec.Meta(ge=0, lt=LATEST)]
    """The time of the record of the catalogue that said so, epoch milliseconds."""
    name: str | None = None
    category: str | None = None
    brand: str | None = None
    url: str | None = None
    image_url: str | None = None
    currency: str | None = None
    price: float | None = None
    previous_price: float | None = None
    """In the same currency; None where it was in another one."""
    stock: float | None = None


class Change(Changed, frozen=True, kw_only=True, omit_defaults=True):
    """One change of one product."""

    category_key: str | None = None
    """The last part of the category, as events are compared with it."""
    previous_stock: float | None = None
    in_stock: bool | None = None
    was_in_stock: bool | None = None
    is_new: bool = False


def key_of(record: bytes) -> bytes:
    """The key of a record: the product, so that its changes are in order."""
    return msgspec.json.decode(record, type=Change).product_id.encode()


def short_lived(name: str) -> Topic:
    """A topic of changes, or of news of them: nobody waits for longer."""
    return Topic(name=name, partitions=PARTITIONS, config={"retention.ms": str(KEPT_MS)})


def change(before: Item | Removed | None, now: Item | Removed, *, at: int, is_new: bool) -> Change | None:
    """What has changed; None where nothing has that anybody waits for: the price, the stock, or that it is there at all."""
    if isinstance(now, Removed):
        return (
            None
            if not isinstance(before, Item) or before.in_stock is False
            else Change(product_id=now.id, at=at, in_stock=False, was_in_stock=before.in_stock)
        )
    held = before if isinstance(before, Item) and not before.learned else None  # anybody can send an event: what it says is no price of before
    same_money = held is not None and held.currency == now.currency
    previous_price = held.price if held is not None and same_money else None
    previous_stock = held.stock if held is not None else None
    was_in_stock = held.in_stock if held is not None else False if isinstance(before, Removed) else None
    if not is_new and (now.price, now.stock, now.in_stock) == (previous_price, previous_stock, was_in_stock):
        return None
    if held is None and not is_new and was_in_stock is None:
        return None  # it is known from now on
    return Change(
        product_id=now.id,
        at=at,
        name=now.name,
        category=now.category,
        category_key=category_key(now.category),
        brand=now.brand,
        url=now.url,
        image_url=now.image,
        currency=now.currency,
        price=now.price,
        previous_price=previous_price,
        stock=now.stock,
        previous_stock=previous_stock,
        in_stock=now.in_stock,
        was_in_stock=was_in_stock,
        is_new=is_new,
    )


class Teller:
    """Says what is to be told, while items are put into a store."""

    def __init__(self, known_since: Callable[[str], int], times: Callable[[str], int]) -> None:
        """`known_since`: category -> since when this store has products of it; `times`: id -> the time of the record that is being read."""
        self._known_since, self._times = known_since, times
        self._since: dict[str, int] = {}

    def __call__(self, before: Item | Removed | None, now: Item | Removed) -> bytes | None:
        """As `Store.put` calls it."""
        at = self._times(now.id)
        category = category_key(now.category) if isinstance(now, Item) else None
        since = at if category is None or before is not None else self._first(category)
        found = change(before, now, at=at, is_new=before is None and at - since >= NEW_AFTER_MS)
        return None if found is None else _encode(found)

    def _first(self, category: str) -> int:
        """Since when a category has products here, whatever the times of their records: those of a topic that is read again say nothing of what it
        held before. Remembered, since the first load asks for each of its products."""
        if category not in self._since:
            if len(self._since) >= MAX_CATEGORIES:
                self._since.clear()
            self._since[category] = self._known_since(category)
        return self._since[category]
