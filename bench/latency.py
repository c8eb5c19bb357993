"""The latency from an event sent to its decision read, through a real broker and cluster, at a steady rate.

Sender and reader are processes of their own, so that neither waits for the other's interpreter; both clocks are this machine's. An
event's message id carries the time it was handed to the producer; its decision names that id.
"""

import json
import multiprocessing
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.lab import CheckFailed, Lab
from bench.pace import paced
from services.kafka import client

CAMPAIGN = """\
campaign: every-view
trigger: {event: product_viewed}
variants:
  push: {channel: push, content: {body: "You looked at {{ event.name }}."}}
"""

WAIT_S = 120
"""Seconds after the last event is sent until the reader gives up: a decision that comes late on a busy machine is slow, not lost."""


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Milliseconds, over `count` decisions."""

    count: int
    p50: float
    p95: float
    p99: float
    worst: float
    lost: int


def latency(stack: Lab, *, guarantee: str, rate: int = 300, seconds: int = 60, warm_up: int = 20, users: int = 5_000) -> Latency:
    """Submit the job with one campaign that answers every view, send at `rate` a second, read what is committed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "every-view.yaml"
        path.write_text(CAMPAIGN)
        stack.kairos("submit", "--guarantee", guarantee, "--campaigns", path, "--restore", "none", "--from", "latest")
    return of_running_job(stack, rate=rate, seconds=seconds, warm_up=warm_up, users=users)


def of_running_job(stack: Lab, *, rate: int = 300, seconds: int = 60, warm_up: int = 20, users: int = 5_000) -> Latency:
    """The same for a job that already runs with that campaign."""
    sent = rate * (seconds + warm_up)
    context = multiprocessing.get_context("spawn")
    found: multiprocessing.Queue[list[tuple[int, float]]] = context.Queue()
    ready = context.Event()
    reader = context.Process(target=_read, args=(stack.brokers, sent, seconds + warm_up + WAIT_S, ready, found), daemon=True)
    reader.start()
    if not ready.wait(120):
        message = "the reader did not come up within two minutes"
        raise CheckFailed(message)
    sender = context.Process(target=send, args=(stack.brokers, rate, sent, users), daemon=True)
    sender.start()
    sender.join()
    taken = found.get(timeout=2 * WAIT_S)
    reader.join()
    counted = sorted(ms for number, ms in taken if number >= rate * warm_up)
    if not counted:
        message = "no decision came back"
        raise CheckFailed(message)
    return Latency(
        count=len(counted),
        p50=_quantile(counted, 0.50),
        p95=_quantile(counted, 0.95),
        p99=_quantile(counted, 0.99),
        worst=counted[-1],
        lost=sent - len({number for number, _ in taken}),
    )


def _quantile(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))]


def send(brokers: str, rate: int, count: int, users: int) -> None:
    """Send so many events at this rate; each names its number and its time."""
    producer = client.producer(brokers)
    for number in paced(rate, count=count):
        user, now = f"user-{number * 7919 % users}", time.time_ns()
        event = {
            "messageId": f"{number}-{now}",
            "type": "track",
            "event": "Product Viewed",
            "userId": user,
            "timestamp": now // 1_000_000,
            "properties": {"product_id": f"sku-{number % 97}", "name": "Tent", "price": 120.0, "category": "tents"},
        }
        producer.send("events", key=user.encode(), value=json.dumps(event).encode())
    producer.flush()
    producer.close()


def _read(brokers: str, count: int, seconds: float, ready: object, found: object) -> None:
    reader = client.consumer(brokers, ["decisions"], start="latest", fetch_max_wait_ms=5)
    ready.set()  # type: ignore[attr-defined]
    taken: list[tuple[int, float]] = []
    deadline = time.monotonic() + seconds
    while len(taken) < count and time.monotonic() < deadline:
        for batch in reader.poll(timeout_ms=200).values():
            now = time.time_ns()
            for record in batch:
                number, sent = json.loads(record.value)["trigger_event_id"].split("-")
                taken.append((int(number), (now - int(sent)) / 1e6))
    found.put(taken)  # type: ignore[attr-defined]
    reader.close()
