"""The shop as a whole: a crowd of people whose visits interleave into one stream of events, in order of time.

Deterministic: the same seed, start and settings give the same events, whatever clock they are sent by. Time is a number that the
first event starts from; nothing here waits or looks at a clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from random import Random

from simulation.catalogue import Catalogue, outdoor_shop
from simulation.customers import Person, customer, stranger
from simulation.visits import Basket, Click, Visit


@dataclass(frozen=True, kw_only=True, slots=True)
class Tempo:
    """How fast people live. Means, in milliseconds: between two clicks, and between a visit and coming back."""

    pause_ms: int
    away_ms: int


REAL = Tempo(pause_ms=20_000, away_ms=36 * 3_600_000)
BRISK = Tempo(pause_ms=2_000, away_ms=30_000)
"""A demo's: a visit in half a minute, and whoever walks away decides within a minute whether to come back."""
OPENING = 2.0
"""Pauses over which the first crowd comes in: so the rate is right from the first seconds on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Posted:
    """A click of one person at one time (epoch ms), with the id its tracker gave it. `simulation.segment` writes it as JSON."""

    at: int
    person: Person
    click: Click
    message_id: str

    @property
    def key(self) -> str:
        """The Kafka key it belongs under."""
        return self.person.key


@dataclass(slots=True)
class _Walk:
    """A visit under way: `click` is what the visitor does next, `clicks` what comes after it."""

    visit: Visit
    clicks: Iterator[Click]
    click: Click


class Shop:
    """An endless iterator of events in order of time, about `rate` of them in a second of the shop's own time.

    The number of people inside is held steady: rate x pause. Where one leaves another comes in, a customer or a stranger; those
    who walked away from a cart, or liked it here, may come back on their own account.
    """

    def __init__(
        self,
        *,
        seed: int,
        start: int,
        rate: float = 100.0,
        customers: int = 2_000,
        strangers: float = 0.25,
        tempo: Tempo = BRISK,
        catalogue: Catalogue | None = None,
    ) -> None:
        """`start` is epoch ms, `strangers` the share of newcomers who are anonymous."""
        if rate <= 0 or customers < 1:
            message = f"a shop needs a rate above 0 and at least one customer, not {rate} and {customers}"
            raise ValueError(message)
        self.start = start
        self._seed, self._customers, self._strangers, self._tempo = seed, customers, strangers, tempo
        self._catalogue = catalogue or outdoor_shop()
        self._categories = tuple(self._catalogue.shelves)
        self._door = Random(f"{seed}/door")
        self._line: list[tuple[int, int, Person, _Walk | None]] = []
        self._turn, self._messages, self._numbers = count(), count(), count()
        self._busy: set[str] = set()
        self._baskets: dict[str, Basket] = {}
        self._visits: dict[str, int] = {}
        self._extra = 0
        crowd = max(1, round(rate * tempo.pause_ms / 1000))
        for _ in range(crowd):
            self._arrive(self._newcomer(), start + int(self._door.random() * OPENING * tempo.pause_ms))

    def __iter__(self) -> Iterator[Posted]:
        return self

    def __next__(self) -> Posted:
        """The next event of anybody."""
        while True:
            at, _, person, walk = heappop(self._line)
            if walk is not None:
                return self._click(at, person, walk)
            self._extra += 1  # somebody comes back, beyond the crowd: for her the next who leaves is not replaced
            self._arrive(person, at)

    def _click(self, at: int, person: Person, walk: _Walk) -> Posted:
        posted = Posted(at=at, person=person, click=walk.click, message_id=f"{self._seed}-{self.start:x}-{next(self._messages)}")
        following = next(walk.clicks, None)
        if following is None:
            self._leave(person, walk.visit, at)
        else:
            walk.click = following
            self._queue(at + self._pause(following, walk.visit.chance), person, walk)
        return posted

    def _newcomer(self) -> Person:
        if self._door.random() >= self._strangers:
            for _ in range(8):  # then the shop is nearly empty of free customers: let a stranger in
                number = self._door.randrange(self._customers)
                person = customer(number, seed=self._seed, categories=self._categories)
                if person.key not in self._busy:
                    return person
        return stranger(next(self._numbers), seed=self._seed, categories=self._categories)

    def _arrive(self, person: Person, at: int) -> None:
        self._busy.add(person.key)
        number = self._visits[person.key] = self._visits.get(person.key, 0) + 1
        visit = Visit(
            person,
            catalogue=self._catalogue,
            basket=self._baskets.setdefault(person.key, {}),
            order_id=f"{person.key}-{self.start:x}-{number}",
            chance=Random(f"{self._seed}/visit/{person.key}/{number}"),
        )
        clicks = visit.clicks()
        first = next(clicks)
        self._queue(at + self._pause(first, visit.chance), person, _Walk(visit, clicks, first))

    def _leave(self, person: Person, visit: Visit, at: int) -> None:
        if visit.chance.random() < (0.1 if visit.bought else 0.55 if visit.basket else 0.25):
            away = int(visit.chance.uniform(0.2, 1.8) * self._tempo.away_ms)
            self._queue(at + away, person, None)
        else:
            self._forget(person)
        if self._extra:
            self._extra -= 1
        else:
            self._arrive(self._newcomer(), at + self._tempo.pause_ms)

    def _forget(self, person: Person) -> None:
        """Somebody who does not plan to come back: a customer may be drawn again by chance, a stranger never is."""
        self._busy.discard(person.key)
        if person.user_id is None:
            del self._baskets[person.key], self._visits[person.key]

    def _queue(self, at: int, person: Person, walk: _Walk | None) -> None:
        heappush(self._line, (at, next(self._turn), person, walk))

    def _pause(self, click: Click, chance: Random) -> int:
        return int(click.linger * chance.uniform(0.4, 1.6) * self._tempo.pause_ms)
