"""Has the job taken in all of it? Told by three witnesses: its committed offsets, its event time, and its checkpoints."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kafka import KafkaAdminClient

from services.flink.rest import ClusterError, Rest
from services.kafka.client import admin, end_offsets
from services.replay.records import ReplayError

Waiting = Callable[[int, int], None]

POLL_S = 0.1
STALLED_S = 30.0
"""Far longer than the cluster takes to collect its metrics."""
OUTPUT_WATERMARK = "decide.currentOutputWatermark"
MORE_CHECKPOINTS = 3
"""The first to complete may have begun before the last timer fired, the second cannot; when the third completes, the second is committed."""


@dataclass(frozen=True)
class Job:
    """The main job as the cluster shows it."""

    rest: Rest
    id: str
    identity: str
    """Its name, which is also its consumer group: deployment and clock, as jobs/options.py makes it."""

    @property
    def live(self) -> bool:
        """Whether its records are of now."""
        return self.identity.endswith("-live")

    def watermark(self) -> int | None:
        """How far its event time has come, with every timer until then fired, epoch milliseconds; None before it began.

        The operator's output watermark, least over subtasks. Its input watermark would not do: the cluster shows it as the least over both
        inputs, and control, which holds nothing back, never has one.
        """
        told = self.rest.get(f"/jobs/{self.id}/vertices/{self._decide()}/subtasks/metrics?get={OUTPUT_WATERMARK}&agg=min")
        at = int(told[0]["min"]) if told else 0
        return at if at > 0 else None

    def checkpoints(self) -> int:
        """How many it has completed."""
        return int(self.rest.checkpoints(self.id)["counts"]["completed"])

    def restored(self) -> int:
        """How often it has begun again from a checkpoint or savepoint."""
        return int(self.rest.checkpoints(self.id)["counts"]["restored"])

    def committed(self, topic: str, *, client: KafkaAdminClient) -> dict[int, int]:
        """How far it has read `topic`, by partition, as of its last checkpoint."""
        groups = client.list_group_offsets({self.identity: None})
        return {place.partition: told.offset for place, told in groups[self.identity].items() if place.topic == topic}

    def _decide(self) -> str:
        vertices = self.rest.get(f"/jobs/{self.id}")["vertices"]
        return next(str(vertex["id"]) for vertex in vertices if vertex["name"].startswith("decide"))


def running_job(rest: Rest, *, name: str | None = None) -> Job | None:
    """The main job on this cluster, or the one of this name; None when none runs or there is no cluster. ReplayError when it is not clear which."""
    try:
        jobs = [job for job in rest.unfinished() if job["name"].endswith(("-live", "-replay"))]
    except ClusterError:
        return None
    names = ", ".join(job["name"] for job in jobs)
    if name is not None:
        jobs = [job for job in jobs if job["name"] == name]
        if not jobs:
            problem = f"no job {name} runs at {rest.address}: there is {names or 'none'}"
            raise ReplayError(problem)
    if len(jobs) > 1:
        problem = f"{len(jobs)} jobs run at {rest.address}: {names}. Say which of them reads this history, such as --job {jobs[0]['name']}"
        raise ReplayError(problem)
    return Job(rest, jobs[0]["jid"], jobs[0]["name"]) if jobs else None


def wait_until_consumed(
    job: Job,
    *,
    brokers: str,
    topic: str,
    until: int | None,
    restored: int | None = None,
    outputs: Iterable[str],
    nudge: Callable[[], None],
    waiting: Waiting = lambda left, at: None,
) -> None:
    """Return when the job has read all of `topic`, has come to the event time `until`, and its answers are visible to everybody.

    `restored` is `job.restored()` from before anything was sent (None: as it is now). A job that fails over after its last record has forgotten
    how far time had come, and what the cluster shows of it may be from before: then `nudge` brings time to `until` once more. `waiting` is told
    now and then how many records are left and where the job's time is. Raises ReplayError when the job ends.
    """
    restored = job.restored() if restored is None else restored
    client = admin(brokers)
    try:
        while True:
            ends = end_offsets(brokers, topic)
            while left := sum(_missing(ends, job.committed(topic, client=client))):
                waiting(left, _time(job) or 0)
                time.sleep(POLL_S)
            come = until is None or _comes_to(job, until, waiting)
            wanted = job.checkpoints() + MORE_CHECKPOINTS
            while job.checkpoints() < wanted:
                _time(job)
                time.sleep(POLL_S)
            before, restored = restored, job.restored()
            if until is None or (come and restored == before):
                break
            nudge()
    finally:
        client.close()
    for output in outputs:
        written = end_offsets(brokers, output, committed=False)
        while any(_missing(written, end_offsets(brokers, output))):
            time.sleep(POLL_S)


def _comes_to(job: Job, until: int, waiting: Waiting) -> bool:
    """Whether event time comes so far by itself. Firing a year's last timers takes time, in which it may stand still."""
    reached, since = _time(job) or 0, time.monotonic()
    while reached < until:
        if time.monotonic() - since > STALLED_S:
            return False
        waiting(0, reached)
        time.sleep(POLL_S)
        now = _time(job) or 0
        if now != reached:
            reached, since = now, time.monotonic()
    return True


def _missing(ends: dict[int, int], reached: dict[int, int]) -> list[int]:
    return [max(0, end - reached.get(partition, 0)) for partition, end in ends.items()]


def _time(job: Job) -> int | None:
    if all(each["jid"] != job.id for each in job.rest.unfinished()):
        problem = f"job {job.id} ended while it was waited for: `kairos status`, and its log, say why"
        raise ReplayError(problem)
    return job.watermark()
