"""Section 2 of recommend: microseconds that a list of 8 costs in the engine, out of few items and out of many,
in the order of sums and in that of a ranker.

They are microseconds of this thread on the processor, so that whoever else uses the machine does not count.
"""

import random
import statistics
import time
from collections.abc import Iterator
from typing import Any

from bench.report import Claim, at_most, measured
from bench.worst_items import learned
from services.items.local import catalogue_of
from tests.builders import MONDAY, Life, book, event, mail
from udfs.core.engine import Engine
from udfs.core.items.item import Fixed, Item
from udfs.core.recommend.recommender import FixedStand
from udfs.recommend.packed import PackedRecommender, pack

SIZES = (3_000, 12_000, 100_000)
VIEWED = 12
GOAL_US = 1_000
DECISIONS = 400
_LIST = "{% for item in recommend(8) %}{{ item.id }} {% endfor %}"


def check(decisions: int = DECISIONS) -> list[Claim]:
    """`decisions` for each number of items: with a list, with one that a ranker orders, and without, one after the other."""
    return [claim for count in SIZES for claim in _of(count, decisions)]


def _of(count: int, decisions: int) -> Iterator[Claim]:
    ids = [f"p{number:07}" for number in range(count)]
    shelf = Fixed(catalogue_of(Item(id=each, name=f"Article {each}", price=9.0, currency="EUR", stock=3.0) for each in ids))
    summed, ranked = (FixedStand(PackedRecommender(pack(learned(ids, ranker=ranker)), "bench")) for ranker in (False, True))
    engines = [Engine(book(_document(body)), shelf=shelf, stand=stand) for body, stand in (("x", summed), (_LIST, summed), (_LIST, ranked))]
    drawn = random.Random(count)
    took: list[list[float]] = [[], [], []]
    for number in range(decisions):
        at = MONDAY + number * 86_400_000
        viewed = [event("product_viewed", at + each, product_id=drawn.choice(ids)) for each in range(VIEWED)]
        for engine, times in zip(engines, took, strict=True):
            life = Life(engine).live(viewed)
            blob, asked = life.blob, event("go", at + 1_000)
            began = time.thread_time()
            engine.on_event(blob, asked)
            times.append((time.thread_time() - began) * 1e6)
    without, plain, ordered = (statistics.median(times) for times in took)
    yield measured(f"{count:,} items: a decision with a message and no list, median", without, "us")
    yield at_most(f"{count:,} items: what a list of 8 adds, median", plain - without, "us", GOAL_US)
    yield measured(f"{count:,} items: what a list of 8 adds, p99 against p99", _p99(took[1]) - _p99(took[0]), "us")
    yield at_most(f"{count:,} items: what a list of 8 adds that a ranker orders, median", ordered - without, "us", GOAL_US)
    yield measured(f"{count:,} items: what a list of 8 adds that a ranker orders, p99 against p99", _p99(took[2]) - _p99(took[0]), "us")


def _document(body: str) -> dict[str, Any]:
    return mail(variants={"mail": {"channel": "email", "content": {"subject": "s", "body": body}}})


def _p99(times: list[float]) -> float:
    return sorted(times)[len(times) * 99 // 100]
