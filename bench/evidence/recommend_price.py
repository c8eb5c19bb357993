"""A lower price of a product that many people looked at: each is decided once, within the pace, through a kill, while live decisions stay fast.

Everything runs as for a person: `kairos submit`, `catalogue serve`, `interest submit` and `interest pace`. Times of a few people are
from the record of the catalogue until their decisions can be read. Live customers put something into their carts all the time, and each is decided
at once; their delay is from the event until the decision can be read.
"""

import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager

import numpy as np

from bench.evidence.traffic import traffic
from bench.evidence.watch import Seen, Watch, watch
from bench.lab import KAIROS, CheckFailed, Lab, lab
from bench.report import Claim, at_least, at_most, exactly, measured
from services.devstack import lifecycle
from services.kafka.client import admin, end_offsets, producer
from services.kafka.offsets import group_offsets

PEOPLE, FEW, CHANGES = 100_000, 3, 8
PER_SECOND, LIVE_PER_SECOND = 200.0, 50.0
BASELINE_S, BEFORE_KILL_S, PATIENCE_S = 60.0, 60.0, 600.0
MARGIN_S = 10.0
"""Live events so shortly before the kill are decided after it, and say nothing of the pace."""
FEW_S, SLOWER, OVER_PACE = 1.0, 1.5, 1.2
CAMPAIGNS = {
    "cheaper": """
campaign: cheaper
trigger: {event: price_dropped}
when: event.price < event.previous_price
variants:
  mail: {channel: email, content: {subject: "{{ event.product_id }}", body: "{{ event.price }}"}}
""",
    "live": """
campaign: live
trigger: {event: product_added}
variants:
  mail: {channel: email, content: {subject: Hi, body: Hi}}
""",
}
_CART = {"Product Added": {"product_id": "boots", "price": 50, "quantity": 1}}


