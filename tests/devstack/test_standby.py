"""Spare TaskManagers are warmed up once, when nothing else happens, on a cluster that the test plays."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import cloudpickle
import pytest

from jobs.options import WARM_UP
from jobs.warm import OURS, loading, packages
from services.devstack import standby as standing
from services.devstack.standby import STEADY, Standby
from services.flink.rest import ClusterError, Rest


class Cluster(Rest):
    """One job on the TaskManager t0, and others that wait."""

    def __init__(self) -> None:
        super().__init__("http://here")
        self.state, self.managers, self.hosts_of = "RUNNING", ["t0", "t1"], {"main": ["t0"]}
        self.started: dict[str, int] = {}
        self.warmed: list[int] = []
        self.ends = True
        self.cancelled: list[str] = []

    def get(self, path: str) -> Any:
        parts = path.split("/")[1:]
        if path == "/jobs/overview":
            warm = [{"jid": f"warm-{number}", "name": WARM_UP, "state": "RUNNING"} for number in range(len(self.warmed))]
            return {"jobs": [{"jid": "main", "name": "kairos-live", "state": self.state}, *warm]}
        if path == "/taskmanagers":
            return {"taskmanagers": [{"id": each, "path": f"tcp://{each}:{self.started.get(each, 0)}"} for each in self.managers]}
        if parts[-1] == "taskmanagers":
            return {"taskmanagers": [{"taskmanager-id": each} for each in self.hosts_of[parts[1]]]}
        if parts[1] == "main":
            return {"state": self.state, "vertices": [{"id": "v0", "status": self.state}]}
        return {"state": "FINISHED" if self.ends else "RUNNING", "vertices": [{"id": "v0", "status": "FINISHED"}]}

    def cancel(self, job: str) -> None:
        self.cancelled.append(job)

    def warm_up(self, slots: int) -> str:
        self.warmed.append(slots)
        job = f"warm-{len(self.warmed) - 1}"
        taken = set(self.hosts_of["main"])
        self.hosts_of[job] = [each for each in self.managers if each not in taken][:slots]
        return job


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
def standby(cluster: Cluster) -> Standby:
    return Standby(cluster, cluster.warm_up)


def looks(standby: Standby, count: int = STEADY) -> None:
    for _ in range(count):
        standby.look()


def test_what_waits_is_warmed_up_once(cluster: Cluster, standby: Standby) -> None:
    looks(standby, STEADY * 3)
    assert cluster.warmed == [1]


def test_not_before_all_jobs_have_run_for_a_while(cluster: Cluster, standby: Standby) -> None:
    looks(standby, STEADY - 1)
    cluster.state = "RESTARTING"
    standby.look()
    cluster.state = "RUNNING"
    looks(standby, STEADY - 1)
    assert cluster.warmed == []
    standby.look()
    assert cluster.warmed == [1]


def test_the_one_that_takes_the_place_of_a_dead_spare_is_warmed_up_too(cluster: Cluster, standby: Standby) -> None:
    looks(standby)
    cluster.managers, cluster.hosts_of["main"] = ["t1", "t0-again"], ["t1"]
    looks(standby)
    assert cluster.warmed == [1, 1]
    assert cluster.hosts_of["warm-1"] == ["t0-again"]


def test_one_that_is_started_again_under_its_old_name_is_cold(cluster: Cluster, standby: Standby) -> None:
    looks(standby)
    cluster.started["t1"] = 1
    standby.look()
    assert cluster.warmed == [1, 1]


def test_with_a_cold_one_among_warm_ones_all_that_wait_are_used_because_flink_chooses_the_slots(cluster: Cluster, standby: Standby) -> None:
    looks(standby)
    cluster.managers.append("t2")
    looks(standby)
    assert cluster.warmed == [1, 2]


def test_nothing_is_done_where_nothing_waits_or_no_job_runs(cluster: Cluster, standby: Standby) -> None:
    cluster.managers = ["t0"]
    looks(standby, STEADY * 2)
    cluster.managers, cluster.state = ["t0", "t1"], "FINISHED"
    looks(standby, STEADY * 2)
    assert cluster.warmed == []


def test_a_job_that_does_not_end_is_cancelled_and_said(cluster: Cluster, standby: Standby, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "MAX_S", 0.0)
    cluster.ends = False
    with pytest.raises(ClusterError, match="did not end within"):
        looks(standby)
    assert cluster.cancelled == ["warm-0"]


def test_who_asks_for_the_jobs_does_not_see_the_one_that_warms_up(cluster: Cluster) -> None:
    cluster.warm_up(1)
    assert [job["jid"] for job in cluster.unfinished()] == ["main"]


def test_the_packages_that_are_loaded_are_none_of_ours() -> None:
    found = packages()
    assert {"onnxruntime", "numpy", "jinja2"} <= set(found)
    assert not [name for name in found if name.split(".")[0] in OURS]


def test_what_loads_them_travels_without_a_module_of_ours(tmp_path: Path) -> None:
    file = tmp_path / "function"
    file.write_bytes(cloudpickle.dumps(loading(["wave", "no_such_module"])))
    program = (
        "import pathlib, pickle, sys",
        "class NoJobs:",
        "    def find_spec(name, *_):",
        "        assert name != 'jobs'",
        "sys.meta_path.insert(0, NoJobs)",
        f"pickle.loads(pathlib.Path({str(file)!r}).read_bytes()).open(None)",
        "print('wave' in sys.modules)",
    )
    told = subprocess.run([sys.executable, "-c", "\n".join(program)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout.strip()) == (0, "True"), told.stderr
    assert "no_such_module" in told.stderr
