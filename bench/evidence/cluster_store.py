"""Claim 3: state in an object store: exactly once through kills, and what the distance of the store does to the latency of decisions."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.evidence.cluster_stream import streamed, submit
from bench.lab import Lab, lab
from bench.latency import of_running_job
from bench.object_store import Store, object_store, slow
from bench.report import Claim, exactly, measured

DISTANCES_MS = (0, 20)
"""Added to each answer of the store. Within a region, an object store answers small requests in 10 to 50 ms."""
INTERVALS_MS = (100, 1000)
RATE, SECONDS = 300, 30
PER_SECOND = 300
KILLS = 2


def check() -> list[Claim]:
    """Latency on a local disk, on a store next door and on a distant one; kills on the distant one."""
    claims: list[Claim] = []
    with lab() as stack:
        claims += [claim for interval in INTERVALS_MS for claim in _latency(stack, "on a local disk", interval)]
    with tempfile.TemporaryDirectory() as folder, object_store(Path(folder)) as store:
        for distance in DISTANCES_MS:
            with slow(store, milliseconds=distance) as seen, _far(seen, Path(folder), f"state-{distance}") as stack:
                where = f"in an object store, {distance} ms away"
                claims += [claim for interval in INTERVALS_MS for claim in _latency(stack, where, interval)]
                if distance == max(DISTANCES_MS):
                    claims += _kills(stack, where)
    return claims


@contextmanager
def _far(store: Store, folder: Path, name: str) -> Iterator[Lab]:
    file = folder / f"{name}.conf"
    file.write_text("".join(f"{key}={value}\n" for key, value in store.settings.items()))
    with lab(up=("--state", f"s3://kairos/{name}", "--flink-settings", str(file)), environment=store.environment) as stack:
        yield stack


def _latency(stack: Lab, where: str, interval: int) -> list[Claim]:
    submit(stack, "--checkpoint-interval-ms", str(interval))
    found = of_running_job(stack, rate=RATE, seconds=SECONDS, warm_up=10)
    label = f"state {where}, a checkpoint every {interval:,} ms"
    print(f"   {label}: p50 {found.p50:.0f}, p99 {found.p99:.0f} ms", flush=True)
    return [
        exactly(f"{label}: decisions lost", found.lost, "decisions", 0),
        measured(f"{label}: from event to decision, p50", found.p50, "ms"),
        measured(f"{label}: from event to decision, p99", found.p99, "ms"),
    ]


def _kills(stack: Lab, where: str) -> list[Claim]:
    submit(stack, "--checkpoint-interval-ms", "1000")
    found = streamed(stack, [lambda: stack.kill("taskmanager-0")] * KILLS, per_second=PER_SECOND, every_s=45)
    label = f"state {where}, TaskManager killed {KILLS} times"
    return [
        exactly(f"{label}: decisions lost, of {found.sent:,}", found.lost, "decisions", 0),
        exactly(f"{label}: decisions doubled", found.doubled, "decisions", 0),
        measured(f"{label}: longest time without a decision, worst", max(found.gaps), "s"),
    ]
