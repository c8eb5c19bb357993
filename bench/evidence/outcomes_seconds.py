"""Claim 3b of outcomes: seconds from the maturity of an outcome to a decision that is drawn by it, on a running stack.

The main job, the arms job and the service that publishes run as for a person: `kairos submit`, `kairos arms submit`, `kairos arms learn`. Customers
come all the time; some of those who got the good variant order. The goal's window is short, so outcomes become final during the measurement.
Each final outcome is followed to the first decision whose epoch has learned from as many outcomes.
"""

import json
import random
import signal
import subprocess
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from bench.evidence.traffic import traffic
from bench.evidence.watch import Seen, Watch, watch
from bench.lab import KAIROS, Lab, lab
from bench.report import Claim, at_least, at_most, measured
from services.kafka.client import producer

CAMPAIGN = """
campaign: at-once
trigger: {event: product_added}
choose: bandit
variants:
  good: {channel: email, content: {subject: Hi, body: Hi}}
  poor: {channel: email, content: {subject: Hello, body: Hello}}
goal: {event: order_completed, within: 15s}
"""
PER_SECOND = 10
EVERY = "1s"
"""How long an epoch lasts."""
ORDERS = {"good": 0.5, "poor": 0.05}
SECONDS = 120
FEWEST = 200
"""Outcomes that are followed, at least."""
GOAL_S = 15.0
"""The arms job reads what the main job commits, and its counts are visible within seconds; then an epoch ends."""


def check(seconds: int = SECONDS) -> list[Claim]:
    """Lags of all outcomes that became final during the measurement."""
    with lab() as stack:
        campaigns = stack.home / "campaigns"
        campaigns.mkdir()
        (campaigns / "at-once.yaml").write_text(CAMPAIGN)
        stack.kairos("submit", "--campaigns", campaigns)
        stack.kairos("arms", "submit")
        with _learning(stack), watch(stack.brokers, ["decisions", "outcomes", "arms"]) as seen:
            with traffic(stack.brokers, {"Product Added": _PRODUCT}, per_second=PER_SECOND, visitor=lambda number: f"visitor-{number}"):
                _orders(stack, seen, seconds)
            lags = lags_of(seen.of("outcomes"), seen.of("arms"), seen.of("decisions"))
            last = [each for each in seen.of("decisions") if (each.value.get("choice") or {}).get("probabilities")][-1]
    found = np.array(lags) / 1000
    print(f"   probabilities at the end: {last.value['choice']['probabilities']}", flush=True)
    return [
        at_least("final outcomes that were followed to a decision drawn by them", len(lags), "outcomes", FEWEST),
        measured(f"from maturity to such a decision, epochs of {EVERY}: median", float(np.median(found)) if lags else -1.0, "s"),
        at_most("the same, 95 of 100", float(np.quantile(found, 0.95)) if lags else float("inf"), "s", GOAL_S),
        at_least("probability of the better variant at the end", float(last.value["choice"]["probabilities"]["good"]), "", 0.9),
    ]


_PRODUCT = {"product_id": "tent", "name": "tent", "price": 10, "quantity": 1, "currency": "USD"}


def lags_of(outcomes: Sequence[Seen], arms: Sequence[Seen], decisions: Sequence[Seen]) -> list[float]:
    """Milliseconds from the end of each outcome's window to the first decision whose epoch has counted as many outcomes as were final then.

    Those for which no such decision came before the end are left out.
    """
    final = sorted(_first_final(outcomes), key=lambda each: each.written_at)
    epochs = sorted((int(each.value["exposures"]), int(each.value["epoch"])) for each in arms if "exposures" in each.value)
    counted = [exposures for exposures, _ in epochs]
    drawn = sorted((int(each.value["choice"]["epoch"]), int(each.value["decided_at"])) for each in decisions if each.value.get("choice"))
    first_by: list[tuple[int, int]] = []
    for epoch, at in drawn:
        if not first_by or epoch > first_by[-1][0]:
            first_by.append((epoch, at))
    known = [epoch for epoch, _ in first_by]
    found = []
    for number, each in enumerate(final, 1):
        place = bisect_left(counted, number)
        if place < len(epochs) and (used := bisect_left(known, epochs[place][1])) < len(first_by):
            found.append(float(first_by[used][1] - int(each.value["ends"])))
    return found


def _first_final(outcomes: Sequence[Seen]) -> list[Seen]:
    """Of each decision the first final record: later ones revise it."""
    found: dict[str, Seen] = {}
    for each in outcomes:
        if each.value.get("status") == "final":
            found.setdefault(str(each.value["decision_id"]), each)
    return list(found.values())


def _orders(stack: Lab, seen: Watch, seconds: int) -> None:
    """Customers order, by the variant that they got."""
    drawn, place, deadline = random.Random(3), 0, time.monotonic() + seconds
    sender = producer(stack.brokers)
    try:
        while time.monotonic() < deadline:
            fresh = seen.seen[place:]
            place += len(fresh)
            for each in fresh:
                if each.topic == "decisions" and each.value.get("outcome") == "acted" and drawn.random() < ORDERS[each.value["variant"]]:
                    user, at = str(each.value["user_id"]), int(time.time() * 1000)
                    event = {"messageId": f"order-{user}", "type": "track", "event": "Order Completed", "userId": user, "timestamp": at}
                    event["properties"] = {"order_id": user, "total": 10, "revenue": 10, "currency": "USD"}
                    sender.send("events", key=user.encode(), value=json.dumps(event).encode(), timestamp_ms=at)
            time.sleep(0.1)
    finally:
        sender.close(timeout=10)


@contextmanager
def _learning(stack: Lab) -> Iterator[None]:
    """`kairos arms learn`, as a service."""
    log = Path(stack.home) / "learn.log"
    with log.open("w") as out:
        running = subprocess.Popen([str(KAIROS), "arms", "learn", "--every", EVERY], env=stack.environment, stdout=out, stderr=out)
        try:
            yield
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(timeout=30)
