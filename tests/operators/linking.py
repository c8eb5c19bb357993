"""A cluster made of fakes: the stage of identity, a key each with the real operator, and the topic on which ids hand over what they know.

Every order in which a real one could do its work can be played: reading partitions, delivering what is on its way, making answers visible, timers, a
checkpoint, a crash. `Stage` is what the query of jobs/identity.py says, in Python; a test on the real cluster holds the two together.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from pyflink.datastream import TimeDomain

from services.replay.records import Record
from tests.builders import DAY, MINUTE, MONDAY, book, campaign
from tests.operators.fakes import FakeContext
from tests.operators.running import without_people
from udfs.codecs.stamped import HANDED, Stamp, stamped
from udfs.codecs.topics import Topics
from udfs.core.campaigns.book import Book
from udfs.core.engine import Engine
from udfs.operators.linked import Linked

Row = tuple[str, bytes, int]
"""Key, value, record time."""


@dataclass
class Stage:
    """Who each id is, as far as is known."""

    known: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    drawn: int = 0

    def stamp(self, record: Record) -> list[Row]:
        told = json.loads(record.value)
        key = (record.key or b"").decode()
        said, web, previous = (told.get(name) for name in ("userId", "anonymousId", "previousId"))
        is_change = told.get("type") == "alias" and previous is not None
        own = (previous if is_change else None) or web or key
        who = key if (said or (web if is_change else None)) == key else None
        person, links, changes = self.known.get(own, ("", 0, 0))
        person = who or person
        is_link = who is not None and who != own
        links, changes = links + is_link, changes + (is_link and is_change)
        self.known[own] = (person, links, changes)
        if is_link and (links == 1 or (is_change and changes == 1)):
            assert who is not None
            self.drawn += 1
            merge_id = f"merge-{self.drawn}"
            asked = stamped(Stamp(merge=merge_id, person=who, change=is_change))
            return [(who, stamped(Stamp(own=key, merge=merge_id), record.value), record.at), (own, asked, record.at)]
        target = person or key
        return [(target, record.value if target == key else stamped(Stamp(own=key), record.value), record.at)]


@dataclass
class Cluster:
    """It runs until nothing is left to do. `shuffled`: the generator that draws the next step; None: everything at once and in order."""

    book: Book
    is_committed: bool = True
    """What is written becomes visible at checkpoints."""
    joins_known: bool = False
    stage: Stage = field(default_factory=Stage)
    keys: dict[str, tuple[Linked, FakeContext]] = field(default_factory=dict)
    wires: dict[tuple[str, str], list[Row]] = field(default_factory=dict)
    identity: list[tuple[str, bytes]] = field(default_factory=list)
    read: int = 0
    written: list[tuple[str, bytes, bytes]] = field(default_factory=list)
    """Not visible yet."""
    visible: list[tuple[str, bytes, bytes]] = field(default_factory=list)
    watermark: int = 0
    saved: Any = None
    checkpoints: int = 2
    """How many there may be that make nothing visible."""

    def key(self, name: str) -> tuple[Linked, FakeContext]:
        if name not in self.keys:
            context = FakeContext()
            context.key, context.watermark = name, self.watermark
            self.keys[name] = (self._operator(context), context)
        return self.keys[name]

    def _operator(self, context: FakeContext) -> Linked:
        engine = without_people(Engine)
        operator = Linked(joins_known=self.joins_known, book=self.book.pack(), topics=Topics(), max_event_bytes=1_000_000, new_engine=engine)
        operator.open(context)
        return operator

    # The steps.

    def take(self, record: Record) -> None:
        for row in self.stage.stamp(record):
            told = json.loads(record.value)
            own = told.get("previousId") or told.get("anonymousId") or (record.key or b"").decode()
            self.wires.setdefault((own, row[0]), []).append(row)

    def deliver(self, wire: tuple[str, str]) -> None:
        target, value, at = self.wires[wire].pop(0)
        operator, context = self.key(target)
        context.at = at
        self.write(operator.process_element(value, context) or ())

    def answer(self) -> None:
        target, value = self.identity[self.read]
        self.read += 1
        operator, context = self.key(target)
        context.at = 253_402_300_799_000
        self.write(operator.process_element(bytes([HANDED]) + value, context) or ())

    def fire(self, now: int) -> None:
        """Timers of event time, in order of time."""
        self.watermark = max(self.watermark, now)
        for _, context in self.keys.values():
            context.watermark = self.watermark
        while due := min(((min(context.timers), name) for name, (_, context) in self.keys.items() if context.timers), default=None):
            at, name = due
            if at > self.watermark:
                break
            operator, context = self.keys[name]
            context.timers = [each for each in context.timers if each != at]
            self.write(operator.on_timer(at, context))

    def wait(self, name: str, milliseconds: int) -> None:
        """The wall clock of one key moves on."""
        operator, context = self.key(name)
        context.now += milliseconds
        context.domain = TimeDomain.PROCESSING_TIME
        for at in sorted({each for each in context.waits if each <= context.now}):
            context.waits = [each for each in context.waits if each != at]
            self.write(operator.on_timer(at, context))
        context.domain = TimeDomain.EVENT_TIME

    def write(self, rows: Any) -> None:
        self.written += [tuple(row) for row in rows]
        if not self.is_committed:
            self.commit()

    def commit(self) -> None:
        for topic, key, value in self.written:
            if topic == "identity":
                self.identity.append((key.decode(), value))
            else:
                self.visible.append((topic, key, value))
        self.written = []

    def at_rest(self) -> bool:
        return not any(self.wires.values())

    def checkpoint(self, places: Sequence[int]) -> None:
        """With nothing on its way, so that there are no barriers to think of: the model has those."""
        assert self.at_rest()
        self.checkpoints -= not self.written
        states = {
            name: (context.state.held, context.kept_ids.held, context.ties.held, [*context.timers], [*context.waits])
            for name, (_, context) in self.keys.items()
        }
        self.commit()
        self.saved = (dict(self.stage.known), states, self.read, [*places], self.watermark)

    def crash(self) -> list[int] | None:
        """Back to the checkpoint. Merge ids go on: none is drawn twice."""
        known, states, self.read, places, self.watermark = self.saved or ({}, {}, 0, None, 0)
        self.stage.known = dict(known)
        self.written, self.wires, self.keys = [], {}, {}
        for name, (state, kept, ties, timers, waits) in states.items():
            _, context = self.key(name)
            context.state.held, context.kept_ids.held, context.ties.held = state, kept, ties
            context.timers, context.waits = [*timers], [*waits]
        return None if places is None else [*places]

    # The runs.

    def run(self, *records: Record, drain: int) -> None:
        """One after the other, as if nothing took time. Afterwards what is pending falls due."""
        for record in records:
            self.fire(record.at - 1)
            self.take(record)
            self.settle()
        self.fire((records[-1].at if records else 0) + drain)
        self.settle()

    def settle(self) -> None:
        """Everything that is on its way arrives."""
        while any(self.wires.values()) or self.read < len(self.identity) or self.written:
            for wire in [wire for wire, rows in self.wires.items() if rows]:
                self.deliver(wire)
            self.commit()
            while self.read < len(self.identity):
                self.answer()

    def shuffle(self, partitions: Sequence[Sequence[Record]], random: Random, *, drain: int, crashes: int = 0) -> None:
        """Any order, drawn by chance. Timers fire only when nothing before them is unread or on its way, as watermarks promise."""
        places = [0 for _ in partitions]
        while steps := list(self._steps(partitions, places, crashes)):
            what, which = random.choice(steps)
            if what == "read":
                self.take(partitions[which][places[which]])
                places[which] += 1
            elif what == "deliver":
                self.deliver(which)
            elif what == "answer":
                self.answer()
            elif what == "checkpoint":
                self.checkpoint(places)
            elif what == "crash":
                crashes -= 1
                places = self.crash() or [0 for _ in partitions]
            unread = [part[place].at for part, place in zip(partitions, places, strict=True) if place < len(part)]
            on_way = [row[2] for rows in self.wires.values() for row in rows]
            if unread or on_way:
                self.fire(min(unread + on_way) - 1)
        self.fire(max(record.at for part in partitions for record in part) + drain)
        self.settle()

    def _steps(self, partitions: Sequence[Sequence[Record]], places: Sequence[int], crashes: int) -> Iterator[tuple[str, Any]]:
        for number, part in enumerate(partitions):
            if places[number] < len(part):
                yield "read", number
        for wire, rows in self.wires.items():
            if rows:
                yield "deliver", wire
        if self.read < len(self.identity):
            yield "answer", None
        if self.at_rest() and (self.written or self.checkpoints > 0):
            yield "checkpoint", None
        if crashes:
            yield "crash", None

    def told(self, topic: str) -> list[dict[str, Any]]:
        return [json.loads(value) for name, _, value in self.visible if name == topic or (topic == "actions" and name.startswith("actions."))]


CART = campaign(when="cart.value > 40")
TENT: dict[str, Any] = {"product_id": "tent", "price": 60, "quantity": 1}
BOOK = book(CART)


def played(*records: Record, **told: Any) -> Cluster:
    cluster = Cluster(BOOK, **told)
    cluster.run(*records, drain=2 * DAY)
    return cluster


def decided(cluster: Cluster) -> list[tuple[str, float, str]]:
    return [(each["user_id"], (each["at"] - MONDAY) / MINUTE, each["outcome"]) for each in cluster.told("decisions")]


def halfway(*records: Record, **told: Any) -> Cluster:
    """All records have arrived, and no answer has."""
    cluster = Cluster(BOOK, **told)
    for record in records:
        cluster.fire(record.at - 1)
        cluster.take(record)
        for wire in [wire for wire, rows in cluster.wires.items() if rows]:
            while cluster.wires[wire]:
                cluster.deliver(wire)
    cluster.commit()
    return cluster


def counts(cluster: Cluster, what: str) -> int:
    return sum({str(name): count for name, count in operator._metrics.own.items()}[what] for operator, _ in cluster.keys.values())
