"""Claim 6 of outcomes: what goals cost an event, how many bytes an open window takes, and how many records are written for an action."""

import random
import time
from statistics import median
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import replace

from bench.engine import START, history, lived
from bench.report import Claim, measured
from services.local.book import book_of
from udfs.codecs.decode import decode
from udfs.core.bandits.linear import MAX_FEATURES, Linear, Weights, scaled
from udfs.core.bandits.normal import thompson_of_normals
from udfs.core.campaigns.book import Book, ControlValue, Entry
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.decision.outcomes import MAX_WINDOWS
from udfs.core.engine import Engine
from udfs.core.goal_outcome import GoalOutcome
from udfs.core.records import Action, Event

GOAL = {"event": "order_completed", "within": "3d", "value": "revenue", "guard": "unsubscribe_rate"}
USERS, EVENTS, ROUNDS = 500, 20_000, 7
OPEN = (0, 1, 8, MAX_WINDOWS)
"""Windows of a customer."""
REPEATS = 400
ARMS = (2, 5)
"""Variants of a bandit that is linear in features."""


def check() -> list[Claim]:
    """Both books in turn, round after round, so that slow phases of the machine affect them equally."""
    plain = book_of(())
    books = {"without goals": plain, "with goals": _with_goals(plain)}
    taken = [event for wire in history(users=USERS, events=EVENTS, seed=1) if isinstance(event := decode(*wire), Event)]
    spent: dict[str, list[float]] = {name: [] for name in books}
    sizes, written = dict[str, float](), dict[str, float]()
    for _ in range(ROUNDS):
        for name, book in books.items():
            cost, sizes[name], written[name] = _lived(book, taken)
            spent[name].append(cost)
    us = {name: median(found) for name, found in spent.items()}
    found = [measured(f"an event of a shop, shipped campaigns {name}", each, "us") for name, each in us.items()]
    found += [
        measured("with goals against without", us["with goals"] / us["without goals"], "times"),
        measured("state of a customer without goals, median", sizes["without goals"], "bytes"),
        measured("state of a customer with goals, median", sizes["with goals"], "bytes"),
        measured("records of outcomes an action", written["with goals"], "records"),
    ]
    for number in OPEN:
        found += _with_open(number)
    return [*found, *(_drawn(arms) for arms in ARMS)]


def _drawn(arms: int) -> Claim:
    """What it takes to work out the probabilities of a linear bandit for one decision. They differ from one to the next."""
    chance = random.Random(arms)
    size = MAX_FEATURES + 1
    learned = {f"v{number}": _learned(size, chance) for number in range(arms)}
    weights = Weights(features="linear-x", prior=_learned(size, chance), arms=learned)
    vectors = [[1.0, *(scaled(chance.uniform(0, 500)) for _ in range(MAX_FEATURES))] for _ in range(REPEATS)]
    began = time.process_time()
    for vector in vectors:
        thompson_of_normals(weights.at(vector, [*learned]))
    us = (time.process_time() - began) / REPEATS * 1e6
    return measured(f"probabilities of a linear bandit, {arms} variants, {MAX_FEATURES} features", us, "us a decision")


def _learned(size: int, chance: random.Random) -> Linear:
    """A posterior of random means, with a covariance that is none by accident."""
    root = np.tril(np.array([[chance.uniform(-0.1, 0.1) for _ in range(size)] for _ in range(size)])) + np.eye(size)
    covariance = (root @ root.T) / 100
    upper = tuple(float(covariance[row, column]) for column in range(size) for row in range(column + 1))
    return Linear(tuple(chance.gauss(0, 1) for _ in range(size)), upper)


def _lived(book: Book, taken: list[Event]) -> tuple[float, float, float]:
    """Microseconds of processor time an event, the median size of a state, and records of outcomes an action once all windows have ended."""
    engine = Engine(book)
    began = time.process_time()
    blobs, records = lived(engine, taken)
    us = (time.process_time() - began) / len(taken) * 1e6
    size = median(len(blob) for blob in blobs.values())
    for user, blob in blobs.items():
        records += engine.on_time(blob, user, taken[-1].at + 10 * 86_400_000).records
    actions = sum(isinstance(each, Action) for each in records)
    return us, size, sum(isinstance(each, GoalOutcome) for each in records) / max(actions, 1)


def _with_open(number: int) -> list[Claim]:
    """A customer with so many open windows: her state, and what a page and an order cost."""
    engine = Engine(_book(goal=GOAL))
    blob: bytes | None = None
    bare: bytes | None = None
    without = Engine(_book(goal=None))
    for count in range(number):
        go = _event("go", START + count * 60_000, count)
        blob, bare = engine.on_event(blob, go).blob, without.on_event(bare, go).blob
    at = START + number * 60_000
    found = [
        measured(f"a page of a customer with {number} open windows", _us(engine, blob, _event("page", at, 1_000)), "us"),
        measured(f"an order of a customer with {number} open windows", _us(engine, blob, _event("order_completed", at, 1_001)), "us"),
    ]
    if number:
        found.append(measured(f"an open window, of {number}", (len(blob or b"") - len(bare or b"")) / number, "bytes"))
    return found


def _us(engine: Engine, blob: bytes | None, event: Event) -> float:
    taken = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        engine.on_event(blob, event)
        taken.append((time.perf_counter() - began) * 1e6)
    return median(taken)


def _event(name: str, at: int, number: int) -> Event:
    properties = {"order_id": "o1", "total": 60.0} if name == "order_completed" else {}
    return Event(message_id=f"m{number}", type="track", name=name, user_id="ada", at=at, received=at, properties=properties, traits={}, context={})


def _book(*, goal: dict[str, Any] | None) -> Book:
    document = {
        "campaign": "cart-reminder",
        "trigger": {"event": "go"},
        "variants": {"reminder": {"channel": "email", "content": {"body": "x"}}},
        **({"goal": goal} if goal else {}),
    }
    value = ControlValue(kind="campaign", name="cart-reminder", version="3f122a8bb125", document=document)
    return compile_book([Entry("campaign/cart-reminder", 0, msgspec.json.encode(value))])


def _with_goals(book: Book) -> Book:
    """The same campaigns, each with a goal."""
    return compile_book([_with_goal(entry) for entry in book.entries.values()], end=book.end)


def _with_goal(entry: Entry) -> Entry:
    if not entry.key.startswith("campaign/"):
        return entry
    value = msgspec.json.decode(entry.value or b"", type=ControlValue)
    value.document["goal"] = GOAL
    return replace(entry, value=msgspec.json.encode(value))
