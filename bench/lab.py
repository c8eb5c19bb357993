"""A temporary stack for a check, with its own folder and ports. Checks use only public commands and topics."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from kafka.errors import CoordinatorNotAvailableError

from jobs.read_to_end import read_to_end
from services.devstack import ports, processes, state
from services.devstack.settings import Settings, load
from services.flink.rest import Rest
from services.heartbeat.beat import beat
from services.kafka import client as kafka
from services.replay.consumed import running_job, wait_until_consumed

KAIROS = Path(sys.executable).parent / "kairos"
METRICS_S = 12.0
"""Seconds after which a Flink metric is certainly newer than the first request."""
NUDGES = 5


class CheckFailed(RuntimeError):
    """A command of a check failed."""


class Lab:
    """One running stack."""

    def __init__(self, home: Path, ports: dict[str, int], *, up: Sequence[str] = (), environment: Mapping[str, str] | None = None) -> None:
        """`up`: more options of `kairos up`; `environment`: more variables of its commands and processes."""
        self.home = home
        self.environment = {**os.environ, **(environment or {}), "KAIROS_HOME": str(home)}
        self.ports = ports
        self.up = tuple(up)

    @property
    def settings(self) -> Settings:
        """The current settings."""
        return load(self.home)

    @property
    def brokers(self) -> str:
        """Kafka's address."""
        return self.settings.brokers

    @property
    def rest(self) -> Rest:
        """Flink."""
        return Rest(self.settings.job_manager_addresses)

    def kairos(self, *arguments: str | Path, check: bool = True, seconds: float = 1800) -> subprocess.CompletedProcess[str]:
        """Run the command line as a person would."""
        command = [str(KAIROS), *map(str, arguments)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=seconds, check=False)
        if check and done.returncode:
            message = f"`kairos {' '.join(map(str, arguments))}` failed ({done.returncode}):\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
            raise CheckFailed(message)
        return done

    def start(self, *, fresh: bool = True) -> None:
        """`kairos up`."""
        ports = [part for name, port in self.ports.items() for part in (f"--{name}-port", str(port))]
        self.kairos("up", *(["--fresh"] if fresh else []), *ports, *self.up)

    def job(self) -> str:
        """The id of the running job."""
        (job,) = self.rest.unfinished()
        return str(job["jid"])

    def restarts(self) -> int:
        """How often the running job has restarted. The JobManager's metrics may be ten seconds old, so this asks for longer."""
        path, asked_until = f"/jobs/{self.job()}/metrics?get=numRestarts", time.monotonic() + METRICS_S
        while time.monotonic() < asked_until:
            self.rest.get(path)
            time.sleep(1)
        metrics = self.rest.get(path)
        if not metrics:
            message = "the job does not report how often it restarted"
            raise CheckFailed(message)
        return int(float(metrics[0]["value"]))

    def stop_job(self) -> str:
        """As `kairos down` and `kairos submit` stop it, with a savepoint; returns the line they print."""
        (job,) = self.rest.unfinished()
        return state.end(self.rest, job["jid"], self.settings, identity=job["name"])

    def wait_until_consumed(self, *, until: int | None = None, again: Callable[[], None] | None = None) -> None:
        """Return when the job has read all that is on `events` now, reached the event time `until`, and its decisions are visible.

        `again` moves time once more: a job that failed over after its last record has lost it. Tried at most `NUDGES` times.
        """
        job = running_job(self.rest)
        if job is None:
            message = "no job runs that could read anything"
            raise CheckFailed(message)

        nudges = 0

        def stalled() -> None:
            nonlocal nudges
            nudges += 1
            if again is None or nudges > NUDGES:
                message = f"time in job {job.identity} does not reach {until}"
                raise CheckFailed(message)
            again()

        wait_until_consumed(job, brokers=self.brokers, topic="events", until=until, outputs=["decisions"], nudge=stalled)

    @contextmanager
    def suspended(self, name: str) -> Iterator[None]:
        """Suspend one of the stack's processes during the block."""
        found = processes.process(name, pids=self.settings.pids)
        if found is None:
            message = f"{name} does not run"
            raise CheckFailed(message)
        found.suspend()
        try:
            yield
        finally:
            found.resume()

    def committed(self, group: str, topic: str = "events") -> int:
        """How many records of a topic a group has committed as read; the job's group does so at each checkpoint."""
        client = kafka.admin(self.brokers)
        try:
            places: dict[Any, Any] = client.list_group_offsets({group: None})[group]
        except CoordinatorNotAvailableError:
            return 0  # the broker has no offsets of any group yet
        finally:
            client.close()
        return sum(int(told.offset) for place, told in places.items() if place.topic == topic)

    def kill_task_manager(self, number: int = 0) -> None:
        """kill -9, like a machine that fails."""
        self.kill(f"taskmanager-{number}")

    def kill(self, name: str) -> None:
        """kill -9 of one of the stack's processes."""
        found = processes.process(name, pids=self.settings.pids)
        if found is None:
            message = f"{name} does not run"
            raise CheckFailed(message)
        found.send_signal(signal.SIGKILL)

    def records(self, *topics: str, committed: bool = True, number: Callable[[str], Any] = float) -> Iterator[tuple[str, bytes, dict[str, Any]]]:
        """All current records of the topics: (topic, key, JSON value, its fractions read as `number`)."""
        known = kafka.consumer(self.brokers, ["decisions"])
        existing = known.topics()
        known.close()
        wanted = [topic for topic in topics if topic in existing]
        reader = kafka.consumer(self.brokers, wanted, start="earliest", committed=committed)
        try:
            for batch in read_to_end(reader):
                yield from ((record.topic, record.key or b"", _value(record.value, number)) for record in batch if record.value is not None)
        finally:
            reader.close()

    def wait(self, condition: Callable[[], bool], *, what: str, seconds: float = 120) -> float:
        """Wait until something is true. Returns the seconds that it took."""
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > seconds:
                message = f"{what}: not within {seconds:.0f} s"
                raise CheckFailed(message)
            time.sleep(0.05)
        return time.monotonic() - began


