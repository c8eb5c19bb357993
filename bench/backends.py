"""Many customers on both state backends: how fast they are read in, the latency at half of that rate, and the time to restore them.

python -m bench.backends                        # a million customers on each, most of an hour
python -m bench.backends --customers 100000     # some minutes; the figures then are of that many
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.evidence.cluster_stream import submit
from bench.lab import CheckFailed, Lab, lab, send_all
from bench.latency import of_running_job

CUSTOMERS = 1_000_000
BACKENDS = ("hashmap", "rocksdb")
MAX_RATE = 2_000
"""Sender and reader run on the same two cores: above it, they would be measured and not the job."""
SECONDS, WARM_UP = 60, 20
HEAP_MB = 5_120
"""For a million customers in memory: docs/production.md. RocksDB gets a small heap, and a cache as that page says."""
ROCKSDB_HEAP_MB = 1_024
ROCKSDB_SETTINGS = "taskmanager.memory.managed.size=1g\n"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One backend."""

    backend: str
    customers: int
    read_in: float
    """Events a second, one of each customer."""
    state_mb: float
    rate: int
    """Events a second while the latency was measured."""
    p50_ms: float
    p99_ms: float
    lost: int
    restore_s: float
    """From kill -9 of the TaskManager to the first completed checkpoint after it."""


def measure(backend: str, customers: int) -> Measured:
    """On a fresh stack."""
    with tempfile.TemporaryDirectory() as folder, lab(up=_memory(backend, customers, Path(folder) / "memory.conf")) as stack:
        submit(stack, "--state-backend", backend, "--from", "committed")
        began = time.monotonic()
        send_all(stack.brokers, "events", _firsts(customers), linger_ms=50)
        stack.wait_until_consumed()
        read_in = customers / (time.monotonic() - began)
        rate = min(MAX_RATE, int(read_in / 2))
        found = of_running_job(stack, rate=rate, seconds=SECONDS, warm_up=WARM_UP, users=customers)
        size = _last(stack)["state_size"] / 1e6
        restore = _restored(stack)
    return Measured(
        backend=backend,
        customers=customers,
        read_in=read_in,
        state_mb=size,
        rate=rate,
        p50_ms=found.p50,
        p99_ms=found.p99,
        lost=found.lost,
        restore_s=restore,
    )


def _memory(backend: str, customers: int, file: Path) -> tuple[str, ...]:
    """Options of `kairos up`."""
    if backend == "hashmap":
        return ("--task-heap-mb", str(max(1_024, HEAP_MB * customers // CUSTOMERS)))
    file.write_text(ROCKSDB_SETTINGS)
    return ("--task-heap-mb", str(ROCKSDB_HEAP_MB), "--flink-settings", str(file))


def _firsts(customers: int) -> Iterator[tuple[bytes, bytes, int]]:
    """One event of each customer, with traits; they are the customers whom `bench.latency` sends events of later."""
    now = int(time.time() * 1000)
    for number in range(customers):
        user = f"user-{number}"
        traits = {"email": f"{user}@example.org", "first_name": "Ada", "plan": "gold", "city": "Exampletown", "note": "x" * 200}
        event: dict[str, Any] = {"messageId": f"first-{number}", "type": "identify", "userId": user, "timestamp": now, "traits": traits}
        yield user.encode(), json.dumps(event).encode(), now


def _last(stack: Lab) -> dict[str, Any]:
    found = (stack.rest.checkpoints(stack.job()).get("latest") or {}).get("completed")
    if found is None:
        message = "no checkpoint has completed"
        raise CheckFailed(message)
    return dict(found)


def _restored(stack: Lab) -> float:
    """Kill the TaskManager; the stack's keeper starts another."""
    before = stack.rest.checkpoints(stack.job())["counts"]
    stack.kill_task_manager()

    def again() -> bool:
        counts = stack.rest.checkpoints(stack.job())["counts"]
        return bool(counts["restored"] > before["restored"] and _last(stack)["id"] > restored_from())

    def restored_from() -> int:
        return int((stack.rest.checkpoints(stack.job()).get("latest") or {}).get("restored", {}).get("id", 0))

    return stack.wait(again, what="a checkpoint after the restore", seconds=600)


def main() -> int:
    """Both backends, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m bench.backends", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--only", choices=BACKENDS)
    told = parser.parse_args()
    for backend in [told.only] if told.only else BACKENDS:
        print(json.dumps(asdict(measure(backend, told.customers))), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
