"""What a submit asks the cluster about other jobs, answered by a JobManager that the test plays."""

from typing import Any

import pytest

from jobs.options import Options
from services.devstack.launch import SubmitError, _no_slot
from services.devstack.submit import _refuse_two_clocks
from services.flink.rest import Rest
from services.replay.consumed import running_job
from services.replay.records import ReplayError


class Cluster(Rest):
    """Jobs by name, each with the TaskManagers that it holds."""

    def __init__(self, *, free: int, **jobs: list[str]) -> None:
        super().__init__("http://here")
        self.free, self.jobs = free, {name.replace("_", "-"): hosts for name, hosts in jobs.items()}

    def get(self, path: str) -> Any:
        parts = path.strip("/").split("/")
        if path == "/overview":
            return {"slots-available": self.free, "taskmanagers": self.free + sum(map(len, self.jobs.values()))}
        if path == "/jobs/overview":
            return {"jobs": [{"jid": f"id-{name}", "name": name, "state": "RUNNING"} for name in self.jobs]}
        hosts = self.jobs[parts[1].removeprefix("id-")]
        if parts[-1] == "taskmanagers":
            return {"taskmanagers": [{"taskmanager-id": f"{host}-abc123"} for host in hosts] or [{"taskmanager-id": "(unassigned)"}]}
        return {"state": "RUNNING", "vertices": [{"id": "v", "parallelism": max(1, len(hosts)), "status": "RUNNING" if hosts else "SCHEDULED"}]}


def test_who_holds_the_slots_is_told_by_name() -> None:
    full = Cluster(free=0, a_live=["taskmanager-0", "taskmanager-1"], b_replay=["taskmanager-2"], mine_live=[])
    told = _no_slot(full, "id-mine-live", full.get("/jobs/id-mine-live"))
    assert told == "the cluster has no free slot for it. Of its 3 TaskManagers with one slot each, others hold theirs: a-live (2), b-replay (1)"
    with_room = Cluster(free=1, a_live=["taskmanager-0"], mine_live=[])
    assert _no_slot(with_room, "id-mine-live", with_room.get("/jobs/id-mine-live")) is None
    placed = Cluster(free=0, a_live=["taskmanager-0"], mine_live=["taskmanager-1"])
    assert _no_slot(placed, "id-mine-live", placed.get("/jobs/id-mine-live")) is None


def test_a_history_and_the_present_do_not_share_a_topic() -> None:
    _refuse_two_clocks(Options(clock="live"), {"b-live": "events", "c-replay": "history"})
    with pytest.raises(SubmitError, match="b-live runs, and it reads the topic 'events'"):
        _refuse_two_clocks(Options(clock="replay"), {"b-live": "events"})


def test_a_replay_says_which_jobs_there_are_and_takes_the_one_that_is_named() -> None:
    cluster = Cluster(free=0, a_live=["taskmanager-0"], b_replay=["taskmanager-1"])
    with pytest.raises(ReplayError, match=r"2 jobs run at http://here: a-live, b-replay. Say which .* --job a-live"):
        running_job(cluster)
    found = running_job(cluster, name="b-replay")
    assert found is not None
    assert found.id == "id-b-replay"
    with pytest.raises(ReplayError, match="no job c-live runs at http://here: there is a-live, b-replay"):
        running_job(cluster, name="c-live")
