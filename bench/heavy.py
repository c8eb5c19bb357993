"""The heavy day of `bench.load` in figures: the engine alone, the job through Kafka, and how long a decision takes as the job fills up."""

import json
import multiprocessing
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.evidence.lab import CheckFailed, Lab, send_all
from bench.load import documents, heavy, manifest
from bench.throughput import from_backlog
from services import kafka
from services.local.book import book_of
from udfs.codecs.decode import decode
from udfs.core.engine import Engine
from udfs.core.records import Event
from udfs.scoring.loaded import LoadedModels

MIX: tuple[str, ...] = ("Product Viewed",) * 10 + ("Page",) * 4 + ("Products Searched",) * 2 + ("Product Added",) * 3
MIX += ("Cart Viewed", "Order Completed", "Product Removed", "Checkout Started", "Product List Viewed", "Coupon Applied")
START = 1_772_000_000_000
LOTS = 1000
"""Each event draws one of so many; below fifty it is scored: one event in twenty."""


@dataclass(frozen=True, kw_only=True)
class EngineCost:
    """Microseconds of processor an event, medians; `scored_us` of an event that is scored, decided and acted on, so two records."""

    plain_us: float
    mixed_us: float
    scored_us: float
    blob_bytes: float


@dataclass(frozen=True, kw_only=True)
class Waits:
    """Milliseconds from an event handed to the producer to its decision read."""

    rate: int
    count: int
    p50: float
    p95: float
    p99: float
    lost: int


def engine_cost(*, users: int = 500, events: int = 20_000, rounds: int = 5) -> EngineCost:
    """The engine in a bare loop, with no event scored, one in twenty, and all."""
    with tempfile.TemporaryDirectory() as folder:
        book, scorer = heavy(Path(folder)), LoadedModels()
        scorer.follow(book.models, wait=30)
        taken: dict[str, float] = {}
        sizes: list[int] = []
        for name, lots in (("plain", (LOTS - 1, LOTS)), ("mixed", (0, LOTS)), ("scored", (0, 1))):
            wires = [wire(number, f"user-{number * 7919 % users}", START + number * 2_000, lots=lots) for number in range(events)]
            history = [event for key, value, at in wires if isinstance(event := decode(key, value, at), Event)]
            assert len(history) == events
            times = []
            for _ in range(rounds):
                engine, blobs = Engine(book, scorer=scorer), dict[str, bytes]()
                began = time.process_time()
                for event in history:
                    blobs[event.user_id] = engine.on_event(blobs.get(event.user_id), event).blob
                times.append((time.process_time() - began) / events * 1e6)
                sizes = [len(blob) for blob in blobs.values()] if name == "mixed" else sizes
            taken[name] = median(times)
    return EngineCost(plain_us=taken["plain"], mixed_us=taken["mixed"], scored_us=taken["scored"], blob_bytes=median(sizes))


def wire(number: int, user: str, at: int, *, lots: tuple[int, int] = (0, LOTS), message_id: str | None = None) -> tuple[bytes, bytes, int]:
    """One event as it stands on the topic: (key, value, time). What it is depends on its number alone."""
    chance = random.Random(number)
    name, lot = chance.choice(MIX), chance.randrange(*lots)
    product = {"product_id": f"sku-{chance.randrange(400)}", "name": "Two-person tent", "category": "tents", "price": 39.5, "quantity": 1}
    properties = {"order_id": f"o{number}", "total": 79.0} if name == "Order Completed" else {"query": "tent"} if "Search" in name else product
    event: dict[str, Any] = {
        "messageId": message_id or f"m-{number:08d}-5c1f",
        "type": "page" if name == "Page" else "track",
        "userId": user,
        "anonymousId": "6638caf0-d2c2-4bc0-aecf-8b290b559a37",
        "timestamp": at,
        "properties": {**properties, "lot": lot},
        "context": {"timezone": "Europe/London", "locale": "en-GB", "page": {"path": "/tents", "referrer": "https://example.com"}},
    }
    if name != "Page":
        event["event"] = name
    return user.encode(), json.dumps(event).encode(), at


