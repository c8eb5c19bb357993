"""Submit a job of SQL next to the main job of a local cluster, in a TaskManager of its own. Other jobs run on."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from jobs.sql_options import SqlOptions
from services.devstack import lifecycle, state
from services.devstack.launch import flink_run, run, wait_until_running
from services.devstack.package import package
from services.devstack.places import Place, uri_of
from services.devstack.release import JobCode
from services.devstack.running import Running, Say, slots_of, task_managers_of
from services.devstack.settings import Settings
from services.devstack.submit import require_stack, restore_from
from services.flink.rest import ClusterError, Rest
from services.kafka.client import Topic, end_offsets, ensure_topics

Chosen = TypeVar("Chosen", bound=SqlOptions)
FIRST_CHECKPOINT_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Submitted(Generic[Chosen]):
    """The job of SQL that runs now."""

    job: str
    restored: Place | None
    options: Chosen
    seconds: float


def submit_beside(
    options: Chosen,
    settings: Settings,
    *,
    code: JobCode,
    reads: Sequence[str],
    writes: Sequence[Topic] = (),
    prepare: Callable[[], None] = lambda: None,
    restore: str,
    say: Say,
) -> Submitted[Chosen]:
    """Replace this job of its deployment, and return when the new one has completed its first checkpoint.

    `reads`: topics that have to be there; `writes`: those that are made if they are not; `prepare`: what takes long, and is done only then.
    Raises SubmitError, NotFound for a topic that is missing, KafkaUnavailable.
    """
    began = time.monotonic()
    require_stack(settings)
    for topic in reads:
        end_offsets(options.brokers, topic)
    if writes:
        ensure_topics(options.brokers, writes)
    prepare()
    if not options.checkpoint_dir:
        options = replace(options, checkpoint_dir=uri_of(state.checkpoints(settings, options.identity)))
    job, point = _replace(options.identity, options.arguments, settings, restore=restore, code=code, say=say)
    return Submitted(job=job, restored=point, options=options, seconds=time.monotonic() - began)


def _replace(identity: str, arguments: Sequence[str], settings: Settings, *, restore: str, code: JobCode, say: Say) -> tuple[str, Place | None]:
    """The id of the job that runs now, and the state that it goes on from."""
    rest = Rest(settings.job_manager_addresses)
    running = Running.of(rest.unfinished(), lambda name: name == identity)
    for before in running.own:
        say(f"stopping {identity}: {state.end(rest, before['jid'], settings, identity=identity)}")
    keep = task_managers_of(rest, running.others)
    wanted = max(len(keep), slots_of(rest, running.others)) + 1
    settings = settings.change(task_managers=wanted)
    settings.save()
    point = restore_from(restore, settings, identity=identity)
    zipped = package(settings.home / "job" / f"{code.main.rpartition('.')[2]}.zip", code.packages)
    with ThreadPoolExecutor(1) as pool:
        fresh = pool.submit(lifecycle.task_managers, settings, wanted, keep=keep)
        job = run(flink_run(arguments, zipped, point, main=code.main), settings)
        fresh.result()
    _checkpoint_soon(rest, job)
    wait_until_running(rest, job, settings)
    return job, point


def _checkpoint_soon(rest: Rest, job: str) -> None:
    """The first checkpoint would come only after the interval."""
    with suppress(ClusterError):  # `wait_until_running` says why it does not run
        for _ in _until(FIRST_CHECKPOINT_S):
            if rest.runs(job):
                rest.checkpoint(job)
                return
            if rest.get(f"/jobs/{job}")["state"] in ("FAILED", "CANCELED", "FINISHED"):
                return


def _until(seconds: float) -> Iterator[None]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(0.1)
