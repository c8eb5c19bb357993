"""The service that turns the topic `catalogue` into files and points the job to them.

Everything is kept in one file of SQLite, with the offsets up to which it was read, so a service that is killed goes on where it stood. A version
is a whole snapshot and, on it, one layer of what has changed since: so a price is in force within seconds, and a million items are written again only
when much has changed.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from services.catalogue.files import CatalogueFiles
from services.catalogue.looked_at import LookedAt
from services.catalogue.topic import entry_of, topic
from services.control.pointers import CATALOGUE
from services.items import changes
from services.items.feed import PLACES, Report
from services.items.store import Store
from services.kafka.client import consumer, ensure_topics, producer
from udfs.catalogue.snapshot import Removed
from udfs.core.items.item import Item
from udfs.core.items.published import Layer, Published
from udfs.core.values.errors import KairosError

EVERY_S = 2.0
"""The least time between two publications, in seconds."""
POLL_MS = 500
LOOK_S = 60.0
"""Seconds after which the service looks whether control still points to what it has published, though nothing has changed."""
WHOLE_SHARE = 0.05
WHOLE_COUNT = 20_000
"""With more changes than this, or than that share of all items, the next version is a whole snapshot."""
MAX_REMOVED = 500_000
"""Of so many removed products is known that they were there before: one that comes back is no new one, and events do not teach it."""

log = logging.getLogger("catalogue")


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where things are read and written."""

    catalogue: str = "catalogue"
    control: str = "control"
    changes: str = changes.TOPIC
    """Where changes of products go: the interest job reads them."""
    events: str = ""
    """Where products and viewers are learned from; empty: from nowhere."""
    data: Path
    """Folder of the service's own file."""
    files: CatalogueFiles


