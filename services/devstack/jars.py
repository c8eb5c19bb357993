"""The jars of the local stack: named and hashed in docker/jars.lock, fetched once, shared by every KAIROS_HOME of this machine."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from services.devstack.settings import project_home
from udfs.core.values.errors import Unavailable


class JarError(Unavailable):
    """A jar could not be fetched, or is not the one that was locked."""


@dataclass(frozen=True)
class Jar:
    """One line of the lock."""

    use: str
    """kafka (the broker's class path) or flink (the cluster's lib folder)."""
    coordinate: str
    """group:artifact:version."""
    sha256: str

    @property
    def name(self) -> str:
        """Its file name."""
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"


def folder() -> Path:
    """Where jars are kept: KAIROS_JARS, else `jars` in the project's own state folder, whatever KAIROS_HOME says."""
    told = os.environ.get("KAIROS_JARS")
    return Path(told).expanduser().resolve() if told else project_home() / "jars"


def lock() -> list[Jar]:
    """Every jar that is needed."""
    lines = resources.files("docker").joinpath("jars.lock").read_text().splitlines()
    return [Jar(*line.split()) for line in lines if line.strip() and not line.startswith("#")]


def missing() -> list[Jar]:
    """Those not yet on this machine. What is there was verified when it came: it is put in place only after its hash was right."""
    return [jar for jar in lock() if not (folder() / jar.use / jar.name).exists()]


def fetch(progress: Callable[[Jar], None] = lambda jar: None) -> Path:
    """Fetch and verify what is missing, and return the folder; safe to run twice at once. Raises JarError."""
    wanted = missing()
    if wanted:
        folder().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder()) as scratch, ThreadPoolExecutor(8) as pool:
            for jar in pool.map(lambda jar: _fetch(jar, Path(scratch)), wanted):
                progress(jar)
    return folder()


def _fetch(jar: Jar, scratch: Path) -> Jar:
    from jgo.maven import MavenContext  # only when something is missing: it costs half a second to import

    mirror = os.environ.get("KAIROS_MAVEN_REPOSITORY")
    context = MavenContext(repo_cache=scratch, remote_repos={"mirror": mirror.rstrip("/")} if mirror else None, timeout=60)
    try:
        came = context.create_dependency(jar.coordinate).artifact.resolve()
    except (OSError, RuntimeError) as problem:
        message = (
            f"could not fetch {jar.coordinate}: {problem}\n"
            "Is the network up? Behind a mirror, set KAIROS_MAVEN_REPOSITORY to its address; without a network, "
            f"copy the jars named in docker/jars.lock to {folder()}/<use>/"
        )
        raise JarError(message) from problem
    found = hashlib.sha256(came.read_bytes()).hexdigest()
    if found != jar.sha256:
        message = f"{jar.coordinate} has SHA-256 {found}, docker/jars.lock says {jar.sha256}: another file was served; it was not installed"
        raise JarError(message)
    place = folder() / jar.use / jar.name
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(came, place)
    return jar
