"""The guard stops a job with a savepoint when too many of its events are refused, on a cluster that the test plays."""

import logging
from pathlib import Path
from typing import Any

import pytest

from jobs.options import Options
from services.devstack import lifecycle, processes
from services.devstack.settings import Settings, load
from services.devstack.submit import guarded
from services.flink.rest import ClusterError, Rest
from services.guard import __main__ as command
from services.guard import guard as guarding
from services.guard.guard import Guard
from udfs.codecs.refusals import RejectionLimit

LIMIT = RejectionLimit(percent=20, minutes=10)
LIMITS = {"kairos-live": LIMIT}


class Cluster(Rest):
    """Jobs with their metrics: events (with those that failed), refused records, errors of the engine."""

    def __init__(self) -> None:
        super().__init__("http://here")
        self.jobs: dict[str, tuple[str, str]] = {"j1": ("kairos-live", "RUNNING")}
        self.told: dict[str, tuple[int, int, int]] = {"j1": (0, 0, 0)}
        self.down = self.refuses = False
        self.stopped: list[str] = []

    def get(self, path: str) -> Any:
        if self.down:
            message = "no Flink answers"
            raise ClusterError(message)
        if path == "/jobs/overview":
            return {"jobs": [{"jid": job, "name": name, "state": state} for job, (name, state) in self.jobs.items()]}
        job = path.split("/")[2]
        if path == f"/jobs/{job}":
            return {"vertices": [{"id": "v0", "name": "Source: events"}, {"id": "v1", "name": "decide -> outputs: Writer"}]}
        assert (
            path
            == f"/jobs/{job}/vertices/v1/subtasks/metrics?get=decide.kairos.events,decide.kairos.records_rejected,decide.kairos.engine_errors&agg=sum"
        )
        names = ("decide.kairos.events", "decide.kairos.records_rejected", "decide.kairos.engine_errors")
        return [{"id": name, "sum": f"{value:.1f}"} for name, value in zip(names, self.told.get(job, ()), strict=False)]

    def end(self, job: str, name: str) -> str:
        if self.refuses:
            message = "no savepoint"
            raise ClusterError(message)
        self.stopped.append(name)
        self.jobs.pop(job)
        return "file:///savepoint"


class World:
    def __init__(self) -> None:
        self.cluster, self.now = Cluster(), 0.0
        self.guard = Guard(self.cluster, self.cluster.end, clock=lambda: self.now)

    def look(self, *told: int, job: str = "j1", seconds: float = 5.0) -> list[str]:
        """Let time pass, set the job's metrics, and look."""
        self.now += seconds
        self.cluster.told[job] = (told[0], told[1], told[2] if len(told) > 2 else 0) if told else ()  # type: ignore[assignment]
        return self.guard.look(LIMITS)


@pytest.fixture
def world() -> World:
    made = World()
    made.look(0, 0)
    return made


def test_a_job_most_of_whose_events_are_refused_is_stopped_with_a_savepoint(world: World, caplog: pytest.LogCaptureFixture) -> None:
    assert world.look(1000, 100) == []
    assert world.look(1000, 400) == ["kairos-live"]
    assert world.cluster.stopped == ["kairos-live"]
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert told[0] == "kairos-live: 29 % of the events of the last 10 minutes were refused, more than 20 %"
    assert "savepoint in file:///savepoint" in told[1]


def test_events_on_which_the_engine_fails_count_as_refused(world: World) -> None:
    assert world.look(1000, 0, 1000) == ["kairos-live"]


def test_at_the_limit_nothing_happens(world: World) -> None:
    assert world.look(800, 200) == []
    assert world.cluster.stopped == []


def test_a_job_that_is_submitted_again_begins_with_nothing(world: World) -> None:
    assert world.look(0, 1000) == ["kairos-live"]
    world.cluster.jobs["j2"] = ("kairos-live", "RUNNING")
    assert world.look(0, 90, job="j2") == []
    assert world.look(1000, 90, job="j2") == []
    assert world.look(1000, 1000, job="j2") == ["kairos-live"]


def test_a_guard_that_begins_later_does_not_judge_the_past() -> None:
    world = World()
    assert world.look(100_000, 90_000) == []
    assert world.look(101_000, 90_000) == []


