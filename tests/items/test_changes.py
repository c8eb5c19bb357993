"""What is said of a product that has changed: what it was before, and what it is now."""

from typing import Any

import msgspec
import pytest

from services.items.changes import NEW_AFTER_MS, Change, Teller, change, key_of
from services.items.store import Store
from udfs.catalogue.snapshot import Removed
from udfs.core.items.item import Item

NOW = 1_772_000_000_000


def tent(**fields: Any) -> Item:
    return Item(**{"id": "tent", "category": "Outdoor > Tents", "price": 100.0, "currency": "EUR", "stock": 5.0, "in_stock": True, **fields})


class Told:
    """A store, and what is said of changes."""

    def __init__(self) -> None:
        self.store, self.at, self.now = Store(), NOW, NOW
        self.teller = Teller(lambda category: self.store.known_since(category, self.now), lambda _: self.at)

    def put(self, *entries: Item | Removed, at: int = NOW, now: int | None = None) -> list[Change]:
        self.at, self.now = at, at if now is None else now
        self.store.put(entries, told=self.teller)
        found = self.store.news()
        if found:
            self.store.sent(found[-1][0])
        assert self.store.news() == []
        return [msgspec.json.decode(record, type=Change) for _, record in found]


def test_the_first_load_is_no_news_however_long_it_takes() -> None:
    told = Told()
    assert told.put(tent()) == []
    assert told.put(tent(id="dome"), at=NOW + NEW_AFTER_MS - 1) == []


def test_a_topic_that_is_read_from_its_beginning_again_has_no_new_products() -> None:
    told = Told()
    assert told.put(tent(), at=NOW - 30 * NEW_AFTER_MS, now=NOW) == []
    assert told.put(tent(id="dome"), at=NOW - 1, now=NOW) == [], "its newest record says nothing of when it was new"


def test_a_change_says_what_was_before() -> None:
    told = Told()
    told.put(tent())
    (found,) = told.put(tent(price=80.0, stock=2.0), at=NOW + 5)
    assert (found.price, found.previous_price, found.stock, found.previous_stock, found.at) == (80.0, 100.0, 2.0, 5.0, NOW + 5)
    assert (found.in_stock, found.was_in_stock, found.is_new, found.category_key) == (True, True, False, "tents")
    assert key_of(msgspec.json.encode(found)) == b"tent"


def test_a_new_product_is_news_in_a_category_of_a_day_ago_and_not_in_a_new_one() -> None:
    told = Told()
    told.put(tent())
    later = NOW + NEW_AFTER_MS
    (found,) = told.put(tent(id="dome"), tent(id="kayak", category="Boats"), tent(id="odd", category=None), at=later)
    assert (found.product_id, found.is_new, found.was_in_stock) == ("dome", True, None)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (tent(), tent(name="Dome")),
        (tent(), tent(image="https://cdn.shop.example/1.jpg")),
        (None, tent()),
        (Removed("tent"), Removed("tent")),
        (None, Removed("tent")),
        (tent(in_stock=False), Removed("tent")),
    ],
)
def test_nobody_waits_for_other_changes(before: Item | Removed | None, now: Item | Removed) -> None:
    assert change(before, now, at=NOW, is_new=False) is None


def test_a_price_in_another_currency_is_no_previous_price() -> None:
    found = change(tent(currency="USD"), tent(price=90.0), at=NOW, is_new=False)
    assert found is not None
    assert (found.price, found.previous_price) == (90.0, None)


def test_what_is_removed_is_sold_out_and_what_comes_again_is_back() -> None:
    told = Told()
    told.put(tent())
    (gone,) = told.put(Removed("tent"))
    assert (gone.in_stock, gone.was_in_stock) == (False, True)
    (back,) = told.put(tent(), at=NOW + 2 * NEW_AFTER_MS)
    assert (back.in_stock, back.was_in_stock, back.is_new, back.previous_price) == (True, False, False, None)


def test_one_id_twice_in_a_batch_is_two_changes_in_their_order() -> None:
    told = Told()
    told.put(tent())
    assert [(each.previous_price, each.price) for each in told.put(tent(price=90.0), tent(price=70.0))] == [(100.0, 90.0), (90.0, 70.0)]


def test_the_same_again_is_no_change() -> None:
    told = Told()
    told.put(tent())
    assert told.put(tent(), tent()) == []


def test_what_was_told_and_not_sent_is_there_after_a_kill() -> None:
    told = Told()
    told.put(tent())
    told.store.put([tent(price=80.0), tent(price=70.0)], told=told.teller)
    first, second = told.store.news()
    told.store.sent(first[0])
    assert told.store.news() == [second]


def test_news_and_items_are_stored_together_or_not_at_all() -> None:
    told = Told()
    told.put(tent())

    def broken() -> Any:
        yield tent(price=80.0)
        raise OSError

    with pytest.raises(OSError):
        told.store.put(broken(), told=told.teller)
    assert told.store.news() == []
    assert told.store.get("tent") == tent()