class Service:
    """Reads items as they come, and publishes what follows from them."""

    def __init__(self, brokers: str, places: Places, *, reader: KafkaConsumer, store: Store, looked_at: LookedAt | None = None) -> None:
        self._brokers, self._places, self._reader, self._store = brokers, places, reader, store
        self._looked_at = looked_at
        self.report = Report(name=f"topic {places.catalogue}")
        self._look_again = 0.0
        self._times: dict[int, int] = {}
        """Of the entries that are being put into the store, by their identity: when each was said. One product may be among them twice."""
        self._now = self._at = 0
        self._teller = changes.Teller(lambda category: store.known_since(category, self._now), lambda _: self._at)
        self._sender: KafkaProducer | None = None
        self._seek()

    def _seek(self) -> None:
        """Go on where the store stands; from the beginning where it knows nothing, or more than the topic has."""
        offsets: Mapping[str, int] = msgspec.json.decode(self._store.fact("offsets") or "{}", type=dict[str, int])
        begins = self._reader.beginning_offsets(self._reader.assignment())
        self._had: dict[TopicPartition, int] = self._reader.end_offsets(self._reader.assignment())
        for place, end in self._had.items():
            offset = offsets.get(str(place.partition), 0)
            if offset > end:
                log.warning(
                    "%s-%s ends at %d, and %d was read before: it is another topic, and read from the start",
                    place.topic,
                    place.partition,
                    end,
                    offset,
                )
                offset = 0
            self._reader.seek(place, max(offset, begins[place]))

    @property
    def is_catching_up(self) -> bool:
        """Whether some of what the topic had at the start is still unread. What comes since is never waited for: prices may come without a pause."""
        return any(self._reader.position(place) < end for place, end in self._had.items())

    def read(self, *, now: int) -> int:
        """Process what has come. Returns how many changes that made."""
        found: Mapping[TopicPartition, list[Any]] = self._reader.poll(timeout_ms=POLL_MS, max_records=20_000)
        if not any(found.values()):
            return 0
        offsets = {str(place.partition): self._reader.position(place) for place in self._reader.assignment()}
        self._times.clear()
        self._now = now
        return self._store.put(self._entries(found, now), facts={"offsets": msgspec.json.encode(offsets).decode()}, told=self._told)

    def _told(self, before: Item | Removed | None, now: Item | Removed) -> bytes | None:
        self._at = self._times[id(now)]
        return self._teller(before, now)

    def learn(self, *, now: float) -> int:
        """Take in what events add. Returns how many changes that made; `now` in seconds since 1970."""
        if self._looked_at is None:
            return 0
        self._looked_at.read(now)
        return self._looked_at.put(now)

    def tell(self) -> int:
        """Send what has changed, and was not sent yet. Returns how many. Killed in between, it sends some again. Raises KafkaError."""
        count = 0
        while news := self._store.news():
            sender = self._sender = self._sender or producer(self._brokers, linger_ms=5)
            topic_name = self._places.changes
            sent = [sender.send(topic_name, key=changes.key_of(record), value=record) for _, record in news]
            for each in sent:
                each.get(timeout=30)
            self._store.sent(news[-1][0])
            count += len(news)
        return count

    def close(self) -> None:
        """Close what it sends with."""
        if self._sender is not None:
            self._sender.close(timeout=10)

    def _entries(self, found: Mapping[TopicPartition, list[Any]], now: int) -> Iterator[Item | Removed]:
        for records in found.values():
            for record in records:
                entry, faults = entry_of(record.key, record.value, now=now)
                for fault in faults:
                    if self.report.tell(record.offset, fault) <= PLACES:  # the others are counted, and told at each publication
                        where = f"{record.topic}-{record.partition} offset {record.offset}"
                        log.warning("%s: %s %s: %s", where, fault.field or "it", fault.what, fault.fix)
                if isinstance(entry, Item) and self._looked_at is not None:
                    entry = self._looked_at.with_viewers(entry)
                if entry is not None:
                    self._times[id(entry)] = min(record.timestamp, now) if record.timestamp > 0 else now
                    yield entry

    def publish(self) -> Published | None:
        """Write what has changed and point the job to it. Returns the version; None where nothing has changed."""
        store, files = self._store, self._places.files
        base, stamp = self._base(), store.stamp
        if store.fact("published_stamp") == str(stamp) and time.monotonic() < self._look_again:
            return None
        self._look_again = time.monotonic() + LOOK_S
        before = CATALOGUE.standing(self._brokers, self._places.control)
        if base is not None and before is not None and store.fact("published") == before.version and store.fact("published_stamp") == str(stamp):
            return None
        since = int(store.fact("base_stamp") or 0)
        changes = store.changed_since(since)
        if base is None or changes > max(WHOLE_COUNT, WHOLE_SHARE * base.items):
            base, since, changes = files.put(store), stamp, 0
        layers = (base,) if not changes else (base, files.put(store, since=since))
        version = Published(layers)
        if before != version:
            CATALOGUE.publish(self._brokers, self._places.control, version, audited=before is None or before.layers[0] != base)
        if since == stamp and store.changed_since(-1) - len(store) > MAX_REMOVED:
            store.forget_removed()
        facts = {"base": msgspec.json.encode(base).decode(), "base_stamp": str(since), "published": version.version, "published_stamp": str(stamp)}
        store.put((), facts=facts)
        files.tidy(layers, now=time.time())
        return version if before != version else None

    def _base(self) -> Layer | None:
        told = self._store.fact("base")
        return None if told is None else Layer(*msgspec.json.decode(told, type=tuple[str, str, int, int]))


def run(
    brokers: str,
    places: Places,
    *,
    every_s: float = EVERY_S,
    once: bool = False,
    told: Callable[[Published, int], None] = lambda version, items: None,
) -> None:
    """Publish as items come, forever, or (once) what there is now. Kafka may be away for a while; what was published stays in force meanwhile."""
    places.data.mkdir(parents=True, exist_ok=True)
    ensure_topics(brokers, [topic(places.catalogue), changes.short_lived(places.changes)])
    with ExitStack() as stack:
        reader = stack.enter_context(closing(consumer(brokers, [places.catalogue])))
        store = stack.enter_context(Store(places.data / "catalogue.sqlite"))
        looked_at: LookedAt | None = None
        if places.events:
            looked_at = LookedAt(stack.enter_context(closing(consumer(brokers, [places.events], start="latest", committed=False))), store)
            looked_at.seek(time.time())
        service = stack.enter_context(closing(Service(brokers, places, reader=reader, store=store, looked_at=looked_at)))
        due = 0.0
        while True:
            try:
                service.read(now=int(time.time() * 1000))
                service.tell()
                service.learn(now=time.time())
                if time.monotonic() < due or service.is_catching_up:
                    continue
                version = service.publish()
                if version is not None:
                    told(version, len(store))
                due = time.monotonic() + every_s
                if once:
                    return
            except (KafkaError, KairosError) as problem:
                if once:
                    raise
                log.warning("nothing is published: %s: %s", type(problem).__name__, problem)
                time.sleep(5.0)
