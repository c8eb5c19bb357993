"""Fetch the jars of docker/jars.lock for one use into a folder, as `jars.py flink /opt/jars`. A jar with another SHA-256 ends the build."""

import hashlib
import os
import sys
import urllib.request
from pathlib import Path


def wanted(lock: str, use: str) -> list[tuple[str, str, str]]:
    """Path in a Maven repository, file name and SHA-256 of each jar for this use."""
    found = []
    for line in lock.splitlines():
        if line.strip() and not line.startswith("#"):
            used_by, coordinate, sha256 = line.split()
            group, artifact, version = coordinate.split(":")
            name = f"{artifact}-{version}.jar"
            if used_by == use:
                found.append((f"{group.replace('.', '/')}/{artifact}/{version}/{name}", name, sha256))
    return found


def fetch(repository: str, jars: list[tuple[str, str, str]], folder: Path) -> None:
    """Fetch these jars. A file is written only after its hash was checked."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, name, sha256 in jars:
        with urllib.request.urlopen(f"{repository.rstrip('/')}/{path}", timeout=120) as answer:
            data = answer.read()
        found = hashlib.sha256(data).hexdigest()
        if found != sha256:
            sys.exit(f"{path} has SHA-256 {found}, docker/jars.lock says {sha256}: another file was served")
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    fetch(os.environ["MAVEN_REPOSITORY"], wanted(Path("docker/jars.lock").read_text(), sys.argv[1]), Path(sys.argv[2]))
