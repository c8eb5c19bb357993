"""Visits as they happen to a job that forecasts checkouts: it is killed, events come late and twice, she logs in, a new version is published.

The oracle works out the whole visit at once from its events, and asks the estimator itself.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

from services.local.job import LocalJob
from tests.builders import HOUR, MINUTE, Life
from tests.core.features.test_steps import Told, happened, oracle
from tests.identity.test_in_one_process import login, said
from tests.training.forecast.test_in_the_job import published, scorer, whole
from training.estimators.estimator import Model
from udfs.core.engine import Engine
from udfs.core.records import Decision, Event

WAYS = ("killed after every event", "late and repeated events", "a login in the visit", "a new version in the visit")
NEAR = 1e-6


def visit(random: Random) -> list[Told]:
    """Up to seventy steps that end with a product in the cart."""
    told: list[Told] = []
    at = 0
    for _ in range(random.randrange(2, 70)):
        name = random.choice(("page", "product_viewed", "product_viewed", "checkout_started"))
        product = random.choice(("tent", "peg", "kettle")) if name == "product_viewed" else None
        told.append((at, name, product, random.choice((3.0, 19.5, 240.0)) if product else None, 1))
        at += random.choice((7_000, 40_000, 6 * MINUTE, 31 * MINUTE))
    return [*told, (at, "product_added", "tent", 60.0, 1)]


def lived(way: str, told: Sequence[Told], models: Sequence[Model], folder: Path, random: Random) -> Decision:
    """What the job decides when the cart has been idle for an hour."""
    first = published(models, folder)
    if way == WAYS[2]:
        return _logged_in(told, LocalJob(first, scorer=scorer(first)), random)
    events: list[Event] = list(map(happened, told))
    if way == WAYS[1]:
        early, last = events[:-1], events[-1]
        random.shuffle(early)
        events = [*early[: len(early) // 2], last, *early[len(early) // 2 :], *early[:3]]
    life = Life(Engine(first, scorer=scorer(first)))
    for each in events:
        if way == WAYS[0]:
            life.engine = Engine(first)
        life.live([each])
    found = published(models, folder, current=1) if way == WAYS[3] else first
    life.engine = Engine(found, scorer=scorer(found))
    return life.wait().decisions[-1]


def differences(models: Sequence[Model], folder: Path, *, stories: int) -> Iterator[tuple[str, bool]]:
    """For each story, what happened, and whether the decision differs from the oracle's."""
    for number in range(stories):
        random, way = Random(number), WAYS[number % len(WAYS)]
        told = visit(random)
        now = told[-1][0] + HOUR
        decision = lived(way, told, models, folder, random)
        (score,) = decision.scores.values()
        right = whole(models[1 if way == WAYS[3] else 0], told, now)
        same = decision.features["visit"] == oracle(told, now) and score.score is not None and abs(score.score - right) <= NEAR
        yield way, not (same and score.reason == "SCORED")


def _logged_in(told: Sequence[Told], job: LocalJob, random: Random) -> Decision:
    records, at = [], random.randrange(1, len(told))
    for number, (time, name, product, price, quantity) in enumerate(told):
        fields: dict[str, Any] = {"quantity": quantity} | ({"product_id": product} if product else {}) | ({} if price is None else {"price": price})
        if number == at:
            records.append(login((time - 1_000) / MINUTE, "ada", "web-1"))
        records.append(said(time / MINUTE, name, **({"web": "web-1"} if number < at and number % 2 else {"user": "ada"}), **fields))
    outputs = [each for made in job.run(records, drain=2 * HOUR) for each in made]
    return [each for each in outputs if isinstance(each, Decision)][-1]
