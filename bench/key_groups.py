"""The cost of key groups: the same job with 128, 1,024 and 4,096 of them, in turn, each on a stack of its own.

`python -m bench.key_groups` prints a line a run. Each run seeds customers, stops with a savepoint, restores it, and then takes a
steady 300 events/s with a checkpoint every 100 ms. Profiles are rewritten every 20 seconds instead of every ten minutes, so that the
figures contain what depends on key groups: without that a checkpoint only appends changes.

Times depend on what else the machine does; processor seconds and bytes hardly do.
"""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from statistics import median
from threading import Event, Thread

import psutil

from bench.heavy import populate
from bench.key_groups_job import VARIABLE
from bench.lab import Lab, lab
from bench.latency import CAMPAIGN, of_running_job
from jobs.options import Options
from services.devstack import lifecycle, places, state
from services.devstack.package import PACKAGES
from services.devstack.release import JobCode
from services.devstack.submit import submit

MATERIALIZE = "state.changelog.periodic-materialize.interval: 20 s\n"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One setting, once. `load` is the machine's before the run; `cpu_s` of JobManager and TaskManager while events came."""

    key_groups: int
    load: float
    start_s: float
    savepoint_s: float
    savepoint_kb: float
    restore_s: float
    p50_ms: float
    p99_ms: float
    lost: int
    checkpoints: int
    checkpoint_p50_ms: float
    checkpoint_p99_ms: float
    checkpoint_kb: float
    metadata_kb: float
    job_manager_cpu_s: float
    task_manager_cpu_s: float
    task_manager_mb: float


def job_with(key_groups: int) -> JobCode:
    """The main job with another number of key groups. Its client reads the number from this process's environment."""
    os.environ[VARIABLE] = str(key_groups)
    return JobCode(main="bench.key_groups_job", packages=(*PACKAGES, "bench"), key_groups=key_groups)


def run(key_groups: int, *, users: int, seconds: int) -> Run:
    """Measure one setting."""
    load, job = os.getloadavg()[0], job_with(key_groups)
    with lab() as stack:
        with (stack.home / "flink" / "conf" / "config.yaml").open("a") as conf:
            conf.write(MATERIALIZE)
        campaign = stack.home / "every-view.yaml"
        campaign.write_text(CAMPAIGN)
        options = Options(brokers=stack.brokers, start="latest")
        started = submit(options, stack.settings, campaigns=[campaign], restore="none", code=job)
        populate(stack, users)
        began = time.monotonic()
        point = state.stop_with_savepoint(stack.rest, started.job, stack.settings, identity=options.identity)
        stopped = time.monotonic() - began
        restored = submit(options, stack.settings, campaigns=[campaign], code=job)
        with _watched(stack, restored.job) as seen:
            before = _cpu(stack)
            wait = of_running_job(stack, seconds=seconds, warm_up=10, users=users)
            after = _cpu(stack)
        durations = sorted(float(each["end_to_end_duration"]) for each in seen.checkpoints.values())
        return Run(
            key_groups=key_groups,
            load=round(load, 1),
            start_s=round(started.seconds, 1),
            savepoint_s=round(stopped, 2),
            savepoint_kb=round(places.size(point) / 1024),
            restore_s=round(restored.seconds, 1),
            p50_ms=round(wait.p50, 1),
            p99_ms=round(wait.p99, 1),
            lost=wait.lost,
            checkpoints=len(durations),
            checkpoint_p50_ms=durations[len(durations) // 2],
            checkpoint_p99_ms=durations[int(0.99 * len(durations))],
            checkpoint_kb=round(median(each["checkpointed_size"] for each in seen.checkpoints.values()) / 1024, 1),
            metadata_kb=round(median(seen.metadata) / 1024, 1),
            job_manager_cpu_s=round(after["jobmanager"] - before["jobmanager"], 1),
            task_manager_cpu_s=round(after["taskmanager-0"] - before["taskmanager-0"], 1),
            task_manager_mb=round(_process(stack, "taskmanager-0").memory_info().rss / 2**20),
        )


class _Seen:
    def __init__(self) -> None:
        self.checkpoints: dict[int, dict[str, float]] = {}
        self.metadata: list[int] = []


@contextmanager
def _watched(stack: Lab, job: str) -> Iterator[_Seen]:
    """Gather every completed checkpoint that Flink's page shows (it keeps ten), and the sizes of their metadata files."""
    seen, done = _Seen(), Event()
    folder = stack.home / "checkpoints" / "live" / job

    def watch() -> None:
        while not done.wait(0.5):
            for each in stack.rest.checkpoints(job)["history"]:
                if each["status"] == "COMPLETED":
                    seen.checkpoints[each["id"]] = each
            for file in folder.glob("chk-*/_metadata"):
                try:
                    seen.metadata.append(file.stat().st_size)
                except FileNotFoundError:
                    continue  # it was replaced meanwhile

    thread = Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def _process(stack: Lab, name: str) -> psutil.Process:
    return lifecycle.alive(stack.settings)[name]


def _cpu(stack: Lab) -> dict[str, float]:
    return {name: sum(_process(stack, name).cpu_times()[:2]) for name in ("jobmanager", "taskmanager-0")}


def main() -> None:
    """Every setting in turn, as many rounds as asked."""
    parser = argparse.ArgumentParser(prog="python -m bench.key_groups", description=__doc__)
    parser.add_argument("--key-groups", type=int, nargs="+", default=[128, 1024, 4096])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--seconds", type=int, default=50)
    told = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leave every `with`: no stack stays behind
    for _ in range(told.rounds):
        for key_groups in told.key_groups:
            print(json.dumps(asdict(run(key_groups, users=told.users, seconds=told.seconds))), flush=True)


if __name__ == "__main__":
    main()
