"""The local Flink cluster, from the Python package's own jars: a FLINK_HOME of links, and the commands of its processes."""

import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from string import Template

from services.devstack import jars, java, places
from services.devstack.processes import Program, python_environment
from services.devstack.settings import Settings
from udfs.core.values.errors import Unavailable

JOB_MANAGER_HEAP_MB = 512
FRAMEWORK_HEAP_MB = 128
REPORTER = "metrics-prometheus"
"""The plugin with Flink's Prometheus reporters. The Python package brings it, and requirements.lock has the package's checksum."""
SECOND_CONF = "conf-1"
"""The folder of the second JobManager's configuration."""
TAKEN_OVER_S = 10.0
"""A TaskManager that died is started again so much later where a spare one takes over: its JVM would need the processor at the same moment."""
S3 = "s3-fs-hadoop"
"""The plugin with which Flink reads and writes s3://."""
DIRECT_MB = 128 + 128 + 64
"""Framework and task off-heap and network memory, as in docker/flink/config.yaml."""


@cache
def package() -> Path:
    """The folder of the installed pyflink package, which contains all of Flink."""
    spec = find_spec("pyflink")
    if spec is None or spec.origin is None:
        message = "the Python package apache-flink is not installed: run `make setup`"
        raise Unavailable(message)
    return Path(spec.origin).parent


