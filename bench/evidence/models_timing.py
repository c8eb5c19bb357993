"""Claim 7 of models: opens at the hour at which people read, against fixed hours, and with what was planted to mislead.

Customers whose truth is known: each looks into the inbox once a day, at an hour of their own with some spread, on some days at any hour. The longer a
message lies there, the less likely it is opened when they look. A share of them has a mail server that opens everything at once. All ways live with
the same customers and the same dice. Three messages a week are asked for, at ten in the morning; the first weeks are for learning, and counted apart.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np

from bench.intervals import of_mean
from bench.report import Claim, at_least, at_most, exactly, measured
from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, book, event, mail
from udfs.core.engine import Engine
from udfs.core.records import Action, Event

CUSTOMERS = 2_000
WEEKS = 26
LEARNING = 6
"""Weeks that are counted apart."""
PER_WEEK = 3
ASKED = 10
HOURS = ((7, 2.0), (8, 3.0), (12, 3.0), (13, 2.0), (17, 2.0), (19, 4.0), (20, 5.0), (21, 4.0))
"""At which hour customers look into the inbox, and how many of them."""
FIXED = (7, 9, 12, 17, 19, 20)
ANY = 0.2
"""On so many days they look at any hour between six and midnight."""
FADES = 4.0
"""Hours after which a message that lies there is opened a third as often."""
OPENED = 0.6
MACHINES = 0.2
QUIET = {"from": "22:00", "to": "07:00"}
ONCE, INFORMED = "at once", "at: best, with the hours of all customers"


@dataclass(frozen=True)
class Person:
    """Somebody with a habit."""

    name: str
    hour: int
    has_machine: bool


@dataclass
class Way:
    """How one way did, in opens of each customer after the weeks of learning."""

    opens: list[int] = field(default_factory=list)
    sent: int = 0
    early_opens: int = 0
    early_sent: int = 0
    in_quiet: int = 0
    expired: int = 0
    longest: int = 0
    """Bytes of the largest profile."""


def check(customers: int = CUSTOMERS) -> list[Claim]:
    """Every way with the same customers."""
    people = list(_people(customers))
    best = {"news": mail(send={"at": "best"})}
    hours = {str(hour): share for hour, share in HOURS}
    ways = {f"at {hour}:00": _lived(people, mail(), {}, asked=hour) for hour in FIXED}
    ways[ONCE] = _lived(people, mail(), {})
    ways["at: best"] = _lived(people, best["news"], {})
    ways[INFORMED] = _lived(people, best["news"], {"send_time": {"hours": hours}})
    found = [measured(f"customers, {PER_WEEK} messages a week for {WEEKS} weeks, the first {LEARNING} counted apart", customers, "customers")]
    for name, way in ways.items():
        early = 100 * way.early_opens / max(1, way.early_sent)
        found.append(measured(f"{name}: opened ({early:.1f} % in the first {LEARNING} weeks)", 100 * sum(way.opens) / max(1, way.sent), "%"))
    fixed = max((name for name in ways if not name.startswith("at: best")), key=lambda name: sum(ways[name].opens))
    for name, other, known in (("at: best", ONCE, "which needs no hour either"), (INFORMED, fixed, "the best fixed one")):
        low, mean = _apart(ways[name].opens, ways[other].opens)
        found.append(at_least(f"{name} less {other}, {known}: opens a customer ({mean:+.2f}), low end", low, "opens", 0.0))
    found += [exactly(f"{name}: sent in quiet hours or after they expired", way.in_quiet + way.expired, "messages", 0) for name, way in ways.items()]
    return [
        *found,
        at_most("largest profile", max(way.longest for way in ways.values()), "bytes", 8_192),
        *_misled(people[: max(50, customers // 10)]),
    ]


def _people(customers: int) -> Iterator[Person]:
    chance = Random(18)
    hours, weights = zip(*HOURS, strict=True)
    for number in range(customers):
        yield Person(f"p{number}", chance.choices(hours, weights)[0], chance.random() < MACHINES)


def _lived(people: list[Person], campaign: dict[str, object], policy: dict[str, object], *, asked: int = ASKED, honest: bool = True) -> Way:
    """All of them, with one way. `honest`: machines say that they are machines."""
    made = book(campaign, {"consent": {"default": {"marketing": "grant"}}, "quiet_hours": QUIET, **policy})
    way = Way()
    for person in people:
        _live(person, Life(Engine(made), person.name), way, asked, honest=honest)
    return way


def _live(person: Person, life: Life, way: Way, asked: int, *, honest: bool) -> None:
    opens = 0
    for week in range(WEEKS * PER_WEEK):
        day = MONDAY + week * 7 * DAY // PER_WEEK // DAY * DAY
        life.records.clear()
        life.live([event("go", day + asked * HOUR, user=person.name)]).wait(day + DAY + asked * HOUR)
        for action in life.actions:
            is_open = _answers(person, life, action, week, honest=honest)
            hour = action.at // HOUR % 24
            way.in_quiet += hour >= 22 or hour < 7
            way.expired += action.at >= action.expires_at
            way.longest = max(way.longest, len(life.blob or b""))
            if week < LEARNING * PER_WEEK:
                way.early_sent, way.early_opens = way.early_sent + 1, way.early_opens + is_open
            else:
                way.sent, opens = way.sent + 1, opens + is_open
    way.opens.append(opens)


def _answers(person: Person, life: Life, action: Action, week: int, *, honest: bool) -> bool:
    """Whether the person opens it when they next look; a machine does it at once."""
    if person.has_machine:
        life.live([_opened(person, action, action.at + MINUTE, **({"machine": True} if honest else {}))])
    chance = Random(f"{person.name} {week}")
    for day in range(3):
        midnight = (action.at // DAY + day) * DAY
        hour = chance.uniform(6, 24) if chance.random() < ANY else person.hour + chance.uniform(0, 1)
        looks, opens = midnight + round(hour * HOUR), chance.random()
        if looks <= action.at + MINUTE:
            continue
        if opens < OPENED * np.exp(-(looks - action.at) / HOUR / FADES):
            life.live([_opened(person, action, looks)])
            return True
        return False
    return False


def _opened(person: Person, action: Action, at: int, **more: bool) -> Event:
    told: dict[str, Any] = {"user": person.name, "decision_id": action.decision_id, "passive": True, **more}
    return event("message_opened", at, **told)


def _apart(one: list[int], other: list[int]) -> tuple[float, float]:
    """Low end of the interval, and mean, of the difference customer by customer."""
    found = of_mean(np.array(one, dtype=float) - np.array(other, dtype=float))
    return found.low, found.mean


def _misled(people: list[Person]) -> list[Claim]:
    """Machines of everybody, which say what they are, or do not: that is what leaving them out is worth."""
    machines = [Person(person.name, person.hour, True) for person in people]
    apart, mixed = (_lived(machines, mail(send={"at": "best"}), {}, honest=honest) for honest in (True, False))
    return [
        measured("everybody has a machine, and it says so: opened by people", 100 * sum(apart.opens) / max(1, apart.sent), "%"),
        measured("it does not say so: opened by people", 100 * sum(mixed.opens) / max(1, mixed.sent), "%"),
        at_least(
            "what leaving machines out brings", 100 * (sum(apart.opens) / max(1, apart.sent) - sum(mixed.opens) / max(1, mixed.sent)), "points", 0
        ),
    ]
