"""How large an installation has to be: arithmetic on the figures that were measured, nothing else.

`python -m bench.sizing --customers 100000000` prints one, `python -m bench.sizing` the table of docs/production.md.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from bench.imbalance import imbalance
from jobs.options import MAX_PARALLELISM

PROFILE_BYTES = 2_300
"""A customer's state after forty events and with five journeys under way, rounded up: 1,758 to 2,069 bytes were measured."""
ENTRY_BYTES = 300
"""Estimated, not measured: what the JVM adds to a customer. A map entry, the key of 36 characters, a timer."""
HEADROOM = 2
"""Heap over state: Java collects garbage in the other half, and copies what changes while a snapshot is written."""
SLOT_EVENTS = 3_900
"""Events a second for which to plan a slot: half of the 7,823 that it handled from a backlog."""
MIN_HEAP_MB, MAX_HEAP_MB, HEAP_STEP_MB = 1_024, 8_192, 256
"""Above the maximum a pause of garbage collection is felt in the latency: add TaskManagers instead."""
OTHER_MB = 1_024
"""All of a TaskManager but the heap for state: docker/flink/config.yaml. Python lives in it."""
MIB, GB = 1024 * 1024, 1_000_000_000
REWRITE_S = 600
"""Seconds between two snapshots of all state, which end the changelog before them, on an object store: docker/kubernetes/overlays/s3/s3.conf."""
TABLE = ((100_000, 20), (1_000_000, 20), (10_000_000, 20), (50_000_000, 20), (100_000_000, 20), (100_000_000, 84))
"""Customers, and the events of each in a day."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """What there is to do. `peak` is the busiest second over the mean."""

    customers: int
    events_per_day: float = 20.0
    peak: float = 4.0
    profile_bytes: int = PROFILE_BYTES
    checkpoint_s: float = 1.0
    rewrite_s: float = REWRITE_S
    slot_events: int = SLOT_EVENTS

    @property
    def events(self) -> float:
        """Events a second at the peak."""
        return self.mean * self.peak

    @property
    def mean(self) -> float:
        """Events a second on average."""
        return self.customers * self.events_per_day / 86_400


@dataclass(frozen=True, kw_only=True)
class Size:
    """What it takes, with state in memory (hashmap) and a changelog."""

    by_speed: int
    by_memory: int
    customers: int
    """On the TaskManager with the most."""
    heap_mb: int
    process_mb: int
    state_gb: float
    changelog_mb_s: float
    """Written at the peak by all TaskManagers, at most: each event appends its customer's whole profile."""
    rewrite_mb_s: float
    """Written all the time, on average: snapshots of all state."""
    changelog_gb: float
    """Kept at most, and read again at a restore."""
    files_per_s: float
    """Created by checkpoints: one for each TaskManager."""

    @property
    def parallelism(self) -> int:
        """TaskManagers, of one slot each."""
        return max(self.by_speed, self.by_memory)

    @property
    def partitions(self) -> int:
        """Of `events`: twice the parallelism, a multiple of it, so that the job can grow without adding any. At least 4."""
        return max(4, 2 * self.parallelism)


def size(load: Load) -> Size:
    """Raises ValueError if it takes more TaskManagers than there are key groups."""
    each = load.profile_bytes + ENTRY_BYTES
    by_speed = max(1, ceil(load.events / load.slot_events))
    by_memory = next((count for count in range(1, MAX_PARALLELISM + 1) if _heap(_most(load.customers, count), each) <= MAX_HEAP_MB), 0)
    if not by_memory or by_speed > MAX_PARALLELISM:
        message = f"more than {MAX_PARALLELISM:,} TaskManagers: divide the customers among several deployments, or keep state in RocksDB"
        raise ValueError(message)
    count = max(by_speed, by_memory)
    customers = _most(load.customers, count)
    heap = _heap(customers, each)
    state = load.customers * load.profile_bytes
    changelog = load.events * load.profile_bytes
    return Size(
        by_speed=by_speed,
        by_memory=by_memory,
        customers=customers,
        heap_mb=heap,
        process_mb=heap + OTHER_MB,
        state_gb=state / GB,
        changelog_mb_s=changelog / 1e6,
        rewrite_mb_s=state / load.rewrite_s / 1e6,
        changelog_gb=changelog * load.rewrite_s / GB,
        files_per_s=count / load.checkpoint_s,
    )


def _most(customers: int, count: int) -> int:
    return ceil(customers / count * imbalance(MAX_PARALLELISM, count))