def _value(value: bytes, number: Callable[[str], Any]) -> dict[str, Any]:
    return json.loads(value, parse_float=number) if value[:1] == b"{" else {"raw": value}


@contextmanager
def lab(*, fresh_home: Path | None = None, up: Sequence[str] = (), environment: Mapping[str, str] | None = None) -> Iterator[Lab]:
    """A running stack that is stopped and wiped afterwards, whatever happens."""
    with ExitStack() as stack:
        home = fresh_home or Path(tempfile.mkdtemp(prefix="kairos-lab-"))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        names = ("broker", "controller", "rest", "rpc", "metrics", "heartbeat-metrics", "zookeeper", "second-rest")
        made = Lab(home, dict(zip(names, ports.free(len(names)), strict=True)), up=up, environment=environment)
        stack.callback(made.kairos, "down", "--no-savepoint", check=False)
        made.start()
        yield made


def move_time(brokers: str, topic: str, at: int) -> None:
    """A heartbeat in every partition of a topic: an empty key alone would always choose the same one."""
    with closing(kafka.producer(brokers)) as sender:
        beat(sender, topic, at=at)


def send_all(brokers: str, topic: str, records: Iterable[tuple[bytes | None, bytes | None, int]], *, linger_ms: int = 20) -> int:
    """Send (key, value, timestamp ms) and wait until every one is acknowledged; returns how many."""
    producer = kafka.producer(brokers, linger_ms=linger_ms)
    count = 0
    try:
        for key, value, at in records:
            producer.send(topic, key=key, value=value, timestamp_ms=at)
            count += 1
        producer.flush()
    finally:
        producer.close()
    return count
