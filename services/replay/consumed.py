"""Whether the job has processed everything: by its committed offsets, its event time and its checkpoints."""

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
"""Seconds: far longer than the cluster takes to collect its metrics."""
OUTPUT_WATERMARK = "decide.currentOutputWatermark"
MORE_CHECKPOINTS = 3
"""The first checkpoint may have begun before the last timer fired, the second cannot. When the third completes, the second is committed."""


@dataclass(frozen=True)
class RunningJob:
    """The main job as the cluster shows it."""

    rest: Rest
    id: str
    identity: str
    """Its name, which is also its consumer group: deployment and clock, see jobs/options.py."""

    @property
    def live(self) -> bool:
        """Whether it has the live clock."""
        return self.identity.endswith("-live")

    def watermark(self) -> int | None:
        """Its event time, in epoch milliseconds: every timer until then has fired. None before it began.

        This is the minimum of the operator's output watermarks over its subtasks. The input watermark would not do: the cluster shows the
        minimum over both inputs, and `control` never has one.
        """
        told = self.rest.get(f"/jobs/{self.id}/vertices/{self._decide()}/subtasks/metrics?get={OUTPUT_WATERMARK}&agg=min")
        at = int(told[0]["min"]) if told else 0
        return at if at > 0 else None

    def checkpoints(self) -> int:
        """How many checkpoints it has completed."""
        return int(self.rest.checkpoints(self.id)["counts"]["completed"])

    def restored(self) -> int:
        """How often it was restored from a checkpoint or savepoint."""
        return int(self.rest.checkpoints(self.id)["counts"]["restored"])

    def committed(self, topic: str, *, client: KafkaAdminClient) -> dict[int, int]:
        """The offsets of `topic` that its last checkpoint committed, by partition."""
        groups = client.list_group_offsets({self.identity: None})
        return {place.partition: told.offset for place, told in groups[self.identity].items() if place.topic == topic}

    def _decide(self) -> str:
        vertices = self.rest.get(f"/jobs/{self.id}")["vertices"]
        return next(str(vertex["id"]) for vertex in vertices if vertex["name"].startswith("decide"))


def running_job(rest: Rest, *, name: str | None = None) -> RunningJob | None:
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
    return RunningJob(rest, jobs[0]["jid"], jobs[0]["name"]) if jobs else None


def wait_until_consumed(
    job: RunningJob,
    *,
    brokers: str,
    topic: str,
    until: int | None,
    restored: int | None = None,
    outputs: Iterable[str],
    nudge: Callable[[], None],
    waiting: Waiting = lambda left, at: None,
) -> None:
    """Return when the job has read all of `topic`, has reached the event time `until`, and its decisions are visible to every reader.

    `restored` is `job.restored()` from before anything was sent (None: from now). A job that fails over after its last record has lost its
    event time, and the cluster may show an old value: then `nudge` moves time to `until` again. `waiting` is called from time to time with
    the number of remaining records and the job's time. Raises ReplayError if the job ends.
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


def _comes_to(job: RunningJob, until: int, waiting: Waiting) -> bool:
    """Whether event time reaches `until` by itself. It may stand still for a while, because firing a year's last timers takes time."""
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


def _time(job: RunningJob) -> int | None:
    if all(each["jid"] != job.id for each in job.rest.unfinished()):
        problem = f"job {job.id} ended before it had processed everything: `kairos status`, and its log, say why"
        raise ReplayError(problem)
    return job.watermark()
