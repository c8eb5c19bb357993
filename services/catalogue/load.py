"""Send the items of a feed to the topic `catalogue`: those that say something new, and (for a feed that is everything) removals of the others."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import Any, NamedTuple

from jobs.read_to_end import read_to_end
from services.catalogue.topic import entry_of, record_of, topic
from services.items.store import Store, decode
from services.kafka.client import consumer, ensure_topics, producer
from udfs.catalogue.snapshot import Removed
from udfs.core.items.item import Item
from udfs.core.values.errors import NotAllowed, Unfinished

MAX_REMOVED = 0.3
"""The share of the catalogue that a whole feed may remove without being told to: one that was cut off must not empty the shop."""
UNDER_WAY = 20_000
ACK_S = 60.0


class Loaded(NamedTuple):
    """What was sent."""

    sent: int
    removed: int
    unchanged: int


def load(
    brokers: str, name: str, found: Iterable[Item], *, whole: bool, remove_most: bool = False, told: Callable[[int], None] = lambda count: None
) -> Loaded:
    """Send items. `whole`: the feed is the whole catalogue, so what is not in it is removed. `told` is called with how many were sent so far.

    Raises NotAllowed where a whole feed would remove everything, or more than MAX_REMOVED and `remove_most` is not said: then nothing was sent.
    """
    ensure_topics(brokers, [topic(name)])
    with Store() as held, Store() as fresh:
        held.put(_standing(brokers, name))
        fresh.put(found)
        if whole and len(held) and not len(fresh):
            message = f"the feed has no item that can be read, and would remove all {len(held):,} of the catalogue: nothing was sent"
            raise NotAllowed(message, "check it with `kairos catalogue check`; what is no longer sold is removed by a feed of what still is")
        gone = [item_id for item_id, told, _ in fresh.beside(held) if told is None] if whole else []
        if gone and not remove_most and len(gone) > MAX_REMOVED * len(held):
            message = f"the feed lacks {len(gone):,} of the {len(held):,} items of the catalogue, and would remove them: nothing was sent"
            raise NotAllowed(message, "is it cut off? If these are really no longer sold, add --remove-most; without --whole nothing is removed")
        sent = _send(brokers, name, _changed(fresh, held), told)
        removed = _send(brokers, name, map(Removed, gone), told)
        return Loaded(sent, removed, len(fresh) - sent)


def _changed(fresh: Store, held: Store) -> Iterator[Item | Removed]:
    for _, told, before in fresh.beside(held):
        if told is not None and told != before:
            entry = decode(told)
            if before is None or entry != decode(before):  # 1 and 1.0 are other bytes, and the same
                yield entry


def _standing(brokers: str, name: str) -> Iterator[Item | Removed]:
    """What the topic says now."""
    with closing(consumer(brokers, [name])) as reader:
        for records in read_to_end(reader):
            for record in records:
                entry, _ = entry_of(record.key, record.value)
                if entry is not None:
                    yield entry


def _send(brokers: str, name: str, entries: Iterable[Item | Removed], told: Callable[[int], None]) -> int:
    """Send entries, with a bounded number under way. Raises Unfinished with how many the broker has."""
    sent, waiting = 0, list[Any]()
    with closing(producer(brokers, linger_ms=20)) as sender:
        try:
            for entry in entries:
                key, value = record_of(entry)
                waiting.append(sender.send(name, key=key, value=value))
                if len(waiting) >= UNDER_WAY:
                    sent += _acknowledged(waiting)
                    told(sent)
            sent += _acknowledged(waiting)
        except Exception as error:
            message = f"{sent:,} items are on topic {name!r}, then: {type(error).__name__}: {error}"
            raise Unfinished(message, "load the feed again: what is there already is not sent twice") from error
    return sent


def _acknowledged(waiting: list[Any]) -> int:
    count = len(waiting)
    for each in waiting:
        each.get(timeout=ACK_S)
    waiting.clear()
    return count
