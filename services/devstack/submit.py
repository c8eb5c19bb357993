"""Submit the main job: publish campaigns, stop the job before it with a savepoint, start fresh TaskManagers, and run the new job from there."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jobs.options import Options
from services.control.deployment import closed_channels
from services.control.listing import Published, published
from services.control.signature import UNSIGNED, Signature
from services.control.switches import switched_off
from services.devstack import lifecycle, places, processes, release, savepoint, state
from services.devstack.launch import SubmitError, launch
from services.devstack.places import Place
from services.devstack.prepare import announce, keep_topics, prepare_topics, publish_campaigns
from services.devstack.release import MAIN_JOB, JobCode
from services.devstack.rocksdb import small_cache
from services.devstack.running import Job, Running, Say, slots_of, task_managers_of
from services.devstack.settings import Settings
from services.flink.rest import Rest
from udfs.lake.pseudonyms import read_keys


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """The job that runs now, and what is published."""

    job: str
    restored: Place | None
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
    require_stack(settings)
    if processes.process("upgrade", pids=settings.pids):
        message = "an upgrade is under way: `kairos upgrade` shows how it ends"
        raise SubmitError(message)
    options = with_keys(options)
    rest = Rest(settings.job_manager_addresses)
    running = Running.of(rest.unfinished(), lambda name: name == options.identity)
    reads = {name: topic for name, topic in settings.reads.items() if name in {other["name"] for other in running.others}}
    _refuse_two_clocks(options, reads)
    require_key_groups(options, settings, rest, running.own, restore=restore, wanted=code.key_groups)
    require_same_events(options, settings, running.own, restore=restore)
    require_linked(options, settings, running.own, restore=restore)
    prepare_topics(options, create=create_topics, say=say)
    publish_campaigns(options, campaigns, policy=policy, signed=signed, say=say)
    keep_topics(options, change=create_topics, say=say)
    for before in running.own:
        say(f"stopping {options.identity}: {state.end(rest, before['jid'], settings, identity=options.identity)}")
    for other in running.others:
        say(f"{other['name']} runs on")
    settings = recorded(options, settings, rest, running.others)
    settings.save()
    lifecycle.guard(settings)
    point = restore_from(restore, settings, identity=options.identity)
    announce(options, signed=signed)
    packed = release.pack(settings, options, code=code)
    job_id = launch(packed, settings, point, keep=task_managers_of(rest, running.others), wanted=settings.task_managers)
    release.remember(settings, packed)
    for line in small_cache(options, rest, job_id):
        say(line)
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


def require_stack(settings: Settings) -> None:
    """Raises SubmitError if there is nothing to submit to."""
    if lifecycle.missing(settings):
        message = "the local stack does not run: start it with `kairos up`"
        raise SubmitError(message)


def with_keys(options: Options) -> Options:
    """The same with the whole path of the keys of pseudonyms, which have to be good before anything is stopped. Raises NotFound, BadKeys."""
    if not options.pseudonyms:
        return options
    place = Path(options.pseudonyms).expanduser().absolute()
    read_keys(place)
    return replace(options, pseudonyms=str(place))


def recorded(options: Options, settings: Settings, rest: Rest, others: Sequence[Job]) -> Settings:
    """The stack's settings once this job runs next to `others`."""
    wanted = max(len(task_managers_of(rest, others)), slots_of(rest, others)) + options.parallelism
    reads = {name: topic for name, topic in settings.reads.items() if name in {other["name"] for other in others}}
    reads[options.identity] = options.events_topic
    topics = {"events": options.events_topic, "control": options.control_topic, "outputs": ",".join(options.outputs)}
    if options.links_ids:
        topics["identity"] = options.topics["identity"]
    submitted = {**settings.submitted, options.identity: topics}
    settings = settings.change(clock=options.clock, events_topic=options.events_topic, reads=reads, submitted=submitted, task_managers=wanted)
    return settings.change(guarded=guarded(settings, options))


def guarded(settings: Settings, options: Options) -> dict[str, dict[str, int]]:
    """The limits of refused events that stop jobs, with that of this job, or without it if it has none."""
    others = {job: limit for job, limit in settings.guarded.items() if job != options.identity}
    if options.on_rejected != "stop":
        return others
    return {**others, options.identity: {"percent": options.max_rejected_percent, "minutes": options.rejected_minutes}}


def _refuse_two_clocks(options: Options, reads: Mapping[str, str]) -> None:
    """Heartbeats of a live job move the time of everybody who reads its topic to now: a history on the same topic would end at once."""
    for name, topic in reads.items():
        if topic == options.events_topic and not name.endswith(f"-{options.clock}"):
            message = (
                f"{name} runs, and it reads the topic {topic!r}, too: heartbeats of the live clock would move the time of the history there to now. "
                "Give this job a topic of its own with --events-topic, or end everything with `kairos down` first"
            )
            raise SubmitError(message)


def restore_from(wanted: str, settings: Settings, *, identity: str) -> Place | None:
    """The folder of state to start from, ready to be claimed by the new job, None to start afresh. Raises SubmitError."""
    point = _point(wanted, settings, identity)
    return state.claimable(point, settings) if point else None


def _point(wanted: str, settings: Settings, identity: str) -> Place | None:
    if wanted == "none":
        return None
    point = state.restore_point(settings, identity) if wanted == "auto" else places.of(wanted, settings)
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


def require_linked(options: Options, settings: Settings, own: Sequence[Job], *, restore: str) -> None:
    """Refuse to go on without linked ids from state in which ids are linked: Flink would not restore it, and half of what is known of people is under
    ids that they no longer send. Raises SubmitError, ClusterError."""
    if options.links_ids or restore != "auto" or "identity" not in settings.submitted.get(options.identity, {}):
        return
    if own or state.restore_point(settings, options.identity) is not None:
        message = (
            "the state to go on from has ids that are linked, and cannot be read without --link-ids. Nothing was stopped or changed. "
            "Say --link-ids on, or --restore none to begin without that state"
        )
        raise SubmitError(message)
