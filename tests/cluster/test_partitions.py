"""What docs/partitions.md claims, on the real broker and cluster."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from services.devstack import state
from services.devstack.launch import SubmitError
from services.devstack.settings import Settings, load
from services.flink.rest import Rest
from services.heartbeat.beat import KEY, VALUE
from services.kafka.client import admin, end_offsets, producer
from tests.cluster.deployment import CART, MINUTE, START, Deployment, acted, added, shoppers

pytestmark = [pytest.mark.cluster, pytest.mark.apart]

SECONDS = 60
"""Far longer than job and heartbeats take to find a partition, on a busy machine too; far shorter than the five minutes that are the default."""


def add_partitions(deployment: Deployment, total: int) -> None:
    with closing(admin(deployment.options.brokers)) as client:
        client.create_partitions({deployment.options.events_topic: total})


def read_so_far(deployment: Deployment) -> dict[int, int]:
    """How far the job has read, by partition, as of its last checkpoint."""
    with closing(admin(deployment.options.brokers)) as client:
        told = client.list_group_offsets({deployment.options.identity: None})[deployment.options.identity]
    return {place.partition: found.offset for place, found in told.items() if place.topic == deployment.options.events_topic}


def lag_is_zero(deployment: Deployment) -> bool:
    return read_so_far(deployment) == end_offsets(deployment.options.brokers, deployment.options.events_topic)


def until(condition: Callable[[], bool], *, what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def send_to(deployment: Deployment, partition: int, key: bytes, value: bytes, at: int) -> None:
    with closing(producer(deployment.options.brokers)) as sender:
        sender.send(deployment.options.events_topic, key=key, value=value, partition=partition, timestamp_ms=at).get(timeout=30)


@pytest.mark.apart
def test_partitions_added_as_the_page_says_lose_nothing_and_every_purchase_still_wins(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path, partitions=2)
    job = deployment.submit(restore="none").job
    events, owed = shoppers(300, spread_ms=20_000)
    half = len(events) // 2
    deployment.send(events[:half])
    deployment.beat(events[half - 1]["at"])
    until(lambda: lag_is_zero(deployment), what="the job did not read all")  # steps 1 and 2
    state.stop_with_savepoint(Rest(stack.job_manager_addresses), job, load(stack.home), identity=deployment.options.identity)  # 3
    add_partitions(deployment, 5)  # 4
    assert deployment.submit().restored is not None  # 5
    deployment.send(events[half:])  # 6
    new = end_offsets(deployment.options.brokers, deployment.options.events_topic)
    assert all(new[partition] > 0 for partition in range(2, 5)), "no customer moved to a new partition: nothing is shown"
    deployment.beat(events[-1]["at"] + 40 * MINUTE)  # 7
    assert acted(deployment.decisions(count=len(owed), extra_s=2)) == sorted(owed.items())


def test_a_live_job_and_its_heartbeats_find_new_partitions_by_themselves(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path, clock="live", partitions=1, start="latest")
    (tmp_path / "cart.yaml").write_text(CART.replace("idle: 30m", "idle: 1s"))
    deployment.submit(restore="none")
    add_partitions(deployment, 3)
    events = [added(f"moved-{number}", int(time.time() * 1000)) for number in range(30)]
    deployment.send(events)
    decided = acted(deployment.decisions(count=len(events), seconds=SECONDS))
    assert [user for user, _ in decided] == sorted(event["userId"] for event in events)
    assert set(read_so_far(deployment)) == {0, 1, 2}


def test_time_stands_still_while_nobody_beats_into_a_partition_that_the_job_reads(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path, partitions=1)
    deployment.submit(restore="none")
    deployment.send([added("waits", START)])
    add_partitions(deployment, 2)
    send_to(deployment, 1, b"nobody", b"not an event", START)
    until(lambda: read_so_far(deployment).get(1) == 1, what="the job did not find the new partition")
    due = START + 31 * MINUTE
    send_to(deployment, 0, KEY, VALUE, due)
    until(lambda: lag_is_zero(deployment), what="the job did not read the heartbeat")
    assert deployment.decisions(count=1, seconds=3) == []
    deployment.beat(due)
    assert acted(deployment.decisions(count=1)) == [("waits", START + 30 * MINUTE)]


@pytest.mark.apart
def test_a_savepoint_restored_by_hand_over_another_topic_reads_both_and_waits_for_both(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path, partitions=1)
    job = deployment.submit(restore="none").job
    old = deployment.options.events_topic
    deployment.send([added("of-the-old-topic", START)])
    until(lambda: lag_is_zero(deployment), what="the job did not read the old topic")
    with pytest.raises(SubmitError, match=f"reads '{old}', not '{old}-2'"):
        deployment.submit(events_topic=f"{old}-2")
    point = state.stop_with_savepoint(Rest(stack.job_manager_addresses), job, load(stack.home), identity=deployment.options.identity)
    deployment.submit(restore=str(point))
    deployment.send([added("of-the-new-topic", START)])
    deployment.beat(START + 31 * MINUTE)
    until(lambda: lag_is_zero(deployment), what="the job did not read the new topic")
    assert deployment.decisions(count=1, seconds=3) == []
    deployment.options = replace(deployment.options, events_topic=old)
    deployment.beat(START + 31 * MINUTE)
    due = START + 30 * MINUTE
    assert acted(deployment.decisions(count=2)) == [("of-the-new-topic", due), ("of-the-old-topic", due)]
