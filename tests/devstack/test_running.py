"""Stopping one deployment of several, on a cluster and a control topic that the test plays."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from services.control.deployment import deployment_record
from services.control.listing import standing
from services.control.records import ControlRecord
from services.control.signature import Signature
from services.devstack import lifecycle, running
from services.devstack.running import StopError, deployment_of, stop
from services.devstack.settings import Settings, load
from services.flink.rest import Rest
from udfs.core.campaigns.book import Entry
from udfs.core.values.errors import NotFound


class Cluster(Rest):
    """Jobs by name, each with the TaskManagers that it holds."""

    def __init__(self, jobs: Mapping[str, list[int]]) -> None:
        super().__init__("http://here")
        self.jobs = dict(jobs)

    def unfinished(self) -> list[dict[str, Any]]:
        return [{"jid": name, "name": name, "state": "RUNNING"} for name in self.jobs]

    def hosts(self, job: str) -> set[str]:
        return {f"taskmanager-{number}-abc123" for number in self.jobs[job]}

    def slots_of(self, job: str) -> int:
        return len(self.jobs[job])

    def stop(self, job: str, *, folder: str, seconds: float = 60.0) -> str:
        del self.jobs[job]
        point = Path(folder.removeprefix("file://")) / f"savepoint-{job}"
        point.mkdir(parents=True)
        (point / "_metadata").write_bytes(b"state")
        return f"file:{point}"


class World:
    """What `stop` finds and changes."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch, jobs: Mapping[str, list[int]]) -> None:
        self.cluster, self.kept, self.sent = Cluster(jobs), dict[str, Any](), list[tuple[str, str, str]]()
        records = [deployment_record(name, ["email"], at=1) for name in sorted({deployment_of(job) for job in jobs})]
        self.settings = Settings(
            home=home,
            task_managers=sum(map(len, jobs.values())),
            reads={job: f"events-of-{job}" for job in jobs},
            submitted={job: {"events": f"events-of-{job}", "control": f"control-of-{deployment_of(job)}"} for job in jobs},
        )
        self.settings.save()
        self.lines: list[str] = []
        monkeypatch.setattr(lifecycle, "alive", lambda settings: {"broker": None, "jobmanager": None})
        monkeypatch.setattr(lifecycle, "task_managers", lambda settings, count, *, keep: self.kept.update(count=count, keep=set(keep)))
        monkeypatch.setattr(running, "Rest", lambda address: self.cluster)
        monkeypatch.setattr(running, "published", lambda brokers, topic: standing([Entry(each.key, 0, each.value) for each in records]))
        monkeypatch.setattr(running, "send", self.send)

    def send(self, brokers: str, topic: str, records: list[ControlRecord], *, signed: Signature) -> None:
        self.sent += [(topic, record.key, signed.who) for record in records if record.value is None]

    def stop(self, name: str) -> list[str]:
        return stop(name, self.settings, signed=Signature(who="ada", why=""), say=self.lines.append)


def test_only_the_deployment_that_is_named_stops_and_its_task_managers_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path, monkeypatch, {"kairos-live": [0], "trial-live": [1, 2], "other-live": [3]})
    assert world.stop("trial") == ["trial-live"]
    assert sorted(world.cluster.jobs) == ["kairos-live", "other-live"]
    assert world.kept == {"count": 2, "keep": {"taskmanager-0", "taskmanager-3"}}
    assert world.lines[0].startswith(f"stopping trial-live: state kept in {tmp_path / 'savepoints' / 'trial-live'}")
    assert world.lines[1:] == ["kairos-live runs on", "other-live runs on"]
    assert world.sent == [("control-of-trial", "deployment/trial", "ada")]
    left = load(tmp_path)
    assert (left.task_managers, sorted(left.reads), left.submitted["trial-live"]["events"]) == (
        2,
        ["kairos-live", "other-live"],
        "events-of-trial-live",
    )


def test_the_last_one_leaves_a_fresh_task_manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path, monkeypatch, {"kairos-live": [0, 1]})
    world.stop("kairos")
    assert world.kept == {"count": 1, "keep": set()}
    assert load(tmp_path).live_topics == []


def test_a_deployment_of_which_another_job_runs_on_stays_announced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path, monkeypatch, {"trial-live": [0], "trial-replay": [1]})
    assert world.stop("trial-replay") == ["trial-replay"]
    assert world.sent == []
    assert world.stop("trial") == ["trial-live"]
    assert [key for _, key, _ in world.sent] == ["deployment/trial"]


def test_both_jobs_of_a_deployment_stop_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path, monkeypatch, {"trial-live": [0], "trial-replay": [1]})
    assert world.stop("trial") == ["trial-live", "trial-replay"]


@pytest.mark.parametrize(
    ("name", "says"),
    [("trail", "did you mean 'trial'"), ("zzz", "there are trial, trial-live"), ("", "there are trial"), ("live", "no deployment 'live' runs")],
)
def test_an_unknown_name_stops_nothing_and_names_what_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, says: str) -> None:
    world = World(tmp_path, monkeypatch, {"trial-live": [0]})
    with pytest.raises(NotFound, match=says):
        world.stop(name)
    assert (list(world.cluster.jobs), world.kept, world.sent) == (["trial-live"], {}, [])


def test_without_a_job_or_a_stack_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path, monkeypatch, {})
    with pytest.raises(NotFound, match="no job runs"):
        world.stop("kairos")
    monkeypatch.setattr(lifecycle, "alive", lambda settings: {"broker": None})
    with pytest.raises(StopError, match=r"does not run \(jobmanager\)"):
        world.stop("kairos")


def test_a_record_that_is_not_there_is_not_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path, monkeypatch, {"kairos-live": [0]})
    monkeypatch.setattr(running, "published", lambda brokers, topic: [])
    world.stop("kairos")
    assert world.sent == []


def test_settings_of_before_are_read(tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text(json.dumps({"clock": "live", "reads": {"kairos-live": "events"}}))
    assert load(tmp_path).submitted == {}
