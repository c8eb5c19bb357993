"""Claim 4: after an outage the cart timer waits for the backlog, however busy the machine and however uneven the partitions.

Each round stops the job, puts an hour of records into `events` as the outage would have left it there, and starts the job again while burners
keep every core busy. Buyers leave their cart at minute 38 to 40 and pay with the very last records of the hour, walkers do not pay. When the job
comes back, now is a quarter of an hour after the last record, so every one of these carts has been silent for too long by the wall clock.
"""

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from statistics import median
from typing import Any

import psutil
from kafka.partitioner import murmur2

from bench.evidence.events import HOUR, MINUTE, added, ordered, viewed
from bench.lab import Lab, lab
from bench.report import Claim, at_least, exactly, measured
from jobs.options import Options
from services.devstack.release import MAIN_JOB, JobCode
from services.devstack.submit import submit
from services.heartbeat.beat import KEY, PERIOD_S, VALUE
from services.kafka import client

ROUNDS = 20
PARTITIONS = 4
BUYERS = WALKERS = 40
TRAFFIC = 10_000
LOPSIDED = 80_000
"""Records of other customers in the buyers' partition between cart and purchase, when it is the only one with traffic."""
SINCE_MS = 15 * MINUTE
"""From the end of the hour to now."""
IDLE_MS = 30 * MINUTE
"""As campaigns/cart-abandonment.yaml has it."""

Record = tuple[int, int, bytes, bytes]
"""Time, partition, key, value."""


@dataclass(frozen=True, kw_only=True)
class Hour:
    """The backlog of an outage, and the expected decisions."""

    records: list[Record]
    buyers: frozenset[str]
    due: dict[str, int]
    """Walker -> when the rule acts for them."""


def check() -> list[Claim]:
    """Twenty rounds at parallelism 1 and 2 in turn, and two with all traffic in one partition."""
    with lab() as stack:
        stack.kairos("submit", "--clock", "live", "--partitions", str(PARTITIONS))
        even = [lived_through(stack, number, lopsided=False) for number in range(ROUNDS)]
        uneven = [lived_through(stack, number, lopsided=True) for number in range(ROUNDS, ROUNDS + 2)]
        acted = acted_on(stack)
    return [
        *_claims(f"{ROUNDS} restarts onto an hour of backlog", [hour for hour, _, _ in even], acted),
        *_claims("one partition with all the traffic", [hour for hour, _, _ in uneven], acted),
        exactly("carts acted on in any round at any other time, or twice", _unexpected(acted, [hour for hour, _, _ in even + uneven]), "carts", 0),
        measured("records in an hour of backlog, median", median(len(hour.records) for hour, _, _ in even), "records"),
        measured("from `kairos submit` to all of it decided, median", median(seconds for _, seconds, _ in even), "s"),
        at_least("how busy the machine was meanwhile, least busy round", min(busy for _, _, busy in even + uneven), "%", 90),
    ]


def acted_on(stack: Lab) -> Counter[tuple[str, int]]:
    """How many messages about a cart each user got, by due time."""
    decided = [value for _, _, value in stack.records("decisions") if value["campaign"] == "cart-abandonment"]
    return Counter((value["user_id"], value["at"]) for value in decided if value["outcome"] == "acted")


def _claims(label: str, hours: list[Hour], acted: Counter[tuple[str, int]]) -> list[Claim]:
    users = {user for user, _ in acted}
    buyers = [user for hour in hours for user in hour.buyers]
    walkers = [walker for hour in hours for walker in hour.due.items()]
    return [
        exactly(f"{label}: carts acted on although their purchase lay in it, of {len(buyers)}", sum(user in users for user in buyers), "carts", 0),
        exactly(f"{label}: carts left for good, acted on once at their own due time", sum(acted[w] == 1 for w in walkers), "carts", len(walkers)),
    ]


def _unexpected(acted: Counter[tuple[str, int]], hours: list[Hour]) -> int:
    owed = Counter(walker for hour in hours for walker in hour.due.items())
    return (acted - owed).total()


