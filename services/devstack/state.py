"""Savepoints and retained checkpoints of stopped jobs, from which the next one starts. They are separate for each deployment and clock."""

import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from jobs.options import Options
from services.devstack import places
from services.devstack.places import Place
from services.devstack.settings import Settings
from services.flink.rest import ClusterError, Rest

KEPT = 5
"""How many savepoints are kept for each deployment and clock; older ones are deleted."""


def folder_of(identity: str) -> str:
    """The folder name for jobs of this identity (`Options.identity`). For the default deployment it is just the clock."""
    deployment, _, clock = identity.rpartition("-")
    return clock if deployment == Options().deployment else quote(identity, safe="")


def checkpoints(settings: Settings, identity: str) -> Place:
    """The checkpoint folder of jobs of this identity."""
    return places.root(settings) / "checkpoints" / folder_of(identity)


def savepoints(settings: Settings, identity: str) -> Place:
    """The savepoint folder of jobs of this identity. Each clock has its own: live and replay never restore each other's."""
    return places.root(settings) / "savepoints" / folder_of(identity)


def stop_with_savepoint(rest: Rest, job: str, settings: Settings, *, identity: str, seconds: float = 60.0) -> Place:
    """Stop the job and return its savepoint. Raises ClusterError; the job may then still run.

    On this machine it is named after its time; in an object store, which cannot rename, it keeps the name that Flink gave it.
    """
    folder = savepoints(settings, identity)
    if isinstance(folder, Path):
        folder.mkdir(parents=True, exist_ok=True)
    kept = places.of(rest.stop(job, folder=places.uri_of(folder), seconds=seconds), settings)
    if isinstance(kept, Path) and isinstance(folder, Path):
        kept = kept.rename(folder / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S.%f}Z")  # a savepoint refers to its files by relative paths
    for old in _savepoints(settings, identity)[:-KEPT]:
        places.delete(old)
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


def restore_point(settings: Settings, identity: str) -> Place | None:
    """The newest savepoint or retained checkpoint of jobs of this identity, or None."""
    found = [*_savepoints(settings, identity), *places.points(checkpoints(settings, identity), 2)]
    return max(found, key=places.modified_ns, default=None)


def claimable(point: Place, settings: Settings) -> Place:
    """The place for `flink run -s … -cm claim`: a copy of a savepoint, because the claiming job deletes it, or the checkpoint itself."""
    root = places.root(settings)
    if not point.is_relative_to(root / "savepoints"):  # type: ignore[arg-type]
        return point
    claimed = root / "claimed"
    copy = claimed / f"{point.parent.name}-{point.name}-{time.time_ns()}"
    places.copy(point, copy)
    if isinstance(claimed, Path):  # in an object store, an emptied folder is gone
        for old in sorted(claimed.iterdir(), key=lambda folder: folder.stat().st_mtime_ns)[:-KEPT]:
            if not (old / "_metadata").exists():
                places.delete(old)  # the job that claimed it has newer checkpoints, and has emptied it
    return copy


def _savepoints(settings: Settings, identity: str) -> list[Place]:
    """Oldest first: on this machine they are named after their time."""
    found = places.points(savepoints(settings, identity), 1)
    return sorted(found, key=lambda point: point.name if isinstance(point, Path) else f"{places.modified_ns(point):020}")


def gone(rest: Rest, job: str, seconds: float = 30.0) -> None:
    """Return when the job has ended. Raises ClusterError after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if job not in {each["jid"] for each in rest.unfinished()}:
            return
        time.sleep(0.05)
    message = f"job {job} did not end within {seconds:.0f} s"
    raise ClusterError(message)
