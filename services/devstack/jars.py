"""The jars of the local stack. docker/jars.lock has their names and hashes. They are fetched once for every KAIROS_HOME of this machine."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
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
    """One line of the lock file."""

    use: str
    """kafka (the broker's class path), flink (the cluster's lib folder), s3 (its plugin for object storage), or lake (shipped with the lake job)."""
    coordinate: str
    """group:artifact:version."""
    sha256: str

    @property
    def name(self) -> str:
        """The file name."""
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"


def folder() -> Path:
    """The folder of the jars: KAIROS_JARS, or `jars` in the project's own state folder, whatever KAIROS_HOME is."""
    told = os.environ.get("KAIROS_JARS")
    return Path(told).expanduser().resolve() if told else project_home() / "jars"


def lock() -> list[Jar]:
    """Every jar of the lock file."""
    lines = resources.files("docker").joinpath("jars.lock").read_text().splitlines()
    return [Jar(*line.split()) for line in lines if line.strip() and not line.startswith("#")]


USES = ("kafka", "flink")
"""What every stack needs."""


def locked(uses: Sequence[str] = USES) -> list[Jar]:
    """The jars for these uses."""
    return [jar for jar in lock() if jar.use in uses]


def missing(uses: Sequence[str] = USES) -> list[Jar]:
    """The jars for these uses that are not on this machine yet. Those that are were verified before they were put in place."""
    return [jar for jar in locked(uses) if not (folder() / jar.use / jar.name).exists()]


def fetch(progress: Callable[[Jar], None] = lambda jar: None, *, uses: Sequence[str] = USES) -> Path:
    """Fetch and verify missing jars, and return the folder. Two processes may do this at once. Raises JarError."""
    wanted = missing(uses)
    if wanted:
        folder().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder()) as scratch, ThreadPoolExecutor(8) as pool:
            for jar in pool.map(lambda jar: _fetch(jar, Path(scratch)), wanted):
                progress(jar)
    return folder()


def _fetch(jar: Jar, scratch: Path) -> Jar:
    from jgo.maven import MavenContext  # imported only when something is missing: it takes half a second

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
