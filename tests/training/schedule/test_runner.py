"""A schedule runs one job at a time, remembers how each ended, and neither loses nor repeats a run, whatever ends it."""

import http.server
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from training.errors import TrainingError
from training.schedule.alerts import Alerts
from training.schedule.plan import read_plan
from training.schedule.runner import Runner
from training.schedule.service import Service
from training.schedule.state import Ended, Memory, Underway

SCHEDULE = """
schedule: shop
jobs:
  - {train: train.yaml, name: buys, every: 10m}
  - {check: {}, every: daily, at: "02:30"}
state: state
alerts: {webhook: "WEBHOOK"}
"""
CHILD = """
import os, signal, sys, pathlib
log = pathlib.Path(sys.argv[1])
with log.open("a") as file: file.write(" ".join(sys.argv[2:]) + "\\n")
number = len(log.read_text().splitlines())
print("it speaks")
exec(log.with_name("does.py").read_text())
"""


class Stage:
    """A schedule in a folder, whose runs are a script."""

    def __init__(self, folder: Path, *, webhook: str = "http://127.0.0.1:1/") -> None:
        self.folder, self.log, self.at = folder, folder / "ran.txt", datetime(2026, 3, 2, 12, 3, tzinfo=UTC).timestamp()
        (folder / "train.yaml").write_text("training: buys\nruns: runs\n")
        (folder / "schedule.yaml").write_text(SCHEDULE.replace("WEBHOOK", webhook))
        (folder / "child.py").write_text(CHILD)
        self.does("sys.exit(0)")
        self.said: list[str] = []
        self.begin()

    def begin(self) -> None:
        """Begin as a process does that starts."""
        self.plan = read_plan(self.folder / "schedule.yaml")
        self.memory = Memory(self.plan.state)
        self.alerts = Alerts("shop", webhook=self.plan.webhook, say=self.said.append)
        words = [sys.executable, str(self.folder / "child.py"), str(self.log)]
        self.runner = Runner(self.plan, self.memory, self.alerts, clock=lambda: self.at, words=words)
        self.service = Service(self.plan, self.runner)

    def does(self, program: str) -> None:
        (self.folder / "does.py").write_text(program)

    def ran(self) -> list[str]:
        return [" ".join(line.split()[:1] + line.split()[2:]) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def metric(self, name: str) -> dict[str, float]:
        lines = self.alerts.exported.text().decode().splitlines()
        return {line.split("{")[1].split("}")[0]: float(line.split()[-1]) for line in lines if line.startswith(f"kairos_schedule_{name}{{")}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_what_was_missed_while_it_was_down_runs_once_and_not_once_for_each_time(stage: Stage) -> None:
    stage.service.once()
    assert stage.ran() == [], "a job that is new was never missed"
    stage.at += 5 * 3600
    stage.begin()
    stage.service.once()
    assert stage.ran() == ["run"]
    stage.service.once()
    assert stage.ran() == ["run"]
    stage.at += 86_400
    stage.begin()
    stage.service.once()
    assert stage.ran() == ["run", "run", "check --job check"]


def test_a_run_that_fails_is_told_everywhere_and_shows_its_exit_status(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with listening() as (url, heard):
        stage = Stage(tmp_path, webhook=url)
        stage.does("print('Error: the model stays behind the gate'); sys.exit(3)")
        with caplog.at_level(logging.ERROR, "schedule"):
            stage.runner.run(stage.plan.jobs["buys"], "due")
    assert "buys failed with exit status 3" in caplog.text
    assert any("failed with exit status 3" in line and "stays behind the gate" in line for line in stage.said)
    assert heard == [{"schedule": "shop", "job": "buys", "status": 3, "why": "due", "said": "the model stays behind the gate"}]
    assert stage.metric("last_exit_status") == {'job="buys"': 3}
    assert stage.metric("runs_total")['job="buys",outcome="failed"'] == 1
    assert stage.metric("run_underway") == {'job="buys"': 0}
    [record] = Memory(stage.plan.state).runs()
    assert (record.status, record.said, record.version) == (3, "the model stays behind the gate", "")


def test_a_webhook_that_does_not_answer_stops_nothing(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.does("sys.exit(1)")
    with caplog.at_level(logging.WARNING, "schedule"):
        stage.runner.run(stage.plan.jobs["buys"], "due")
    assert "the webhook did not take the alert" in caplog.text
    stage.does("sys.exit(0)")
    stage.runner.run(stage.plan.jobs["buys"], "due")
    assert [each.status for each in stage.memory.runs()] == [1, 0]


ANSWERS = {
    "no http": (b"what?\r\n\r\n", "BadStatusLine"),
    "fails": (b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", "status 500"),
    "elsewhere": (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "status 302: it sends alerts elsewhere"),
    "half": (b"HTTP/1.1 200 OK\r\nContent-Le", ""),  # no answer in time, or a connection that is reset
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_whatever_a_webhook_answers_the_alert_is_not_taken_for_delivered(
    answer: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.schedule.alerts.PATIENCE_S", 2.0)
    said, told = ANSWERS[answer]
    with socket.create_server(("127.0.0.1", 0)) as server, caplog.at_level(logging.WARNING, "schedule"):
        threading.Thread(target=_answer, args=[server, said], daemon=True).start()
        stage = Stage(tmp_path, webhook=f"http://127.0.0.1:{server.getsockname()[1]}/")
        stage.does("sys.exit(1)")
        stage.runner.run(stage.plan.jobs["buys"], "due")
    assert f"the webhook did not take the alert: {told}" in caplog.text
    assert [each.status for each in stage.memory.runs()] == [1]


def _answer(server: socket.socket, said: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(65_536)
        connection.sendall(said)
        if not said.endswith(b"\r\n\r\n"):
            connection.recv(1)  # until the other side is gone


def test_a_full_disk_is_told_and_not_only_met(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        message = "cannot write to state (No space left on device): name a folder that can be written to with `state:`"
        raise TrainingError(message)

    with listening() as (url, heard):
        stage = Stage(tmp_path, webhook=url)
        monkeypatch.setattr(stage.memory, "save", full)
        stage.runner.run(stage.plan.jobs["buys"], "due")
        assert stage.ran() == [], "what is not remembered would not be resumed"
        stage.does("sys.exit(0)")
        monkeypatch.setattr(stage.memory, "save", lambda: None)
        monkeypatch.setattr(stage.memory, "ended", lambda _: full())
        stage.runner.run(stage.plan.jobs["buys"], "due")
    assert stage.alerts.failures == len(heard) == 2
    assert all("No space left" in json.dumps(each) for each in heard)
    assert stage.metric("run_underway") == {'job="buys"': 0}


def test_damaged_files_of_a_run_do_not_hide_how_it_ended(stage: Stage) -> None:
    made = "import pathlib; folder = pathlib.Path(sys.argv[0]).parent / 'runs/buys/0001'; folder.mkdir(parents=True, exist_ok=True)"
    stage.does(f"{made}; (folder / 'run.json').write_text(''); os.kill(os.getpid(), signal.SIGKILL) if number == 1 else sys.exit(4)")
    stage.runner.run(stage.plan.jobs["buys"], "due")
    assert [(each.status, each.attempts) for each in stage.memory.runs()] == [(4, 2)]
    stage.does("pathlib.Path(sys.argv[0]).with_name('state').joinpath('checks/check/check.json').write_text('{'); sys.exit(1)")
    (stage.plan.state / "checks" / "check").mkdir(parents=True)
    stage.runner.run(stage.plan.jobs["check"], "due")
    assert [(each.status, each.findings) for each in stage.memory.runs()][1:] == [(1, None)]
    assert any("check.json cannot be read" in line for line in stage.said)


def test_a_clock_that_was_wrong_and_set_back_silences_no_job(stage: Stage) -> None:
    year = 365 * 86_400
    stage.at += year
    stage.service.once()
    stage.at -= year
    stage.begin()
    stage.service.once()
    assert stage.ran() == [] and any("the clock was set back" in line for line in stage.said)
    stage.at += 900
    stage.service.once()
    assert stage.ran() == ["run"]
    stage.at -= 900
    stage.service.once()
    assert stage.ran() == ["run"], "a few minutes back: nothing runs twice"


def test_a_run_that_is_killed_is_begun_again_and_after_some_attempts_has_failed(stage: Stage) -> None:
    stage.does("os.kill(os.getpid(), signal.SIGKILL) if number == 1 else sys.exit(0)")
    stage.runner.run(stage.plan.jobs["buys"], "due")
    assert stage.ran() == ["run", "run"]
    assert [(each.status, each.attempts) for each in stage.memory.runs()] == [(0, 2)]
    stage.does("os.kill(os.getpid(), signal.SIGKILL)")
    stage.runner.run(stage.plan.jobs["buys"], "due")
    assert len(stage.ran()) == 2 + 3
    last = stage.memory.runs()[-1]
    assert (last.status, last.attempts, last.said) == (-9, 3, "it was killed each time")
    assert stage.metric("runs_total")['job="buys",outcome="failed"'] == 1
    assert Memory(stage.plan.state).state.underway is None


def test_a_schedule_that_was_killed_during_a_run_goes_on_with_it_at_its_next_start(stage: Stage) -> None:
    stage.memory.of("buys", now=stage.runner.now())
    stage.memory.state.underway = Underway(job="buys", why="due", began=stage.runner.now())
    stage.memory.save()
    run = stage.folder / "runs" / "buys" / "0001"
    run.mkdir(parents=True)
    done = {"fingerprint": "x", "at": stage.runner.now() + 5, "seconds": 1.0, "said": ""}
    (run / "run.json").write_text(json.dumps({"steps": {"dataset": done}}))
    stage.begin()
    stage.service.once()
    assert stage.ran() == ["run --resume"]
    assert stage.memory.state.underway is None
    stage.service.once()
    assert len(stage.ran()) == 1


def test_a_run_that_was_killed_before_its_first_step_was_done_is_begun_again(stage: Stage) -> None:
    earlier = stage.folder / "runs" / "buys" / "0001"
    earlier.mkdir(parents=True)
    done = {"fingerprint": "x", "at": stage.runner.now() - 10_000, "seconds": 1.0, "said": ""}
    (earlier / "run.json").write_text(json.dumps({"steps": {"dataset": done}}))
    stage.memory.of("buys", now=stage.runner.now())
    stage.memory.state.underway = Underway(job="buys", why="due", began=stage.runner.now())
    stage.memory.save()
    stage.begin()
    stage.service.once()
    assert stage.ran() == ["run"], "a run from before is not resumed"


def test_a_run_under_way_whose_job_has_left_the_schedule_is_forgotten(stage: Stage) -> None:
    stage.memory.state.underway = Underway(job="gone", why="due", began=1)
    stage.service.once()
    assert stage.ran() == [] and stage.memory.state.underway is None


@pytest.mark.slow
def test_stopping_ends_the_run_under_way_and_leaves_it_for_the_next_start(stage: Stage) -> None:
    stage.does("import time; time.sleep(60)")
    threading.Timer(1.0, stage.service.end).start()
    began = time.monotonic()
    stage.runner.run(stage.plan.jobs["buys"], "due")
    assert time.monotonic() - began < 50
    assert stage.memory.runs() == []
    stage.does("sys.exit(0)")
    stage.begin()
    stage.service.once()
    assert [(each.status, each.attempts) for each in stage.memory.runs()] == [(0, 2)]


@pytest.mark.slow
def test_two_jobs_that_are_due_at_once_run_one_after_the_other(stage: Stage) -> None:
    stage.does("import time; begun = time.time(); time.sleep(0.5); print(begun, time.time())")
    stage.service.once()
    stage.at += 86_400
    stage.begin()
    stage.service.once()
    spans = [[float(part) for part in line.split(": ")[1].split()] for line in stage.said if line.split(": ")[1][:1].isdigit()]
    assert len(spans) == 2 and spans[0][1] <= spans[1][0]


def test_a_second_schedule_on_the_same_state_is_refused(stage: Stage) -> None:
    with stage.memory.alone(), pytest.raises(TrainingError, match="this schedule runs already"), Memory(stage.plan.state).alone():
        pass
    with Memory(stage.plan.state).alone():
        pass


def test_a_damaged_state_says_what_to_do_and_a_cut_off_line_of_the_log_is_left_out(stage: Stage) -> None:
    stage.runner.run(stage.plan.jobs["buys"], "due")
    log = stage.plan.state / "runs.jsonl"
    log.write_bytes(log.read_bytes() + b'{"job":"bu')
    assert len(stage.memory.runs()) == 1
    (stage.plan.state / "state.json").write_text("{")
    with pytest.raises(TrainingError, match="remove it, and the schedule begins from the start"):
        Memory(stage.plan.state)


def test_times_far_apart_and_a_clock_set_back_do_not_run_a_job_twice(stage: Stage) -> None:
    stage.service.once()
    stage.at -= 3_600
    stage.begin()
    stage.service.once()
    assert stage.ran() == []
    stage.memory.ended(Ended(job="buys", why="", began=0, ended=1, status=0))


def test_a_run_ends_with_its_schedule_even_if_that_is_killed() -> None:
    leash = "Thread(target=training.schedule.child._end_with_the_schedule, daemon=True).start()"
    child = f"import time, training.schedule.child; from threading import Thread; {leash}; time.sleep(60)"
    begin = f"run = subprocess.Popen([sys.executable, '-c', {child!r}], stdin=subprocess.PIPE)"
    program = f"import subprocess, sys, time; {begin}; print(run.pid, flush=True); time.sleep(60)"
    schedule = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert schedule.stdout
    run = int(schedule.stdout.readline())
    schedule.send_signal(signal.SIGKILL)
    schedule.wait()
    schedule.stdout.close()
    until = time.monotonic() + 10
    while _lives(run) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _lives(run)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"


@contextmanager
def listening() -> Iterator[tuple[str, list[object]]]:
    """A webhook on this machine, and what it heard."""
    heard: list[object] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
