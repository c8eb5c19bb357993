"""Flink's application mode in a container: `kairos-flink job` is a JobManager that runs our job, `kairos-flink taskmanager` runs its operators.

The job takes the options of `kairos submit`. Before them may stand settings of Flink, as `-Dkey=value`. Without a Flink it is the same
everywhere: Flink's own scripts start the JVM, and get what `kairos submit` gives to `flink run`.
"""

import argparse
import json
import os
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jobs import kept_state
from jobs.options import arguments_of, parse
from udfs.core.values.errors import KairosError

STATE = Path("/var/lib/kairos")
"""The folder that JobManager and TaskManagers share: checkpoints, savepoints, changelog."""
ZIP = "/opt/kairos/kairos.zip"
DRIVER = "org.apache.flink.client.python.PythonDriver"
ANYWHERE = {
    "jobmanager.bind-host": "0.0.0.0",
    "taskmanager.bind-host": "0.0.0.0",
    "rest.bind-address": "0.0.0.0",
    "io.tmp.dirs": "/tmp",
    "metrics.reporter.prometheus.factory.class": "org.apache.flink.metrics.prometheus.PrometheusReporterFactory",
    "metrics.reporter.prometheus.port": "9249",
}
"""The network around a container keeps others out: only published ports can be reached. So Prometheus may fetch Flink's metrics there."""
JOB_MANAGER_MB = 1280
"""Heap and all else of the JobManager's JVM. Next to it runs Python for some seconds, when the job is built."""


@dataclass(frozen=True, kw_only=True)
class Start:
    """What to run: one of Flink's scripts, and its arguments."""

    script: str
    arguments: list[str]


def job_manager(words: Sequence[str], *, environment: Mapping[str, str], state: Path = STATE) -> Start:
    """The JobManager with the job. Raises KairosError, if the state to go on from is not where it can be found."""
    told, rest = _own(words)
    options = parse(rest)
    settings = _settings(told.settings)
    if not options.checkpoint_dir and "execution.checkpointing.dir" not in settings:
        options = replace(options, checkpoint_dir=f"file://{state / 'checkpoints' / options.identity}")
    folder = options.checkpoint_dir or settings["execution.checkpointing.dir"]
    savepoints = settings.setdefault("execution.checkpointing.savepoint-dir", f"file://{state / 'savepoints' / options.identity}")
    point = kept_state.to_restore(
        told.restore,
        checkpoints=folder,
        savepoints=savepoints,
        copies=state / "claimed",
        replicated="high-availability.type" in settings,
    )
    settings = {
        **ANYWHERE,
        "jobmanager.rpc.address": environment.get("KAIROS_JOBMANAGER", "jobmanager"),
        "rest.address": environment.get("KAIROS_JOBMANAGER", "jobmanager"),
        "jobmanager.memory.process.size": f"{JOB_MANAGER_MB}m",
        "python.files": ZIP,
        **settings,
    }
    restored = ["--fromSavepoint", point] if point else []
    print(f"{options.identity}: {f'goes on from {point}' if point else 'begins without state'}", file=sys.stderr, flush=True)
    arguments = [*_spelled(settings), "--job-classname", DRIVER, *restored, "-pym", "jobs.claiming", *arguments_of(options)]
    return Start(script="standalone-job.sh", arguments=arguments)


def task_manager(words: Sequence[str], *, environment: Mapping[str, str], host: str) -> Start:
    """A TaskManager of one slot. It takes settings of Flink only."""
    told, rest = _own(words)
    if rest:
        message = f"a TaskManager takes -Dkey=value only, not {rest[0]!r}: options of the job go to the JobManager"
        raise SystemExit(message)
    settings = {
        **ANYWHERE,
        "jobmanager.rpc.address": environment.get("KAIROS_JOBMANAGER", "jobmanager"),
        "taskmanager.host": host,
        **_settings(told.settings),
    }
    return Start(script="taskmanager.sh", arguments=_spelled(settings))


def healthy(address: str = "http://127.0.0.1:8081") -> bool:
    """Whether there is a job, and all its tasks run."""
    try:
        with urllib.request.urlopen(f"{address}/jobs/overview", timeout=3) as answer:
            jobs = json.load(answer)["jobs"]
    except (OSError, ValueError):
        return False
    return bool(jobs) and all(job["state"] == "RUNNING" and job["tasks"]["running"] == job["tasks"]["total"] for job in jobs)


def _own(words: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-D", dest="settings", action="append", default=[])
    parser.add_argument("--restore", default="auto")
    return parser.parse_known_args(words)


def _settings(told: Sequence[str]) -> dict[str, str]:
    if odd := [each for each in told if "=" not in each]:
        message = f"-D{odd[0]} sets nothing: write -D{odd[0]}=value"
        raise SystemExit(message)
    return dict(each.split("=", 1) for each in told)


def _spelled(settings: Mapping[str, str]) -> list[str]:
    return [f"-D{key}={value}" for key, value in settings.items()]


def main(words: Sequence[str]) -> None:
    """Entry point of the image. It becomes the JVM, so that signals of the container reach it."""
    role, rest = (words[0], words[1:]) if words else ("--help", ())
    if role == "health":
        sys.exit(not healthy())
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        if role == "job":
            start = job_manager(rest, environment=environment)
        elif role == "taskmanager":
            start = task_manager(rest, environment=environment, host=os.uname().nodename)
        else:
            usage = "kairos-flink job [-Dkey=value]… [--restore auto|none|PATH] [OPTIONS OF kairos submit] | taskmanager [-Dkey=value]… | health"
            print(usage)
            sys.exit(role not in ("-h", "--help"))
    except KairosError as problem:
        sys.exit(f"Error: {problem}")
    script = Path(environment["FLINK_HOME"]) / "bin" / start.script
    os.execve(script, [start.script, "start-foreground", *start.arguments], environment)


if __name__ == "__main__":
    main(sys.argv[1:])
