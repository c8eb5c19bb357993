"""The throughput of one slot, Kafka to Kafka: the job reads a prepared backlog as fast as it can."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.engine import history
from bench.lab import Lab, move_time, send_all
from services.kafka import client


@dataclass(frozen=True, kw_only=True)
class Throughput:
    """Events a second between a fifth and nine tenths of the backlog, and what was in it."""

    events: int
    rate: float


def throughput(stack: Lab, *, guarantee: str, events: int = 300_000, users: int = 20_000) -> Throughput:
    """Shipped campaigns and features, the mix of `bench.engine`, four partitions, one TaskManager of one slot."""
    stack.kairos("submit", "--clock", "replay", "--guarantee", guarantee, "--restore", "none")
    return Throughput(events=events, rate=from_backlog(stack, history(users=users, events=events, seed=2), events=events, guarantee=guarantee))


def from_backlog(stack: Lab, records: Iterable[tuple[bytes, bytes, int]], *, events: int, guarantee: str, more: Sequence[str] = ()) -> float:
    """Events a second, between a fifth and nine tenths of this backlog. The running job, which only created the topics, is replaced. `more`: options
    of the job."""
    stack.rest.cancel(stack.job())
    before = sum(client.end_offsets(stack.brokers, "events").values())
    send_all(stack.brokers, "events", records, linger_ms=50)
    move_time(stack.brokers, "events", 1_900_000_000_000)
    stack.kairos("submit", "--clock", "replay", "--guarantee", guarantee, "--restore", "none", "--from", "committed", *more)
    marks: list[tuple[float, int]] = []
    while not marks or marks[-1][1] < events:
        marks.append((time.monotonic(), stack.committed("kairos-replay") - before))
        time.sleep(0.1)
    inner = [(at, count) for at, count in marks if 0.2 * events <= count <= 0.9 * events]
    if len({count for _, count in inner}) < 2:  # so small that it is read within a checkpoint or two: the start counts, too
        inner = [marks[0], marks[-1]]
    (start, first), (end, last) = inner[0], inner[-1]
    return (last - first) / (end - start)
