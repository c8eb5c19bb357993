import os
import signal
import socket
import time
from pathlib import Path

import psutil
import pytest

from services.devstack import lifecycle, processes
from services.devstack.processes import StackError
from services.devstack.settings import load
from services.devstack.status import report
from tests.conftest import settings_in

pytestmark = pytest.mark.cluster


def left_of(home: Path) -> list[list[str]]:
    found = []
    for each in psutil.process_iter():
        try:
            command = each.cmdline()
        except psutil.Error:
            continue
        if any(str(home) in word for word in command):
            found.append(command)
    return found


@pytest.mark.apart
def test_up_is_idempotent_revives_and_down_leaves_nothing_behind_even_after_a_crash(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    try:
        lifecycle.up(settings)
        first = {name: each.pid for name, each in lifecycle.alive(settings).items()}
        assert set(first) == {"broker", "heartbeat", "jobmanager", "keeper", "monitor", "taskmanager-0"}
        lifecycle.up(load(settings.home))
        assert {name: each.pid for name, each in lifecycle.alive(settings).items()} == first
        assert report(settings)[0]

        # A crash: the keeper and the broker die, and a TaskManager runs that no file knows of.
        for name in ("keeper", "broker"):
            os.kill(first[name], signal.SIGKILL)
        (settings.pids / "taskmanager-0.json").unlink()
        time.sleep(0.2)
        assert not report(settings)[0]
        lifecycle.up(load(settings.home))
        assert set(lifecycle.alive(settings)) == set(first)
    finally:
        lifecycle.down(settings, savepoint=False)
    assert left_of(settings.home) == []
    assert processes.programs(pids=settings.pids) == {}
    assert lifecycle.down(settings) == []


def test_a_port_that_somebody_holds_is_named_with_the_option_that_avoids_it(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", settings.rest_port))
        holder.listen()
        with pytest.raises(StackError, match=rf"port {settings.rest_port} is in use.*--rest-port"):
            lifecycle.up(settings)
    assert left_of(settings.home) == []


def test_a_process_that_dies_at_its_start_shows_the_end_of_its_log(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    (settings.home / "kafka").mkdir(parents=True)
    (settings.home / "kafka" / "meta.properties").write_text("version=1\nnode.id=99\ncluster.id=of-somebody-else\n")
    try:
        with pytest.raises(StackError, match=r"broker died while starting(?s:.*)99"):
            lifecycle.up(settings)
    finally:
        lifecycle.down(settings, savepoint=False)
