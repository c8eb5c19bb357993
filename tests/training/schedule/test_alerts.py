"""Who hears of a run that has failed: the log, the metrics and the webhook, whatever that answers."""

import http.server
import json
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.training.schedule.stage import Stage
from training.errors import TrainingError
from training.schedule.state import Memory


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_a_run_that_fails_is_told_everywhere_and_shows_its_exit_status(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with listening() as (url, heard):
        stage = Stage(tmp_path, webhook=url)
        stage.does("print('Error: the model stays behind the gate'); sys.exit(3)")
        with caplog.at_level(logging.ERROR, "schedule"):
            stage.runner.run(stage.plan.jobs["buys"], "due")
    assert "buys failed with exit status 3" in caplog.text
    assert any("failed with exit status 3" in line and "stays behind the gate" in line for line in stage.said)
    assert heard == [{"schedule": "shop", "job": "buys", "status": 3, "why": "due", "said": "the model stays behind the gate"}]
    assert stage.metric("last_exit_status") == {'schedule_job="buys"': 3}
    assert stage.metric("runs_total")['outcome="failed",schedule_job="buys"'] == 1
    assert stage.metric("run_underway") == {'schedule_job="buys"': 0}
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
    "half": (b"HTTP/1.1 200 OK\r\nContent-Le", "no answer in"),
}


@pytest.mark.slow
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
            while connection.recv(65_536):  # what is left of the request, and then nothing until the other side is gone
                pass


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
    assert stage.metric("run_underway") == {'schedule_job="buys"': 0}


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
