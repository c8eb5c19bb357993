"""Run an earlier commit of the project from a folder of its own, in the current environment: this is "before" in the evidence."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.report import ROOT

BEFORE = "09d2c005e497ffd9b49cb1199c309fad9b78a82a"
"""The last commit before the code was divided into rooms."""


@contextmanager
def checkout(commit: str = BEFORE) -> Iterator[Path]:
    """A temporary work tree of that commit."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "kairos"
        _git("worktree", "add", "--detach", "--quiet", str(folder), commit)
        try:
            yield folder
        finally:
            _git("worktree", "remove", "--force", str(folder))


def run(folder: Path, *arguments: str | Path, seconds: float = 1800) -> str:
    """The output of the current Python for these arguments, with only the code of `folder` importable."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=seconds, check=False)
    if done.returncode:
        message = f"{' '.join(map(str, arguments))} in {folder} failed ({done.returncode}): {done.stderr[-2000:]}"
        raise RuntimeError(message)
    return done.stdout


def _git(*arguments: str) -> None:
    subprocess.run(["git", "-C", str(ROOT), *arguments], check=True, stdout=sys.stderr)
