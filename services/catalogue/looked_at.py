"""What live events add to the catalogue: products that no feed has, and how many people looked at each within the last hour."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from kafka import KafkaConsumer
from msgspec.structs import replace

from services.items.learned import Learned
from services.items.store import Store
from services.items.viewers import Viewers
from udfs.codecs.decode import HEARTBEAT, decode_all
from udfs.core.items.item import MAX_ID, Item
from udfs.core.records import Event

VIEWED = "product_viewed"
COUNT_S = 30.0
"""Seconds between two counts of viewers: each that changes is a change of the catalogue."""
MAX_LEARNED = 100_000
"""Products that events may add: anybody can send an event."""
HOUR_S = 3_600.0
MAX_RECORDS = 5_000
_counts = msgspec.json.Decoder(dict[str, int]).decode


class LookedAt:
    """Reads events next to the catalogue. What it has counted is counted again after a start; what it has published stands in the store."""

    def __init__(self, reader: KafkaConsumer, store: Store) -> None:
        self._reader, self._store = reader, store
        self._learned, self._viewers = Learned(), Viewers(os.urandom(16))
        self._found: dict[str, Item] = {}
        self._shown: dict[str, int] = _counts(store.fact("viewers") or "{}")
        self._count = 0
        self._due = 0.0

    def seek(self, now: float) -> None:
        """Begin an hour ago, so that viewers are right at once; `now` in seconds since 1970."""
        since = self._reader.offsets_for_times(dict.fromkeys(self._reader.assignment(), int((now - HOUR_S) * 1000)))
        for place, found in since.items():
            if found is not None:
                self._reader.seek(place, found.offset)

    def read(self, now: float) -> None:
        """Take in what has come; `now` in seconds since 1970. A time that is still to come, as a sender may give it, counts as now."""
        latest = int(now * 1000)
        for records in self._reader.poll(timeout_ms=0, max_records=MAX_RECORDS).values():
            for record in records:
                if record.key and record.value and record.value != HEARTBEAT:
                    self._take(record.key, record.value, min(record.timestamp, latest))

    def _take(self, key: bytes, value: bytes, at: int) -> None:
        for event in decode_all(key, value, at):
            if isinstance(event, Event) and event.name == VIEWED:
                product_id = event.properties.get("product_id")
                if isinstance(product_id, str) and 0 < len(product_id.strip()) <= MAX_ID:
                    self._viewers.take(product_id.strip(), event.user_id, at)
                if (found := self._learned.take(event.user_id, event.properties)) is not None:
                    self._found[found.id] = found

    def with_viewers(self, item: Item) -> Item:
        """A feed's record, with the number that stands."""
        shown = self._shown.get(item.id)
        return item if shown is None else replace(item, viewers_1h=shown)

    def put(self, now: float) -> int:
        """Put what is new into the store; `now` in seconds since 1970. Returns how many changes that made."""
        entries = {item.id: item for item in self._news()}
        if now >= self._due:
            self._due = now + COUNT_S
            entries |= self._counted(self._viewers.counts(int(now * 1000)), entries)
        if not entries:
            return 0
        facts = {"viewers": msgspec.json.encode(self._shown).decode(), "learned": str(self._count)}
        return self._store.put(entries.values(), facts=facts)

    def _news(self) -> Iterator[Item]:
        found, self._found = self._found, {}
        self._count = int(self._store.fact("learned") or 0)
        for item in found.values():
            held = self._store.held(item.id)
            if held is None and self._count < MAX_LEARNED:
                self._count += 1
                yield self.with_viewers(item)
            elif isinstance(held, Item) and held.learned:
                yield self.with_viewers(item)

    def _counted(self, counts: Mapping[str, int], fresh: Mapping[str, Item]) -> dict[str, Item]:
        entries: dict[str, Item] = {}
        for product_id in {*counts, *self._shown}:
            count = counts.get(product_id, 0)
            held: Any = fresh.get(product_id) or self._store.get(product_id)
            if held is None:
                self._shown.pop(product_id, None)
            if held is None or count == self._shown.get(product_id, 0):
                continue
            entries[product_id] = replace(held, viewers_1h=count)
            self._shown[product_id] = count
        self._shown = {product_id: count for product_id, count in self._shown.items() if count}
        return entries
