import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.devstack import lifecycle
from services.devstack.settings import Settings
from services.devstack.zookeeper import leader
from services.flink.rest import ClusterError, Rest
from tests.cluster.deployment import MINUTE, Deployment, acted, shoppers, until
from tests.conftest import settings_in

pytestmark = [pytest.mark.cluster, pytest.mark.apart]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    settings = replace(settings_in(tmp_path_factory.mktemp("pair")), job_managers=2, spares=1)
    try:
        lifecycle.up(settings)
        yield settings
    finally:
        lifecycle.down(settings, savepoint=False)


def test_the_second_job_manager_goes_on_when_the_leader_is_killed_and_nothing_is_lost_or_doubled(pair: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(pair, tmp_path)
    job = deployment.submit(restore="none").job
    events, owed = shoppers(1500)
    stream = threading.Thread(target=deployment.send, args=(events,), kwargs={"per_second": 400})
    stream.start()
    time.sleep(2.5)
    os.kill(lifecycle.alive(pair)[leader(pair)].pid, signal.SIGKILL)
    stream.join()
    rest = Rest(pair.job_manager_addresses)

    def runs() -> bool:
        try:
            return [each["jid"] for each in rest.unfinished() if each["state"] == "RUNNING"] == [job]
        except ClusterError:
            return False  # nobody leads yet

    until(runs, 120)
    deployment.beat(events[-1]["at"] + 40 * MINUTE)
    assert acted(deployment.decisions(count=len(owed), seconds=180, extra_s=3)) == sorted(owed.items())


def test_a_job_manager_that_was_killed_is_started_again_and_waits(pair: Settings) -> None:
    until(lambda: {"jobmanager", "jobmanager-1"} <= lifecycle.alive(pair).keys())
