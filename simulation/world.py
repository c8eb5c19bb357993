"""The simulated world: customers who visit, buy, get messages and react to them, as one stream of events in order of time.

Pure and deterministic: time is a number, nothing here looks at a clock, and every throw of the dice belongs to one person and one purpose.
So what somebody does depends on herself and on the messages that reach her, never on who else is there or on what they were sent.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

from simulation import reactions
from simulation.catalogue import Catalogue, outdoor_shop
from simulation.customers import Person, customer, stranger
from simulation.dice import dice, uniform, waiting
from simulation.intents import Intent
from simulation.lives import Life
from simulation.plans import draw
from simulation.resolve import resolve
from simulation.rhythm import HOUR, Rhythm
from simulation.sources import Source, arrival, from_message
from simulation.tempo import REAL, Tempo
from simulation.visits import Click, Visit

VISIT_PAUSES = 6.5
"""Mean length of a visit, in pauses."""
OPENING = 2.0
"""Pauses over which those come in who would be inside already when the world begins."""
ANONYMOUS = 0.15
"""Share of customers' visits that begin before they log in."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Posted:
    """A click of one person at one time (epoch ms), with the id its tracker gave it. `simulation.segment` writes it as JSON."""

    at: int
    person: Person
    click: Click
    source: Source
    message_id: str

    @property
    def known(self) -> bool:
        """Whether it carries her user id."""
        return self.click.known and self.person.user_id is not None

    @property
    def key(self) -> str:
        """The Kafka key it belongs under."""
        return self.person.key if self.known else self.person.anonymous_id


Happening = Callable[[int], Posted | None]
"""Something that is due: called with its time, it may post an event and arrange what follows."""


