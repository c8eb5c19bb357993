"""Savepoints and retained checkpoints of stopped jobs, from which the next one starts. They are separate for each deployment and clock."""

import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from jobs.options import Options
from services.devstack.settings import Settings
from services.flink.rest import ClusterError, Rest

KEPT = 5
"""How many savepoints are kept for each deployment and clock; older ones are deleted."""


def folder_of(identity: str) -> str:
    """The folder name for jobs of this identity (`Options.identity`). For the default deployment it is just the clock."""
    deployment, _, clock = identity.rpartition("-")
    return clock if deployment == Options().deployment else quote(identity, safe="")


def checkpoints(settings: Settings, identity: str) -> Path:
    """The checkpoint folder of jobs of this identity."""
    return settings.home / "checkpoints" / folder_of(identity)


def stop_with_savepoint(rest: Rest, job: str, settings: Settings, *, identity: str, seconds: float = 60.0) -> Path:
    """Stop the job and return its savepoint, which is named after its time. Raises ClusterError; the job may then still run."""
    folder = settings.savepoints / folder_of(identity)
    folder.mkdir(parents=True, exist_ok=True)
    made = Path(rest.stop(job, folder=f"file://{folder}", seconds=seconds).removeprefix("file:"))
    kept = folder / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S.%f}Z"
    made.rename(kept)  # possible, because a savepoint refers to its files by relative paths
    for old in _savepoints(settings, identity)[:-KEPT]:
        shutil.rmtree(old)
    return kept


def end(rest: Rest, job: str, settings: Settings, *, identity: str) -> str:
    """End a job with a savepoint, or, if that fails, at its last checkpoint, which is kept. Returns a line that says which."""
    try:
        return f"state kept in {stop_with_savepoint(rest, job, settings, identity=identity)}"
    except ClusterError as problem:
        reason = str(problem)
    if job in {each["jid"] for each in rest.unfinished()}:
        rest.cancel(job)
        gone(rest, job)
    return f"no savepoint ({reason}); the next submit goes on from the last checkpoint"


def restore_point(settings: Settings, identity: str) -> Path | None:
    """The newest savepoint or retained checkpoint of jobs of this identity, or None."""
    points = [*_savepoints(settings, identity), *(meta.parent for meta in checkpoints(settings, identity).glob("*/chk-*/_metadata"))]
    return max(points, key=lambda point: (point / "_metadata").stat().st_mtime_ns, default=None)


def claimable(point: Path, settings: Settings) -> Path:
    """The path for `flink run -s … -cm claim`: a copy of a savepoint, because the claiming job deletes it, or the checkpoint itself."""
    if not point.is_relative_to(settings.savepoints):
        return point
    copy = settings.home / "claimed" / f"{point.parent.name}-{point.name}-{time.time_ns()}"
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(point, copy)
    for old in sorted(copy.parent.iterdir(), key=lambda folder: folder.stat().st_mtime_ns)[:-KEPT]:
        if not (old / "_metadata").exists():
            shutil.rmtree(old)  # the job that claimed it has newer checkpoints, and has emptied it
    return copy


def _savepoints(settings: Settings, identity: str) -> list[Path]:
    return sorted(meta.parent for meta in (settings.savepoints / folder_of(identity)).glob("*/_metadata"))


def gone(rest: Rest, job: str, seconds: float = 30.0) -> None:
    """Return when the job has ended. Raises ClusterError after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if job not in {each["jid"] for each in rest.unfinished()}:
            return
        time.sleep(0.05)
    message = f"job {job} did not end within {seconds:.0f} s"
    raise ClusterError(message)
