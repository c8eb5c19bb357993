"""Processes that outlive the command that starts them. A file per process says what should run, and is enough to restart it.

`stop` removes the file first, so the keeper never restarts what was stopped on purpose.
"""

import contextlib
import json
import os
import shutil
import signal
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from services.devstack.settings import project_home
from udfs.core.values.errors import Unavailable


class StackError(Unavailable):
    """The stack could not be started or stopped; the message says which process, why, and where its log is."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """A command to run, its name, and the file for its output."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    scratch: Path | None = None
    """Its own folder for temporary files, emptied before every start, because a killed JVM cannot clean up."""
    rest_s: float = 0.0
    """How many seconds after its death the keeper starts it again."""


def start(program: Program, *, pids: Path) -> int:
    """Start it detached from this process, unless it runs already, and return its process id. The previous log is kept as `.1`."""
    if (running := process(program.name, pids=pids)) is not None:
        return running.pid
    program.log.parent.mkdir(parents=True, exist_ok=True)
    pids.mkdir(parents=True, exist_ok=True)
    if program.scratch is not None:
        empty(program.scratch)
    if program.log.exists():
        program.log.replace(program.log.with_name(program.log.name + ".1"))
    out = os.open(program.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        actions = [(os.POSIX_SPAWN_DUP2, nothing, 0), (os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, out, 2)]
        pid = os.posix_spawn(program.command[0], program.command, dict(program.environment), file_actions=actions, setsid=True)
    finally:
        os.close(out)
        os.close(nothing)
    paths = {"log": str(program.log), "scratch": str(program.scratch) if program.scratch else None}
    note = {**asdict(program), **paths, "pid": pid, "born": _born(pid)}
    fresh = pids / f".{program.name}.{os.getpid()}"
    fresh.touch(mode=0o600)  # the environment may hold secrets, and so does this file
    fresh.write_text(json.dumps(note))
    fresh.replace(_file(program.name, pids))
    return pid


def process(name: str, *, pids: Path) -> psutil.Process | None:
    """The live process of that name, or None. Neither a stale file nor a process id that was reused counts."""
    note = _note(_file(name, pids))
    if note is None:
        return None
    _reap(note["pid"])
    try:
        found = psutil.Process(note["pid"])
        same = _is(found, note["born"]) and found.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return None
    return found if same else None


def programs(*, pids: Path) -> dict[str, Program]:
    """All programs that should be running, by name."""
    found: dict[str, Program] = {}
    for file in sorted(pids.glob("*.json")):
        if note := _note(file):
            scratch = Path(note["scratch"]) if note.get("scratch") else None
            found[note["name"]] = Program(
                name=note["name"],
                command=note["command"],
                environment=note["environment"],
                log=Path(note["log"]),
                scratch=scratch,
                rest_s=note.get("rest_s", 0.0),
            )
    return found


def stop(names: Iterable[str], *, pids: Path, grace: float = 10.0) -> list[str]:
    """Ask all of them to end at the same time, and kill them after `grace` seconds. Returns the names of those that ran."""
    found = {name: process(name, pids=pids) for name in names}
    for name in found:
        _file(name, pids).unlink(missing_ok=True)
    running = {name: each for name, each in found.items() if each is not None}
    _signal(running.values(), signal.SIGTERM)
    if left := _wait(running.values(), grace):
        _signal(left, signal.SIGKILL)
        _wait(left, 5.0)
    return list(running)


def forget(name: str, *, pids: Path) -> None:
    """Remove the file of a process that ends by itself, so that the keeper does not start it again."""
    _file(name, pids).unlink(missing_ok=True)


def empty(folder: Path) -> None:
    """Create the folder, or delete its contents."""
    shutil.rmtree(folder, ignore_errors=True)  # what a process that is just ending still holds is deleted the next time
    folder.mkdir(parents=True, exist_ok=True)


def tail(log: Path, lines: int = 25) -> str:
    """The end of a log, for an error message."""
    try:
        text = log.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return f"({log} was never written)"
    return "\n".join(text[-lines:])


def last_words(log: Path) -> str:
    """The end of the log of a process that died: of the start before, where the keeper has just started it again and nothing is written yet."""
    before = log.with_name(log.name + ".1")
    return tail(before) if before.exists() and log.exists() and not log.stat().st_size else tail(log)


def python_environment() -> dict[str, str]:
    """The environment for a Python process: that of this process, with a folder of ours for compiled modules.

    Packages are often installed uncompiled. Without this, every TaskManager would compile two thousand modules at each start.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME")}
    return {**inherited, "PYTHONPYCACHEPREFIX": str(project_home() / "pycache")}


def _file(name: str, pids: Path) -> Path:
    return pids / f"{name}.json"


def _note(file: Path) -> dict[str, Any] | None:
    try:
        note: dict[str, Any] = json.loads(file.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return note


def _is(found: psutil.Process, born: str | float | None) -> bool:
    if isinstance(born, float):  # of a stack that 0.1.0 has started
        return abs(found.create_time() - born) < 1
    return born is not None and _born(found.pid) == born


def _born(pid: int) -> str | None:
    """When a process was started: in ticks since the boot, and which boot. Its time of day would change whenever somebody sets the clock."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return None  # it ended at once; the code that waits for it reads its log
    return f"{boot} {stat.rpartition(')')[2].split()[19]}"  # field 22 of proc(5); the name before it may hold anything


def _reap(pid: int) -> None:
    with contextlib.suppress(ChildProcessError):  # started by another command, so not our child
        os.waitpid(pid, os.WNOHANG)


def _signal(targets: Iterable[psutil.Process], number: int) -> None:
    for target in targets:
        with contextlib.suppress(psutil.NoSuchProcess):
            target.send_signal(number)


def _wait(targets: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    deadline, left = time.monotonic() + seconds, list(targets)
    while left and time.monotonic() < deadline:
        for target in left:
            _reap(target.pid)
        left = [target for target in left if target.is_running() and target.status() != psutil.STATUS_ZOMBIE] if left else []
        if left:
            time.sleep(0.05)
    return left
