"""Claim 5, second half: fifty submits in a row, under traffic, leave nothing behind on the broker, the machine or the disk.

Twice a second somebody looks at five products in a row, which the shipped campaign `consideration` answers at the fifth, so everybody is
owed one decision, whether the job runs at that moment or not.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from threading import Event, Thread

import psutil

from bench.evidence.events import viewed
from bench.lab import Lab, lab
from bench.report import Claim, at_most, exactly, measured
from services.kafka import client as kafka

SUBMITS = 50
SETTLED = 10
"""After this many submits, everything of which a fixed number is kept has reached that number."""
PROCESSES = 5
"""Broker, JobManager, TaskManager, heartbeat, keeper."""
MB = 1_000_000


def check() -> list[Claim]:
    """Submit, take stock, submit again."""
    with lab() as stack:
        seconds: list[float] = []
        sizes: list[dict[str, int]] = []
        stack.kairos("submit", "--clock", "live")
        with customers(stack.brokers) as sent:
            for number in range(SUBMITS):
                began = time.monotonic()
                stack.kairos("submit", "--clock", "live")
                seconds.append(time.monotonic() - began)
                sizes.append(disk(stack.home))
                if number % 10 == 9:
                    print(
                        f"   {number + 1} submits, {sum(sizes[-1].values()) / MB:.1f} MB, {len(transactional_ids(stack))} transactional ids",
                        flush=True,
                    )
        stack.wait_until_consumed()
        answered = Counter(value["user_id"] for _, _, value in stack.records("decisions") if value["campaign"] == "consideration")
        transactions, groups, running = transactional_ids(stack), consumer_groups(stack), processes_of(stack.home)
    settled, last = sizes[min(SETTLED, SUBMITS) - 1], sizes[-1]
    growth = (sum(last.values()) - sum(settled.values())) / max(1, SUBMITS - SETTLED)
    print("   disk, MB:", {name: f"{settled.get(name, 0) / MB:.2f} -> {size / MB:.2f}" for name, size in sorted(last.items())}, flush=True)
    label = f"{SUBMITS} submits in a row"
    return [
        at_most(f"{label}: transactional ids on the broker", len(transactions), "ids", 10),
        at_most(f"{label}: consumer groups on the broker", len(groups), "groups", 10),
        exactly(f"{label}: processes of the stack afterwards", running, "processes", PROCESSES),
        exactly(
            f"{label}: customers who came meanwhile, of {len(sent)}, decided just once",
            sum(answered[user] == 1 for user in sent),
            "customers",
            len(sent),
        ),
        exactly(f"{label}: decisions of nobody who came", len(answered.keys() - set(sent)), "customers", 0),
        measured(f"{label}: one submit, median", median(seconds), "s"),
        measured(f"{label}: one submit, longest", max(seconds), "s"),
        measured(f"{label}: disk afterwards, without the broker's own records", sum(last.values()) / MB, "MB"),
        at_most(f"{label}: disk that a submit leaves for good", growth / MB, "MB", 0.5),
    ]


@contextmanager
def customers(brokers: str) -> Iterator[list[str]]:
    """Send a new customer every half second, until the end of the block. Yields their names."""
    stop, names = Event(), list[str]()

    def visits() -> None:
        producer = kafka.producer(brokers)
        while not stop.wait(0.5):
            user, now = f"visitor-{len(names)}", int(time.time() * 1000)
            for number in range(5):
                at = now - 4 + number
                producer.send("events", key=user.encode(), value=viewed(user, at, f"product {number}"), timestamp_ms=at)
            producer.flush()
            names.append(user)
        producer.close()

    coming = Thread(target=visits)
    coming.start()
    try:
        yield names
    finally:
        stop.set()
        coming.join()


def transactional_ids(stack: Lab) -> set[str]:
    """All that the broker remembers, whatever their state."""
    client = kafka.admin(stack.brokers)
    try:
        return {each.transactional_id for listed in client.list_transactions().values() for each in listed}
    finally:
        client.close()


def consumer_groups(stack: Lab) -> set[str]:
    """All that the broker remembers."""
    client = kafka.admin(stack.brokers)
    try:
        return {str(group["group_id"]) for group in client.list_groups()}
    finally:
        client.close()


def processes_of(home: Path) -> int:
    """Processes that run for this stack."""
    found = 0
    for each in psutil.process_iter():
        try:
            found += any(str(home) in part for part in each.cmdline())
        except psutil.Error:
            continue  # it ended meanwhile
    return found


def disk(home: Path) -> dict[str, int]:
    """Bytes by folder of the stack's state, without what grows with the traffic: the broker's records."""
    sizes: Counter[str] = Counter()
    for file in home.rglob("*"):
        name = file.relative_to(home).parts[0]
        try:
            if name != "kafka" and file.is_file() and not file.is_symlink():
                sizes[name] += file.stat().st_size
        except FileNotFoundError:
            continue  # a checkpoint's file comes and goes
    return dict(sizes)
