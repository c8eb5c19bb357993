"""Commands of Docker, Compose and Kubernetes for checks. Where they lead is said from outside: DOCKER_HOST, KAIROS_KUBECONFIG."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bench.lab import CheckFailed

COMPOSE = (2, 20)
"""The oldest Compose that docs/docker.md promises to work with."""
TOLD = 1_500
"""So many of the last characters of a failed command are passed on."""


def said(
    *command: str | Path, folder: Path | None = None, seconds: float = 300, environment: Mapping[str, str] | None = None, given: str = ""
) -> str:
    """What a command printed. `given`: its standard input. Raises CheckFailed with the end of its output if it fails or takes too long."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, cwd=folder, env=environment, input=given, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as problem:
        message = f"`{' '.join(words[:6])} …` did not end within {seconds:.0f} s"
        raise CheckFailed(message) from problem
    if done.returncode:
        message = f"`{' '.join(words[:6])} …` failed ({done.returncode}):\n{(done.stdout + done.stderr)[-TOLD:]}"
        raise CheckFailed(message)
    return done.stdout


def no_engine() -> str:
    """Why no image can be built and run here; empty if one can."""
    if shutil.which("docker") is None:
        return "no Docker engine"
    try:
        said("docker", "version", "--format", "{{.Server.Version}}", seconds=30)
    except CheckFailed:
        return "no Docker engine"
    try:
        version = said("docker", "compose", "version", "--short", seconds=30)
    except CheckFailed:
        version = ""
    found = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    return "" if found >= COMPOSE else f"no Docker Compose {COMPOSE[0]}.{COMPOSE[1]} or newer"
