"""A temporary stack for a demo: its own folder and free ports, and nothing left afterwards.

Every process that it starts inherits a mark in its environment. So even a process that was just being started at Ctrl-C is found and ended:
by the mark, never by its name.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import psutil

from services.devstack import lifecycle, ports
from services.devstack.settings import Settings
from udfs.core.values.errors import NotAllowed

MARK = "KAIROS_SHOW"
IMPATIENT_S = 1.0
"""A second Ctrl-C within this time counts as the same one, because terminals and make both pass it on."""

Say = Callable[[str], None]


class StageTaken(NotAllowed):
    """Another show runs in this folder."""


def on_free_ports(usual: Settings, *, say: Say) -> Settings:
    """These settings, with other ports instead of those in use. Each change is reported."""
    chosen: dict[str, int] = {}
    names = ("broker_port", "controller_port", "rest_port", "rpc_port", "metrics_port", "heartbeat_metrics_port")
    for name, other in zip(names, ports.free(len(names)), strict=True):
        port: int = getattr(usual, name)
        if ports.is_free(port):
            continue
        chosen[name] = other
        say(f"port {port} is in use: the {name.removesuffix('_port').replace('_', ' ')} listens on {chosen[name]}")
    return usual.change(**chosen)


@contextlib.contextmanager
def stage(home: Path, *, say: Say = lambda line: None) -> Iterator[Settings]:
    """A running stack, wiped before and removed afterwards, however the body ends. Raises StageTaken, StackError."""
    with _lock(home), _interrupts() as closing:
        os.environ[MARK] = mark = f"{os.getpid()}-{time.time_ns()}"
        settings = Settings(home=home)
        lifecycle.down(settings, savepoint=False)  # what is left of a demo that was killed
        try:
            settings = on_free_ports(settings, say=say)
            lifecycle.up(settings, fresh=True, say=say)
            yield settings
        finally:
            closing()
            lifecycle.down(settings, savepoint=False)
            sweep(mark)
            del os.environ[MARK]
            clear(home)


def clear(home: Path) -> None:
    """Delete what the stack wrote, topics and checkpoints. Its logs stay, so that problems can be analysed."""
    for each in home.iterdir() if home.exists() else ():
        if each.name != "logs":
            shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else each.unlink()


def sweep(mark: str) -> list[int]:
    """End every process with the mark, except this one, until there is none. Returns their ids."""
    ended: list[int] = []
    while marked := [each for each in psutil.process_iter() if each.pid != os.getpid() and _bears(each, mark)]:
        for each in marked:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        psutil.wait_procs(marked, timeout=5)
        ended += [each.pid for each in marked]
    return ended


def _bears(process: psutil.Process, mark: str) -> bool:
    try:
        return process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, OSError):
        return False  # it has ended meanwhile, or belongs to another user


@contextlib.contextmanager
def _lock(home: Path) -> Iterator[None]:
    """Lock the folder for one demo at a time. The lock file is next to the folder, which gets wiped, and is released with this process."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with home.with_name(f"{home.name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            message = f"another demo runs already (its files are in {home}): end it with Ctrl-C first"
            raise StageTaken(message) from problem
        yield


@contextlib.contextmanager
def _interrupts() -> Iterator[Callable[[], None]]:
    """Ctrl-C, a closed terminal and `kill` all end the demo. After the yielded function was called, none interrupts the cleanup."""
    last, clearing = 0.0, False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal last
        now = time.monotonic()
        if clearing or now - last < IMPATIENT_S:
            return
        last = now
        raise KeyboardInterrupt

    def close() -> None:
        nonlocal clearing
        clearing = True

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield close
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
