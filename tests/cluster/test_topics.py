import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.kafka.connect import KafkaUnavailable
from services.devstack.settings import Settings
from services.devstack.topics import topics
from services.kafka.client import adjust_topics, admin, consumer, end_offsets, ensure_topics, producer
from tests.cluster.deployment import START, Deployment

pytestmark = pytest.mark.cluster


def test_topics_are_created_once_and_adjusted_to_the_clock(stack: Settings, tmp_path: Path) -> None:
    live = Deployment.new(stack, tmp_path, clock="live").options
    assert set(ensure_topics(live.brokers, topics(live))) == {topic.name for topic in topics(live)}
    assert ensure_topics(live.brokers, topics(live)) == []
    assert adjust_topics(live.brokers, []) == adjust_topics(live.brokers, topics(live)) == []
    changed = adjust_topics(live.brokers, topics(replace(live, clock="replay")))
    assert f"topic {live.events_topic}: retention.ms was 604800000, is -1" in changed
    assert adjust_topics(live.brokers, topics(replace(live, clock="replay"))) == []


def test_a_live_topic_is_stamped_by_the_broker_and_takes_five_megabytes(stack: Settings, tmp_path: Path) -> None:
    live = Deployment.new(stack, tmp_path, clock="live").options
    ensure_topics(live.brokers, topics(live))
    with closing(producer(live.brokers)) as sender:
        ahead = sender.send(live.events_topic, key=b"k", value=b"v", timestamp_ms=START * 2).get(timeout=10)
        assert abs(ahead.timestamp - time.time() * 1000) < 60_000
        sender.send(live.events_topic, key=b"k", value=b"v" * 5_000_000).get(timeout=10)
    assert sum(end_offsets(live.brokers, live.events_topic).values()) == 2


def test_a_reader_from_the_end_sees_what_is_sent_after_it_was_made(stack: Settings, tmp_path: Path) -> None:
    options = Deployment.new(stack, tmp_path).options
    ensure_topics(options.brokers, topics(options))
    with closing(producer(options.brokers)) as sender:
        sender.send(options.events_topic, value=b"before").get(timeout=10)
        with closing(consumer(options.brokers, [options.events_topic], start="latest")) as reader:
            sender.send(options.events_topic, value=b"after").get(timeout=10)
            found = [record.value for records in reader.poll(timeout_ms=5000).values() for record in records]
    assert found == [b"after"]


def test_a_topic_that_is_not_there_is_named(stack: Settings) -> None:
    with pytest.raises(LookupError, match="topic 'nowhere' does not exist"):
        consumer(stack.brokers, ["nowhere"])


def test_a_broker_that_is_not_there_is_named_with_the_way_to_start_one() -> None:
    with pytest.raises(KafkaUnavailable, match=r"127\.0\.0\.1:1: .*kairos up"):
        admin("127.0.0.1:1")