def _heap(customers: int, each: int) -> int:
    needed = customers * each * HEADROOM / MIB
    return max(MIN_HEAP_MB, ceil(needed / HEAP_STEP_MB) * HEAP_STEP_MB)


def table() -> Iterator[str]:
    """Lines of Markdown."""
    yield _row(
        "customers",
        "events a day of one",
        "peak events/s",
        "TaskManagers: by speed, by memory",
        "customers on one",
        "heap, process of one",
        "memory in all",
        "partitions",
    )
    yield "|---:" * 8 + "|"
    for load, found in _sized():
        yield _row(
            f"{load.customers:,}",
            f"{load.events_per_day:g}",
            f"{load.events:,.0f}",
            f"{found.by_speed}, {found.by_memory}: **{found.parallelism}**",
            f"{found.customers:,}",
            f"{found.heap_mb / 1024:g}, {found.process_mb / 1024:g} GiB",
            f"{found.parallelism * found.process_mb / 1024:,.0f} GiB",
            str(found.partitions),
        )


def storage() -> Iterator[str]:
    """Lines of Markdown."""
    yield _row("customers", "peak events/s", "state", "changelog at the peak", "rewriting all of it", "changelog kept", "files/s")
    yield "|---:" * 7 + "|"
    for load, found in _sized():
        yield _row(
            f"{load.customers:,}",
            f"{load.events:,.0f}",
            f"{found.state_gb:,.1f} GB",
            f"{found.changelog_mb_s:,.1f} MB/s",
            f"{found.rewrite_mb_s:,.1f} MB/s",
            f"{found.changelog_gb:,.1f} GB",
            f"{found.files_per_s:,.0f}",
        )


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _sized() -> Iterator[tuple[Load, Size]]:
    for customers, events in TABLE:
        load = Load(customers=customers, events_per_day=events)
        yield load, size(load)


def described(load: Load, found: Size) -> Iterator[str]:
    """The same for one load, with its arithmetic."""
    yield f"{load.customers:,} customers x {load.events_per_day:g} events a day x {load.peak:g} / 86,400 s = {load.events:,.0f} events/s at the peak"
    yield f"by speed:  {load.events:,.0f} / {load.slot_events:,} = {found.by_speed} TaskManagers"
    yield f"by memory: {found.by_memory} TaskManagers, with at most {MAX_HEAP_MB / 1024:g} GiB of heap each"
    yield (
        f"heap:      {found.customers:,} customers x ({load.profile_bytes:,} + {ENTRY_BYTES}) bytes x {HEADROOM} = {found.heap_mb:,} MiB: "
        f"taskmanager.memory.task.heap.size={found.heap_mb}m"
    )
    yield f"process:   {found.heap_mb:,} + {OTHER_MB:,} = {found.process_mb:,} MiB"
    yield f"options:   --parallelism={found.parallelism} --partitions={found.partitions}"
    yield (
        f"storage:   {found.state_gb:,.1f} GB of state, {found.changelog_mb_s:,.1f} MB/s of changelog at most, {found.rewrite_mb_s:,.1f} MB/s of "
        f"snapshots, {found.changelog_gb:,.1f} GB of changelog kept, {found.files_per_s:,.0f} files/s"
    )


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m bench.sizing", description=__doc__)
    parser.add_argument("--customers", type=int, help="people with a profile (default: the table)")
    parser.add_argument("--events-per-day", type=float, default=Load.events_per_day, help="of one customer (default: %(default)s)")
    parser.add_argument("--peak", type=float, default=Load.peak, help="the busiest second over the mean (default: %(default)s)")
    parser.add_argument(
        "--profile-bytes", type=int, default=PROFILE_BYTES, help="what `kairos try` shows as the state of a customer (default: %(default)s)"
    )
    parser.add_argument(
        "--slot-events",
        type=int,
        default=SLOT_EVENTS,
        help="events a second for which to plan a TaskManager, half of what it handles (default: %(default)s)",
    )
    parser.add_argument("--checkpoint-s", type=float, default=Load.checkpoint_s, help="seconds between checkpoints (default: %(default)s)")
    parser.add_argument("--rewrite-s", type=float, default=REWRITE_S, help="seconds between snapshots of all state (default: %(default)s)")
    told = vars(parser.parse_args())
    if told["customers"] is None:
        print("\n".join([*table(), "", *storage()]))
        return
    load = Load(**told)
    try:
        print("\n".join(described(load, size(load))))
    except ValueError as problem:
        parser.error(str(problem))


if __name__ == "__main__":
    main()
