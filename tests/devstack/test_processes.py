import itertools
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from services.devstack import keeper, processes
from services.devstack.processes import Program

SLEEP = [sys.executable, "-c", "import time; print('awake', flush=True); time.sleep(60)"]
STUBBORN = [sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); print('awake', flush=True); time.sleep(60)"]


@pytest.fixture
def pids(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "pids"
    yield folder
    processes.stop(list(processes.programs(pids=folder)), pids=folder, grace=0.1)


def program(tmp_path: Path, name: str = "sleeper", command: list[str] | None = None) -> Program:
    return Program(name=name, command=command or SLEEP, environment=dict(os.environ), log=tmp_path / "logs" / f"{name}.log")


def until(condition: object, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_starting_twice_starts_once(tmp_path: Path, pids: Path) -> None:
    assert processes.start(program(tmp_path), pids=pids) == processes.start(program(tmp_path), pids=pids)


def test_it_is_detached_and_its_output_is_in_its_log(tmp_path: Path, pids: Path) -> None:
    pid = processes.start(program(tmp_path), pids=pids)
    assert os.getsid(pid) == pid
    until(lambda: "awake" in processes.tail(tmp_path / "logs" / "sleeper.log"))


def test_the_log_of_the_run_before_is_kept(tmp_path: Path, pids: Path) -> None:
    log = tmp_path / "logs" / "sleeper.log"
    log.parent.mkdir()
    log.write_text("of yesterday")
    processes.start(program(tmp_path), pids=pids)
    assert (tmp_path / "logs" / "sleeper.log.1").read_text() == "of yesterday"


def test_what_a_killed_process_left_in_its_scratch_folder_is_gone_when_it_is_started_again(tmp_path: Path, pids: Path) -> None:
    first = replace(program(tmp_path), scratch=tmp_path / "scratch")
    victim = processes.start(first, pids=pids)
    (tmp_path / "scratch" / "left-behind").write_text("x")
    os.kill(victim, signal.SIGKILL)
    until(lambda: processes.process("sleeper", pids=pids) is None)
    again = processes.programs(pids=pids)["sleeper"]  # as the keeper finds it
    processes.start(again, pids=pids)
    assert again == first
    assert list((tmp_path / "scratch").iterdir()) == []


def test_it_is_still_ours_when_somebody_sets_the_clock(tmp_path: Path, pids: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = processes.start(program(tmp_path), pids=pids)
    before = psutil.Process(pid).create_time()
    monkeypatch.setattr(psutil.Process, "create_time", lambda process: before + 40.0)  # the kernel counts from the boot, whose time has moved
    found = processes.process("sleeper", pids=pids)
    assert found is not None
    assert processes.start(program(tmp_path), pids=pids) == found.pid == pid, "no second one"


def test_what_an_earlier_version_has_started_can_be_stopped(tmp_path: Path, pids: Path) -> None:
    pid = processes.start(program(tmp_path), pids=pids)
    note = pids / "sleeper.json"
    note.write_text(json.dumps({**json.loads(note.read_text()), "born": psutil.Process(pid).create_time()}))
    assert processes.stop(["sleeper"], pids=pids) == ["sleeper"]
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_a_process_id_that_somebody_else_got_is_not_ours(tmp_path: Path, pids: Path) -> None:
    processes.start(program(tmp_path), pids=pids)
    file = pids / "sleeper.json"
    note = json.loads(file.read_text())
    mine = psutil.Process()
    file.write_text(json.dumps({**note, "pid": mine.pid}))
    assert processes.process("sleeper", pids=pids) is None
    assert processes.stop(["sleeper"], pids=pids) == []  # and this test lives on
    os.kill(note["pid"], signal.SIGKILL)
    os.waitpid(note["pid"], 0)


def test_stop_ends_also_who_will_not_listen(tmp_path: Path, pids: Path) -> None:
    pid = processes.start(program(tmp_path, command=STUBBORN), pids=pids)
    until(lambda: "awake" in processes.tail(tmp_path / "logs" / "sleeper.log"))
    assert processes.stop(["sleeper"], pids=pids, grace=0.2) == ["sleeper"]
    assert not psutil.pid_exists(pid)
    assert not list(pids.glob("*.json"))


def test_a_file_that_breaks_off_counts_as_none(pids: Path) -> None:
    pids.mkdir()
    (pids / "half.json").write_text('{"pid": 1')
    assert processes.programs(pids=pids) == {}
    assert processes.process("half", pids=pids) is None


def test_the_keeper_revives_what_dies_and_leaves_what_was_stopped(tmp_path: Path, pids: Path) -> None:
    first = processes.start(program(tmp_path), pids=pids)
    processes.start(program(tmp_path, "jobmanager"), pids=pids)
    alone = processes.process("jobmanager", pids=pids)
    assert alone is not None

    class Enough(Exception):
        """Ends the keeper's loop."""

    def nap(seconds: float) -> None:
        if done.wait(seconds):
            raise Enough

    done = threading.Event()

    def keep() -> None:
        with pytest.raises(Enough):
            keeper.keep(pids, pause_s=0.02, sleep=nap)

    watch = threading.Thread(target=keep)
    watch.start()
    os.kill(first, signal.SIGKILL)
    os.kill(alone.pid, signal.SIGKILL)
    until(lambda: (found := processes.process("sleeper", pids=pids)) is not None and found.pid != first)
    processes.stop(["sleeper"], pids=pids, grace=0.1)
    done.wait(0.2)
    assert processes.process("sleeper", pids=pids) is None
    assert processes.process("jobmanager", pids=pids) is None
    done.set()
    watch.join()


def test_the_keeper_gives_a_spare_the_time_to_take_over(tmp_path: Path, pids: Path) -> None:
    first = processes.start(replace(program(tmp_path), rest_s=0.6), pids=pids)
    rounds = itertools.count(1)

    class Enough(Exception):
        """Ends the keeper's loop."""

    def nap(seconds: float) -> None:
        time.sleep(seconds)
        if (found := processes.process("sleeper", pids=pids)) is not None and found.pid != first:
            revived.append(time.monotonic())
            raise Enough
        assert next(rounds) < 1000

    revived: list[float] = []
    os.kill(first, signal.SIGKILL)
    died = time.monotonic()
    with pytest.raises(Enough):
        keeper.keep(pids, pause_s=0.02, sleep=nap)
    assert revived[0] - died >= 0.6


def test_what_died_is_told_by_its_last_log_though_it_has_just_been_started_again(tmp_path: Path) -> None:
    log = tmp_path / "broker.log"
    log.with_name("broker.log.1").write_text("node.id 99 is of somebody else\n")
    assert processes.last_words(log) == f"({log} was never written)"
    log.touch()
    assert processes.last_words(log) == "node.id 99 is of somebody else"
    log.write_text("no such port\n")
    assert processes.last_words(log) == "no such port"
