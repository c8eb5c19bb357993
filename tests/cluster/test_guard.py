"""What operators ask of a running job about its customers and its input: `--on-rejected stop`, and `kairos profiles touch`."""

import json
import time
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.control.publish import publish
from services.devstack import lifecycle
from services.devstack.settings import Settings, load
from services.documents.files import load_campaign_files
from services.flink.rest import Rest
from services.kafka.client import consumer, producer
from tests.cluster.deployment import MINUTE, START, Deployment, acted, added, ordered, until

pytestmark = [pytest.mark.cluster, pytest.mark.apart]
DAY = 24 * 60 * MINUTE


def running(deployment: Deployment) -> bool:
    return any(job["name"] == deployment.options.identity for job in Rest(deployment.settings.job_manager_addresses).unfinished())


def release_a_bad_tracker(deployment: Deployment, *, seconds: float = 90) -> int:
    """Records that are no events, as a new version of a tracker sends them, until the job is stopped. Returns how many."""
    sent, deadline = 0, time.monotonic() + seconds
    with closing(producer(deployment.options.brokers)) as sender:
        while running(deployment):
            assert time.monotonic() < deadline, "nobody stopped it"
            for _ in range(20):
                sender.send(deployment.options.events_topic, key=b"%d" % sent, value=b"type=track;n=%d" % sent, timestamp_ms=START)
                sent += 1
            sender.flush(timeout=30)
            time.sleep(0.5)
    return sent


def test_a_job_is_stopped_with_a_savepoint_when_a_tracker_goes_bad_and_goes_on_without_a_loss(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path, on_rejected="stop", max_rejected_percent=20, rejected_minutes=1)
    deployment.submit(restore="none")
    assert "guard" in lifecycle.alive(load(stack.home))
    deployment.send([added(f"user-{number}", START + number) for number in range(200)])
    time.sleep(20)
    assert running(deployment), "nothing was refused"
    sent = release_a_bad_tracker(deployment)
    rejected = deployment.options.topics["rejected"]
    before = deployment.read(rejected, count=sent, seconds=5)
    assert 0.2 * 200 < len(before) <= sent, "what came before the savepoint is refused, the rest waits on the topic"
    deployment.send([ordered("user-7", START + 5 * MINUTE)])

    again = deployment.submit(on_rejected="alert")
    assert again.restored is not None
    deployment.beat(START + 40 * MINUTE)
    found = acted(deployment.decisions(count=199, extra_s=2))
    assert [user for user, _ in found] == sorted(f"user-{number}" for number in range(200) if number != 7)
    after = [each["original"] for each in deployment.read(rejected, count=sent)]
    assert {each["original"] for each in before} <= set(after)
    assert len(set(after)) == len(after) == sent, "each is refused once"


def test_a_touch_lets_the_job_forget_by_a_shorter_retention_who_never_comes_again(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path)
    deployment.submit(restore="none")
    deployment.send([added("touched", START), added("left-alone", START)])
    deployment.beat(START + 31 * MINUTE)
    assert len(deployment.decisions(count=2)) == 2
    policy = tmp_path / "policy.yaml"
    policy.write_text("retention: {anonymous: 7d, known: 7d}\n")
    publish(deployment.options.brokers, deployment.options.control_topic, load_campaign_files([policy]))
    time.sleep(2)  # a policy is in force within a second
    (tmp_path / "customers.txt").write_text("touched\n")
    told = CliRunner().invoke(
        kairos, ["profiles", "touch", str(tmp_path / "customers.txt"), "--topic", deployment.options.events_topic, "--brokers", stack.brokers]
    )
    assert told.exit_code == 0, told.output
    assert "1 customer touched" in told.output
    deployment.beat(START + 9 * DAY)
    until(lambda: people(deployment).get("touched", "") is None)
    assert people(deployment)["left-alone"] is not None, "her timer is still that of the retention before"


def people(deployment: Deployment) -> dict[str, object]:
    """The newest record of each customer in the directory; None for who was forgotten."""
    found: dict[str, object] = {}
    with closing(consumer(deployment.options.brokers, [deployment.options.topics["people"]], committed=True)) as reader:
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            for records in reader.poll(timeout_ms=200).values():
                found.update({record.key.decode(): json.loads(record.value) if record.value else None for record in records})
    return found
