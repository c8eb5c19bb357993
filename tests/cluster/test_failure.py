import os
import signal
import threading
import time
from pathlib import Path

import pytest

from services.devstack.package import PACKAGES
from services.devstack.release import JobCode
from services.devstack.settings import Settings
from services.flink.rest import Rest
from tests.cluster.deployment import MINUTE, Deployment, acted, added, shoppers
from tests.cluster.failing_operator import MARK

pytestmark = pytest.mark.cluster


def test_a_killed_task_manager_costs_no_decision_and_doubles_none(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path)
    deployment.submit(restore="none")
    events, owed = shoppers(1500)
    victim = deployment.task_manager()
    stream = threading.Thread(target=deployment.send, args=(events,), kwargs={"per_second": 800})
    stream.start()
    time.sleep(2.5)
    os.kill(victim, signal.SIGKILL)
    stream.join()
    deployment.beat(events[-1]["at"] + 40 * MINUTE)
    decisions = deployment.decisions(count=len(owed), seconds=90, extra_s=3)
    assert acted(decisions) == sorted(owed.items())
    assert deployment.task_manager() != victim


@pytest.mark.apart
def test_at_least_once_loses_nothing_and_repeats_only_ids_already_seen(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path, guarantee="at-least-once")
    deployment.submit(restore="none")
    events, owed = shoppers(1500)
    stream = threading.Thread(target=deployment.send, args=(events,), kwargs={"per_second": 800})
    stream.start()
    time.sleep(2.5)
    os.kill(deployment.task_manager(), signal.SIGKILL)
    stream.join()
    deployment.beat(events[-1]["at"] + 40 * MINUTE)
    decisions = deployment.decisions(count=len(owed), seconds=90, extra_s=5)
    by_id = {decision["decision_id"]: decision for decision in decisions}
    assert acted(list(by_id.values())) == sorted(owed.items())
    for decision in decisions:
        assert {**decision, "decided_at": 0} == {**by_id[decision["decision_id"]], "decided_at": 0}


@pytest.mark.apart
def test_an_exception_in_the_operator_recovers_in_the_same_jvm(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path)
    job = deployment.submit(restore="none", code=JobCode(main="tests.cluster.failing_job", packages=(*PACKAGES, "tests"))).job
    jvm = deployment.task_manager()
    events, owed = shoppers(200)
    deployment.send(events)
    last = events[-1]["at"]
    deployment.send([{**added("mark", last), "context": {"note": MARK.decode()}}])
    owed["mark"] = last + 30 * MINUTE
    deployment.beat(last + 40 * MINUTE)
    assert acted(deployment.decisions(count=len(owed), seconds=60, extra_s=3)) == sorted(owed.items())
    exceptions = Rest(stack.job_manager_addresses).get(f"/jobs/{job}/exceptions")["exceptionHistory"]["entries"]
    assert "asked to fail" in exceptions[0]["stacktrace"]
    assert deployment.task_manager() == jvm


@pytest.mark.apart
def test_a_kind_of_event_that_comes_first_after_a_failover_is_read_like_any_other(stack: Settings, tmp_path: Path) -> None:
    """The JVM and its interpreter live on, and Flink has deleted the zip that the code came from."""
    deployment = Deployment.new(stack, tmp_path)
    deployment.submit(restore="none", code=JobCode(main="tests.cluster.failing_job", packages=(*PACKAGES, "tests")))
    jvm = deployment.task_manager()
    events, owed = shoppers(30)
    deployment.send([{**added("mark", events[0]["at"]), "context": {"note": MARK.decode()}}])
    owed["mark"] = events[0]["at"] + 30 * MINUTE
    deployment.send(events)
    deployment.beat(events[-1]["at"] + 40 * MINUTE)
    assert acted(deployment.decisions(count=len(owed), seconds=60, extra_s=3)) == sorted(owed.items())
    assert deployment.task_manager() == jvm
