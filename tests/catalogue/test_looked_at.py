"""What events add to the catalogue, while feeds have the last word."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from services.catalogue import looked_at as module
from services.catalogue.looked_at import COUNT_S, LookedAt
from services.items.store import Store
from udfs.catalogue.snapshot import Removed
from udfs.core.items.item import Item

NOW = 1_772_000_000.0


class Events:
    """A reader of the topic `events`."""

    def __init__(self) -> None:
        self.records: list[Any] = []

    def view(self, person: str, product: str = "tent", *, at: float = NOW, **properties: Any) -> None:
        event = {"type": "track", "event": "Product Viewed", "userId": person, "messageId": f"m{len(self.records)}"}
        value = json.dumps({**event, "properties": {"product_id": product, **properties}}).encode()
        self.records.append(SimpleNamespace(key=person.encode(), value=value, timestamp=int(at * 1000)))

    def poll(self, *, timeout_ms: int, max_records: int) -> dict[str, list[Any]]:
        found, self.records = self.records, []
        return {"events-0": found}


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as made:
        yield made


@pytest.fixture
def events() -> Events:
    return Events()


def after(events: Events, store: Store, *, at: float = NOW, looked: LookedAt | None = None) -> LookedAt:
    reader: Any = events
    found = looked or LookedAt(reader, store)
    found.read(at)
    found.put(at)
    return found


def test_a_product_that_no_feed_has_is_learned_and_marked(events: Events, store: Store) -> None:
    for person in ("ada", "bob"):
        events.view(person, name="Dome", price=129)
    for person in ("ada", "bob"):
        events.view(person, "stove")  # nothing but the id
    after(events, store)
    assert store.get("tent") == Item(id="tent", name="Dome", price=129.0, learned=True, viewers_1h=2)
    assert store.get("stove") is None


def test_the_record_of_a_feed_wins_before_and_after(events: Events, store: Store) -> None:
    store.put([Item(id="tent", name="Tent", price=100.0)])
    for person in ("ada", "bob"):
        events.view(person, name="Dome", price=1)
        events.view(person, "stove", name="Stove", price=1)
    looked = after(events, store)
    assert store.get("tent") == Item(id="tent", name="Tent", price=100.0, viewers_1h=2)
    store.put([looked.with_viewers(Item(id="stove", name="Stove of the feed"))])
    for person in ("cleo", "dora"):
        events.view(person, "stove", name="Stove", price=2)
    after(events, store, looked=looked)
    found = store.get("stove")
    assert found is not None
    assert (found.name, found.learned, found.viewers_1h) == ("Stove of the feed", None, 2)


def test_what_a_feed_has_removed_is_not_learned_again(events: Events, store: Store) -> None:
    store.put([Item(id="tent")])
    store.put([Removed("tent")])
    for person in ("ada", "bob"):
        events.view(person, name="Dome")
    after(events, store)
    assert store.get("tent") is None


def test_viewers_go_down_again_also_after_a_start(events: Events, store: Store) -> None:
    store.put([Item(id="tent"), Item(id="never-seen")])
    for number in range(12):
        events.view(f"p{number}")
    after(events, store)
    assert [found.viewers_1h for each in ("tent", "never-seen") if (found := store.get(each))] == [12, None]
    after(events, store, at=NOW + 2 * COUNT_S)  # another process, which has seen nothing
    found = store.get("tent")
    assert found is not None
    assert found.viewers_1h == 0


def test_a_time_that_is_still_to_come_counts_as_now(events: Events, store: Store) -> None:
    store.put([Item(id="tent")])
    events.view("ada", at=NOW + 10**9)
    looked = after(events, store)
    events.view("bob", at=NOW)
    after(events, store, at=NOW + COUNT_S, looked=looked)
    after(events, store, at=NOW + 2 * module.HOUR_S, looked=looked)
    found = store.get("tent")
    assert found is not None
    assert found.viewers_1h == 0


def test_nothing_is_put_while_no_number_changes(events: Events, store: Store) -> None:
    store.put([Item(id="tent")])
    events.view("ada")
    looked = after(events, store)
    stamp = store.stamp
    for minute in range(1, 5):
        after(events, store, at=NOW + minute * 60, looked=looked)
    assert store.stamp == stamp


def test_made_up_products_fill_no_disk(events: Events, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LEARNED", 10)
    for number in range(100):
        for person in ("ada", "bob"):
            events.view(person, f"made-up-{number}", name="x")
    after(events, store)
    assert len(store) == 10


def test_hostile_records_are_no_products(events: Events, store: Store) -> None:
    for value in (b"\xff", b"heartbeat", b"{", b"[" * 5_000, b""):
        events.records.append(SimpleNamespace(key=b"ada", value=value, timestamp=0))
    events.records.append(SimpleNamespace(key=None, value=None, timestamp=0))
    events.view("ada", "x" * 300, name="x")
    after(events, store)
    assert len(store) == 0
