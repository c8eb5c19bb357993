"""The monitor: what it reads from Kafka and control, and what it does when it cannot."""

from collections import namedtuple
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.errors import CoordinatorNotAvailableError, KafkaConnectionError
from kafka.protocol.consumer.offsets import IsolationLevel, OffsetSpec

from jobs.options import Options
from services.devstack.settings import Settings
from services.metrics.text import samples
from services.monitor.control import ControlFigures
from services.monitor.run import Monitor
from services.monitor.topics import TopicFigures
from services.monitor.watched import Watched, of_options, of_settings
from tests.operators.running import CART, entry
from udfs.core.campaigns.book import Entry
from udfs.core.values.errors import Unavailable

LIVE = Watched(name="kairos-live", events="events", control="control", outputs=("decisions", "actions.email"))
Told = namedtuple("Told", "offset timestamp")


class FakeAdmin:
    """Two topics with a partition or two; `actions.email` does not exist yet."""

    def __init__(self) -> None:
        self.ends = {("events", 0): 100, ("events", 1): 50, ("decisions", 0): 30, ("control", 0): 7}
        self.stable = {("decisions", 0): 21}
        self.newest = {("events", 0): 1_764_000_000_500, ("events", 1): -1}
        self.groups: dict[str, dict[TopicPartition, Told]] = {"kairos-live": {TopicPartition("events", 0): Told(90, 0)}}
        self.closed = False
        self.fails: Exception | None = None

    def describe_topics(self, topics: list[str]) -> list[dict[str, Any]]:
        if self.fails:
            raise self.fails
        known = {topic: [{"partition_index": number} for name, number in self.ends if name == topic] for topic in topics}
        return [{"name": topic, "error_code": 0 if parts else 3, "partitions": parts} for topic, parts in known.items()]

    def list_partition_offsets(self, wanted: dict[TopicPartition, Any], isolation_level: Any = IsolationLevel.READ_UNCOMMITTED) -> Any:
        committed = isolation_level == IsolationLevel.READ_COMMITTED
        told = {}
        for place, spec in wanted.items():
            key = (place.topic, place.partition)
            told[place] = (
                Told(0, self.newest[key]) if spec == OffsetSpec.MAX_TIMESTAMP else Told(self.stable[key] if committed else self.ends[key], 0)
            )
        return told

    def list_group_offsets(self, groups: dict[str, None]) -> dict[str, Any]:
        (name,) = groups
        if name not in self.groups:
            raise CoordinatorNotAvailableError
        return {name: self.groups[name]}

    def close(self) -> None:
        self.closed = True


def monitor(client: FakeAdmin, entries: list[Entry] | None = None) -> tuple[Monitor, list[str]]:
    read: list[str] = []
    made = Monitor("broker")

    def control(brokers: str, topic: str) -> list[Entry]:
        read.append(topic)
        return entries or []

    made._topics = TopicFigures("broker", made.exported, connect=lambda brokers: client)
    made._control = ControlFigures("broker", made.exported, read=control)
    return made, read


def values(made: Monitor) -> dict[tuple[str, ...], float]:
    return {(each.name.removeprefix("kairos_"), *each.labels.values()): each.value for each in samples(made.text())}


def test_offsets_age_and_lag_of_a_job() -> None:
    made, _ = monitor(FakeAdmin())
    made.read([LIVE])
    found = values(made)
    assert found["topic_end_offset", "0", "decisions"] == 30
    assert found["topic_last_stable_offset", "0", "decisions"] == 21
    assert found["events_newest_record_timestamp_seconds", "0", "events"] == 1_764_000_000.5
    assert found["events_newest_record_timestamp_seconds", "1", "events"] == 0, "a partition without a record has never had a heartbeat"
    assert found["job_unread_records", "kairos-live"] == 10 + 50
    assert ("topic_last_stable_offset", "0", "events") not in found, "only what transactions write"


def test_a_replay_needs_no_heartbeat_so_its_topic_has_no_age() -> None:
    made, _ = monitor(FakeAdmin())
    made.read([Watched(name="kairos-replay", events="events", control="control", outputs=())])
    assert not [key for key in values(made) if key[0].startswith("events_newest")]


