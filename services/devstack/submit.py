"""Submit the main job: publish campaigns, stop the job before it with a savepoint, start fresh TaskManagers, and run the new job from there."""

import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jobs.options import MAX_PARALLELISM, Options, arguments_of
from services.control.deployment import closed_channels
from services.control.listing import Published, published
from services.control.signature import UNSIGNED, Signature
from services.control.switches import switched_off
from services.devstack import cluster, lifecycle, processes, savepoint, state
from services.devstack.package import PACKAGES, package
from services.devstack.prepare import announce, prepare_topics, publish_campaigns
from services.devstack.running import Job, Running, Say, slots_of, task_managers_of
from services.devstack.settings import Settings
from services.flink.rest import Rest, first_lines
from udfs.core.values.errors import Unavailable

SUBMITTED = re.compile(r"JobID ([0-9a-f]{32})")
READY_S = 180.0
"""A busy machine may need minutes for what an idle one does in ten seconds."""


@dataclass(frozen=True, kw_only=True)
class JobCode:
    """The code of a job: the packages in its zip, the module that builds the graph, and the number of key groups of that graph."""

    main: str = "jobs.decide"
    packages: tuple[str, ...] = PACKAGES
    key_groups: int = MAX_PARALLELISM


MAIN_JOB = JobCode()


class SubmitError(Unavailable):
    """The job was not submitted, or did not start; the message says why, and where to read more."""


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """The job that runs now, and what is published."""

    job: str
    restored: Path | None
    campaigns: list[Published]
    policy: Published | None
    switches: list[Published]
    seconds: float


def submit(
    options: Options,
    settings: Settings,
    *,
    campaigns: Sequence[Path] = (),
    policy: Path | None = None,
    restore: str = "auto",
    signed: Signature = UNSIGNED,
    create_topics: bool = True,
    code: JobCode = MAIN_JOB,
    say: Say = lambda line: None,
) -> Submitted:
    """Replace the running job of this deployment and clock, and return when the new one has completed its first checkpoint.

    Other jobs run on. `restore`: auto (the newest state of this deployment and clock), none, or the path of a savepoint or checkpoint.
    Without `create_topics` no topic is created or changed.
    """
    began = time.monotonic()
    if lifecycle.needed(settings) - lifecycle.alive(settings).keys():
        message = "the local stack does not run: start it with `kairos up`"
        raise SubmitError(message)
    rest = Rest(settings.rest)
    running = Running.of(rest.unfinished(), lambda name: name == options.identity)
    reads = {name: topic for name, topic in settings.reads.items() if name in {other["name"] for other in running.others}}
    _refuse_two_clocks(options, reads)
    require_key_groups(options, settings, rest, running.own, restore=restore, wanted=code.key_groups)
    require_same_events(options, settings, running.own, restore=restore)
    prepare_topics(options, create=create_topics, say=say)
    publish_campaigns(options, campaigns, policy=policy, signed=signed, say=say)
    for before in running.own:
        say(f"stopping {options.identity}: {state.end(rest, before['jid'], settings, identity=options.identity)}")
    for other in running.others:
        say(f"{other['name']} runs on")
    # An interpreter keeps the modules of its first job forever: new code needs TaskManagers that nothing ran on. Those of others stay.
    keep = task_managers_of(rest, running.others)
    wanted = max(len(keep), slots_of(rest, running.others)) + options.parallelism
    reads[options.identity] = options.events_topic
    topics = {"events": options.events_topic, "control": options.control_topic, "outputs": ",".join(options.outputs)}
    submitted = {**settings.submitted, options.identity: topics}
    settings = settings.change(clock=options.clock, events_topic=options.events_topic, reads=reads, submitted=submitted, task_managers=wanted)
    settings = settings.change(guarded=guarded(settings, options))
    settings.save()
    lifecycle.guard(settings)
    point = restore_from(restore, settings, identity=options.identity)
    if not options.checkpoint_dir:
        options = replace(options, checkpoint_dir=f"file://{state.checkpoints(settings, options.identity)}")
    announce(options, signed=signed)
    # The client needs seconds to start its JVM and Python, and so does a TaskManager: at the same time, on two cores.
    with ThreadPoolExecutor(1) as pool:
        fresh = pool.submit(lifecycle.task_managers, settings, wanted, keep=keep)
        job_id = run(flink_run(options, settings, point, code=code), settings)
        fresh.result()
    wait_until_running(rest, job_id, settings)
    held = published(options.brokers, options.control_topic)
    for line in closed_channels(options, held):
        say(line)
    return Submitted(
        job=job_id,
        restored=point,
        campaigns=[entry for entry in held if entry.kind == "campaign"],
        policy=next((entry for entry in held if entry.kind == "policy"), None),
        switches=switched_off(held),
        seconds=time.monotonic() - began,
    )


