"""What a container of the image `job` starts: Flink's scripts, with the job's options as `kairos submit` would spell them."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from jobs import application
from jobs.application import healthy, job_manager, main, task_manager
from jobs.kafka.chosen import VARIABLE
from jobs.options import Options, arguments_of, parse
from udfs.core.values.errors import InvalidInput


@pytest.fixture(autouse=True)
def no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def of_the_job(arguments: list[str]) -> Options:
    assert arguments[arguments.index("-pym") + 1] == "jobs.claiming"
    return parse(arguments[arguments.index("-pym") + 2 :])


def settings_of(arguments: list[str]) -> dict[str, str]:
    return dict(word.removeprefix("-D").split("=", 1) for word in arguments if word.startswith("-D"))


def test_the_job_gets_its_options_and_a_folder_for_its_state(tmp_path: Path) -> None:
    words = ["--brokers", "kafka:9092", "--parallelism=2", "--deployment", "shop", "--guarantee", "at-least-once"]
    start = job_manager(words, environment={}, state=tmp_path)
    assert start.script == "standalone-job.sh"
    asked = Options(brokers="kafka:9092", parallelism=2, deployment="shop", guarantee="at-least-once")
    found = of_the_job(start.arguments)
    assert arguments_of(found) == [*arguments_of(asked)[:4], *arguments_of(found)[4:]]
    assert (found.brokers, found.parallelism, found.identity) == ("kafka:9092", 2, "shop-live")
    assert found.checkpoint_dir == f"file://{tmp_path}/checkpoints/shop-live"
    settings = settings_of(start.arguments)
    assert settings["execution.checkpointing.savepoint-dir"] == f"file://{tmp_path}/savepoints/shop-live"
    assert settings["python.files"] == application.ZIP
    assert "--fromSavepoint" not in start.arguments


def test_what_flink_is_told_stands_before_the_job_and_goes_before_ours(tmp_path: Path) -> None:
    words = ["-Drest.address=elsewhere", "-Dexecution.checkpointing.dir=file:///other", "--partitions", "3"]
    start = job_manager(words, environment={"KAIROS_JOBMANAGER": "leader"}, state=tmp_path)
    settings = settings_of(start.arguments)
    assert (settings["rest.address"], settings["jobmanager.rpc.address"]) == ("elsewhere", "leader")
    assert of_the_job(start.arguments) == Options(partitions=3)
    assert max(index for index, word in enumerate(start.arguments) if word.startswith("-D")) < start.arguments.index("-pym")


def test_a_broker_is_taken_from_the_file_of_properties_unless_one_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "kafka.properties"
    file.write_text("bootstrap.servers=a:1,b:2\n")
    monkeypatch.setenv(VARIABLE, str(file))
    found = of_the_job(job_manager([], environment={}, state=tmp_path).arguments)
    assert (found.brokers, found.kafka_properties) == ("a:1,b:2", str(file))
    for words in (["--brokers", "c:3"], ["--brokers=c:3"]):
        assert of_the_job(job_manager(words, environment={}, state=tmp_path).arguments).brokers == "c:3"


def test_a_restart_goes_on_from_the_newest_state(tmp_path: Path) -> None:
    kept = tmp_path / "checkpoints" / "kairos-live" / "a" / "chk-7"
    kept.mkdir(parents=True)
    (kept / "_metadata").write_bytes(b"")
    start = job_manager([], environment={}, state=tmp_path)
    assert start.arguments[start.arguments.index("--fromSavepoint") + 1] == f"file://{kept}"
    assert "--fromSavepoint" not in job_manager(["--restore", "none"], environment={}, state=tmp_path).arguments
    other = job_manager(["--deployment", "other"], environment={}, state=tmp_path)
    assert "--fromSavepoint" not in other.arguments, "state of another deployment"


def test_an_option_that_the_job_does_not_know_ends_it_with_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        job_manager(["--paralelism", "2"], environment={}, state=tmp_path)
    assert "--paralelism" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="-Dnothing sets nothing"):
        job_manager(["-Dnothing"], environment={}, state=tmp_path)


def test_state_that_cannot_be_looked_up_is_not_forgotten(tmp_path: Path) -> None:
    for words in (["--checkpoint-dir", "s3://kairos/checkpoints"], ["-Dexecution.checkpointing.savepoint-dir=s3://kairos/savepoints"]):
        with pytest.raises(InvalidInput, match="say --restore none at the very first start"):
            job_manager(words, environment={}, state=tmp_path)
        replicated = job_manager(["-Dhigh-availability.type=kubernetes", *words], environment={}, state=tmp_path)
        assert "--fromSavepoint" not in replicated.arguments
        named = job_manager(["--restore", "s3://kairos/savepoints/1", *words], environment={}, state=tmp_path)
        assert named.arguments[named.arguments.index("--fromSavepoint") + 1] == "s3://kairos/savepoints/1"


def test_a_task_manager_finds_its_job_manager_and_takes_no_options_of_the_job() -> None:
    start = task_manager(["-Dtaskmanager.memory.task.heap.size=2g"], environment={"KAIROS_JOBMANAGER": "leader"}, host="c0ffee")
    assert start.script == "taskmanager.sh"
    settings = settings_of(start.arguments)
    assert settings["taskmanager.host"] == "c0ffee"
    assert settings["jobmanager.rpc.address"] == "leader"
    assert settings["taskmanager.memory.task.heap.size"] == "2g"
    with pytest.raises(SystemExit, match="options of the job go to the JobManager"):
        task_manager(["--parallelism", "2"], environment={}, host="c0ffee")


def test_a_role_that_there_is_not_is_told_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    for words, code in ((["session"], True), (["--help"], False), ([], False)):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert bool(ended.value.code) == code
        assert "kairos-flink job" in capsys.readouterr().out


@pytest.mark.slow
def test_the_job_becomes_the_owner_of_its_state_because_the_changelog_knows_no_other_way() -> None:
    program = (
        "import runpy, sys, jobs.decide as decide; decide.main = lambda words, more, patience_s: print(words, more); "
        "sys.argv[1:] = ['--partitions', '3']; runpy.run_module('jobs.claiming', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "['--partitions', '3'] {'execution.state-recovery.claim-mode': 'CLAIM'}"


class JobManager(BaseHTTPRequestHandler):
    """A JobManager that says about its jobs what a test wants."""

    jobs: ClassVar[list[dict[str, object]]] = []

    def do_GET(self) -> None:
        body = json.dumps({"jobs": self.jobs}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by its base class
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), JobManager)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_healthy_is_a_job_whose_tasks_all_run(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(*jobs: tuple[str, int]) -> bool:
        monkeypatch.setattr(JobManager, "jobs", [{"state": state, "tasks": {"running": running, "total": 3}} for state, running in jobs])
        return healthy(address)

    assert told(("RUNNING", 3))
    assert not told(("RUNNING", 2)), "it waits for a TaskManager"
    assert not told(("RESTARTING", 0))
    assert not told(), "no job yet"
    assert not healthy("http://127.0.0.1:1")
