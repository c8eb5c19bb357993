"""Customers of a running job whose orders move them between the segments of a k-means model: the model, the orders, and what the job told.

The sender is a process of its own, and both clocks are this machine's: an order's message id says when it was handed to the producer.
"""

import json
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import msgspec

from bench.lab import Lab
from bench.pace import paced
from jobs.read_to_end import read_to_end
from services.kafka import client
from services.local.job import LocalJob
from services.replay.records import History, Record
from training.segments.customers import choose, customers, matrix
from training.segments.find import find
from training.segments.results import keep
from training.store import Store
from udfs.core.campaigns.book import Book
from udfs.core.records import Segment
from udfs.core.values.durations import DAY

MODEL = "customer-segments"
FEATURES = ("recency", "frequency", "monetary")
PEOPLE, SEGMENTS = 800, 4
BEGUN = 1_740_000_000_000
QUIET_S = 10.0


class Told(NamedTuple):
    """A record on the topic of segments, and when it could be read, epoch milliseconds."""

    value: Mapping[str, Any]
    seen_at: float


def order(user: str, number: int, at: int, total: float) -> Record:
    """An order; its message id carries its number and the time of now in nanoseconds."""
    payload = {
        "messageId": f"{number}-{time.time_ns()}",
        "type": "track",
        "event": "Order Completed",
        "userId": user,
        "timestamp": at,
        "properties": {"order_id": f"{user}-{number}", "total": total},
    }
    return Record(at, user.encode(), json.dumps(payload).encode())


def model(book: Book, folder: Path) -> Path:
    """k-means about a made-up year of orders, with everything that a search for segments leaves, in a folder, which is returned."""
    random, records = Random(18), list[Record]()
    for number in range(PEOPLE):
        first = random.randrange(300)
        for _ in range(1 + int(random.expovariate(1 / 6))):
            at = BEGUN + random.randrange(first, 365) * DAY
            records.append(order(f"customer-{number}", len(records), at, round(random.lognormvariate(4, 1), 2)))
    records.sort(key=lambda each: each.at)
    people = customers(History(events=len(records), records=iter(records)), book)
    chosen = choose(people, book.features, FEATURES)
    found = find(matrix(chosen, people), names=["kmeans"], numbers=[SEGMENTS])
    store, version = Store(str(folder / "store")), book.features.version
    return keep(people, chosen, found, name=MODEL, history="a made-up year", features=version, store=store, out=folder, at=0, seed=0)[2]


def send(brokers: str, who: str, rate: int, count: int, shoppers: int) -> None:
    """So many orders at this rate, in turn by so many people, whose ids begin with `who`."""
    random = Random(4)
    with closing(client.producer(brokers)) as sender:
        for number in paced(rate, count=count):
            total = round(random.lognormvariate(4, 1.2), 2)
            record = order(f"{who}{number * 7919 % shoppers}", number, int(time.time() * 1000), total)
            sender.send("events", key=record.key, value=record.value)
        sender.flush()


def told(stack: Lab, who: str, *, rate: int, count: int, shoppers: int) -> list[Told]:
    """Send the orders, and read what is committed about those who sent them until nothing has come for some seconds after the last order."""
    found = list[Told]()
    sender = multiprocessing.get_context("spawn").Process(target=send, args=(stack.brokers, who, rate, count, shoppers), daemon=True)
    with closing(client.consumer(stack.brokers, ["segments"], start="latest", fetch_max_wait_ms=5)) as reader:
        sender.start()
        last = time.monotonic()
        while time.monotonic() - last < QUIET_S:
            batches = reader.poll(timeout_ms=200)
            if batches or sender.is_alive():
                last = time.monotonic()
            for batch in batches.values():
                now = time.time() * 1000
                values = [json.loads(record.value) for record in batch]
                found += [Told(each, now) for each in values if each["user_id"].startswith(who)]
    return found


def in_one_process(stack: Lab, who: str, book: Book) -> Counter[str]:
    """Every change that one process finds in the orders as the broker keeps them, with its own times of records, and how often."""
    return Counter(change(msgspec.to_builtins(each)) for each in _alone(stack, who, book))


def change(value: Mapping[str, Any]) -> str:
    """All that a record says but when it was decided, as text."""
    return json.dumps({name: each for name, each in value.items() if name != "decided_at"}, sort_keys=True)


def _alone(stack: Lab, who: str, book: Book) -> Iterator[Segment]:
    with closing(client.consumer(stack.brokers, ["events"])) as reader:
        every = [record for batch in read_to_end(reader) for record in batch if record.key.startswith(who.encode())]
    kept = sorted((Record(each.timestamp, each.key, each.value) for each in every), key=lambda each: each.at)
    for outputs in LocalJob(book).run(kept, drain=0):
        yield from (each for each in outputs if isinstance(each, Segment))