def guarded(settings: Settings, options: Options) -> dict[str, dict[str, int]]:
    """The limits of refused events that stop jobs, with that of this job, or without it if it has none."""
    others = {job: limit for job, limit in settings.guarded.items() if job != options.identity}
    if options.on_rejected != "stop":
        return others
    return {**others, options.identity: {"percent": options.max_rejected_percent, "minutes": options.rejected_minutes}}


def flink_run(options: Options, settings: Settings, point: Path | None, *, code: JobCode = MAIN_JOB) -> list[str]:
    """The arguments of `flink run` for this job, for any Flink 2.3 cluster that has the jars and Python packages."""
    return run_arguments(arguments_of(options), settings, point, code=code)


def run_arguments(told: Sequence[str], settings: Settings, point: Path | None, *, code: JobCode) -> list[str]:
    """The arguments of `flink run` for any job of ours, which is `told` its options."""
    zipped = package(settings.home / "job" / "kairos.zip", code.packages)
    restored = ["-s", f"file://{point}", "-cm", "claim"] if point else []
    return ["run", "-d", *restored, "-pyfs", str(zipped), "-pym", code.main, *told]


def _refuse_two_clocks(options: Options, reads: Mapping[str, str]) -> None:
    """Heartbeats of a live job move the time of everybody who reads its topic to now: a history on the same topic would end at once."""
    for name, topic in reads.items():
        if topic == options.events_topic and not name.endswith(f"-{options.clock}"):
            message = (
                f"{name} runs, and it reads the topic {topic!r}, too: heartbeats of the live clock would move the time of the history there to now. "
                "Give this job a topic of its own with --events-topic, or end everything with `kairos down` first"
            )
            raise SubmitError(message)


def restore_from(wanted: str, settings: Settings, *, identity: str) -> Path | None:
    """The folder of state to start from, ready to be claimed by the new job, None to start afresh. Raises SubmitError."""
    point = _point(wanted, settings, identity)
    return state.claimable(point, settings) if point else None


def _point(wanted: str, settings: Settings, identity: str) -> Path | None:
    if wanted == "none":
        return None
    point = state.restore_point(settings, identity) if wanted == "auto" else Path(wanted.removeprefix("file://")).resolve()
    if point is not None and not (point / "_metadata").exists():
        message = f"{point} is not a savepoint or checkpoint: it holds no _metadata"
        raise SubmitError(message)
    return point


def require_key_groups(options: Options, settings: Settings, rest: Rest, own: Sequence[Job], *, restore: str, wanted: int) -> None:
    """Refuse state that the new job could not restore, while nothing is changed yet. `own`: the running jobs that it replaces.

    Raises SubmitError, ClusterError.
    """
    replaced = own if restore == "auto" else ()
    try:
        for each in replaced:  # its savepoint will be the newest
            savepoint.require_running(rest, each["jid"], wanted=wanted)
        if not replaced and (point := _point(restore, settings, options.identity)) is not None:
            savepoint.require(point, wanted=wanted)
    except savepoint.OtherKeyGroups as problem:
        raise SubmitError(str(problem)) from problem


