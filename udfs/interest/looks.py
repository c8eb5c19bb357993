"""Who looked at, wanted or bought which product, as rows of SQL: what the interest job reads of the topic `events`."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from udfs.codecs.decode import HEARTBEAT, MAX_BYTES, decode_all
from udfs.codecs.writers import Writers
from udfs.core.items.categories import category_key
from udfs.core.items.item import MAX_ID
from udfs.core.records import Event

KINDS: Mapping[str, str] = {
    "product_viewed": "viewed",
    "product_added": "carted",
    "wishlist_product_added_to_cart": "carted",
    "product_removed": "uncarted",
    "product_added_to_wishlist": "wished",
    "product_removed_from_wishlist": "unwished",
    "order_completed": "ended",
    "not_interested": "ended",
}
"""Event -> what it says of somebody's interest in a product. Whoever has bought it, or does not want to hear of it, hears nothing."""
CATEGORIES = frozenset({"product_viewed", "product_list_viewed", "product_list_filtered"})
"""Events that say that somebody looked around in a category."""
IN_CATEGORY = "looked"
"""The kind of a row that is about a category only."""


class Look(NamedTuple):
    """One row. A text that is None is not known."""

    person: str
    """The key of the event: the person's id, or that of the browser."""
    anonymous: int
    """1: the id is that of a browser, 0: of a person."""
    kind: str
    product_id: str | None
    category: str | None
    """As `category_key` gives it."""
    at: int
    """The time of the Kafka record, epoch milliseconds: changes of products are compared with it, and no clock of a phone may come before them."""


def looks(key: bytes | None, value: bytes | None, at: int, *, max_bytes: int = MAX_BYTES, writers: Writers | None = None) -> Iterator[Look]:
    """The rows of one record. One that cannot be read has none: the main job reports it on the topic `rejected`."""
    if not key or value == HEARTBEAT:
        return
    for event in decode_all(key, value, at, max_bytes=max_bytes, writers=writers):
        if isinstance(event, Event):
            yield from _of(event, at)


def _of(event: Event, at: int) -> Iterator[Look]:
    kind, properties = KINDS.get(event.name), event.properties
    category = category_key(properties.get("category")) if event.name in CATEGORIES else None
    if kind is None and category is None:
        return
    who = (event.user_id, int(event.anonymous_id == event.user_id))
    named = list(_products(properties)) if kind is not None else []
    for product_id in named:
        yield Look(*who, str(kind), product_id, category, at)
    if category is not None and not named:
        yield Look(*who, IN_CATEGORY, None, category, at)


def _products(properties: Mapping[str, Any]) -> Iterator[str]:
    listed = properties.get("products")
    for told in (properties, *(listed if isinstance(listed, list) else ())):
        found = told.get("product_id") if isinstance(told, Mapping) else None
        for each in found if isinstance(found, list) else [found]:  # what is of no interest may be several
            if isinstance(each, str) and 0 < len(item_id := each.strip()) <= MAX_ID:
                yield item_id
