"""What an upgrade would do, checked while nothing is changed yet; and the process that does it."""

import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from jobs.options import Options
from services.devstack import lifecycle, processes, release, savepoint
from services.devstack.prepare import prepare_topics
from services.devstack.processes import Program, python_environment
from services.devstack.release import MAIN_JOB, JobCode
from services.devstack.settings import Settings
from services.flink.rest import Rest
from services.kafka.client import end_offsets
from services.locked import locked
from services.upgrade.journal import Journal, load, stop_file, unfinished
from udfs.core.values.errors import NotAllowed, NotFound, Unavailable

NAME = "upgrade"
"""The name of the process. The keeper starts it again if it is killed, and then it goes back."""
WATCH_S = 30.0
FIXED = ("deployment", "clock", "events_topic", "control_topic", "arms_topic")
"""Options that belong to the state: with others it is another job."""
POLL_S = 0.1


def plan(
    settings: Settings,
    identity: str | None,
    changes: Mapping[str, Any],
    *,
    code: JobCode = MAIN_JOB,
    zipped: Path | None = None,
    watch_s: float = WATCH_S,
    say: Callable[[str], None] = lambda line: None,
) -> Journal:
    """A new upgrade, not begun. `identity`: the job, None for the only one. `changes`: options to change, by field.

    `zipped`: code that another version has packaged; None: this checkout's. Missing topics are created. Raises NotFound, NotAllowed,
    Unavailable, InvalidInput.
    """
    if lifecycle.missing(settings):
        message = "the local stack does not run (`kairos up`). On another cluster: `kairos upgrade --steps kubernetes`, or `--steps compose`"
        raise Unavailable(message)
    rest = Rest(settings.job_manager_addresses)
    running = {str(job["name"]): str(job["jid"]) for job in rest.unfinished()}
    if identity is None and len(running) == 1:
        (identity,) = running
    if identity not in running:
        message = f"which job? There are {', '.join(sorted(running)) or 'none'}: say --deployment and --clock, or start one with `kairos submit`"
        raise NotFound(message)
    old = release.remembered(settings, identity)
    if old is None:
        message = f"nobody wrote down which code {identity} runs, so there would be no way back: run `kairos submit` once"
        raise NotFound(message)
    options = replace(old.options, **changes)
    if odd := [name for name in FIXED if getattr(options, name) != getattr(old.options, name)]:
        message = f"{', '.join(odd)} cannot change in an upgrade: the state belongs to it. docs/upgrade.md says what to do instead"
        raise NotAllowed(message)
    savepoint.require_running(rest, running[identity], wanted=code.key_groups)
    new = release.adopt(settings, zipped, options, main=code.main) if zipped else release.pack(settings, options, code=code)
    _require_partitions(options)
    prepare_topics(options, create=True, say=say)
    stack = {name: value for name, value in asdict(settings).items() if name != "home"}
    return Journal(identity=identity, old=old, new=new, old_job=running[identity], stack=stack, watch_s=watch_s, began=time.time())


def ask_to_stop(settings: Settings, identity: str) -> None:
    """Make the process of the upgrade go back, also if it is only just starting."""
    stop_file(settings, identity).touch()
    if (running := processes.process(NAME, pids=settings.pids)) is not None:
        running.send_signal(signal.SIGTERM)


def begin(settings: Settings, journal: Journal) -> None:
    """Write down a new upgrade, and start its process. Raises NotAllowed if another one has begun while this was planned."""
    with locked(settings.home / "upgrades" / "lock", busy=lambda: None):
        if (other := unfinished(settings)) is not None:
            message = f"another upgrade of {other.identity} began at the same time: `kairos upgrade` shows how it ends. Nothing of this one was done"
            raise NotAllowed(message)
        stop_file(settings, journal.identity).unlink(missing_ok=True)
        journal.save(settings)
    start(settings, journal.identity)


def start(settings: Settings, identity: str) -> None:
    """Start the process that carries out the upgrade in the journal. The keeper starts it again if it dies."""
    command = [sys.executable, "-m", "services.upgrade", "--home", str(settings.home), "--identity", identity]
    program = Program(name=NAME, command=command, environment=python_environment(), log=settings.logs / "upgrade.log")
    processes.start(program, pids=settings.pids)


def follow(settings: Settings, identity: str, say: Callable[[str], None]) -> Journal:
    """Tell each line as it comes, until the upgrade is over. If its process died and nobody started it again, this does."""
    told, missing_since = 0, time.monotonic()
    while True:
        journal = load(settings, identity)
        if journal is None:
            message = f"the journal of the upgrade is gone from {settings.home / 'upgrades'}"
            raise Unavailable(message)
        for line in journal.lines[told:]:
            say(line)
        told = len(journal.lines)
        if journal.stage == "done":
            return journal
        if processes.process(NAME, pids=settings.pids) is not None:
            missing_since = time.monotonic()
        elif time.monotonic() - missing_since > 2:
            start(settings, identity)
        time.sleep(POLL_S)


def _require_partitions(options: Options) -> None:
    there = len(end_offsets(options.brokers, options.events_topic))
    if options.parallelism > there:
        message = f"--parallelism {options.parallelism} needs as many partitions, and {options.events_topic} has {there}: docs/partitions.md"
        raise NotAllowed(message)
