"""One process at a time: a file that is locked for as long as something is done."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path, *, busy: Callable[[], None]) -> Iterator[None]:
    """Hold the lock at `path`, whose folder is made. While another process holds it, `busy` is called: it raises, or says that this one waits.

    Raises OSError if the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            busy()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