def require_same_events(options: Options, settings: Settings, own: Sequence[Job], *, restore: str) -> None:
    """Refuse to go on from the state of a job that read events from another topic. `own`: the running jobs that would be replaced.

    The source would go on reading the old topic next to the new one. The local heartbeats go only into the new one, so time would stand
    still forever. Raises SubmitError, ClusterError.
    """
    before = settings.reads.get(options.identity) or settings.submitted.get(options.identity, {}).get("events")
    if restore != "auto" or before in (None, options.events_topic):
        return
    if own or state.restore_point(settings, options.identity) is not None:
        message = (
            f"the state to go on from is of a job that reads {before!r}, not {options.events_topic!r}: with it the job would read both, and its time "
            f"would stand still. Nothing was stopped or changed. Say --events-topic {before}, or --restore none to begin without that state; "
            "docs/partitions.md says how to move to another topic"
        )
        raise SubmitError(message)


def run(arguments: list[str], settings: Settings) -> str:
    """Run Flink's client, and return the id of the job. Raises SubmitError."""
    command = cluster.client_command(settings, arguments)
    processes.empty(cluster.scratch(settings, "client"))
    log = settings.logs / "submit.log"
    done = subprocess.run(command, env=cluster.environment(settings), cwd=settings.home, capture_output=True, text=True, check=False)
    log.write_text(done.stdout + done.stderr)
    if found := SUBMITTED.search(done.stdout):
        return found[1]
    message = f"`flink run` failed:\n{_cause(done.stdout + done.stderr)}\nAll of it: {log}"
    raise SubmitError(message)


def _cause(text: str) -> str:
    """The lines of a long output that say what went wrong: the end of the Python traceback, and Java's causes."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("at ")]
    told = [line for line in lines if re.match(r"\s*(Caused by|[\w.]+(Error|Exception|Unusable|Unavailable|Refused|BadProperties)\b)", line)]
    return "\n".join(told[-6:] or lines[-12:])


def _no_slot(rest: Rest, job: str, told: Mapping[str, Any]) -> str | None:
    """Which jobs hold the slots that a job waits for; None if it does not run for another reason."""
    free, managers = rest.slots()
    others = [each for each in rest.unfinished() if each["jid"] != job]
    waits = any(vertex["status"] in ("CREATED", "SCHEDULED") for vertex in told["vertices"])
    if free or not others or not (waits or told["state"] == "FAILED"):
        return None
    held = ", ".join(f"{each['name']} ({len(rest.hosts(each['jid']))})" for each in others)
    return f"the cluster has no free slot for it. Of its {managers} TaskManagers with one slot each, others hold theirs: {held}"


def wait_until_running(rest: Rest, job: str, settings: Settings) -> None:
    """Return when the job runs and has completed a checkpoint. Raises SubmitError, with the cause, if it does not come to that."""
    deadline = time.monotonic() + READY_S
    while True:
        told = rest.get(f"/jobs/{job}")
        if told["state"] == "RUNNING" and rest.checkpoints(job)["counts"]["completed"] > 0:
            return
        if told["state"] in ("FAILED", "CANCELED", "FINISHED") or time.monotonic() > deadline:
            if full := _no_slot(rest, job, told):
                message = f"job {job} is {told['state']} and has completed no checkpoint: {full}\nMore in {settings.logs}"
                raise SubmitError(message)
            exceptions = rest.get(f"/jobs/{job}/exceptions").get("exceptionHistory", {}).get("entries", [])
            why = first_lines(exceptions[0]["stacktrace"], 8) if exceptions else processes.tail(settings.logs / "taskmanager-0.log", 8)
            message = f"job {job} is {told['state']} and has completed no checkpoint: {why}\nMore in {settings.logs}"
            raise SubmitError(message)
        time.sleep(0.1)
