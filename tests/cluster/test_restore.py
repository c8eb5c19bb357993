from pathlib import Path

import pytest

from bench.key_groups import job_with
from bench.key_groups_job import VARIABLE
from services.devstack import lifecycle, state
from services.devstack.launch import SubmitError
from services.devstack.settings import Settings, load
from services.flink.rest import Rest
from services.kafka.client import admin
from tests.cluster.deployment import MINUTE, Deployment, acted, shoppers

pytestmark = pytest.mark.cluster


def test_a_second_submit_goes_on_where_the_first_stopped_at_twice_the_parallelism(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path)
    first = deployment.submit(restore="none")
    assert first.restored is None
    events, owed = shoppers(300, spread_ms=20_000)
    half = len(events) // 2
    deployment.send(events[:half])
    before = deployment.decisions(count=1)  # time has come far enough for the first of them
    second = deployment.submit(parallelism=2)
    assert second.restored is not None
    deployment.send(events[half:])
    deployment.beat(events[-1]["at"] + 40 * MINUTE)
    decisions = deployment.decisions(count=len(owed), extra_s=2)
    assert before
    assert acted(decisions) == sorted(owed.items())


@pytest.mark.apart
def test_after_a_crash_of_the_whole_cluster_the_next_submit_goes_on_from_the_last_checkpoint(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path)
    deployment.submit(restore="none")
    events, owed = shoppers(300, spread_ms=20_000)
    half = len(events) // 2
    deployment.send(events[:half])
    assert deployment.decisions(count=1)
    alive = lifecycle.alive(stack)
    for name in ("keeper", "jobmanager", "taskmanager-0"):
        alive[name].kill()
        alive[name].wait(10)
    lifecycle.up(load(stack.home))
    deployment.send(events[half:])
    restored = deployment.submit().restored
    assert restored is not None
    assert "chk-" in restored.name
    deployment.beat(events[-1]["at"] + 40 * MINUTE)
    assert acted(deployment.decisions(count=len(owed), extra_s=2)) == sorted(owed.items())


@pytest.mark.apart
def test_submits_leave_a_handful_of_transactional_ids_on_the_broker(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path)
    deployment.submit(restore="none")
    for _ in range(2):
        deployment.submit()
    client = admin(deployment.options.brokers)
    told = client.list_transactions()
    client.close()
    ours = {each.transactional_id for listed in told.values() for each in listed if deployment.options.identity in each.transactional_id}
    assert 0 < len(ours) <= 4


@pytest.mark.apart
def test_state_with_other_key_groups_is_refused_before_anything_is_stopped(stack: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "128")
    deployment, rest = Deployment.new(stack, tmp_path), Rest(stack.job_manager_addresses)
    old = deployment.submit(restore="none", code=job_with(128)).job
    with pytest.raises(SubmitError, match=r"the running job d\d+-replay has 128 key groups, this version of Kairos has 1,024"):
        deployment.submit()
    assert [job["jid"] for job in rest.unfinished()] == [old]
    kept = state.stop_with_savepoint(rest, old, load(stack.home), identity=deployment.options.identity)
    with pytest.raises(SubmitError, match=rf"{kept} has 128 key groups(?s:.*)--restore none"):
        deployment.submit()
    assert (kept / "_metadata").exists()
    assert deployment.submit(restore="none").restored is None
