"""How long a new job is waited for, on a cluster that the test plays."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest

from services.devstack import launch, lifecycle, processes
from services.devstack.launch import SubmitError, wait_until_running
from services.devstack.settings import Settings
from services.flink.rest import ClusterError, Initializing, Rest


class Cluster(Rest):
    """One job, which fails as often as the test says."""

    def __init__(self, *, state: str = "RESTARTING", failures: int = 0, checkpoints: int = 0) -> None:
        super().__init__("http://here")
        self.state, self.failed, self.completed = state, failures, checkpoints
        self.asked = 0

    def get(self, path: str) -> Any:
        self.asked += 1
        if path.endswith("/exceptions"):
            trace = "java.lang.Exception: it ended\nCaused by: RuntimeError: this release is broken"
            return {"exceptionHistory": {"entries": [{"stacktrace": trace}] * self.failed}}
        if path.endswith("/checkpoints"):
            return {"counts": {"completed": self.completed}}
        if path == "/overview":
            return {"slots-available": 1, "taskmanagers": 2}
        if path == "/jobs/overview":
            return {"jobs": []}
        return {"state": self.state, "vertices": []}


def test_a_job_that_fails_again_and_again_is_given_up_long_before_one_that_is_only_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "FAILING_S", 0.3)
    began = time.monotonic()
    with pytest.raises(SubmitError, match="this release is broken"):
        wait_until_running(Cluster(failures=5), "j", Settings(home=tmp_path))
    assert time.monotonic() - began < launch.READY_S / 2


@pytest.mark.slow
def test_a_few_failures_are_no_reason_to_give_up_and_neither_are_many_within_a_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "READY_S", 0.5)
    for failures, failing_s in ((4, 0.1), (16, 60.0)):
        monkeypatch.setattr(launch, "FAILING_S", failing_s)
        began = time.monotonic()
        with pytest.raises(SubmitError):
            wait_until_running(Cluster(failures=failures), "j", Settings(home=tmp_path))
        assert time.monotonic() - began >= 0.5


def test_what_runs_and_has_a_checkpoint_is_there_however_often_it_failed_before(tmp_path: Path) -> None:
    wait_until_running(Cluster(state="RUNNING", failures=9, checkpoints=1), "j", Settings(home=tmp_path))


class Answers(BaseHTTPRequestHandler):
    """A Flink whose job has no master yet when its checkpoints are first asked for, though it is said to run: seen of Flink 2.3."""

    why = "Unable to get JobMasterGateway for initializing job. The requested operation is not available"
    refused = 0

    def do_GET(self) -> None:
        code, told = 200, '{"state": "RUNNING", "vertices": []}'
        if self.path.endswith("/checkpoints"):
            told = '{"counts": {"completed": 1}}'
            if type(self).refused < 2:
                type(self).refused += 1
                code, told = 500, json.dumps({"errors": ["Internal server error.", f"<Exception on server side:\\n{self.why}"]})
        self.send_response(code)
        self.end_headers()
        self.wfile.write(told.encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def answering(why: str = Answers.why) -> Iterator[tuple[Rest, type[Answers]]]:
    asked = type("Asked", (Answers,), {"why": why})
    with ThreadingHTTPServer(("127.0.0.1", 0), asked) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Rest(f"http://127.0.0.1:{server.server_port}"), asked
        server.shutdown()


def test_a_job_whose_master_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    with answering() as (rest, asked):
        wait_until_running(rest, "j", Settings(home=tmp_path))
        assert asked.refused == 2


def test_whoever_does_not_wait_for_the_master_hears_that_it_is_not_there() -> None:
    with answering() as (rest, _), pytest.raises(Initializing):
        rest.checkpoints("j")


def test_any_other_error_of_the_cluster_is_said(tmp_path: Path) -> None:
    with answering("out of memory") as (rest, _), pytest.raises(ClusterError, match="out of memory"):
        wait_until_running(rest, "j", Settings(home=tmp_path))


class Electing(BaseHTTPRequestHandler):
    """JobManagers of which none leads for the first four requests: what Flink 2.3 then says."""

    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        told: dict[str, Any] = {"state": "RUNNING", "vertices": [], "counts": {"completed": 1}, "slots-available": 1, "taskmanagers": 1}
        code = 503 if self.asked <= 4 else 200
        if code == 503:
            told = {"errors": ["Service temporarily unavailable due to an ongoing leader election. Please refresh."]}
        self.send_response(code)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def electing() -> Iterator[str]:
    Electing.asked = 0
    with ThreadingHTTPServer(("127.0.0.1", 0), Electing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("failing_s", [launch.FAILING_S, -1.0])  # also when it is time to ask how often the job has failed
def test_a_job_is_waited_for_while_no_jobmanager_leads(tmp_path: Path, electing: str, monkeypatch: pytest.MonkeyPatch, failing_s: float) -> None:
    monkeypatch.setattr(launch, "FAILING_S", failing_s)
    wait_until_running(Rest(electing), "j", Settings(home=tmp_path))
    assert Electing.asked == 6


def test_a_stack_is_waited_for_while_no_jobmanager_leads(tmp_path: Path, electing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([True])
    monkeypatch.setattr(Rest, "answers", lambda rest: next(answers))  # one of them had answered before
    monkeypatch.setattr(Settings, "job_manager_addresses", electing)
    monkeypatch.setattr(lifecycle, "_broker_answers", lambda settings: True)
    monkeypatch.setattr(processes, "process", lambda name, pids: psutil.Process())
    lifecycle.wait_until_ready(Settings(home=tmp_path, task_managers=1), seconds=10)
    assert Electing.asked == 5
