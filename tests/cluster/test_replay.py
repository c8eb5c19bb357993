"""A replay returns when everything is decided and visible, and the cluster's records are those of `kairos try`, byte for byte."""

import json
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from jobs.read_to_end import read_to_end
from services.devstack import lifecycle
from services.devstack.settings import Settings
from services.kafka.client import consumer
from services.local.book import book_of
from services.local.job import LocalJob
from services.replay.records import ReplayError
from services.replay.run import Replayed, Target, replay
from services.replay.segment import segment_spec
from services.replay.send import Sent
from tests.cluster.deployment import MINUTE, Deployment, acted, shoppers
from udfs.codecs.encode import encode

pytestmark = pytest.mark.cluster

DRAIN = 40 * MINUTE


class Quiet:
    """A watcher that records its calls; `on_sent` is called when everything is on the broker."""

    def __init__(self, on_sent: Any = None) -> None:
        self.warnings: list[str] = []
        self._on_sent = on_sent

    def warn(self, line: str) -> None:
        self.warnings.append(line)

    def sending(self, events: int, at: int) -> None:
        pass

    def sent(self, done: Sent) -> None:
        if self._on_sent:
            self._on_sent()

    def waiting(self, left: int, at: int) -> None:
        pass


def history(folder: Path, users: int, **when: int) -> tuple[Path, dict[str, int]]:
    """A file of events, two of its lines broken, and who is owed what."""
    events, owed = shoppers(users, **when)
    lines = [json.dumps({field: value for field, value in event.items() if field != "at"}) for event in events]
    lines[len(lines) // 2 : len(lines) // 2] = ["nonsense", '{"userId": "ada", "type": "track"}']
    path = folder / "history.jsonl"
    path.write_text("\n".join(lines))
    return path, owed


def send(path: Path, deployment: Deployment, stack: Settings, watcher: Quiet, *, drain: int | None = DRAIN) -> Replayed:
    target = Target(brokers=stack.brokers, topic=deployment.options.events_topic, rest=stack.rest)
    return replay(segment_spec(path), target, rate=None, drain=drain, wait=True, watcher=watcher)


def visible(deployment: Deployment) -> list[str]:
    """Every committed output record as it is now, without waiting for more."""
    reader = consumer(deployment.options.brokers, deployment.options.outputs)
    found = [_line(record.topic, record.key, record.value) for records in read_to_end(reader) for record in records]
    reader.close()
    return sorted(found)


def tried(path: Path, deployment: Deployment) -> list[str]:
    """What `kairos try` makes of the same file."""
    options = deployment.options
    topics = options.topics
    job = LocalJob(book_of([deployment.folder / "cart.yaml"]), people=True, links_ids=False)
    return sorted(
        _line(*encode(output, decided_at=0, topics=topics)) for outputs in job.run(segment_spec(path).records, drain=DRAIN) for output in outputs
    )


def _line(topic: str, key: bytes, value: bytes) -> str:
    timeless = {field: told for field, told in json.loads(value).items() if field not in ("decided_at", "rejected_at")}
    return json.dumps([topic, key.decode(), timeless])


def test_when_a_replay_returns_all_is_visible_and_the_same_as_in_one_process(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path)
    deployment.submit(restore="none", parallelism=2)
    path, owed = history(tmp_path, 300, spread_ms=20_000)
    outcome = send(path, deployment, stack, Quiet())
    found = visible(deployment)
    assert found == tried(path, deployment)
    assert sum(json.loads(line)[0] != deployment.options.topics["people"] for line in found) == 2 * len(owed) + 2
    assert outcome.sent.events == 2 * 300 + 100 + 2
    again = Quiet()
    send(path, deployment, stack, again, drain=None)
    assert ["timers of new users fire too early" in line for line in again.warnings] == [True]


@pytest.mark.apart
def test_history_older_than_what_stands_on_the_topic_is_decided_to_its_end(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path)
    deployment.submit(restore="none", parallelism=1)
    path, owed = history(tmp_path, 100, spread_ms=20_000)
    deployment.beat(2_000_000_000_000)
    watcher = Quiet()
    send(path, deployment, stack, watcher)
    assert acted(deployment.decisions(count=len(owed), extra_s=0.5)) == sorted(owed.items())
    assert len(watcher.warnings) == 1


@pytest.mark.apart
def test_a_crash_after_the_last_record_does_not_leave_what_is_pending_for_ever(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path)
    deployment.submit(restore="none", parallelism=1)
    path, owed = history(tmp_path, 300, spread_ms=20_000)

    def crash_when_all_is_read() -> None:
        time.sleep(1)
        psutil.Process(deployment.task_manager()).kill()

    send(path, deployment, stack, Quiet(crash_when_all_is_read))
    decisions = deployment.decisions(count=len(owed), extra_s=0.5)
    assert acted(decisions) == sorted(owed.items())


@pytest.mark.apart
def test_a_broker_that_restarts_while_the_job_is_waited_for_is_waited_for_as_well(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path)
    deployment.submit(restore="none", parallelism=1)
    path, owed = history(tmp_path, 300, spread_ms=20_000)
    watcher = Quiet(lambda: psutil.Process(lifecycle.alive(stack)["broker"].pid).kill())  # the keeper starts it again
    outcome = send(path, deployment, stack, watcher)
    assert outcome.consumed_s is not None
    assert acted(deployment.decisions(count=len(owed), extra_s=0.5)) == sorted(owed.items())
    assert any("waiting for the broker" in line for line in watcher.warnings)


def test_history_is_refused_by_a_job_that_lives_in_the_present(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path, clock="live")
    deployment.submit(restore="none")
    path, _ = history(tmp_path, 3)
    with pytest.raises(ReplayError, match=r"live clock.*2011-03-13.*submit --clock replay"):
        send(path, deployment, stack, Quiet())


@pytest.mark.apart
def test_events_of_now_may_be_replayed_to_a_live_job(stack: Settings, tmp_path: Path) -> None:
    """What was due long before it arrived is decided a minute after it arrived: by then a purchase that was late as well is there."""
    deployment = Deployment.new(stack, tmp_path, clock="live")
    deployment.submit(restore="none")
    began = int(time.time() * 1000)
    path, owed = history(tmp_path, 30, start=began - 36 * MINUTE, spread_ms=100)
    send(path, deployment, stack, Quiet(), drain=None)
    found = acted(deployment.decisions(count=len(owed), seconds=240))
    assert [user for user, _ in found] == sorted(owed)
    assert all(began < at < began + 5 * MINUTE for _, at in found)
