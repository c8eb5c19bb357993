"""Section 2b of recommend: decisions with a list of eight in the running job: what one slot can do, and how long a decision takes at half of it.

Every event is decided, and every message carries a list that a ranker orders: nothing in a shop asks for more lists. The same events, at the same
rate, are decided without a list first.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path

from bench.lab import Lab, lab
from bench.latency import CAMPAIGN, Latency, of_running_job
from bench.report import Claim, at_least, at_most, exactly, measured
from bench.shelved import article, put_catalogue, put_recommender
from bench.throughput import from_backlog

ITEMS, VIEWED, USERS = 12_000, 97, 5_000
BACKLOG = 40_000
SECONDS, WARM_UP, LEAST = 60, 30, 20
GUARANTEE, GOAL_MS = "exactly-once", 200.0
"""The goal that all live decisions have (`bench.run.GOALS`)."""
START = 1_772_000_000_000
LISTS = CAMPAIGN.replace("You looked at {{ event.name }}.", "{% for item in recommend(8) %}{{ item.name }} {{ item.because }};{% endfor %}")
IDS = sorted(f"sku-{number}" for number in range(ITEMS))
"""In order, as a recommender holds them. `bench.latency` sends views of some."""


def check(seconds: int = SECONDS) -> list[Claim]:
    """Capacity from a backlog, then live decisions with and without lists at half of it, each on a stack of its own. `seconds` of each rate."""
    with lab() as stack:
        capacity = _capacity(stack)
        full = _share_full(stack)
    rate = max(LEAST, int(capacity / 2))
    with lab() as stack:
        _submit(stack, CAMPAIGN)
        without = of_running_job(stack, rate=rate, seconds=seconds, warm_up=WARM_UP, users=USERS)
        _shelve(stack)
        _submit(stack, LISTS)
        listed = of_running_job(stack, rate=rate, seconds=seconds, warm_up=WARM_UP, users=USERS)
    return [
        measured(f"one slot, {ITEMS:,} items, a decision with a ranked list of 8 for each event, {GUARANTEE}", capacity, "events/s"),
        at_least("of those decisions, in the second half of the backlog: with all eight items", full, "of 1", 0.99),
        *_claims(f"{rate} events/s, no list", without, goal=None),
        *_claims(f"{rate} events/s (half of that), a list of 8 in each decision", listed, goal=GOAL_MS),
    ]


def _claims(what: str, took: Latency, *, goal: float | None) -> Iterator[Claim]:
    yield measured(f"{what}: event to decision, p50", took.p50, "ms")
    yield measured(f"{what}: p99", took.p99, "ms") if goal is None else at_most(f"{what}: p99", took.p99, "ms", goal)
    yield exactly(f"{what}: events without a decision", took.lost, "events", 0)


def _capacity(stack: Lab) -> float:
    """Events a second that one slot decides from a backlog."""
    _submit(stack, LISTS, "--clock", "replay")
    _shelve(stack)
    return from_backlog(stack, _backlog(), events=BACKLOG, guarantee=GUARANTEE)


def _backlog() -> Iterator[tuple[bytes, bytes, int]]:
    for number in range(BACKLOG):
        user, at = f"user-{number * 7919 % USERS}", START + number * 1_000
        product = {"product_id": f"sku-{number % VIEWED}", "name": "Tent", "price": 120.0, "category": "tents"}
        event = {"messageId": f"{number}-0", "type": "track", "event": "Product Viewed", "userId": user, "timestamp": at, "properties": product}
        yield user.encode(), json.dumps(event).encode(), at


def _share_full(stack: Lab) -> float:
    """The job may decide its first events before it has loaded what recommends, so only the later half counts."""
    deadline = time.monotonic() + 120
    while len(found := list(stack.records("decisions"))) < BACKLOG and time.monotonic() < deadline:
        time.sleep(1)
    lists = [value["recommended"][0]["items"] if value.get("recommended") else [] for _, _, value in found]
    later = lists[len(lists) // 2 :]
    return sum(len(items) == 8 for items in later) / max(1, len(later))


def _shelve(stack: Lab) -> None:
    put_catalogue(stack, map(article, IDS))
    put_recommender(stack, IDS)


def _submit(stack: Lab, campaign: str, *more: str) -> None:
    path = Path(stack.home / "every-view.yaml")
    path.write_text(campaign)
    stack.kairos("submit", "--guarantee", GUARANTEE, "--campaigns", path, "--restore", "none", *(more or ("--from", "latest")))
