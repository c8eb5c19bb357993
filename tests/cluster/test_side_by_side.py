"""Two deployments on one cluster: a submit replaces its own job, on TaskManagers that nothing ran on, and touches nothing of the other's."""

from dataclasses import replace
from pathlib import Path

import pytest

from services.control.deployment import deployments
from services.control.listing import published
from services.devstack import lifecycle, state
from services.devstack.launch import SubmitError
from services.devstack.running import stop, task_managers_of
from services.devstack.settings import load
from services.devstack.submit import submit
from services.flink.rest import Rest
from tests.cluster.deployment import MINUTE, Deployment, acted, shoppers
from tests.conftest import settings_in
from udfs.core.values.errors import NotFound

# The timeout: four submits in a row, on a machine that may have other things to do.
pytestmark = [pytest.mark.cluster, pytest.mark.apart, pytest.mark.timeout(1800)]


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


def test_a_submit_and_a_stop_leave_another_deployment_running_and_down_stops_what_is_left(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    rest = Rest(settings.job_manager_addresses)
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

        # The second is stopped alone: with a savepoint, its TaskManager ended, its record off control, and the first as it was.
        place, said = processes_of(rest, first), list[str]()
        assert deployments(published(settings.brokers, second.options.control_topic)) == {second.options.deployment: ("email",)}
        assert stop(second.options.deployment, load(settings.home), say=said.append) == [second.options.identity]
        assert said[0].startswith(f"stopping {second.options.identity}: state kept in")
        assert running(rest) == {first.options.identity: once_more.job}
        assert processes_of(rest, first) == place
        assert {name for name in lifecycle.alive(settings) if name.startswith("taskmanager-")} == task_managers_of(rest, rest.unfinished())
        assert deployments(published(settings.brokers, second.options.control_topic)) == {}
        assert state.restore_point(settings, second.options.identity) is not None
        with pytest.raises(NotFound, match=f"no deployment '{second.options.deployment}' runs"):
            stop(second.options.deployment, load(settings.home))
        lifecycle.up(load(settings.home))
        assert processes_of(rest, first) == place, "a stack that is started again starts and stops nothing"

        # It goes on from its savepoint.
        assert second.submit(beside=True).restored is not None
        assert set(running(rest)) == {first.options.identity, second.options.identity}
        assert processes_of(rest, first) == place
        assert deployments(published(settings.brokers, second.options.control_topic)) == {second.options.deployment: ("email",)}

        said.clear()
        lifecycle.down(load(settings.home), say=said.append)
        assert sorted(line.split(":")[0] for line in said) == sorted(f"stopping {each.options.identity}" for each in (first, second))
        for deployment in (first, second):
            assert state.restore_point(settings, deployment.options.identity) is not None
    finally:
        lifecycle.down(settings, savepoint=False)
    assert lifecycle.alive(settings) == {}
