"""A stage finds free ports, lets one show in at a time, and finds everything that was started on it."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from services.devstack.settings import Settings
from simulation import stage
from simulation.stage import MARK, StageTaken, on_free_ports, sweep

SLEEP = "import time; time.sleep(60)"


def test_a_taken_port_is_replaced_by_a_free_one_and_that_is_said(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        said: list[str] = []
        settings = on_free_ports(Settings(home=tmp_path, rest_port=taken), say=said.append)
    assert settings.rest_port != taken
    assert any(f"port {taken} is in use" in line and str(settings.rest_port) in line for line in said)
    assert len({settings.broker_port, settings.controller_port, settings.rest_port, settings.rpc_port}) == 4


@pytest.mark.slow
def test_the_sweep_ends_what_bears_the_mark_also_grandchildren_and_nothing_else() -> None:
    marked = {**os.environ, MARK: "this-test"}
    nested = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}], start_new_session=True); {SLEEP}"
    parent = subprocess.Popen([sys.executable, "-c", nested], env=marked)
    other = subprocess.Popen([sys.executable, "-c", SLEEP], env={**os.environ, MARK: "another"})
    try:
        time.sleep(1.0)
        ended = sweep("this-test")
        assert parent.pid in ended
        assert len(ended) == 2
        assert parent.poll() is not None
        assert other.poll() is None
        assert sweep("this-test") == []
    finally:
        other.kill()
        other.wait(5)
        sweep("this-test")


def test_only_the_logs_stay(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "broker.log").touch()
    (tmp_path / "kafka").mkdir()
    (tmp_path / "kafka" / "segment").touch()
    (tmp_path / "stack.json").touch()
    stage.clear(tmp_path)
    stage.clear(tmp_path / "never-made")
    assert [each.name for each in tmp_path.iterdir()] == ["logs"]
    assert (tmp_path / "logs" / "broker.log").exists()


def test_a_second_show_in_the_same_folder_is_turned_away(tmp_path: Path) -> None:
    with stage._lock(tmp_path / "demo"), pytest.raises(StageTaken, match="another demo runs already"), stage._lock(tmp_path / "demo"):
        pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_show_but_not_the_clearing_up(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stage._interrupts() as clearing:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        clearing()
        signal.raise_signal(number)
    assert signal.getsignal(number) is before


def test_an_impatient_second_press_is_the_same_one() -> None:
    with stage._interrupts():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
