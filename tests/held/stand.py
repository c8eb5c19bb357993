"""A shop whose decisions are made up, and a control topic in memory, for the monitor of anomalies."""

import json
from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

from services.control.holds import Found, held_record, say_record, usual_record
from services.control.listing import Published, standing
from services.control.records import ControlRecord
from services.held.tally import Tally
from services.held.watch import HeldWatch
from tests.builders import DAY, HOUR, MINUTE, MONDAY, mail
from udfs.core.campaigns.book import Book, Entry
from udfs.core.campaigns.compile_book import compile_book

BEGIN = MONDAY
NEWS = "news"


class FakeControl:
    """Holds what is published, as the topic does."""

    def __init__(self, *documents: dict[str, Any], entries: Iterable[Entry] = ()) -> None:
        """`entries`: what is published already, in place of documents."""
        self.entries = list(entries)
        self.writes: list[ControlRecord] = []
        self._read: tuple[int, tuple[Book, list[Published]]] | None = None
        for document in documents or (() if self.entries else (mail(), mail("other"))):
            self.publish(document)

    def publish(self, document: dict[str, Any], *, version: str = "v1") -> None:
        """A campaign, by itself."""
        value = {"kind": "campaign", "name": document["campaign"], "version": version, "status": "live", "document": document}
        self._put(f"campaign/{document['campaign']}", json.dumps(value).encode())

    def read(self) -> tuple[Book, list[Published]]:
        """What is in force."""
        if self._read is None or self._read[0] != len(self.entries):
            self._read = len(self.entries), (compile_book(self.entries), standing(self.entries))
        return self._read[1]

    def hold(self, campaign: Published, found: Found, *, at: int) -> None:
        """Hold it."""
        self._write(held_record(campaign, found, at=at))

    def tell_usual(self, offers: Mapping[str, Mapping[str, float]], *, at: int) -> None:
        """What is usual."""
        self._write(usual_record(offers, at=at))

    def say(self, name: str, said: Any, *, at: int, keeps: int = DAY) -> None:
        """What a person says."""
        self._write(say_record(self.read()[1], name, said, at=at, keeps=keeps)[1])

    @property
    def holds(self) -> list[str]:
        """Keys of the holds that were written by the monitor."""
        return [record.key for record in self.writes if record.act == "held"]

    def _write(self, record: ControlRecord) -> None:
        self.writes.append(record)
        self._put(record.key, record.value)

    def _put(self, key: str, value: bytes | None) -> None:
        self.entries.append(Entry(key, len(self.entries), value))


class Lane:
    """Records that have been committed, and not been read yet."""

    def __init__(self) -> None:
        self.waiting: list[Mapping[str, Any]] = []

    def read(self) -> Iterable[Mapping[str, Any]]:
        """All of them, once."""
        found, self.waiting = self.waiting, []
        return found


class Stand:
    """The monitor, what it reads, and the time."""

    def __init__(self, *documents: dict[str, Any], tally: Tally | None = None, control: FakeControl | None = None) -> None:
        self.control = control or FakeControl(*documents)
        self.decisions, self.actions = Lane(), Lane()
        self.watch = HeldWatch(self.control, self.decisions, self.actions, tally or Tally())
        self.number = 0

    def decide(self, at: int, count: int = 1, *, campaign: str = NEWS, now: int | None = None, over: int = MINUTE, **more: Any) -> None:
        """So many messages that went out, spread over a time from `at` on, and decided then by the clock or at `now`."""
        for number in range(count):
            moment = at + number * over // count
            self.number += 1
            self.decisions.waiting.append(decision(moment, campaign=campaign, number=self.number, decided_at=now or moment + 100, **more))

    def look(self, now: int) -> list[tuple[str, str]]:
        """One round; what it has held."""
        self.watch.round(now=now)
        return self.watch.newly

    def live(self, hours: Iterable[int], *, campaign: str = NEWS, rate: Any = lambda hour: 12, seed: int = 1) -> list[tuple[str, str]]:
        """Usual hours (since `BEGIN`), with so many messages each, and a look every ten minutes. What was held."""
        found: list[tuple[str, str]] = []
        chance = Random(seed)
        for hour in hours:
            begins = BEGIN + hour * HOUR
            moments = sorted(chance.randrange(HOUR) for _ in range(rate(hour)))
            for part in range(6):
                for moment in [each for each in moments if each // (10 * MINUTE) == part]:
                    self.decide(begins + moment, campaign=campaign)
                found += self.look(begins + (part + 1) * 10 * MINUTE)
        return found


def decision(
    at: int, *, number: int, campaign: str = NEWS, decided_at: int, outcome: str = "acted", reason: str = "ELIGIBLE", **more: Any
) -> dict[str, Any]:
    """A decision as it stands on the topic."""
    return {
        "decision_id": f"d{number}",
        "attempt": 0,
        "user_id": f"u{number}",
        "campaign": campaign,
        "outcome": outcome,
        "reason": reason,
        "at": at,
        "decided_at": decided_at,
        "scores": {},
        **more,
    }
