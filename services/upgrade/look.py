"""Looks at a job: through Flink's REST interface, and at the offsets it has committed."""

from collections.abc import Callable
from contextlib import closing

from services.flink.rest import Rest, first_lines
from services.guard.guard import totals
from services.kafka.client import admin, end_offsets
from services.replay.consumed import RunningJob
from services.upgrade.verdict import Look


def look(rest: Rest, job: str, *, identity: str, brokers: str, topic: str) -> Look:
    """What it does now. Raises ClusterError, KafkaUnavailable."""
    told = rest.get(f"/jobs/{job}")
    checkpoints = rest.checkpoints(job)
    counts, latest = checkpoints["counts"], checkpoints.get("latest") or {}
    with closing(admin(brokers)) as client:
        read = sum(RunningJob(rest, job, identity).committed(topic, client=client).values())
    events, refused = totals(rest, job) or (0, 0)
    return Look(
        state=told["state"],
        tasks_run=all(vertex["status"] == "RUNNING" for vertex in told["vertices"]),
        failure=failure(rest, job),
        completed=counts["completed"],
        failed=counts["failed"],
        state_bytes=(latest.get("completed") or {}).get("state_size", 0),
        read=read,
        written=sum(end_offsets(brokers, topic).values()),
        events=events,
        refused=refused,
    )


def failure(rest: Rest, job: str) -> str:
    """The cause of the job's last failure, on one line; empty if there was none."""
    found = rest.failures(job)
    return cause(found[0]) if found else ""


def cause(stack_trace: str) -> str:
    """The innermost cause in a Java stack trace: the last one named, and of Python's the line that names the error."""
    lines = [line.strip() for line in stack_trace.replace("\\n", "\n").splitlines() if line.strip()]
    causes = [line.removeprefix("Caused by: ") for line in lines if line.startswith("Caused by: ")]
    return first_lines((causes or lines or ["unknown"])[-1], 1)


def savepoint_bytes(rest: Rest, job: str) -> int:
    """The size of the last savepoint that the job has completed."""
    told = ((rest.checkpoints(job).get("latest") or {}).get("savepoint")) or {}
    return int(told.get("state_size", 0))


def refused_share(rest: Rest, job: str) -> float:
    """The share of its events that a job refused, 0 to 1."""
    events, refused = totals(rest, job) or (0, 0)
    return refused / events if events else 0.0


Looking = Callable[[], Look]
