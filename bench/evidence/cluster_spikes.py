"""Claim 5, second half: what a spike leaves behind is worked off, nothing is lost, and nothing expired is delivered.

The capacity is measured first. A spike of ten times as much leaves nine times its length of unread events. They are written as such a spike
leaves them, because a machine that carries both the broker and the job cannot send ten times what it handles.
"""

import json
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

from bench.evidence.cluster_stream import submit
from bench.evidence.tally import tally
from bench.evidence.world_recall import consume
from bench.lab import CheckFailed, Lab, lab, send_all
from bench.report import Claim, at_least, at_most, exactly, measured
from services.flink.rest import ClusterError
from services.metrics.text import samples
from udfs.metrics.services import UNREAD

SPIKE_S = 20
"""Seconds at ten times the capacity; `make evidence-cluster-long` takes five minutes."""
TIMES = 10
PROBE = 60_000
"""Events that are left unread before the spike, to see what the job handles here, on this machine, next to a broker and a reader."""
SPIKE, PROBED = "n", "probe"
"""With what the ids of the events begin."""
EXPIRES_S = 30
MAILED = 100
"""One event in so many gets a message that expires."""
LINES = 1_000_000
CAUGHT_UP_S = 3_600.0
COUPON = {
    "campaign": "coupon",
    "trigger": {"event": "coupon_applied"},
    "variants": {"mail": {"channel": "email", "content": {"body": "Your coupon waits."}}},
    "send": {"expires": f"{EXPIRES_S}s"},
}


def check(seconds: int = SPIKE_S, *, catch_up: bool = False) -> list[Claim]:
    """The spike with one customer who sends half of it, and a cart beyond all measure in the middle. `catch_up`: with `kairos catch-up`."""
    with lab() as stack:
        folder = stack.home / "every-view"
        folder.mkdir()
        (folder / "coupon.yaml").write_text(json.dumps(COUPON))
        submit(stack)
        stack.wait_until_consumed()
        capacity = _capacity(stack, folder)
        backlog = round(seconds * (TIMES - 1) * capacity)
        mails = sum(len(range(0, events, MAILED)) for events in (PROBE, backlog))
        send_all(stack.brokers, "events", _spike(backlog), linger_ms=50)
        time.sleep(EXPIRES_S)
        with tally(stack.brokers, SPIKE, backlog) as decided, _lags(stack) as lags:
            began = time.monotonic()
            stack.kairos("submit", "--campaigns", folder)
            intervals = _caught_up(stack) if catch_up else []
            decided.until_quiet(backlog + 1, seconds=CAUGHT_UP_S)
            took = decided.times[-1][0] - began if decided.times else CAUGHT_UP_S
        acted = {value["decision_id"]: value["expires_at"] for _, _, value in stack.records("actions.email")}
        since = time.time() * 1000
        delivered = consume(stack, "actions.email")
        restarts = stack.restarts()
    label = f"{seconds} s at {TIMES} times the capacity, half of it of one customer"
    return [
        measured("capacity: events a second that the job decides about while it catches up", capacity, "events/s"),
        at_least(f"{label}: events that were left unread", backlog, "events", 1),
        exactly(f"{label}: events without a decision", decided.missing, "events", 0),
        exactly(f"{label}: decisions doubled", decided.doubled, "decisions", 0),
        exactly(f"{label}: messages that expire after {EXPIRES_S} s, decided", len(acted), "actions", mails),
        exactly(f"{label}: of these, expired and delivered all the same", sum(acted.get(one, 0) < since for one in delivered), "messages", 0),
        at_least(f"{label}: of these, expired while they were unread", sum(expires < since for expires in acted.values()), "messages", 1),
        exactly(f"{label}: a cart of {LINES:,} items viewed in its middle, decided", decided.others["cart"], "decisions", 1),
        exactly(f"{label}: restarts of the job", restarts, "restarts", 0),
        at_least(f"{label}: the largest lag that the metrics showed", max(lags, default=0), "records", backlog / 2),
        measured(f"{label}: from the start of the job until all was decided", took, "s"),
        measured(f"{label}: events a second while catching up", backlog / took, "events/s"),
        at_most(f"{label}: recovery over the length of the spike", took / seconds, "times", 2.0 * (TIMES - 1)),
        *_of_catching_up(label, intervals, backlog / took / capacity),
    ]


