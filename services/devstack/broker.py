"""The local Kafka broker: one KRaft node, run from its jars."""

import os
import subprocess
import uuid
from base64 import urlsafe_b64encode
from importlib import resources
from pathlib import Path
from string import Template

from services.devstack import jars, java
from services.devstack.processes import Program, StackError
from services.devstack.settings import Settings

HEAP_MB = 512


def program(settings: Settings) -> Program:
    """The broker, ready to start. Its storage is formatted if there is none yet."""
    properties = _configure(settings)
    if not (settings.home / "kafka" / "meta.properties").exists():
        _format(properties, settings)
    heap = [f"-Xmx{HEAP_MB}m", f"-Xms{HEAP_MB}m", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", *java.QUICK]
    return Program(
        name="broker",
        command=[*_java(settings), *heap, "kafka.Kafka", str(properties)],
        environment={**os.environ},
        log=settings.logs / "broker.log",
    )


def _configure(settings: Settings) -> Path:
    folder = settings.home / "kafka-conf"
    folder.mkdir(parents=True, exist_ok=True)
    shipped = resources.files("docker.kafka")
    text = Template(shipped.joinpath("server.properties").read_text())
    values = {"home": settings.home, "broker_port": settings.broker_port, "controller_port": settings.controller_port}
    (folder / "server.properties").write_text(text.safe_substitute(values))
    (folder / "log4j2.yaml").write_text(shipped.joinpath("log4j2.yaml").read_text())
    return folder / "server.properties"


def _format(properties: Path, settings: Settings) -> None:
    # with =, because a random id may begin with a hyphen
    cluster_id = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    quick = ["-XX:+UseSerialGC", *java.QUICK]
    command = [*_java(settings), *quick, "kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}", "-c", str(properties), "--standalone"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"the broker's storage under {settings.home / 'kafka'} could not be formatted:\n{done.stdout}{done.stderr}"
        raise StackError(message)


def _java(settings: Settings) -> list[str]:
    logging = settings.home / "kafka-conf" / "log4j2.yaml"
    return [str(java.java_home() / "bin" / "java"), f"-Dlog4j2.configurationFile=file:{logging}", "-cp", f"{jars.folder()}/kafka/*"]