def build(settings: Settings) -> Path:
    """Create FLINK_HOME in the stack's folder: links to the package and our jars, and its own conf. The package is not changed."""
    root = settings.home / "flink"
    for folder in ("lib", "opt", "conf", "plugins"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    _link(package() / "bin", root / "bin")
    wanted = [*(package() / "lib").glob("*.jar"), *(jars.folder() / "flink").glob("*.jar"), *(package() / "opt").glob("flink-python*.jar")]
    for stale in {each.name for each in (root / "lib").iterdir()} - {jar.name for jar in wanted}:
        (root / "lib" / stale).unlink()
    for jar in wanted:
        _link(jar, root / "lib" / jar.name)
    _link(package() / "plugins" / REPORTER, root / "plugins" / REPORTER)
    if settings.state.startswith(("s3://", "s3a://")):
        (root / "plugins" / S3).mkdir(exist_ok=True)
        for jar in (jars.folder() / "s3").glob("*.jar"):
            _link(jar, root / "plugins" / S3 / jar.name)
    for jar in (package() / "opt").glob("*.jar"):
        _link(jar, root / "opt" / jar.name)
    for conf in (package() / "conf").glob("log*"):
        _link(conf, root / "conf" / conf.name)
    values = {
        "home": settings.home,
        "rest_port": settings.rest_port,
        "rpc_port": settings.rpc_port,
        "metrics_port": settings.metrics_port,
        "python": sys.executable,
        "task_heap_mb": settings.task_heap_mb,
        "java_opens": " ".join(_opens()),
    }
    shipped = resources.files("docker.flink")
    (root / "conf" / "config.yaml").write_text(configuration(settings, values))
    if settings.job_managers > 1:  # a JobManager of Flink 2.3 takes its ports from the file only, whatever -D says
        (root / SECOND_CONF).mkdir(exist_ok=True)
        second = configuration(settings, {**values, "rest_port": settings.second_rest_port})
        (root / SECOND_CONF / "config.yaml").write_text(second)
    (root / "conf" / "log4j-kairos.properties").write_text(shipped.joinpath("log4j.properties").read_text())
    (settings.home / "tmp").mkdir(exist_ok=True)
    return root


def configuration(settings: Settings, values: Mapping[str, object]) -> str:
    """The text of config.yaml: ours, with state where the stack keeps it, high availability if there is one, and the stack's own settings."""
    shipped = resources.files("docker.flink")
    state = settings.state or f"file://{settings.home}"
    text = Template(shipped.joinpath("config.yaml").read_text()).safe_substitute(values)
    for folder in ("changelog", "checkpoints", "savepoints"):
        text = text.replace(f"file://{settings.home}/{folder}", f"{state}/{folder}")
    if settings.job_managers > 1:
        more = Template(shipped.joinpath("high-availability.yaml").read_text())
        text += "\n" + more.safe_substitute(zookeeper_port=settings.zookeeper_port, state=state)
    lines = [line for line in text.splitlines() if line.partition(":")[0] not in settings.flink_settings]
    return "\n".join([*lines, *(f"{key}: {json.dumps(value)}" for key, value in settings.flink_settings.items())]) + "\n"


def scratch(settings: Settings, name: str) -> Path:
    """The folder for temporary files of one process. A TaskManager writes 65 MB of them, and is killed at every submit."""
    return settings.home / "tmp" / name


def job_manager(settings: Settings, number: int = 0) -> Program:
    """JobManager `number`, counted from 0: scheduler, web page, REST."""
    memory = [f"-Xmx{JOB_MANAGER_HEAP_MB}m", f"-Xms{JOB_MANAGER_HEAP_MB}m", "-XX:MaxMetaspaceSize=256m", "-XX:+UseSerialGC", *java.QUICK]
    main = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
    folder = "conf" if number == 0 else SECOND_CONF
    arguments = [main, "--configDir", str(settings.home / "flink" / folder), "--executionMode", "cluster"]
    return _program(settings, "jobmanager" if number == 0 else f"jobmanager-{number}", memory, arguments)


def task_manager(settings: Settings, number: int) -> Program:
    """TaskManager `number`, counted from 0: one slot, one Python interpreter."""
    heap = FRAMEWORK_HEAP_MB + settings.task_heap_mb
    memory = [f"-Xmx{heap}m", f"-Xms{heap // 2}m", f"-XX:MaxDirectMemorySize={DIRECT_MB}m", "-XX:MaxMetaspaceSize=256m"]
    memory += ["-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", *java.QUICK]
    main = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
    name = f"taskmanager-{number}"
    identity = [f"-Dtaskmanager.resource-id={name}-{os.urandom(3).hex()}"]
    program = _program(settings, name, memory, [main, "--configDir", str(settings.home / "flink" / "conf"), *identity])
    return replace(program, rest_s=TAKEN_OVER_S if settings.spares else 0.0)


def client_command(settings: Settings, arguments: list[str], *, name: str = "client") -> list[str]:
    """`flink <arguments>` as one JVM, without the shell scripts that start a second one to read the configuration."""
    memory = ["-Xmx512m", "-XX:+UseSerialGC", *java.QUICK]
    return [*_java(settings, name, memory, "log4j-cli"), "org.apache.flink.client.cli.CliFrontend", *arguments]


def environment(settings: Settings) -> dict[str, str]:
    """The environment of Flink's processes: this Python's `bin` first on PATH (pemja looks there), and Flink's folders."""
    root = settings.home / "flink"
    inherited = python_environment()
    places.quiet_aws(inherited)
    return {
        **inherited,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "JAVA_HOME": str(java.java_home()),
        "FLINK_HOME": str(root),
        "FLINK_CONF_DIR": str(root / "conf"),
        "FLINK_LIB_DIR": str(root / "lib"),
        "FLINK_OPT_DIR": str(root / "opt"),
        "FLINK_PLUGINS_DIR": str(root / "plugins"),
        "FLINK_LOG_DIR": str(settings.logs),
        "FLINK_BIN_DIR": str(root / "bin"),
    }


def _program(settings: Settings, name: str, memory: list[str], main: list[str]) -> Program:
    folder = scratch(settings, name)
    command = [*_java(settings, name, memory, "log4j-kairos"), *main, f"-Dio.tmp.dirs={folder}"]
    return Program(name=name, command=command, environment=environment(settings), log=settings.logs / f"{name}.out", scratch=folder)


def _java(settings: Settings, name: str, options: list[str], logging: str) -> list[str]:
    root = settings.home / "flink"
    log = [f"-Dlog.file={settings.logs / name}.log", f"-Dlog4j.configurationFile=file:{root / 'conf' / logging}.properties"]
    temporary = f"-Djava.io.tmpdir={scratch(settings, name)}"
    return [str(java.java_home() / "bin" / "java"), *options, *_opens(), *log, temporary, "-cp", f"{root}/lib/*"]


@cache
def _opens() -> list[str]:
    """The JVM's `--add-opens` options for this version of Flink, from the configuration that it ships."""
    found = re.search(r"^\s*all: (--add.*)$", (package() / "conf" / "config.yaml").read_text(), re.MULTILINE)
    if found is None:
        message = f"{package()}/conf/config.yaml names no env.java.opts.all: is this apache-flink 2.3?"
        raise Unavailable(message)
    return found[1].split()


def _link(target: Path, place: Path) -> None:
    if place.is_symlink() and place.readlink() == target:
        return
    place.unlink(missing_ok=True)
    place.symlink_to(target)
