"""Who took what and when, from a history of events. The codecs are those of the job: what it rejects is rejected here, and counted."""

import gc
from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from services.replay.records import Record
from training.errors import HistoryError
from training.history import HistorySource
from training.persons import Linked
from training.recommend.sequences import Longs, Sequences
from udfs.codecs.decode import decode_all
from udfs.core.profile.cart_products import product_of
from udfs.core.records import Event, Rejection
from udfs.core.values.ids import plain_id
from udfs.core.values.problems import short

EVENTS = ("product_viewed", "order_completed")
"""The events that say that somebody took an item."""
MAX_REASON = 200
"""The maximum length, in characters, of the reason why a line was rejected."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a history held, and what of it was not used."""

    events: int
    """Events that could be read."""
    used: int
    """Items of these events that were used."""
    rejected: int
    """Lines, and messages of a batch, that could not be read."""
    set_aside: int
    """Single fields that could not be read; their events were used."""
    again: int
    """Repeats: items of the same message, or the same item of the same order."""
    without_product: int
    """Items without an id, an SKU or a name, and events about no product at all."""
    others: Mapping[str, int]
    """Other events, by name."""
    first_rejected: str | None
    """Line and reason."""
    note: str | None
    """What the reader of the file says."""


@dataclass(frozen=True, kw_only=True)
class Interactions:
    """People in order of their first event, items in order of their ids."""

    sequences: Sequences
    people: Sequence[str]
    items: Sequence[str]
    told: Told


def interactions(source: HistorySource, names: Collection[str] = EVENTS) -> Interactions:
    """Read a history. Raises HistoryError if no event of these names is about a product.

    Memory holds the ids, and 24 bytes for each item somebody took. Lines with the same time stay in the order of the file.
    """
    history = source.read()
    reader = _Reader(names, Linked() if source.links_ids else None)
    gc.disable()  # nothing here is cyclic, and the tables of ids are large
    try:
        for record in history.records:
            reader.take(record)
    finally:
        gc.enable()
    return reader.done(history.note)


class _Reader:
    """Counts what it reads, and keeps what is used."""

    def __init__(self, names: Collection[str], linked: Linked | None) -> None:
        self._names, self._linked = frozenset(names), linked
        self._people: dict[str, int] = {}
        self._items: dict[str, int] = {}
        self._who, self._what, self._when, self._marks = array("i"), array("i"), array("q"), array("q")
        self._others: Counter[str] = Counter()
        self._events = self._rejected = self._set_aside = self._without = self._bare = 0
        self._first: str | None = None

    def take(self, record: Record) -> None:
        """Use the events of one line."""
        for each in decode_all(record.key, record.value, record.at):
            if isinstance(each, Rejection):
                self._refuse(each, record.line)
                continue
            self._events += 1
            user_id = each.user_id if self._linked is None else self._linked.of(each)
            if each.name in self._names:
                self._use(each, user_id)
            else:
                self._others[each.name if each.known else "other"] += 1  # unknown names come from outside, without a bound

    def _refuse(self, rejection: Rejection, line: int) -> None:
        if rejection.accepted:
            self._set_aside += 1 + rejection.skipped
            return
        self._rejected += 1
        if self._first is None:
            why = f"{rejection.field}: {rejection.message}" if rejection.field else rejection.message
            self._first = short(f"line {line:,}: {why}" if line else why, MAX_REASON)

    def _use(self, event: Event, user_id: str) -> None:
        found = False
        order = plain_id(event.properties.get("order_id")) if event.name == "order_completed" else ""
        for place, product in enumerate(_products(event)):
            found = True
            if not (item := product_of(product)):
                self._without += 1
                continue
            if order:
                mark = hash((user_id, "order", order, item))
            elif event.bare:
                self._bare += 1
                mark = hash(("bare", self._bare))
            else:
                mark = hash((user_id, event.source, event.message_id, place))
            self._who.append(self._people.setdefault(user_id, len(self._people)))
            self._what.append(self._items.setdefault(item, len(self._items)))
            self._when.append(event.at)
            self._marks.append(mark)
        self._without += not found

    def done(self, note: str | None) -> Interactions:
        """Everything in order of person and time, each mark once."""
        if not len(self._who):
            held = ", ".join(f"{name} ({number:,})" for name, number in self._others.most_common(5))
            refused = f"; {self._rejected:,} lines were rejected, first {self._first}" if self._first else ""
            names = " or ".join(sorted(self._names))
            unnamed = f"; {self._without:,} of these events, or lines of them, have no product_id, sku or name of a product" if self._without else ""
            others = held or ("nothing else" if self._without else "no readable event")
            problem = f"nothing to learn from: no {names} of this history names a product; it holds {others}{unnamed}{refused}"
            raise HistoryError(problem)
        once = np.sort(np.unique(np.frombuffer(self._marks, np.int64), return_index=True)[1])
        people, known = self._in_the_end()
        who, when = known[np.frombuffer(self._who, np.int32)[once]], np.frombuffer(self._when, np.int64)[once]
        ids = sorted(self._items)
        number = np.empty(len(ids), np.int32)
        number[[self._items[each] for each in ids]] = np.arange(len(ids), dtype=np.int32)
        what = number[np.frombuffer(self._what, np.int32)[once]]
        order = np.lexsort((when, who))  # stable: equal times stay in the order of the file
        told = Told(
            events=self._events,
            used=len(once),
            rejected=self._rejected,
            set_aside=self._set_aside,
            again=len(self._marks) - len(once),
            without_product=self._without,
            others=dict(self._others.most_common()),
            first_rejected=self._first,
            note=note,
        )
        sequences = Sequences(what[order], when[order], _starts(who, len(people)), len(ids))
        return Interactions(sequences=sequences, people=people, items=ids, told=told)

    def _in_the_end(self) -> tuple[list[str], npt.NDArray[np.int32]]:
        """The people, and for each id that was read which of them it is: what an id took before it turned out to be somebody's is hers."""
        persons = {} if self._linked is None else {each: self._linked.persons.of(each) for each in self._people}
        found: dict[str, int] = {}
        places = [found.setdefault(persons.get(each, each), len(found)) for each in self._people]
        return list(found), np.array(places, dtype=np.int32)


def _products(event: Event) -> Iterator[Mapping[str, Any]]:
    """The products that an event is about. An order without a list may name a single one by id."""
    products = event.properties.get("products")
    if event.name == "order_completed":
        if isinstance(products, list):
            yield from (each for each in products if isinstance(each, dict))
        elif event.properties.get("product_id") or event.properties.get("sku"):
            yield {name: event.properties.get(name) for name in ("product_id", "sku")}
    elif isinstance(products, list) and not event.properties.get("product_id"):
        yield from (each for each in products if isinstance(each, dict))
    else:
        yield event.properties


def _starts(who: Any, people: int) -> Longs:
    return np.concatenate([[0], np.cumsum(np.bincount(who, minlength=people))]).astype(np.int64)
