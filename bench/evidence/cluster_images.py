"""Claim 2, first half: the images from a clean clone, and `docker compose up` to the first decision, with whatever Docker engine is reachable.

The project of Compose has a name of its own, so nothing of another one is touched. The images stay, and are not rebuilt the next time. A mirror,
a proxy or a base image of one's own is said by the variables of docs/docker.md.
"""

import json
import re
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from bench.containers import no_engine, said
from bench.evidence.cluster_parts import not_run
from bench.lab import CheckFailed
from bench.report import ROOT, Claim, at_least, at_most, exactly, measured
from udfs.core.records import Outcome

PROJECT = "kairos-evidence"
COMPOSE = ("docker", "compose", "-f", "docker/compose.yaml", "-p", PROJECT, "--profile", "shop", "--profile", "training")
IMAGES = ("kairos-job", "kairos-services", "kairos-training")
BROKER = "apache/kafka"
"""The one image that compose.yaml takes as others publish it."""
BUILD_S = 3_600.0
FIRST_S = 600.0
GOAL_S = 180.0
DECISION = re.compile(rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d +\S+ +\S+ +({'|'.join(Outcome)})\b")
"""A line of `kairos tail decisions`."""


def check() -> list[Claim]:
    """Build, look, start, wait, remove. What fails becomes a claim that does not hold."""
    claim = "images from a clean clone, and `docker compose up` to the first decision"
    if why := no_engine():
        return [not_run(claim, f"not run: {why}")]
    claims: list[Claim] = []
    with tempfile.TemporaryDirectory(prefix="kairos-clone-") as folder:
        clone = Path(folder) / "kairos"
        said("git", "clone", "--quiet", ROOT, clone)
        try:
            claims += _built(clone)
            claims += _started(clone)
        except CheckFailed as problem:
            print(f"   {problem}", flush=True)
            claims.append(not_run(claim, f"failed: {str(problem).splitlines()[0]}"))
        finally:
            said(*COMPOSE, "down", "--volumes", "--remove-orphans", folder=clone, seconds=300)
    mine = f"label=com.docker.compose.project={PROJECT}"
    left = said("docker", "ps", "-aq", "--filter", mine) + said("docker", "volume", "ls", "-q", "--filter", mine)
    return [*claims, exactly("containers and volumes left behind by `docker compose down --volumes`", len(left.split()), "", 0)]


def _built(clone: Path) -> list[Claim]:
    began = time.monotonic()
    said(*COMPOSE, "build", folder=clone, seconds=BUILD_S)
    claims = [measured("three images built from a clean clone (from the second time on, from Docker's cache)", time.monotonic() - began, "s")]
    for name in IMAGES:
        image = _image(clone, name)
        size = int(said("docker", "image", "inspect", "--format", "{{.Size}}", image))
        user = int(said("docker", "run", "--rm", "--entrypoint", "id", image, "-u"))
        contents = json.loads(said("docker", "run", "--rm", "--entrypoint", "cat", image, "/usr/share/kairos.cdx.json"))
        claims += [
            measured(f"{name}: size", size / 1e6, "MB"),
            at_least(f"{name}: number of the user that it runs as, 0 being root", user, "", 1),
            at_least(f"{name}: packages and jars that its bill of materials names", len(contents["components"]), "", 50),
        ]
    return claims


def _started(clone: Path) -> list[Claim]:
    began = time.monotonic()
    said(*COMPOSE[:-2], "up", "--detach", "--no-build", folder=clone, seconds=FIRST_S)
    up = time.monotonic() - began
    first = _first_decision(clone) - began
    said(*COMPOSE[:-2], "up", "--detach", "--no-build", "--no-recreate", "--wait", "jobmanager", folder=clone, seconds=FIRST_S)
    healthy = time.monotonic() - began
    containers = said(*COMPOSE, "ps", "-q", folder=clone).split()
    restarts = said("docker", "inspect", "--format", "{{.RestartCount}}", *containers).split()
    published = said("docker", "image", "inspect", "--format", "{{len .RepoDigests}}", _image(clone, BROKER))
    return [
        measured("`docker compose --profile shop up`: everything started", up, "s"),
        at_most("`docker compose --profile shop up`, images there: first decision", first, "s", GOAL_S),
        measured("`docker compose --profile shop up`: the job healthy by its own check", healthy, "s"),
        exactly("containers that started more than once", sum(count != "0" for count in restarts), "", 0),
        measured(f"{BROKER}: the image as published (1), or one of that name that was made here (0)", min(1, int(published)), ""),
    ]


def _image(clone: Path, name: str) -> str:
    """With its tag, as compose.yaml says."""
    return next(word for word in said(*COMPOSE, "config", "--images", folder=clone).split() if word.startswith(f"{name}:"))


def _first_decision(clone: Path) -> float:
    """When the log of the service `decisions` first showed one, on the monotonic clock."""
    found = float("inf")
    with subprocess.Popen([*COMPOSE, "logs", "--follow", "--no-log-prefix", "decisions"], cwd=clone, stdout=subprocess.PIPE, text=True) as running:
        deadline = threading.Timer(FIRST_S, running.kill)
        deadline.start()
        assert running.stdout is not None
        for line in running.stdout:
            if DECISION.match(line):
                found = time.monotonic()
                print(f"   {line.strip()[:120]}", flush=True)
                break
        deadline.cancel()
        running.kill()
    if found == float("inf"):
        message = f"no decision in the log of `decisions` within {FIRST_S:.0f} s"
        raise CheckFailed(message)
    return found
