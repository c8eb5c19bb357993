"""The state that a job in a container goes on from: the newest savepoint or checkpoint in its folder."""

import shutil
import time
from pathlib import Path

from udfs.core.values.errors import InvalidInput

FILE = "file:"


def to_restore(wanted: str, *, checkpoints: str, savepoints: str, copies: Path, replicated: bool = False) -> str | None:
    """The URI to restore from, for a job that becomes its owner; None to begin without state. `wanted`: auto, none, or a path or URI.

    The owner deletes it, once it has newer checkpoints. So what is not among the `checkpoints` is copied into the folder `copies`; only
    what is elsewhere than in files cannot be. `replicated`: Flink's high availability knows the newest checkpoint itself. Raises
    InvalidInput, if auto cannot be answered: to begin without state, where there is some, would forget every customer.
    """
    if wanted == "none":
        return None
    if wanted != "auto":
        named = _named(wanted)
        return named if isinstance(named, str) else _owned(named, checkpoints, copies)
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
    return _owned(found, checkpoints, copies, never_run=True) if found else None


def newest(checkpoints: Path, savepoints: Path) -> Path | None:
    """The folder of the newest complete savepoint or checkpoint, or None."""
    complete = [*checkpoints.glob("*/chk-*/_metadata"), *savepoints.glob("*/_metadata")]
    return max((file.parent for file in complete), key=lambda folder: (folder / "_metadata").stat().st_mtime_ns, default=None)


def _owned(found: Path, checkpoints: str, copies: Path, *, never_run: bool = False) -> str:
    """The URI of a checkpoint as it is, or of a copy of a savepoint.

    `never_run`: no job has got as far as a checkpoint since, so earlier copies of the same are of no use: a job that does not start, again
    and again, must not fill the disk.
    """
    if checkpoints.startswith((FILE, "/")) and found.is_relative_to(_path(checkpoints)):
        return f"file://{found}"
    for old in copies.glob("*"):
        emptied = not (old / "_metadata").exists()  # its job has newer checkpoints
        if emptied or (never_run and old.name.rpartition("-")[0] == found.name):
            shutil.rmtree(old)
    copy = copies / f"{found.name}-{time.time_ns()}"
    shutil.copytree(found, copy)
    return f"file://{copy}"


def _named(wanted: str) -> str | Path:
    if "://" in wanted and not wanted.startswith(FILE):
        return wanted
    folder = _path(wanted)
    if not (folder / "_metadata").is_file():
        message = f"{folder} is not a savepoint or checkpoint: it holds no _metadata"
        raise InvalidInput(message)
    return folder


def _path(uri: str) -> Path:
    return Path("/" + uri.removeprefix(FILE).lstrip("/")) if uri.startswith(FILE) else Path(uri).absolute()