def check(people: int = PEOPLE) -> list[Claim]:
    """One stack, first a few people, then many."""
    with lab() as stack, ExitStack() as services:
        folder = stack.home / "campaigns"
        folder.mkdir()
        for name, text in CAMPAIGNS.items():
            (folder / f"{name}.yaml").write_text(text)
        stack.kairos("submit", "--campaigns", folder)
        services.enter_context(_service(stack, "catalogue", "serve", "--store", str(stack.home / "store"), "--data", str(stack.home / "data")))
        stack.kairos("interest", "submit")
        _priced(stack, "tent", 100.0)
        _priced(stack, "stove", 100.0)
        _viewed(stack, "stove", FEW, "few")
        _viewed(stack, "tent", people, "person")
        _wait_until_read(stack)
        services.enter_context(_service(stack, "interest", "pace", "--per-second", str(PER_SECOND)))
        seen = services.enter_context(watch(stack.brokers, ["decisions"]))
        few = [_few(stack, seen, 100.0 * 0.9 ** (number + 1)) for number in range(CHANGES)]
        services.enter_context(traffic(stack.brokers, _CART, per_second=LIVE_PER_SECOND, visitor=lambda number: f"visitor-{number}"))
        time.sleep(5)
        base, during = _many(stack, seen, people)
    decided = Counter(str(each.value["user_id"]) for each in _of(seen, "cheaper") if str(each.value["user_id"]).startswith("person-"))
    seconds = Counter(int(each.value["decided_at"]) // 1000 for each in _of(seen, "cheaper"))
    return [
        at_most(f"{FEW} people: from the record of the catalogue to the last decision, median of {CHANGES}", float(np.median(few)), "s", FEW_S),
        measured("the same, the slowest", max(few), "s"),
        exactly(f"{people:,} people: decided, through a kill -9 of the main TaskManager", len(decided), "people", people),
        exactly("decided more than once", sum(count > 1 for count in decided.values()), "people", 0),
        at_most("decisions in the busiest second before the kill, of the pace", _busiest(seconds, during[1]) / PER_SECOND, "times", OVER_PACE),
        measured("live, before: event to decision, p99", _p99(base), "ms"),
        at_most("live, while they are notified: p99, of that before", _p99(during[0]) / _p99(base), "times", SLOWER),
        at_least("live decisions compared", len(during[0]), "decisions", 0.8 * (BEFORE_KILL_S - 2 * MARGIN_S) * LIVE_PER_SECOND),
    ]


def _many(stack: Lab, seen: Watch, people: int) -> tuple[list[float], tuple[list[float], float]]:
    """Delays of live decisions before and while many are notified, and when the kill was (seconds since 1970)."""
    begun = time.time()
    time.sleep(BASELINE_S)
    changed = time.time()
    _priced(stack, "tent", 80.0)
    time.sleep(BEFORE_KILL_S)
    killed = time.time()
    (main,) = [job["jid"] for job in stack.rest.unfinished() if job["name"].endswith("-live")]
    (host, *_) = {each.rpartition("-")[0] for each in stack.rest.hosts(main)}
    os.kill(lifecycle.alive(stack.settings)[host].pid, signal.SIGKILL)
    wanted = time.monotonic() + PATIENCE_S + people / PER_SECOND * 3
    while time.monotonic() < wanted and sum(str(each.value["user_id"]).startswith("person-") for each in _of(seen, "cheaper")) < people:
        time.sleep(2)
    time.sleep(10)
    return _delays(seen, begun, changed), (_delays(seen, changed + MARGIN_S, killed - MARGIN_S), killed)


def _few(stack: Lab, seen: Watch, price: float) -> float:
    """Seconds from a record of the catalogue until all of the few are decided."""
    before = len(_of(seen, "cheaper"))
    sent = time.time()
    _priced(stack, "stove", price)
    deadline = time.monotonic() + PATIENCE_S
    while len(found := _of(seen, "cheaper")) < before + FEW:
        if time.monotonic() > deadline:
            message = f"{len(found) - before} of {FEW} people were decided within {PATIENCE_S:.0f} s"
            raise CheckFailed(message)
        time.sleep(0.01)
    time.sleep(2)
    return max(each.seen_at for each in found) / 1000 - sent


def _of(seen: Watch, campaign: str) -> list[Seen]:
    return [each for each in list(seen.seen) if each.value.get("campaign") == campaign and each.value.get("outcome") == "acted"]


def _delays(seen: Watch, since: float, until: float) -> list[float]:
    """Milliseconds from a live event, whose id says when it was sent, until its decision could be read."""
    sent = [(int(str(each.value["trigger_event_id"]).split("-")[2]), each.seen_at) for each in _of(seen, "live")]
    return [read - at for at, read in sent if since * 1000 <= at < until * 1000]


def _p99(delays: Sequence[float]) -> float:
    return float(np.quantile(delays, 0.99)) if len(delays) else float("inf")


def _busiest(seconds: Counter[int], until: float) -> float:
    return max((count for second, count in seconds.items() if second < until), default=0)


def _priced(stack: Lab, product: str, price: float) -> None:
    """A record of the catalogue, as a shop's own system writes it."""
    value = {"name": product, "category": "Outdoor > Tents", "price": price, "currency": "EUR", "stock": 1_000, "in_stock": True}
    with closing(producer(stack.brokers)) as sender:
        sender.send("catalogue", key=product.encode(), value=json.dumps(value).encode()).get(timeout=30)


def _viewed(stack: Lab, product: str, people: int, name: str) -> None:
    with closing(producer(stack.brokers, linger_ms=20)) as sender:
        for number in range(people):
            user = f"{name}-{number}"
            event = {"messageId": f"view-{user}", "type": "track", "event": "Product Viewed", "userId": user, "properties": {"product_id": product}}
            sender.send("events", key=user.encode(), value=json.dumps(event).encode())
        sender.flush()


def _wait_until_read(stack: Lab) -> None:
    """Until both jobs have read all that was sent so far."""
    ends, deadline = end_offsets(stack.brokers, "events", committed=False), time.monotonic() + PATIENCE_S
    with closing(admin(stack.brokers)) as client:
        for group in ("kairos-live", "kairos-interest"):
            while True:
                read = {place.partition: offset for place, offset in group_offsets(client, group, "events").items()}
                if all(read.get(partition, 0) >= end for partition, end in ends.items()):
                    break
                if time.monotonic() > deadline:
                    message = f"{group} has read {read} of {ends}"
                    raise CheckFailed(message)
                time.sleep(0.5)


@contextmanager
def _service(stack: Lab, *command: str) -> Iterator[None]:
    """A service of the command line."""
    with (stack.home / f"{command[0]}-{command[1]}.log").open("w") as out:
        running = subprocess.Popen([str(KAIROS), *command], env=stack.environment, stdout=out, stderr=out)
        try:
            yield
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(timeout=60)
