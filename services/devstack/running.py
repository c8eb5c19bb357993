"""The jobs that run on the local cluster, the TaskManagers that they hold, and stopping one deployment of several."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jobs.options import Options
from services.control.deployment import key_of
from services.control.listing import published
from services.control.records import ControlRecord
from services.control.send import send
from services.control.signature import UNSIGNED, Signature
from services.devstack import lifecycle, state
from services.devstack.settings import Settings, load
from services.flink.rest import Rest
from udfs.core.values.errors import NotFound, Unavailable
from udfs.core.values.problems import did_you_mean

Say = Callable[[str], None]
Job = Mapping[str, Any]
"""A job as the cluster lists it: its name, its id (`jid`) and its state."""


class StopError(Unavailable):
    """The deployment could not be stopped; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """Those of the jobs that somebody means, and all others."""

    own: list[Job]
    others: list[Job]

    @staticmethod
    def of(jobs: Iterable[Job], own: Callable[[str], bool]) -> "Running":
        """Divide jobs by their names."""
        known = list(jobs)
        return Running(own=[job for job in known if own(job["name"])], others=[job for job in known if not own(job["name"])])


def task_managers_of(rest: Rest, jobs: Iterable[Job]) -> set[str]:
    """The names of the TaskManagers that these jobs run on."""
    hosts = (host.rpartition("-")[0] for job in jobs for host in rest.hosts(job["jid"]))
    return {name for name in hosts if name.startswith("taskmanager-")}


def slots_of(rest: Rest, jobs: Iterable[Job]) -> int:
    """How many slots these jobs need together."""
    return sum(rest.slots_of(job["jid"]) for job in jobs)


def deployment_of(identity: str) -> str:
    """The deployment of a job, from its name (see `Options.identity`)."""
    return identity.rpartition("-")[0]


def stop(name: str, settings: Settings, *, signed: Signature = UNSIGNED, say: Say = lambda line: None) -> list[str]:
    """Stop the jobs of one deployment with a savepoint, and the TaskManagers that only they used. Returns the names of the jobs.

    `name` is a deployment, or a single one of its jobs such as kairos-replay. The record of the deployment is removed from its control
    topic when no job of it is left. Raises NotFound, with the nearest name, and ClusterError, StopError or KafkaUnavailable.
    """
    if missing := lifecycle.missing(settings):
        message = f"the local stack does not run ({', '.join(sorted(missing))}): there is nothing to stop"
        raise StopError(message)
    rest = Rest(settings.job_manager_addresses)
    running = Running.of(rest.unfinished(), lambda identity: name in (identity, deployment_of(identity)))
    if not running.own:
        known = sorted({word for job in running.others for word in (job["name"], deployment_of(job["name"]))})
        others = f"there are {', '.join(known)}" if known else "no job runs"
        message = f"no deployment {name!r} runs: {did_you_mean(name, known) or others}"
        raise NotFound(message)
    for job in running.own:
        say(f"stopping {job['name']}: {state.end(rest, job['jid'], settings, identity=job['name'])}")
    for job in running.others:
        say(f"{job['name']} runs on")
    _release(rest, settings, running)
    for deployment in {deployment_of(job["name"]) for job in running.own} - {deployment_of(job["name"]) for job in running.others}:
        control = next((topics["control"] for job, topics in settings.submitted.items() if deployment_of(job) == deployment), None)
        _withdraw(settings.brokers, control or Options().control_topic, deployment, signed)
    return [job["name"] for job in running.own]


def _release(rest: Rest, settings: Settings, running: Running) -> None:
    """Stop the TaskManagers that nothing runs on; one always stays, or is replaced by a fresh one. Heartbeats for stopped jobs end."""
    keep = task_managers_of(rest, running.others)
    count = max(1, len(keep), slots_of(rest, running.others))
    ended = {job["name"] for job in running.own}
    reads = {job: topic for job, topic in load(settings.home).reads.items() if job not in ended}
    settings.change(reads=reads, task_managers=count).save()
    lifecycle.task_managers(settings, count, keep=keep)


def _withdraw(brokers: str, control_topic: str, deployment: str, signed: Signature) -> None:
    key = key_of(deployment)
    if any(entry.key == key for entry in published(brokers, control_topic)):
        send(brokers, control_topic, [ControlRecord(key=key, value=None)], signed=signed)