def _caught_up(stack: Lab) -> list[int]:
    """Let `kairos catch-up` see it through. Returns the job's time between checkpoints at the start, in its middle and at the end, ms."""
    found = [_interval(stack)]
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(stack.kairos, "catch-up", seconds=CAUGHT_UP_S)
        while not running.done():
            try:
                now = _interval(stack)
            except (ClusterError, ValueError):  # between two jobs there is none to ask
                now = found[-1]
            if now != found[-1]:
                found.append(now)
            time.sleep(1)
        print("".join(f"   {line}\n" for line in running.result().stdout.splitlines()), flush=True)
    return found


def _interval(stack: Lab) -> int:
    return int(stack.rest.get(f"/jobs/{stack.job()}/checkpoints/config")["interval"])


def _of_catching_up(label: str, intervals: list[int], gain: float) -> list[Claim]:
    if not intervals:
        return []
    return [
        exactly(f"{label}: time between checkpoints afterwards, less that before", intervals[-1] - intervals[0], "ms", 0),
        exactly(f"{label}: time between checkpoints while `kairos catch-up` was at work", max(intervals), "ms", 2_000),
        measured(f"{label}: events a second while catching up, pauses included, over the capacity", gain, "times"),
    ]


def _capacity(stack: Lab, folder: Path) -> float:
    """Events a second that the job decides about, from a backlog of its own; leaves the job stopped."""
    stack.stop_job()
    send_all(stack.brokers, "events", _spike(PROBE, prefix=PROBED), linger_ms=50)
    with tally(stack.brokers, PROBED, PROBE) as decided:
        stack.kairos("submit", "--campaigns", folder)
        decided.until_quiet(PROBE, seconds=CAUGHT_UP_S)
        if decided.read < PROBE:
            message = f"only {decided.read:,} of {PROBE:,} events were decided about in {CAUGHT_UP_S:.0f} s: no capacity can be stated"
            raise CheckFailed(message)
    stack.stop_job()
    warm = [(at, read) for at, read in decided.times if read > PROBE // 5]  # while the job still warms up, it would look slower than it is
    (first, before), (last, all_of_them) = warm[0], warm[-1]
    return (all_of_them - before) / (last - first)


def _spike(count: int, *, prefix: str = SPIKE) -> Iterator[tuple[bytes, bytes, int]]:
    now = int(time.time() * 1000)
    for number in range(count):
        user = "whale" if number % 2 else f"user-{number % 20_000}"
        name = "Product Viewed" if number % MAILED else "Coupon Applied"
        properties: dict[str, Any] = {"product_id": f"sku-{number % 97}", "name": "Tent", "price": 120.0, "category": "tents"}
        yield user.encode(), _event(f"{prefix}{number}", name, user, now, properties), now  # "0" alone would be no id
        if number == count // 2 and prefix == SPIKE:
            yield b"whale", _event("adds", "Product Added", "whale", now, {"product_id": "tent", "price": 1, "quantity": LINES}), now
            yield b"whale", _event("cart", "Product Viewed", "whale", now, {"product_id": "tent", "name": "Tent"}), now


def _event(message: str, name: str, user: str, at: int, properties: dict[str, Any]) -> bytes:
    return json.dumps({"messageId": message, "type": "track", "event": name, "userId": user, "timestamp": at, "properties": properties}).encode()


@contextmanager
def _lags(stack: Lab) -> Iterator[list[float]]:
    """What the monitor exports as unread, every two seconds until the end of the block."""
    found, stop = list[float](), Event()
    address = f"http://127.0.0.1:{stack.settings.metrics_port}/metrics"

    def look() -> None:
        while not stop.wait(2):
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address, timeout=10) as answer:
                found.extend(each.value for each in samples(answer.read()) if each.name == UNREAD.name)

    looking = Thread(target=look, daemon=True)
    looking.start()
    try:
        yield found
    finally:
        stop.set()
        looking.join()
