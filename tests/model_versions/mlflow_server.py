"""A real MLflow server. 850 MB that no user of Kairos needs, so it is installed, in an environment of its own, when a test first asks for it.

Where it cannot be had, the tests skip; KAIROS_MLFLOW names the `mlflow` command of one that was installed by hand.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.devstack import ports
from services.devstack.settings import project_home

VERSION = "3.17.2"
START_S = 300
"""It takes 16 seconds to start, and minutes on a busy machine."""


def command() -> Path:
    """What starts it. Skips the test where it cannot be had."""
    if told := os.environ.get("KAIROS_MLFLOW", ""):
        if not Path(told).is_file():
            pytest.fail(f"KAIROS_MLFLOW={told} is not a file: name the `mlflow` command of an environment with mlflow=={VERSION}")
        return Path(told)
    folder = project_home() / "mlflow" / VERSION
    if not (folder / "bin" / "mlflow").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--only-binary", ":all:", f"mlflow=={VERSION}"]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)
        if done.returncode:
            shutil.rmtree(folder, ignore_errors=True)
            pytest.skip(f"no MLflow, so nothing is tested with a real server: mlflow=={VERSION} could not be installed ({done.stderr[-300:]})")
    return folder / "bin" / "mlflow"


@contextmanager
def server(mlflow: Path, folder: Path) -> Iterator[str]:
    """Start it, empty, and wait until it answers. Yields its address."""
    (port,) = ports.free(1)
    url = f"http://127.0.0.1:{port}"
    words = [str(mlflow), "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    words += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "artifacts")]
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    with (folder / "server.log").open("wb") as out:
        process = subprocess.Popen(words, cwd=folder, stdout=out, stderr=out, env=environment, start_new_session=True)
        try:
            until = time.monotonic() + START_S
            while not _answers(url):
                assert process.poll() is None and time.monotonic() < until, (folder / "server.log").read_text()[-3000:]
                time.sleep(0.2)
            yield url
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # its workers, too
            process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
