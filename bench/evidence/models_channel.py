"""Claim 7d of models: answers by the channel that suits each customer, against one for all, and by as many messages as suit, against a fixed cap.

Customers whose truth is known. For the channel, each answers by every channel with a chance of their own; a share of them has a mail server that
opens every e-mail. For the cap, each has an interest and a number of messages a week that is too many: beyond it fewer are answered, and whoever
gets more unsubscribes sooner, and answers nothing from then on. In one population whoever answers more also bears more; in another that is not so,
and answers say little about how many are too many. All ways live with the same customers and the same dice.
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

CUSTOMERS = 400
WEEKS = 12
USUAL = {"email": 0.22, "push": 0.15, "sms": 0.12}
"""The share of messages by each channel that all customers answer."""
SPREAD = 2.0
"""How much alike customers are: of a beta distribution, the sum of its parameters."""
MACHINES = 0.2
PER_WEEK = 2
BOUNDS = (1, 5)
ASKED = 6
"""A week, in the comparison of caps: more than any cap lets through."""
LEAVES = 0.006
"""The chance that a message makes somebody leave who has had as many in a week as they bear."""
GRANT: dict[str, object] = {"consent": {"default": {"marketing": "grant"}}}


@dataclass(frozen=True)
class Person:
    """Somebody with habits."""

    name: str
    answers: dict[str, float]
    """Channel -> the chance of an answer."""
    has_machine: bool
    bears: float
    """So many messages a week are as many as they bear."""


@dataclass
class Way:
    """How one way did."""

    answers: list[int] = field(default_factory=list)
    """Of each customer."""
    sent: int = 0
    left: list[int] = field(default_factory=list)
    """Of each customer whether they unsubscribed."""
    most: int = 0
    """Messages that somebody got in seven days."""
    untold: int = 0
    """Decisions without the figures of every channel."""


def check(customers: int = CUSTOMERS) -> list[Claim]:
    """Both features, with the same customers."""
    return [*_channels(list(people(customers))), *_caps(customers)]


def people(customers: int, *, tied: bool = True) -> Iterator[Person]:
    """Customers. `tied`: whoever answers more also bears more."""
    chance = Random(18)
    for number in range(customers):
        answers = {channel: chance.betavariate(SPREAD * share, SPREAD * (1 - share)) for channel, share in USUAL.items()}
        other = chance.betavariate(SPREAD * USUAL["email"], SPREAD * (1 - USUAL["email"]))
        bears = 1 + 8 * (answers["email"] if tied else other)
        yield Person(f"p{number}", answers, chance.random() < MACHINES, bears)


def _channels(customers: list[Person]) -> list[Claim]:
    found = [measured(f"channels: customers, {PER_WEEK} messages a week for {WEEKS} weeks", len(customers), "customers")]
    told: dict[str, object] = {"answered": {channel: f"{100 * share:g}%" for channel, share in USUAL.items()}}
    best = mail(variants={"mail": {"channel": {"best": [*USUAL]}, "content": {"body": "x"}}})
    ways = {f"all by {channel}": _by_channel(customers, mail(channel=channel), {}) for channel in USUAL}
    fixed = max(ways, key=lambda name: sum(ways[name].answers))
    ways["best, without the usual shares"] = _by_channel(customers, best, {})
    ways["best"] = _by_channel(customers, best, told)
    for name, way in ways.items():
        found.append(measured(f"{name}: answered", 100 * sum(way.answers) / max(1, way.sent), "%"))
    known = float(np.mean([max(person.answers.values()) for person in customers]))
    found.append(measured("the best channel of each, which nobody knows: answered", 100 * known, "%"))
    for name in ("best", "best, without the usual shares"):
        low, mean = apart(ways[name].answers, ways[fixed].answers)
        found.append(at_least(f"{name} less {fixed}: answers a customer ({mean:+.2f}), low end", low, "answers", 0.0))
    low, mean = apart(ways["best"].answers, ways["best, without the usual shares"].answers)
    found.append(measured(f"what knowing the usual shares brings: answers a customer ({mean:+.2f}), low end", low, "answers"))
    mixed = _by_channel(customers, best, told, honest=False)
    low, mean = apart(ways["best"].answers, mixed.answers)
    found.append(at_least(f"what leaving machines out brings: answers a customer ({mean:+.2f}), low end", low, "answers", 0.0))
    return [*found, exactly("best: messages whose decision does not say the figures", ways["best"].untold, "messages", 0)]


def _by_channel(customers: list[Person], campaign: dict[str, Any], policy: dict[str, object], *, honest: bool = True) -> Way:
    made = book(campaign, {**GRANT, **policy})
    way, best = Way(), isinstance(campaign["variants"]["mail"]["channel"], dict)
    for person in customers:
        life, answers = Life(Engine(made), person.name), 0
        for number in range(WEEKS * PER_WEEK):
            at = MONDAY + number * 7 * DAY // PER_WEEK // DAY * DAY + 10 * HOUR
            life.records.clear()
            (action,) = life.live([event("go", at, user=person.name)]).actions
            way.sent += 1
            way.untold += best and len(life.decisions[0].facts) != len(USUAL)
            if person.has_machine and action.channel == "email":
                life.live([_opened(person, action.decision_id, at + MINUTE, **({"machine": True} if honest else {}))])
            if Random(f"{person.name} {number} {action.channel}").random() < person.answers[action.channel]:
                life.live([_opened(person, action.decision_id, at + HOUR)])
                answers += 1
        way.answers.append(answers)
    return way


def _caps(number: int) -> list[Claim]:
    least, most = BOUNDS
    middle = f"{(least + most) // 2} a week"
    caps: dict[str, dict[str, Any]] = {f"{limit} a week": {"max": limit} for limit in range(least, most + 1)}
    caps["learned"] = {"max": "learned", "between": [least, most]}
    found: list[Claim] = []
    for tied, which in ((True, "who answers more bears more"), (False, "what people bear is not tied to answers")):
        customers = list(people(number, tied=tied))
        ways = {name: _capped(customers, cap) for name, cap in caps.items()}
        for name, way in ways.items():
            figures = f"{100 * np.mean(way.left):.0f} % left, {way.sent / number:.1f} messages"
            found.append(measured(f"{which}, cap {name}: answers a customer ({figures})", float(np.mean(way.answers)), "answers"))
        fixed = max((name for name in ways if name != "learned"), key=lambda name: sum(ways[name].answers))
        low, mean = apart(ways["learned"].answers, ways[fixed].answers)
        found.append(measured(f"{which}: learned less {fixed}, the best fixed cap: answers a customer ({mean:+.2f}), low end", low, "answers"))
        low, mean = apart(ways[fixed].left, ways["learned"].left)
        found.append(at_least(f"{which}: {fixed} less learned: customers who left ({100 * mean:+.1f} points), low end", 100 * low, "points", 0.0))
        low, mean = apart(ways["learned"].answers, ways[middle].answers)
        found.append(at_least(f"{which}: learned less {middle}, the middle: answers a customer ({mean:+.2f}), low end", low, "answers", 0.0))
        found.append(at_most(f"{which}: learned: messages that anybody got in seven days", ways["learned"].most, "messages", most))
    return found


def _capped(customers: list[Person], cap: dict[str, Any]) -> Way:
    made = book(
        mail(), {**GRANT, "answered": {"email": f"{100 * USUAL['email']:g}%"}, "caps": [{"id": "cap", "channel": "email", "within": "7d", **cap}]}
    )
    way = Way()
    for person in customers:
        life, answers, times = Life(Engine(made), person.name), 0, list[int]()
        left = False
        for number in range(WEEKS * ASKED):
            at = MONDAY + number * 7 * DAY // ASKED
            life.records.clear()
            for action in life.live([event("go", at, user=person.name)]).actions:
                times = [*(each for each in times if each > at - 7 * DAY), at]
                way.sent, way.most = way.sent + 1, max(way.most, len(times))
                crowd = len(times) / person.bears
                dice = Random(f"{person.name} {number}")
                if dice.random() < person.answers["email"] * min(1.0, 1 / crowd):
                    life.live([_opened(person, action.decision_id, at + HOUR)])
                    answers += 1
                elif dice.random() < LEAVES * crowd**2:
                    life.live([event("unsubscribed", at + HOUR, user=person.name)])
                    left = True
            if left:
                break
        way.answers.append(answers)
        way.left.append(int(left))
    return way


def _opened(person: Person, decision_id: str, at: int, **more: bool) -> Any:
    told: dict[str, Any] = {"user": person.name, "decision_id": decision_id, "passive": True, **more}
    return event("message_opened", at, **told)


def apart(one: list[int], other: list[int]) -> tuple[float, float]:
    """Low end of the interval, and mean, of the difference customer by customer."""
    found = of_mean(np.array(one, dtype=float) - np.array(other, dtype=float))
    return found.low, found.mean
