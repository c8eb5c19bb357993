"""Start a packaged job on fresh TaskManagers, by Flink's own client, and wait until it works."""

import re
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from jobs.options import flag_of
from services.devstack import cluster, lifecycle, processes, state
from services.devstack.places import Place, uri_of
from services.devstack.release import MAIN_JOB, Release
from services.devstack.settings import Settings
from services.flink.rest import OVER, Initializing, Rest, first_lines
from udfs.core.values.errors import Unavailable

SUBMITTED = re.compile(r"JobID ([0-9a-f]{32})")
READY_S = 180.0
"""A busy machine may need minutes for what an idle one does in ten seconds."""
FAILURES, FAILING_S = 5, 30.0
"""A job that has failed so often, for so long, and completed no checkpoint is not waited for: what it was before may have to come back."""


class SubmitError(Unavailable):
    """The job was not submitted, or did not start; the message says why, and where to read more."""


def launch(release: Release, settings: Settings, point: Place | None, *, keep: Iterable[str], wanted: int) -> str:
    """Run it and return its id when it has completed a checkpoint. Raises SubmitError.

    `point`: the state that it claims. There are `wanted` TaskManagers then: those of `keep`, which others run on, and fresh ones. An
    interpreter keeps the modules of its first job forever, so new code needs TaskManagers that nothing ran on.
    """
    told = list(release.arguments)
    if flag_of("checkpoint_dir") not in told:
        told += [flag_of("checkpoint_dir"), uri_of(state.checkpoints(settings, release.identity))]
    arguments = flink_run(told, Path(release.zip), point, main=release.main)
    # The client needs seconds to start its JVM and Python, and so does a TaskManager: at the same time, on two cores.
    with ThreadPoolExecutor(1) as pool:
        fresh = pool.submit(lifecycle.task_managers, settings, wanted, keep=keep)
        job = run(arguments, settings)
        fresh.result()
    wait_until_running(Rest(settings.job_manager_addresses), job, settings)
    return job


def flink_run(told: Sequence[str], zipped: Path, point: Place | None, *, main: str = MAIN_JOB.main) -> list[str]:
    """The arguments of `flink run` for a job with these options, for any Flink 2.3 cluster that has the jars and Python packages."""
    restored = ["-s", uri_of(point), "-cm", "claim"] if point else []
    return ["run", "-d", *restored, "-pyfs", str(zipped), "-pym", main, *told]


def run(arguments: list[str], settings: Settings, *, name: str = "submit") -> str:
    """Run Flink's client, and return the id of the job. `name`: of its log and its folder for temporary files. Raises SubmitError."""
    command = cluster.client_command(settings, arguments, name=name)
    processes.empty(cluster.scratch(settings, name))
    log = settings.logs / f"{name}.log"
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
    began = time.monotonic()
    told: Mapping[str, Any] = {"state": "INITIALIZING", "vertices": []}
    while True:
        waited, failing = time.monotonic() - began, False
        with suppress(Initializing):
            told = rest.get(f"/jobs/{job}")
            if told["state"] == "RUNNING" and rest.checkpoints(job)["counts"]["completed"] > 0:
                return
            failing = waited > FAILING_S and len(rest.failures(job)) >= FAILURES
        if told["state"] in OVER or waited > READY_S or failing:
            if full := _no_slot(rest, job, told):
                message = f"job {job} is {told['state']} and has completed no checkpoint: {full}\nMore in {settings.logs}"
                raise SubmitError(message)
            why = first_lines(found[0], 8) if (found := rest.failures(job)) else processes.tail(settings.logs / "taskmanager-0.log", 8)
            message = f"job {job} is {told['state']} and has completed no checkpoint: {why}\nMore in {settings.logs}"
            raise SubmitError(message)
        time.sleep(0.1)