class World:
    """Everybody's lives. `until` lets time pass, `receive` delivers a message; both are exact in epoch milliseconds."""

    def __init__(
        self,
        *,
        seed: int,
        start: int,
        customers: int = 2_000,
        visits_a_day: float = 0.4,
        strangers: float = 0.25,
        tempo: Tempo = REAL,
        catalogue: Catalogue | None = None,
    ) -> None:
        """`visits_a_day` is of an average customer; `strangers` the number of strangers' visits for each of a customer's."""
        self.seed, self.start, self.now, self.tempo = seed, start, start, tempo
        self.catalogue = catalogue or outdoor_shop()
        self.lives: dict[str, Life] = {}
        """By user id, and by anonymous id too."""
        self.customers: list[Life] = []
        self._categories = tuple(self.catalogue.shelves)
        self._line: list[tuple[int, int, Happening]] = []
        self._turn = count()
        self._stranger_hourly = strangers * customers * visits_a_day / 24
        self._strangers_rhythm = Rhythm("evening", "Europe/Berlin", tempo.even)
        for number in range(customers):
            self._settle(customer(number, seed=seed, categories=self._categories), visits_a_day / 24)
        if self._stranger_hourly:
            inside = round(self._stranger_hourly * VISIT_PAUSES * tempo.pause_ms / HOUR)
            for number in range(inside):
                self._at(
                    start + int(uniform(seed, "stranger-opening", number) * OPENING * tempo.pause_ms), partial(self._stranger, number, follows=False)
                )
            self._next_stranger(inside, start)

    def until(self, moment: int) -> Iterator[Posted]:
        """All events up to and including `moment`, in order of time. Messages may be received in between; their echo comes in its turn."""
        while self._line and self._line[0][0] <= moment:
            self.now, _, happening = heappop(self._line)
            posted = happening(self.now)
            if posted is not None:
                yield posted
        self.now = max(self.now, moment)

    def due(self) -> int | None:
        """When the next thing happens; it may post no event."""
        return self._line[0][0] if self._line else None

    def receive(self, action: Mapping[str, Any]) -> None:
        """A record of `actions.*` arrives. The same decision arrives once, whatever comes twice; nobody we know of, nothing happens."""
        life = self.lives.get(str(action["user_id"]))
        if life is not None:
            reactions.receive(self, life, action)

    def post(self, life: Life, click: Click, source: Source, at: int) -> Posted:
        """An event of hers; the id counts her own events only."""
        life.posted += 1
        message_id = f"{life.person.anonymous_id}-{self.start:x}-{life.posted}"
        return Posted(at=at, person=life.person, click=click, source=source, message_id=message_id)

    def later(self, at: int, happening: Happening) -> None:
        """Arrange something for a moment that is not before now."""
        self._at(max(at, self.now), happening)

    def expect(self, life: Life, intent: Intent) -> None:
        """She has made up her mind to come back for something."""
        if intent.comes_at is not None:
            self._at(intent.comes_at, partial(self._return, life, intent))

    def follow(self, life: Life, intent: Intent, *, campaign: str, channel: str, decision_id: str, at: int) -> None:
        """She follows a message to the shop: to buy, when that is what she made up her mind to, else for a look."""
        chance = dice(self.seed, "follow", decision_id)
        visit = self._visit(life, intent, chance, f"{life.person.key}-m-{decision_id[:13]}")
        clicks = visit.buying() if intent.buying else visit.glancing()
        self._enter(life, visit, clicks, from_message(life.person.device, campaign=campaign, channel=channel), at)

    def _settle(self, person: Person, hourly: float) -> None:
        hourly *= person.character.frequency
        life = Life(person, self.tempo, person.rhythm(even=self.tempo.even), hourly)
        self.customers.append(life)
        self.lives[person.key] = self.lives[person.anonymous_id] = life
        inside = life.rhythm.measure(self.start, self.start + HOUR) * hourly * VISIT_PAUSES * self.tempo.pause_ms / HOUR
        if uniform(self.seed, person.key, "opening") < inside:
            self._at(self.start + int(uniform(self.seed, person.key, "opens") * OPENING * self.tempo.pause_ms), partial(self._visits, life, -1))
        self._next_visit(life, self.start)

    def _next_visit(self, life: Life, since: int) -> None:
        number = life.visits
        life.visits += 1
        self._at(life.rhythm.advance(since, waiting(self.seed, life.person.key, "visit", number) / life.hourly), partial(self._visits, life, number))

    def _visits(self, life: Life, number: int, at: int) -> None:
        if number >= 0:  # the one that began before the world did has no successor
            self._next_visit(life, at)
        self._browse(life, number, at)

    def _next_stranger(self, number: int, since: int) -> None:
        hours = waiting(self.seed, "stranger", number) / self._stranger_hourly
        self._at(self._strangers_rhythm.advance(since, hours), partial(self._stranger, number))

    def _stranger(self, number: int, at: int, *, follows: bool = True) -> None:
        if follows:
            self._next_stranger(number + 1, at)
        person = stranger(number, seed=self.seed, categories=self._categories)
        life = Life(person, self.tempo, person.rhythm(even=self.tempo.even))
        self.lives[person.key] = life
        self._browse(life, 0, at)
        self._at(at + 10 * self.tempo.away_ms, partial(self._forget, life))

    def _forget(self, life: Life, at: int) -> None:
        """A stranger is gone for good, unless she is here or on her way."""
        if life.inside or life.waiting or any(intent.comes_at is not None for intent in life.intents):
            self._at(at + 10 * self.tempo.away_ms, partial(self._forget, life))
        else:
            self.lives.pop(life.person.key, None)

    def _browse(self, life: Life, number: int, at: int) -> None:
        """A visit of her own accord."""
        if life.inside:
            life.waiting.append(partial(self._browse, life, number))
            return
        life.tidy(at)
        person = life.person
        chance = dice(self.seed, person.key, "walk", number)
        if person.character.bot:
            visit = self._visit(life, None, chance, "")
            self._enter(life, visit, visit.crawling(), arrival(person.device, chance), at)
            return
        plan = draw(person.character, self.catalogue, chance)
        intent = Intent(
            character=person.character,
            plan=plan,
            log_odds=resolve(person.character, plan, orders=life.orders),
            judged_at=at + int((plan.looks + 2) * self.tempo.pause_ms),
            wait=life.wait_ms,
            cooling=self.tempo.away_ms,
            value=self.catalogue.by_id[plan.target].price,
        )
        life.intents.append(intent)
        anonymous = person.user_id is not None and chance.random() < ANONYMOUS
        visit = self._visit(life, intent, chance, f"{person.key}-{self.start:x}-{number + 1}", anonymous=anonymous)
        clicks = visit.browsing(partial(self._judge, life, intent, visit))
        self._enter(life, visit, clicks, arrival(person.device, chance), at)

    def _judge(self, life: Life, intent: Intent, visit: Visit) -> bool:
        intent.value = max(intent.value, visit.value())
        buys = intent.judge(self.now, dice(self.seed, life.person.key, "judge", visit.order_id))
        visit.coupon = life.coupon
        self.expect(life, intent)
        return buys

    def _return(self, life: Life, intent: Intent, at: int) -> None:
        """Back for what she had in mind, unless she bought it meanwhile or was put off."""
        if intent.closed or intent.comes_at is None or intent.comes_at > at:
            return
        if life.inside:
            life.waiting.append(partial(self._return, life, intent))
            return
        intent.comes_at, intent.buying = None, True
        name = f"{life.person.key}-{self.start:x}-r{intent.judged_at - self.start:x}"
        chance = dice(self.seed, "return", name)
        visit = self._visit(life, intent, chance, name)
        self._enter(life, visit, visit.buying(), arrival(life.person.device, chance), at)

    def _visit(self, life: Life, intent: Intent | None, chance: Random, order_id: str, *, anonymous: bool = False) -> Visit:
        plan = (intent and intent.plan) or draw(life.person.character, self.catalogue, chance)
        visit = Visit(life.person, plan=plan, catalogue=self.catalogue, basket=life.basket, order_id=order_id, chance=chance, anonymous=anonymous)
        visit.coupon = life.coupon
        return visit

    def _enter(self, life: Life, visit: Visit, clicks: Iterator[Click], source: Source, at: int) -> None:
        life.inside = True
        first = next(clicks)
        self._at(at + self._pause(first, visit), partial(self._click, life, visit, clicks, first, source))

    def _click(self, life: Life, visit: Visit, clicks: Iterator[Click], click: Click, source: Source, at: int) -> Posted:
        if click.name == "Order Completed":
            life.ordered()
        posted = self.post(life, click, source, at)
        following = next(clicks, None)
        if following is not None:
            self._at(at + self._pause(following, visit), partial(self._click, life, visit, clicks, following, source))
            return posted
        life.inside = False
        if life.waiting:
            self._at(at + self.tempo.pause_ms, partial(self._wake, life))
        return posted

    def _wake(self, life: Life, at: int) -> None:
        """Whoever is in again by then waits once more."""
        if life.waiting and not life.inside:
            life.waiting.pop(0)(at)
            if not life.inside and life.waiting:  # nothing came of that one
                self._wake(life, at)

    def _pause(self, click: Click, visit: Visit) -> int:
        spread = 1.0 if visit.person.character.bot else visit.chance.uniform(0.4, 1.6)
        return int(click.linger * spread * self.tempo.pause_ms)

    def _at(self, at: int, happening: Happening) -> None:
        heappush(self._line, (at, next(self._turn), happening))
