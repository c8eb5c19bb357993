"""Two deployments on one cluster: a submit replaces its own job, on TaskManagers that nothing ran on, and touches nothing of the other's."""

from dataclasses import replace
from pathlib import Path

import pytest

from services.devstack import lifecycle, state
from services.devstack.settings import load
from services.devstack.submit import SubmitError, submit
from services.flink.rest import Rest
from tests.cluster.deployment import MINUTE, Deployment, acted, shoppers
from tests.conftest import settings_in

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1800)]  # four submits in a row, on a machine that may have other things to do


def running(rest: Rest) -> dict[str, str]:
    """Name -> id of what runs."""
    return {job["name"]: job["jid"] for job in rest.unfinished() if job["state"] == "RUNNING"}


def processes_of(rest: Rest, deployment: Deployment) -> set[int]:
    """The processes that a deployment's job runs in."""
    names = {host.rpartition("-")[0] for host in rest.hosts(running(rest)[deployment.options.identity])}
    return {lifecycle.alive(deployment.settings)[name].pid for name in names}


def decides(deployment: Deployment, events: list[dict[str, object]], owed: dict[str, int]) -> None:
    deployment.send(events)
    deployment.beat(max(owed.values()) + 5 * MINUTE)
    assert acted(deployment.decisions(count=len(owed), extra_s=0.5)) == sorted(owed.items())


def test_a_submit_leaves_another_deployment_running_and_down_stops_both(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    rest = Rest(settings.rest)
    try:
        lifecycle.up(settings)
        # One checkpoint a second: the machine has two jobs to carry.
        first, second = (Deployment.new(settings, tmp_path, checkpoint_interval_ms=1_000) for _ in range(2))
        one = first.submit(restore="none")
        place = processes_of(rest, first)

        two = second.submit(restore="none", beside=True)
        assert running(rest) == {first.options.identity: one.job, second.options.identity: two.job}
        assert processes_of(rest, first) == place, "the first was not disturbed"
        assert processes_of(rest, second).isdisjoint(place)
        events, owed = shoppers(30)
        decides(first, events, owed)
        decides(second, events, owed)

        # The second again: it goes on from a state of its own, in a process that nothing ran in before.
        before = processes_of(rest, second)
        again = second.submit(beside=True)
        assert again.restored is not None
        assert again.restored.name.startswith(state.folder_of(second.options.identity))
        assert running(rest) == {first.options.identity: one.job, second.options.identity: again.job}
        assert processes_of(rest, first) == place
        assert processes_of(rest, second).isdisjoint(before | place)

        # The first again: now it is the second that stays.
        there = processes_of(rest, second)
        once_more = first.submit(beside=True)
        assert running(rest) == {first.options.identity: once_more.job, second.options.identity: again.job}
        assert processes_of(rest, first).isdisjoint(place)
        assert processes_of(rest, second) == there

        # A stack that is started again while both run starts nothing and stops nothing.
        alive = {name: each.pid for name, each in lifecycle.alive(settings).items()}
        lifecycle.up(load(settings.home))
        assert {name: each.pid for name, each in lifecycle.alive(settings).items()} == alive

        live = replace(first.options, clock="live")
        with pytest.raises(SubmitError, match=rf"{first.options.identity} runs, and it reads the topic .*--events-topic"):
            submit(live, load(settings.home))

        said: list[str] = []
        lifecycle.down(load(settings.home), say=said.append)
        assert sorted(line.split(":")[0] for line in said) == sorted(f"stopping {each.options.identity}" for each in (first, second))
        for deployment in (first, second):
            assert state.restore_point(settings, deployment.options.identity) is not None
    finally:
        lifecycle.down(settings, savepoint=False)
    assert lifecycle.alive(settings) == {}
