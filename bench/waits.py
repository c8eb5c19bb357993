"""The latency of a decision on the heavy day, at a steady rate: from the event given to the producer to its decision read, through Kafka.

Sender and reader are processes of their own, and both clocks are this machine's. An event's message id carries its number and the time.
"""

import json
import multiprocessing
import time
from dataclasses import dataclass
from typing import Any, NamedTuple

from bench.heavy import is_scored, wire
from bench.lab import CheckFailed, Lab
from bench.pace import paced
from services.kafka import client

LINGER_MS = 5
"""The default linger of Kafka's own producer since version 4, in milliseconds; it is part of the latency."""
BODIES = 20_000
"""The number of different events, made before sending, so that sending takes as little processor time from the job as possible."""


class Taken(NamedTuple):
    """One decision read: of which event, and how many milliseconds after that it was read, and had been made."""

    number: int
    ms: float
    decided_ms: float


@dataclass(frozen=True, kw_only=True)
class Waits:
    """Milliseconds from an event given to the producer to its decision read. `reached` is the sender's actual rate.

    `decided_p50` and `decided_p99` are until the operator decided, by its own `decided_at`: the rest is the way out, with exactly-once the wait
    for a checkpoint.
    """

    rate: int
    reached: float
    count: int
    p50: float
    p95: float
    p99: float
    worst: float
    decided_p50: float
    decided_p99: float
    lost: int


def waits(stack: Lab, *, rate: int, seconds: int = 40, warm_up: int = 20, users: int = 100_000) -> Waits:
    """How long decisions take at a steady rate. The job runs already (`heavy.start`), with `users` in its state (`heavy.populate`)."""
    count = rate * (seconds + warm_up)
    context = multiprocessing.get_context("spawn")
    found: multiprocessing.Queue[list[Taken]] = context.Queue()
    ready, done, sent = context.Event(), context.Event(), context.Queue()
    reader = context.Process(target=_read, args=(stack.brokers, ready, done, found), daemon=True)
    reader.start()
    if not ready.wait(60):
        message = "the reader did not come up within a minute"
        raise CheckFailed(message)
    sender = context.Process(target=_send, args=(stack.brokers, rate, count, users, sent), daemon=True)
    sender.start()
    took: float = sent.get(timeout=10 * (seconds + warm_up) + 60)
    sender.join()
    stack.wait_until_consumed()
    time.sleep(1)
    done.set()
    taken = found.get(timeout=60)
    reader.join()
    counted = [each for each in taken if each.number >= rate * warm_up]
    if not counted:
        message = f"no decision came back at {rate} events/s: see {stack.home / 'logs'}"
        raise CheckFailed(message)
    scored = [is_scored(number) for number in range(BODIES)]
    wanted = {number for number in range(count) if scored[number % BODIES]}
    whole, decided = (sorted(waited) for waited in ([each.ms for each in counted], [each.decided_ms for each in counted]))
    return Waits(
        rate=rate,
        reached=round(count / took),
        count=len(counted),
        p50=_quantile(whole, 0.5),
        p95=_quantile(whole, 0.95),
        p99=_quantile(whole, 0.99),
        worst=whole[-1],
        decided_p50=_quantile(decided, 0.5),
        decided_p99=_quantile(decided, 0.99),
        lost=len(wanted - {each.number for each in taken}),
    )


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _send(brokers: str, rate: int, count: int, users: int, sent: Any) -> None:
    bodies = []
    for number in range(min(BODIES, count)):
        event = json.loads(wire(number, "", 0)[1])
        for told_later in ("messageId", "userId", "timestamp"):
            del event[told_later]
        bodies.append(json.dumps(event)[1:])
    producer = client.producer(brokers, linger_ms=LINGER_MS)
    began = time.monotonic()
    for number in paced(rate, count=count):
        user, now = f"user-{number * 7919 % users}", time.time_ns()
        head = f'{{"messageId": "{number}-{now}", "userId": "{user}", "timestamp": {now // 1_000_000}, '
        producer.send("events", key=user.encode(), value=(head + bodies[number % BODIES]).encode())
    producer.flush()
    sent.put(time.monotonic() - began)
    producer.close()


def _read(brokers: str, ready: Any, done: Any, found: Any) -> None:
    reader = client.consumer(brokers, ["decisions"], start="latest", fetch_max_wait_ms=100)  # it returns at once if there are records
    ready.set()
    taken: list[Taken] = []
    while not done.is_set():
        for batch in reader.poll(timeout_ms=200).values():
            now = time.time_ns()
            for record in batch:
                decision = json.loads(record.value)
                number, sent = map(int, decision["trigger_event_id"].split("-"))
                taken.append(Taken(number, (now - sent) / 1e6, decision["decided_at"] - sent / 1e6))
    found.put(taken)
    reader.close()
