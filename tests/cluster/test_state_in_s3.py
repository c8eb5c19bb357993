import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench.object_store import SECRET, object_store
from services.devstack import lifecycle, places, state
from services.devstack.settings import Settings, load
from services.flink.rest import Rest
from tests.cluster.deployment import MINUTE, Deployment, acted, shoppers, until
from tests.conftest import settings_in

pytestmark = [pytest.mark.cluster, pytest.mark.apart]


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A stack with two JobManagers, a spare TaskManager, and all its state in an object store."""
    with object_store(tmp_path_factory.mktemp("store")) as store, pytest.MonkeyPatch.context() as patch:
        for name, value in store.environment.items():
            patch.setenv(name, value)
        settings = replace(settings_in(tmp_path_factory.mktemp("far")), state="s3://kairos/state", flink_settings=store.settings)
        try:
            lifecycle.up(settings)
            yield settings
        finally:
            lifecycle.down(settings, savepoint=False)


def test_a_kill_a_savepoint_and_a_restore_from_its_copy_lose_and_double_nothing(far: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(far, tmp_path, checkpoint_interval_ms=1000)
    job, rest = deployment.submit(restore="none").job, Rest(far.job_manager_addresses)
    events, owed = shoppers(1500)
    half = len(events) // 2
    victim = deployment.task_manager()
    stream = threading.Thread(target=deployment.send, args=(events[:half],), kwargs={"per_second": 300})
    stream.start()
    time.sleep(2.5)
    os.kill(victim, signal.SIGKILL)
    stream.join()
    until(lambda: deployment.task_manager() != victim and rest.runs(job), seconds=120)  # its heart has stopped long enough to be noticed
    restored = deployment.submit().restored
    assert restored is not None
    assert str(restored).startswith("s3://kairos/state/claimed/")
    kept = state.restore_point(load(far.home), deployment.options.identity)
    assert kept is not None
    deployment.send(events[half:])
    deployment.beat(events[-1]["at"] + 40 * MINUTE)
    assert acted(deployment.decisions(count=len(owed), seconds=180, extra_s=3)) == sorted(owed.items())
    assert places.points(state.savepoints(far, deployment.options.identity), 1), "the job deletes what it claims, and that is a copy"
    assert not (far.home / "checkpoints").exists()


def test_the_secret_is_on_no_page_and_in_no_log_or_configuration(far: Settings) -> None:
    rest = Rest(far.job_manager_addresses)
    job = rest.unfinished()[0]["jid"]
    manager = rest.task_managers()[0]
    pages = ["/config", "/jobmanager/config", "/jobmanager/environment", f"/jobs/{job}", f"/jobs/{job}/config", f"/jobs/{job}/checkpoints/config"]
    pages += [f"/jobs/{job}/plan", f"/taskmanagers/{manager}"]
    shown = "".join(str(rest.get(page)) for page in pages)
    assert "s3.endpoint" in shown, "it is the page of settings"
    assert SECRET not in shown
    files = [*far.logs.iterdir(), *(far.home / "flink" / "conf").iterdir(), far.home / "stack.json"]
    assert [file.name for file in files if SECRET in file.read_text(errors="replace")] == []