def test_jobs_without_a_limit_and_jobs_that_do_not_run_are_left_alone(world: World) -> None:
    world.cluster.jobs = {"j1": ("kairos-live", "RESTARTING"), "j3": ("other-live", "RUNNING")}
    world.cluster.told["j3"] = (0, 0, 0)
    assert world.look(0, 1000) == world.look(0, 2000) == world.look(0, 2000, job="j3") == []


def test_a_job_without_metrics_yet_is_waited_for(world: World) -> None:
    assert world.look() == []
    assert world.look(0, 1000) == ["kairos-live"]


def test_a_cluster_that_does_not_answer_is_asked_again(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.cluster.down = True
    assert world.look(0, 1000) == []
    assert "no Flink answers" in caplog.text
    world.cluster.down = False
    assert world.look(0, 1000) == ["kairos-live"]


def test_a_savepoint_that_fails_is_tried_again(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.cluster.refuses = True
    assert world.look(0, 1000) == []
    assert "no savepoint" in caplog.text
    world.cluster.refuses = False
    assert world.look(0, 1000) == ["kairos-live"]


def test_it_looks_forever() -> None:
    class Enough(Exception):
        pass

    world, slept = World(), list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise Enough

    with pytest.raises(Enough):
        guarding.run(world.guard, lambda: LIMITS, sleep=sleep)
    assert slept == [5.0] * 3


def test_what_a_submit_says_is_what_the_guard_of_the_stack_reads(tmp_path: Path) -> None:
    stop = Options(max_rejected_percent=20, rejected_minutes=5, on_rejected="stop")
    other = {"other-live": {"percent": 1, "minutes": 1}}
    settings = Settings(home=tmp_path, guarded=other)
    settings.change(guarded=guarded(settings, stop)).save()
    assert load(tmp_path).limits == {"kairos-live": RejectionLimit(percent=20, minutes=5), "other-live": RejectionLimit(percent=1, minutes=1)}
    for without in (Options(), Options(max_rejected_percent=20)):
        assert guarded(load(tmp_path), without) == other


def test_the_guard_of_a_stack_runs_only_where_a_job_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    did: list[Any] = []
    monkeypatch.setattr(processes, "start", lambda program, *, pids: did.append((program.name, program.command[1:])))
    monkeypatch.setattr(processes, "stop", lambda names, **_: did.append(names))
    lifecycle.guard(Settings(home=tmp_path))
    lifecycle.guard(Settings(home=tmp_path, guarded={"kairos-live": {"percent": 1, "minutes": 1}}))
    assert did == [["guard"], ("guard", ["-m", "services.guard", "--home", str(tmp_path)])]


def told(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[Guard, dict[str, RejectionLimit]]:
    """What the process would watch, as its command line says."""
    watched: list[tuple[Guard, dict[str, RejectionLimit]]] = []
    monkeypatch.setattr(command, "run", lambda guard, limits, **_: watched.append((guard, dict(limits()))))
    monkeypatch.setattr("sys.argv", ["guard", *arguments])
    command.main()
    (found,) = watched
    return found


def test_on_a_cluster_the_command_line_says_which_job_and_how_much(monkeypatch: pytest.MonkeyPatch) -> None:
    _, limits = told(monkeypatch, "--job", "trial-live", "--percent", "30", "--minutes", "5", "--savepoints", "s3://b/s")
    assert limits == {"trial-live": RejectionLimit(percent=30, minutes=5)}


def test_on_a_cluster_the_options_of_the_job_name_it(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ("--percent=20", "--savepoints=s3://b/s")
    assert list(told(monkeypatch, *wanted)[1]) == ["kairos-live"]
    assert list(told(monkeypatch, *wanted, "--deployment=shop", "--parallelism=2", "--events-topic=shop-events")[1]) == ["shop-live"]
    assert list(told(monkeypatch, *wanted, "--deployment=shop", "--job=other-live")[1]) == ["other-live"]
    with pytest.raises(SystemExit):
        told(monkeypatch, *wanted, "--deploymnet=shop")


def test_on_a_stack_the_settings_say_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Settings(home=tmp_path, guarded={"kairos-live": {"percent": 20, "minutes": 10}}).save()
    assert told(monkeypatch, "--home", str(tmp_path))[1] == LIMITS


@pytest.mark.parametrize("arguments", [[], ["--percent", "20"], ["--savepoints", "s3://b/s"], ["--percent", "0", "--savepoints", "s3://b/s"]])
def test_half_a_command_line_is_refused(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        told(monkeypatch, *arguments)
