"""Claim 1: a newcomer's experience with a fresh clone and only the prerequisites."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from bench.report import ROOT, Claim, at_most, exactly, measured

FIRST = re.compile(r"first decision after ([\d.]+) s")
QUIET = {"KAIROS_HOME", "KAIROS_JARS", "VIRTUAL_ENV"}


def check() -> list[Claim]:
    """Clone, set up, try, demo twice, test; everything in the clone, with nothing of this checkout's environment."""
    folder = Path(tempfile.mkdtemp(prefix="kairos-clone-"))
    clone = folder / "kairos"
    environment = {name: value for name, value in os.environ.items() if name not in QUIET}
    environment["PATH"] = ":".join(part for part in environment["PATH"].split(":") if not part.startswith(str(ROOT)))

    def make(*words: str) -> tuple[float, subprocess.CompletedProcess[str]]:
        began = time.monotonic()
        done = subprocess.run(["make", *words], cwd=clone, env=environment, capture_output=True, text=True, check=False)
        print(f"   make {' '.join(words)}: {time.monotonic() - began:.1f} s, exit status {done.returncode}", flush=True)
        if done.returncode:
            print(done.stdout[-3000:], done.stderr[-3000:], flush=True)
        return time.monotonic() - began, done

    try:
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        data = ROOT.parent / "shared"
        if data.exists():
            (folder / "shared").symlink_to(data)
        setup, _ = make("setup")
        first, again = (first_decision(make("demo", "FOR=20s")[1]) for _ in range(2))
        tried = until_first_line([str(clone / ".venv/bin/kairos"), "try", "docs/examples/events.jsonl"], clone)
        seconds, tests = make("test")
        leftovers = subprocess.run(["pgrep", "-f", str(clone)], capture_output=True, text=True, check=False).stdout.split()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    passed = re.search(r"(\d+) passed", tests.stdout)
    return [
        measured("make setup on a fresh clone (downloads)", setup, "s"),
        at_most("make demo: first decision, first time, after the downloads", first, "s", 90),
        at_most("make demo: first decision, second time", again, "s", 60),
        at_most("kairos try: first decision", tried, "s", 2),
        exactly("make test: exit status", tests.returncode, "", 0),
        measured("make test: tests passed", int(passed[1]) if passed else 0, "tests"),
        at_most("make test: how long", seconds, "s", 900),
        exactly("processes left behind by all of it", len(leftovers), "processes", 0),
    ]


def first_decision(done: subprocess.CompletedProcess[str]) -> float:
    """Seconds from the demo's own output, or infinity."""
    found = FIRST.search(done.stdout)
    return float(found[1]) if found else float("inf")


def until_first_line(command: list[str], folder: Path) -> float:
    """Seconds from the start of the process to the first line it prints."""
    began = time.monotonic()
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        running.stdout.readline()
        seconds = time.monotonic() - began
        running.stdout.read()
    return seconds
