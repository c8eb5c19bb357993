"""The state that a job in a container goes on from: the newest savepoint or checkpoint in its folder."""

import shutil
from pathlib import Path

from udfs.core.values.errors import InvalidInput

FILE = "file:"


def to_restore(wanted: str, *, checkpoints: str, savepoints: str, changelog: Path | None = None, replicated: bool = False) -> str | None:
    """The URI to restore from; None to begin without state. `wanted`: auto, none, or a path or URI.

    `changelog`: the folder with one folder of changes for each job. `replicated`: Flink's high availability knows the newest checkpoint itself. Raises InvalidInput, if auto cannot be answered: to begin
    without state, where there is some, would forget every customer.
    """
    if wanted == "none":
        return None
    if wanted != "auto":
        return _named(wanted)
    if replicated:
        return None
    elsewhere = next((uri for uri in (checkpoints, savepoints) if not uri.startswith((FILE, "/"))), None)
    if elsewhere is not None:
        message = (
            f"state is kept at {elsewhere}, where its newest cannot be looked up: say --restore none at the very first start and --restore URI "
            "later, or give Flink high availability, which remembers it"
        )
        raise InvalidInput(message)
    found = newest(_path(checkpoints), _path(savepoints))
    if found is None:
        return None
    _forget_older(found, _path(checkpoints), changelog)
    return f"file://{found}"


def newest(checkpoints: Path, savepoints: Path) -> Path | None:
    """The folder of the newest complete savepoint or checkpoint, or None."""
    complete = [*checkpoints.glob("*/chk-*/_metadata"), *savepoints.glob("*/_metadata")]
    return max((file.parent for file in complete), key=lambda folder: (folder / "_metadata").stat().st_mtime_ns, default=None)


def _forget_older(found: Path, checkpoints: Path, changelog: Path | None) -> None:
    """Delete the checkpoints and changes of jobs before the newest one.

    The first checkpoint after a restore is complete in itself, so a job with a checkpoint needs nothing of those before it. While the
    newest state is a savepoint, nothing is deleted.
    """
    if not found.is_relative_to(checkpoints):
        return
    for job in checkpoints.iterdir():
        if job.is_dir() and job != found.parent:
            shutil.rmtree(job)
            if changelog is not None:
                shutil.rmtree(changelog / job.name, ignore_errors=True)  # a job that changed nothing has none


def _named(wanted: str) -> str:
    if "://" in wanted and not wanted.startswith(FILE):
        return wanted
    folder = _path(wanted)
    if not (folder / "_metadata").is_file():
        message = f"{folder} is not a savepoint or checkpoint: it holds no _metadata"
        raise InvalidInput(message)
    return f"file://{folder}"


def _path(uri: str) -> Path:
    return Path("/" + uri.removeprefix(FILE).lstrip("/")) if uri.startswith(FILE) else Path(uri).absolute()
