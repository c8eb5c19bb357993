"""Section 2 of recommend: microseconds that a list of 8 costs in the engine, out of few items and out of many.

They are microseconds of this thread on the processor, so that whoever else uses the machine does not count.
"""

import random
import statistics
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from bench.report import Claim, at_most, measured
from services.items.local import catalogue_of
from tests.builders import MONDAY, Life, book, event, mail
from udfs.core.engine import Engine
from udfs.core.items.item import Fixed, Item
from udfs.core.recommend.recommender import FixedStand
from udfs.recommend.packed import Learned, PackedRecommender, Rows, pack

SIZES = (3_000, 12_000, 100_000)
NEIGHBOURS = 100
VIEWED = 12
GOAL_US = 1_000
DECISIONS = 400
_LIST = "{% for item in recommend(8) %}{{ item.id }} {% endfor %}"


def check(decisions: int = DECISIONS) -> list[Claim]:
    """`decisions` for each number of items, with a list and without, one after the other."""
    return [claim for count in SIZES for claim in _of(count, decisions)]


def recommender(count: int) -> PackedRecommender:
    """The worst case: a hundred neighbours for each item by history and by catalogue, hardly any of them in common."""
    drawn = np.random.default_rng(count)
    starts = np.arange(count + 1) * NEIGHBOURS
    scores = np.sort(drawn.random((count, NEIGHBOURS)), axis=1)[:, ::-1].ravel()
    near = {source: Rows(starts, drawn.integers(0, count, count * NEIGHBOURS), scores) for source in ("together", "alike")}
    popular = (list(range(100)), [1 - place / 100 for place in range(100)])
    ids = [f"p{number:07}" for number in range(count)]
    learned = Learned(ids=ids, decay=0.8, weights={"together": 1.0, "alike": 0.3}, near=near, leading={"popular": {"": popular}})
    return PackedRecommender(pack(learned), "bench")


def _of(count: int, decisions: int) -> Iterator[Claim]:
    stand = FixedStand(recommender(count))
    items = (Item(id=f"p{number:07}", name=f"Article {number}", price=9.0, currency="EUR", stock=number % 9 + 1.0) for number in range(count))
    shelf = Fixed(catalogue_of(items))
    engines = [Engine(book(_document(body)), shelf=shelf, stand=stand) for body in ("x", _LIST)]
    drawn = random.Random(count)
    took: list[list[float]] = [[], []]
    for number in range(decisions):
        at = MONDAY + number * 86_400_000
        viewed = [event("product_viewed", at + each, product_id=f"p{drawn.randrange(count):07}") for each in range(VIEWED)]
        for engine, times in zip(engines, took, strict=True):
            life = Life(engine).live(viewed)
            blob, asked = life.blob, event("go", at + 1_000)
            began = time.thread_time()
            engine.on_event(blob, asked)
            times.append((time.thread_time() - began) * 1e6)
    without, with_list = (statistics.median(times) for times in took)
    yield measured(f"{count:,} items: a decision with a message and no list, median", without, "us")
    yield at_most(f"{count:,} items: what a list of 8 adds, median", with_list - without, "us", GOAL_US)
    yield measured(f"{count:,} items: what a list of 8 adds, p99 against p99", _p99(took[1]) - _p99(took[0]), "us")


def _document(body: str) -> dict[str, Any]:
    return mail(variants={"mail": {"channel": "email", "content": {"subject": "s", "body": body}}})


def _p99(times: list[float]) -> float:
    return sorted(times)[len(times) * 99 // 100]
