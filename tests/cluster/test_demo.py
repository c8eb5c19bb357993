"""The demo, as a person starts it: it decides, and whenever it is interrupted it takes everything with it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from simulation.stage import MARK

pytestmark = pytest.mark.cluster


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A demo in a folder of its own, its output a pipe."""
    command = [sys.executable, "-c", "from cli.main import main; main()", "demo", "--for", "5m"]
    environment = {**os.environ, "KAIROS_HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        yield process
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def read_until(words: str, process: subprocess.Popen[str]) -> str:
    """Everything it says until a line that holds `words`."""
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    message = f"it never said {words!r}, but:\n{said}"
    raise AssertionError(message)


def marked(process: subprocess.Popen[str]) -> list[str]:
    """What still runs of what this demo had started."""
    left = []
    for each in psutil.process_iter():
        try:
            if each.environ().get(MARK, "").startswith(f"{process.pid}-"):
                left.append(" ".join(each.cmdline())[:200])
        except psutil.Error:
            continue
    return left


def ports_of(home: Path) -> dict[str, int]:
    """The ports of the running demo: it has one JobManager, so those of ZooKeeper and of a second one stay free."""
    settings = json.loads((home / "demo" / "stack.json").read_text())
    return {name: port for name, port in settings.items() if name.endswith("_port") and name not in {"zookeeper_port", "second_rest_port"}}


def listened_on(ports: dict[str, int]) -> list[str]:
    """On which of them somebody still listens."""
    still = []
    for name, port in ports.items():
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                still.append(name)
    return still


@pytest.mark.apart
@pytest.mark.parametrize(("words", "seconds"), [("starting a Kafka broker", 2.0), ("submitting the job", 3.0)])
def test_interrupted_while_it_starts_it_leaves_nothing_behind(words: str, seconds: float, demo: subprocess.Popen[str], tmp_path: Path) -> None:
    read_until(words, demo)
    time.sleep(seconds)
    ports = ports_of(tmp_path)
    demo.send_signal(signal.SIGINT)
    said, _ = demo.communicate(timeout=90)
    assert demo.returncode == 130, said
    assert "Traceback" not in said
    assert not marked(demo)
    assert not listened_on(ports)
    assert [each.name for each in (tmp_path / "demo").iterdir()] == ["logs"]


def test_it_decides_and_interrupted_it_sums_up_and_leaves_nothing_behind(demo: subprocess.Popen[str], tmp_path: Path) -> None:
    said = read_until("first decision after", demo)
    ports = ports_of(tmp_path)
    assert listened_on(ports) == list(ports)
    assert marked(demo), said
    demo.send_signal(signal.SIGINT)
    said, _ = demo.communicate(timeout=90)
    assert demo.returncode == 0, said
    assert "What to try next" in said
    assert "Traceback" not in said
    assert not marked(demo)
    assert not listened_on(ports)
    assert [each.name for each in (tmp_path / "demo").iterdir()] == ["logs"]