def lived_through(stack: Lab, number: int, *, lopsided: bool, code: JobCode = MAIN_JOB) -> tuple[Hour, float, float]:
    """One outage: the hour of backlog, the seconds from submit until it was processed, and the machine's load (per cent)."""
    with stack.suspended("heartbeat"):
        stack.wait_until_consumed()  # or a heartbeat of before the outage, later than all of the hour, would stand in front of it
        stack.stop_job()
        hour = hour_before(int(time.time() * 1000) - SINCE_MS, number, lopsided=lopsided)
        _write(stack.brokers, hour.records)
    psutil.cpu_percent()
    began = time.monotonic()
    with _busy():
        if code is MAIN_JOB:
            stack.kairos("submit", "--clock", "live", "--parallelism", str(1 + number % 2))
        else:
            submit(Options(brokers=stack.brokers, clock="live", parallelism=1 + number % 2), stack.settings, code=code)
        stack.wait_until_consumed(until=max(hour.due.values()))
    seconds, busy = time.monotonic() - began, psutil.cpu_percent()
    kind = "in one partition" if lopsided else "unevenly spread"
    print(f"   round {number + 1}: {len(hour.records):,} records, {kind}; decided {seconds:.0f} s after submit, {busy:.0f} % busy", flush=True)
    return hour, seconds, busy


def hour_before(end: int, number: int, *, lopsided: bool) -> Hour:
    """The hour that ends at `end`, epoch milliseconds, other in every round: who lives where, and how much there is in front of the purchases."""
    chance, start = random.Random(number), end - HOUR
    home = chance.randrange(PARTITIONS)
    names = {partition: _names(number, partition) for partition in range(PARTITIONS)}
    records: list[Record] = []
    for beat in range(int(HOUR / 1000 / PERIOD_S)):
        records += [(start + int(beat * PERIOD_S * 1000), partition, KEY, VALUE) for partition in range(PARTITIONS)]

    def cart(partition: int) -> tuple[str, int]:
        user, at = next(names[partition]), start + 38 * MINUTE + chance.randrange(2 * MINUTE)
        records.append((at - MINUTE, partition, user.encode(), added(user, at - MINUTE, "tent", 120)))
        records.append((at, partition, user.encode(), added(user, at, "stove", 45)))
        return user, at

    due = {user: at + IDLE_MS for user, at in (cart(chance.randrange(PARTITIONS)) for _ in range(WALKERS))}
    buyers = [cart(home)[0] for _ in range(BUYERS)]
    weights = [float(partition == home) if lopsided else chance.random() ** 2 for partition in range(PARTITIONS)]
    others = {partition: [next(names[partition]) for _ in range(500)] for partition in range(PARTITIONS)}
    for partition in chance.choices(range(PARTITIONS), weights, k=LOPSIDED if lopsided else chance.randrange(TRAFFIC, 3 * TRAFFIC)):
        at = start + (chance.randrange(40 * MINUTE, HOUR - 1) if lopsided else chance.randrange(HOUR - 1))
        user = chance.choice(others[partition])
        records.append((at, partition, user.encode(), viewed(user, at, f"product {chance.randrange(100)}")))
    records.sort(key=lambda record: record[0])
    records += [(end, home, user.encode(), ordered(user, end, 165)) for user in buyers]
    return Hour(records=records, buyers=frozenset(buyers), due=due)


def _names(number: int, partition: int) -> Iterator[str]:
    """Customers of this round that live in this partition, as Kafka spreads keys."""
    for each in count():
        name = f"customer-{number}-{each}"
        if (murmur2(name.encode()) & 0x7FFFFFFF) % PARTITIONS == partition:
            yield name


def _write(brokers: str, records: list[Record]) -> None:
    producer: Any = client.producer(brokers, linger_ms=20)
    sent = [producer.send("events", key=key, value=value, partition=partition, timestamp_ms=at) for at, partition, key, value in records]
    for each in sent:
        each.get(timeout=120)
    producer.close()


@contextmanager
def _busy() -> Iterator[None]:
    """Keep every core busy."""
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(psutil.cpu_count() or 1)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()
