import time
from pathlib import Path
from typing import Any

import pytest

from services.devstack import processes
from services.devstack.package import PACKAGES
from services.devstack.release import MAIN_JOB, JobCode
from services.devstack.settings import Settings, load
from services.flink.rest import Rest
from services.upgrade import plan
from services.upgrade.journal import Journal
from services.upgrade.journal import load as load_journal
from tests.cluster.deployment import MINUTE, Deployment, acted, shoppers, until

pytestmark = [pytest.mark.cluster, pytest.mark.apart]

BROKEN = JobCode(main="tests.cluster.broken_job", packages=(*PACKAGES, "tests"))


def begin(deployment: Deployment, *, code: JobCode = MAIN_JOB, watch_s: float = 3, **changes: Any) -> None:
    settings = load(deployment.settings.home)
    made = plan.plan(settings, deployment.options.identity, changes, watch_s=watch_s, code=code)
    plan.begin(settings, made)


def upgraded(deployment: Deployment, **told: Any) -> Journal:
    begin(deployment, **told)
    return plan.follow(load(deployment.settings.home), deployment.options.identity, print)


def running(deployment: Deployment) -> list[str]:
    return [job["jid"] for job in Rest(deployment.settings.rest).unfinished() if job["name"] == deployment.options.identity]


def test_a_job_that_is_rescaled_twice_decides_as_one_that_was_left_alone(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path)
    deployment.submit(restore="none")
    events, owed = shoppers(300, spread_ms=20_000)
    third = len(events) // 3
    deployment.send(events[:third])
    for parallelism, part in ((4, events[third : 2 * third]), (2, events[2 * third :])):
        done = upgraded(deployment, parallelism=parallelism)
        assert done.runs == "new", done.lines
        assert Rest(stack.job_manager_addresses).slots_of(done.new_job) == parallelism
        deployment.send(part)
    deployment.beat(events[-1]["at"] + 40 * MINUTE)
    assert acted(deployment.decisions(count=len(owed), extra_s=2)) == sorted(owed.items())


def test_a_bad_release_is_taken_back_and_no_decision_is_lost_or_doubled(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path)
    deployment.submit(restore="none")
    events, owed = shoppers(300, spread_ms=20_000)
    half = len(events) // 2
    deployment.send(events[:half])
    begin(deployment, code=BROKEN, watch_s=60)
    until(lambda: (told := load_journal(stack, deployment.options.identity)) is not None and told.stage in ("watching", "done"), 120)
    deployment.send(events[half:])
    done = plan.follow(stack, deployment.options.identity, print)
    assert done.runs == "old"
    assert any("this release is broken" in line for line in done.lines if line.startswith("failed")), done.lines
    deployment.beat(events[-1]["at"] + 40 * MINUTE)
    assert acted(deployment.decisions(count=len(owed), extra_s=2)) == sorted(owed.items())
    assert len(running(deployment)) == 1
    assert upgraded(deployment).runs == "new", "it may be run again"


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_an_upgrade_that_is_interrupted_half_way_ends_with_the_old_job(stack: Settings, tmp_path: Path, how: str) -> None:
    deployment = Deployment.new(stack, tmp_path)
    deployment.submit(restore="none")
    identity = deployment.options.identity
    begin(deployment, parallelism=2)
    until(lambda: (told := load_journal(stack, identity)) is not None and told.stage == "starting", 120)
    time.sleep(2)
    if how == "kill":
        worker = processes.process(plan.NAME, pids=stack.pids)
        assert worker is not None
        worker.kill()
    else:
        plan.ask_to_stop(stack, identity)
    done = plan.follow(stack, identity, print)
    assert done.runs == "old", done.lines
    (job,) = running(deployment)
    assert Rest(stack.job_manager_addresses).slots_of(job) == 1
    until(lambda: processes.process(plan.NAME, pids=stack.pids) is None)
