"""Claim 3 of the world: in the running job, with purchases in the seconds around decisions, every message that was decided is recalled, and a
consumer that lags delivers none of them."""

import heapq
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from bench.evidence.stream import send_event
from bench.evidence.watch import Seen, watch
from bench.lab import Lab, lab
from bench.pace import paced
from bench.report import ROOT, Claim, at_least, exactly, measured
from services.kafka.client import end_offsets, producer

PER_SECOND = 500
SECONDS = 60
IDLE_S = 2.0
CAMPAIGN = {
    "campaign": "left-cart",
    "trigger": {"idle": "2s", "of": "cart", "unless": ["order_completed", "cart_cleared"]},
    "entry": {"once_per": "cart.id"},
    "variants": {"reminder": {"channel": "email", "content": {"body": "Your cart waits."}}},
    "send": {"expires": "6h"},
}
GROUP = "late"
LAGGING_S = 600.0
"""How long the consumer may take to read, and hold, everything."""


def check() -> list[Claim]:
    """500 events a second; three in five of those who fill a cart buy within the second before or after the decision."""
    with lab() as stack:
        folder = stack.home / "campaigns"
        folder.mkdir()
        (folder / "left-cart.yaml").write_text(json.dumps(CAMPAIGN))
        stack.kairos("submit", "--campaigns", folder)
        with watch(stack.brokers, ["actions.email"]) as seen:
            bought = _live(stack)
            stack.wait_until_consumed()
            time.sleep(10)
            records = list(seen.seen)
        delivered = consume(stack, "actions.email")
    return _claims(records, bought, delivered)


def _claims(records: list[Seen], bought: set[str], delivered: list[str]) -> list[Claim]:
    acted: dict[str, str] = {}
    recalled: list[str] = []
    astray = 0
    for each in records:
        decision, user = each.value["decision_id"], each.value["user_id"]
        if each.value["kind"] == "recall":
            astray += decision not in acted
            recalled.append(decision)
        else:
            acted[decision] = user
    of_buyers = {decision for decision, user in acted.items() if user in bought}
    return [
        measured("customers who bought", len(bought), "customers"),
        at_least("messages decided for customers who bought in the second after the decision", len(of_buyers), "actions", 1_000),
        exactly("of these, messages that were not recalled", len(of_buyers - set(recalled)), "actions", 0),
        exactly("recalls of customers who did not buy", len(set(recalled) - of_buyers), "recalls", 0),
        exactly("recalls that were written twice, or before their action", len(recalled) - len(set(recalled)) + astray, "recalls", 0),
        at_least("messages that a consumer delivered, which began to read when all had happened", len(delivered), "messages", 500),
        exactly("of these, messages that were recalled", len(set(delivered) & set(recalled)), "messages", 0),
        exactly("messages that it delivered twice", len(delivered) - len(set(delivered)), "messages", 0),
        exactly("messages that it should have delivered and did not", len(set(acted) - set(recalled) - set(delivered)), "messages", 0),
    ]


def _live(stack: Lab) -> set[str]:
    """Send everything. Returns who bought."""
    sender, bought = producer(stack.brokers), set[str]()
    for number, (user, name, properties) in zip(paced(PER_SECOND, seconds=SECONDS), _steps(), strict=False):
        send_event(sender, user, name, message_id=f"{number}-{user}", **properties)
        if name == "order_completed":
            bought.add(user)
    sender.flush()
    sender.close(timeout=30)
    return bought


def _steps() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """A fifth of the events fill a cart; a buyer's order is sent when its time has come; the rest is browsing."""
    chance = random.Random(7)
    orders: list[tuple[float, str]] = []
    number = 0
    while True:
        if orders and orders[0][0] <= time.monotonic():
            user = heapq.heappop(orders)[1]
            yield user, "order_completed", {"order_id": f"order-{user}"}
        elif chance.random() < 0.25:
            number += 1
            user = f"shopper-{number}"
            if chance.random() < 0.6:
                heapq.heappush(orders, (time.monotonic() + IDLE_S + chance.uniform(-0.5, 1.0), user))
            yield user, "product_added", {"product_id": "tent", "price": 120, "quantity": 1}
        else:
            yield f"visitor-{chance.randrange(500)}", "page", {}


def consume(stack: Lab, topic: str) -> list[str]:
    """What the consumer of docs/examples delivers when it begins to read only now. Raises CheckFailed if it has not come to the end in time."""
    state, out = stack.home / "consumer-state", stack.home / "delivered.txt"
    state.mkdir()
    out.touch()
    settings = {"BROKERS": stack.brokers, "TOPIC": topic, "GROUP": GROUP, "HOLD": "1", "STATE": str(state), "OUT": str(out)}
    environment = {**os.environ, **{f"KAIROS_{name}": value for name, value in settings.items()}}
    consumer = ROOT / "docs" / "examples" / "consumers" / "python" / "consumer.py"
    ends = sum(end_offsets(stack.brokers, topic).values())
    running = subprocess.Popen([sys.executable, str(consumer)], env=environment, stdout=subprocess.DEVNULL)
    try:
        stack.wait(lambda: stack.committed(GROUP, topic) >= ends, what=f"everything on {topic} read by the consumer", seconds=LAGGING_S)
    finally:
        running.terminate()
        running.wait(timeout=30)
    return out.read_text().splitlines()
