"""Claim 6 of people: from a question to its answer, at 200 questions a second while 3,000 events a second are decided, in both guarantees.

A question passes the broker twice. How long one bare record takes through the same broker, from the same sender to the same reader, at the same time,
is measured with it: no answer can come sooner than two of them.
"""

import json
import multiprocessing
import time
from pathlib import Path
from typing import Any

from bench.evidence.stream import send_event
from bench.lab import CheckFailed, Lab, lab
from bench.latency import CAMPAIGN
from bench.pace import paced
from bench.report import Claim, at_most, exactly, measured
from services.kafka import client

ASKED, EVENTS = 200, 3_000
"""A second."""
SECONDS, WARM_UP, WAIT_S = 40, 20, 60
USERS = 5_000
GOAL_MS = 50
"""Of p99, at half load."""
BARE = "bare-records"
"""A topic of this check's own, which the job does not know."""


def check() -> list[Claim]:
    """Each guarantee on a stack of its own."""
    found = []
    for guarantee in ("exactly-once", "at-least-once"):
        for rate in (EVENTS // 10, EVENTS // 2, EVENTS):
            with lab() as stack:
                answers, bare = _answered(stack, guarantee, rate)
            found += _claims(f"{guarantee}, {rate:,} events/s, {ASKED} questions/s", answers, bare, is_half=rate == EVENTS // 2)
    return found


def _claims(what: str, waits: list[float], bare: list[float], *, is_half: bool) -> list[Claim]:
    p99 = _quantile(waits, 0.99)
    return [
        measured(f"{what}: question to answer, p50", _quantile(waits, 0.50), "ms"),
        measured(f"{what}: p95", _quantile(waits, 0.95), "ms"),
        at_most(f"{what}: p99, half load", p99, "ms", GOAL_MS) if is_half else measured(f"{what}: p99", p99, "ms"),
        measured(f"{what}: a bare record through the broker at that time, p50", _quantile(bare, 0.50), "ms"),
        measured(f"{what}: a bare record, p99", _quantile(bare, 0.99), "ms"),
        exactly(f"{what}: questions without an answer", ASKED * SECONDS - len(waits), "questions", 0),
    ]


def _answered(stack: Lab, guarantee: str, rate: int) -> tuple[list[float], list[float]]:
    """Milliseconds of every question after the warm-up, and of every bare record, both sorted."""
    campaign = stack.home / "every-view.yaml"
    Path(campaign).write_text(CAMPAIGN)
    stack.kairos("submit", "--guarantee", guarantee, "--campaigns", campaign, "--restore", "none", "--from", "latest")
    client.ensure_topics(stack.brokers, [client.Topic(name=BARE, partitions=1)])
    context = multiprocessing.get_context("spawn")
    found: multiprocessing.Queue[dict[str, list[tuple[int, float]]]] = context.Queue()
    ready = context.Event()
    seconds = SECONDS + WARM_UP
    reader = context.Process(target=_read, args=(stack.brokers, ASKED * seconds, seconds + WAIT_S, ready, found), daemon=True)
    reader.start()
    if not ready.wait(120):
        message = "the reader did not come up within two minutes"
        raise CheckFailed(message)
    senders = [
        context.Process(target=_visit, args=(stack.brokers, rate, seconds), daemon=True),
        context.Process(target=_ask, args=(stack.brokers, ASKED * seconds), daemon=True),
    ]
    for each in senders:
        each.start()
    for each in senders:
        each.join()
    taken = found.get(timeout=2 * WAIT_S)
    reader.join()
    answers, bare = (sorted(ms for number, ms in taken[topic] if number >= ASKED * WARM_UP) for topic in ("responses", BARE))
    return answers, bare


def _visit(brokers: str, rate: int, seconds: int) -> None:
    sender = client.producer(brokers, linger_ms=5)
    for number in paced(rate, seconds=seconds):
        user = f"user-{number * 7919 % USERS}"
        send_event(sender, user, "Page Viewed", message_id=f"page-{number}-{time.time_ns()}")
    sender.flush()
    sender.close()


def _ask(brokers: str, count: int) -> None:
    sender = client.producer(brokers)
    for number in paced(ASKED, count=count):
        user, now = f"user-{number * 104_729 % USERS}", time.time_ns()
        event: dict[str, Any] = {"type": "track", "event": "profile_requested", "messageId": f"question-{number}-{now}", "anonymousId": user}
        event["properties"] = {"request_id": f"{number}-{now}"}
        sender.send("events", key=user.encode(), value=json.dumps(event).encode())
        sender.send(BARE, value=f"{number}-{time.time_ns()}".encode())
    sender.flush()
    sender.close()


def _read(brokers: str, count: int, seconds: float, ready: Any, found: Any) -> None:
    reader = client.consumer(brokers, ["responses", BARE], start="latest", fetch_max_wait_ms=5)
    ready.set()
    taken: dict[str, dict[int, float]] = {"responses": {}, BARE: {}}
    deadline = time.monotonic() + seconds
    while min(map(len, taken.values())) < count and time.monotonic() < deadline:
        for place, batch in reader.poll(timeout_ms=200).items():
            now = time.time_ns()
            for record in batch:
                told = record.value.decode() if place.topic == BARE else json.loads(record.value)["request_id"]
                number, asked = told.split("-")
                taken[place.topic].setdefault(int(number), (now - int(asked)) / 1e6)
    found.put({topic: [*each.items()] for topic, each in taken.items()})
    reader.close()


def _quantile(values: list[float], share: float) -> float:
    if not values:
        message = "no answer came back"
        raise CheckFailed(message)
    return values[min(len(values) - 1, int(share * len(values)))]