def test_a_job_without_a_checkpoint_has_no_lag_yet() -> None:
    client = FakeAdmin()
    client.groups = {}
    made, _ = monitor(client)
    made.read([LIVE])
    assert ("job_unread_records", "kairos-live") not in values(made)


def test_a_job_that_ended_leaves_no_figure_behind() -> None:
    made, _ = monitor(FakeAdmin())
    made.read([LIVE])
    made.read([])
    assert not [key for key in values(made) if key[0].startswith(("topic_", "job_", "events_"))]


def test_a_broker_that_is_down_is_counted_logged_once_and_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    client = FakeAdmin()
    client.fails = KafkaConnectionError("gone")
    made, _ = monitor(client)
    made.read([LIVE])
    assert values(made)["job_watched", "kairos-live"] == 1, "that it should run is known without Kafka"
    made.read([LIVE])
    assert values(made)["monitor_failures_total", "kafka"] == 2
    assert client.closed
    assert ("monitor_last_success_timestamp_seconds", "kafka") not in values(made)
    client.fails = None
    made.read([LIVE])
    assert ("monitor_last_success_timestamp_seconds", "kafka") in values(made)
    assert [record.message.partition(":")[0] for record in caplog.records] == ["kafka cannot be read", "kafka can be read again"]


def test_control_that_cannot_be_read_does_not_hide_what_kafka_says() -> None:
    made, _ = monitor(FakeAdmin())

    def broken(brokers: str, topic: str) -> list[Entry]:
        message = "no control"
        raise Unavailable(message)

    made._control = ControlFigures("broker", made.exported, read=broken)
    made.read([LIVE])
    assert values(made)["monitor_failures_total", "control"] == 1
    assert ("topic_end_offset", "0", "decisions") in values(made)


def test_campaigns_are_live_unless_paused_or_switched_off() -> None:
    paused = Entry("campaign/old", 2, entry(2, CART | {"campaign": "old"}, name="old").value.replace(b'"live"', b'"paused"'))  # type: ignore[union-attr]
    switch = Entry("switch/campaign/off", 4, b'{"kind":"switch","name":"campaign/off","version":"v","status":"off","document":{"why":"prices"}}')
    made, _ = monitor(FakeAdmin(), [entry(1, CART), paused, entry(3, CART | {"campaign": "off"}, name="off"), switch, Entry("campaign/bad", 5, b"{")])
    made.read([LIVE])
    found = values(made)
    assert (found["campaign_live", "cart-abandonment"], found["campaign_live", "off"]) == (1, 0)
    assert found.get(("campaign_live", "old"), 0) == 0
    assert found["switched_off", "campaign/off"] == 1
    assert found["control_refused_keys",] == 1


def test_control_is_read_again_only_when_something_was_written() -> None:
    client = FakeAdmin()
    made, read = monitor(client)
    made.read([LIVE])
    made.read([LIVE])
    assert read == ["control"]
    client.ends["control", 0] = 8
    made.read([LIVE])
    assert read == ["control", "control"]


def test_what_flink_pushes_is_in_the_same_text() -> None:
    made, _ = monitor(FakeAdmin())
    made.pushed.take("/metrics/job/flink1", b"# TYPE flink_jobmanager_numRunningJobs gauge\nflink_jobmanager_numRunningJobs 1\n")
    assert values(made)["flink_jobmanager_numRunningJobs",] == 1
    assert values(made)["flink_pushing_processes",] == 1


def test_the_jobs_of_a_local_stack_are_those_that_have_not_ended(tmp_path: Any) -> None:
    told = {"events": "events", "control": "control", "outputs": "decisions,rejected"}
    older = {"events": "events", "control": "control"}
    submitted = {"kairos-live": told, "old-replay": told, "before-live": older}
    settings = Settings(home=tmp_path, reads={"kairos-live": "events", "before-live": "events"}, submitted=submitted)
    assert [(job.name, job.outputs, job.live) for job in of_settings(settings)] == [
        ("kairos-live", ("decisions", "rejected"), True),
        ("before-live", (), True),
    ]
    assert of_options(Options(deployment="shop", clock="replay")).name == "shop-replay"
