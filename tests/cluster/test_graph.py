import json
from importlib import resources
from pathlib import Path

import pytest

from jobs.options import MAX_PARALLELISM
from services.devstack.settings import Settings
from services.flink.rest import Rest
from tests.cluster.deployment import Deployment

pytestmark = pytest.mark.cluster

GOLDEN = Path(str(resources.files("tests.cluster"))) / "vertices.json"

LINKED = {"03155736a9e6bbddc8239234a7102acb": "handed_over", "d6c98e52131436d7bf9a6f1f4f22b512": "OverAggregate"}
"""The source of what ids hand over, and the stage that knows whose an id is."""


def test_the_vertices_of_the_running_job_are_those_that_old_savepoints_know(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path)
    job = deployment.submit(restore="none").job
    told = Rest(stack.job_manager_addresses).get(f"/jobs/{job}")["vertices"]
    assert {vertex["id"]: vertex["name"].split(" -> ")[0].rsplit(".", 1)[-1] for vertex in told} == json.loads(GOLDEN.read_text())
    assert {vertex["maxParallelism"] for vertex in told} == {MAX_PARALLELISM}


def test_a_job_that_links_ids_has_these_vertices_and_two_more(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path, link_ids="on")
    job = deployment.submit(restore="none").job
    told = Rest(stack.job_manager_addresses).get(f"/jobs/{job}")["vertices"]
    kinds = {vertex["id"]: vertex["name"].split(" -> ")[0].rsplit(".", 1)[-1].split("[")[0] for vertex in told}
    assert kinds == {**json.loads(GOLDEN.read_text()), **LINKED}


def test_exactly_one_python_operator_and_it_runs_in_thread_mode(stack: Settings, tmp_path: Path) -> None:
    rest = Rest(stack.job_manager_addresses)
    (job,) = rest.unfinished()
    names = [vertex["name"] for vertex in rest.get(f"/jobs/{job['jid']}")["vertices"]]
    assert len([name for name in names if "decide" in name]) == 1
    assert not [name for name in names if "Map" in name or "_stream_key_by" in name]
    assert "Embedded" in (stack.logs / "taskmanager-0.log").read_text()