def start(stack: Lab, *, clock: str, guarantee: str) -> None:
    """The job with that day's campaigns, and its model published."""
    folder = stack.home / "heavy"
    if not folder.exists():
        folder.mkdir()
        for document in documents():
            (folder / f"{document['campaign']}.yaml").write_text(json.dumps(document))
        (stack.home / "heavy.json").write_text(json.dumps(manifest(stack.home, book_of().features)))
    stack.kairos("submit", "--clock", clock, "--guarantee", guarantee, "--restore", "none", "--from", "latest", "--campaigns", folder)
    stack.kairos("models", "publish", stack.home / "heavy.json")


def throughput(stack: Lab, *, guarantee: str = "exactly-once", events: int = 250_000, users: int = 100_000) -> float:
    """Events a second that one slot takes from a backlog, between a fifth and nine tenths of it."""
    start(stack, clock="replay", guarantee=guarantee)
    return from_backlog(stack, _backlog(events, users), events=events, guarantee=guarantee)


def _backlog(events: int, users: int) -> Iterator[tuple[bytes, bytes, int]]:
    return (wire(number, f"user-{number * 7919 % users}", START + number * 100) for number in range(events))


def waits(stack: Lab, *, guarantee: str, rate: int, seconds: int = 40, warm_up: int = 20, users: int = 100_000) -> Waits:
    """How long decisions take at a steady rate. The job runs already (`start`), with `users` in its state (`populate`)."""
    count = rate * (seconds + warm_up)
    context = multiprocessing.get_context("spawn")
    found: multiprocessing.Queue[list[tuple[int, float]]] = context.Queue()
    ready, done = context.Event(), context.Event()
    reader = context.Process(target=_read, args=(stack.brokers, ready, done, found), daemon=True)
    reader.start()
    if not ready.wait(30):
        message = "the reader did not come up"
        raise CheckFailed(message)
    sender = context.Process(target=_send, args=(stack.brokers, rate, count, users), daemon=True)
    sender.start()
    sender.join()
    stack.wait_until_consumed()
    time.sleep(1)
    done.set()
    taken = found.get(timeout=60)
    reader.join()
    scored = sum(_is_scored(number) for number in range(count))
    counted = sorted(ms for number, ms in taken if number >= rate * warm_up)
    if not counted:
        message = f"no decision came back at {rate} events/s, {guarantee}"
        raise CheckFailed(message)

    def quantile(share: float) -> float:
        return counted[min(len(counted) - 1, int(share * len(counted)))]

    return Waits(rate=rate, count=len(counted), p50=quantile(0.5), p95=quantile(0.95), p99=quantile(0.99), lost=scored - len(taken))


def populate(stack: Lab, users: int = 100_000) -> None:
    """Give every user a profile."""
    now = int(time.time() * 1000)
    send_all(stack.brokers, "events", (wire(number, f"user-{number}", now, lots=(LOTS - 1, LOTS)) for number in range(users)), linger_ms=50)
    stack.wait_until_consumed()


def _is_scored(number: int) -> bool:
    return b'"lot": ' in (value := wire(number, "u", 0)[1]) and json.loads(value)["properties"]["lot"] < 50


def _send(brokers: str, rate: int, count: int, users: int) -> None:
    producer = kafka.producer(brokers, linger_ms=1)
    began = time.monotonic()
    for number in range(count):
        pause = began + number / rate - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        now = time.time_ns()
        key, value, _ = wire(number, f"user-{number * 7919 % users}", now // 1_000_000, message_id=f"{number}-{now}")
        producer.send("events", key=key, value=value)
    producer.flush()
    producer.close()


def _read(brokers: str, ready: Any, done: Any, found: Any) -> None:
    reader = kafka.consumer(brokers, ["decisions"], start="latest", fetch_max_wait_ms=5)
    ready.set()
    taken: list[tuple[int, float]] = []
    while not done.is_set():
        for batch in reader.poll(timeout_ms=200).values():
            now = time.time_ns()
            for record in batch:
                number, sent = json.loads(record.value)["trigger_event_id"].split("-")
                taken.append((int(number), (now - int(sent)) / 1e6))
    found.put(taken)
    reader.close()


def main() -> None:
    """The engine's part, printed: quick, and without a cluster."""
    print(json.dumps(asdict(engine_cost()), indent=2))


if __name__ == "__main__":
    main()
