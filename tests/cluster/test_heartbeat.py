from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from services.devstack.settings import Settings
from services.devstack.topics import topics
from services.heartbeat.beat import beat, run
from services.kafka.client import consumer, end_offsets, ensure_topics, producer
from tests.cluster.deployment import START, Deployment

pytestmark = pytest.mark.cluster


class Enough(Exception):
    """Ends the loop."""


def test_a_beat_is_an_empty_key_in_every_partition_at_the_time_it_is_given(stack: Settings, tmp_path: Path) -> None:
    options = Deployment.new(stack, tmp_path, partitions=3).options
    ensure_topics(options.brokers, topics(options))
    with closing(producer(options.brokers)) as sender:
        assert beat(sender, options.events_topic, at=START) == 3
    with closing(consumer(options.brokers, [options.events_topic])) as reader:
        found = [record for _ in range(20) for records in reader.poll(timeout_ms=100).values() for record in records]
    assert sorted((record.partition, record.key, record.value, record.timestamp) for record in found) == [
        (partition, b"", b"heartbeat", START) for partition in range(3)
    ]


def test_it_beats_only_while_it_is_told_where(stack: Settings, tmp_path: Path) -> None:
    options = Deployment.new(stack, tmp_path).options
    ensure_topics(options.brokers, topics(options))
    wanted: Iterator[list[str]] = iter([[], [options.events_topic], [], [options.events_topic], []])

    def told() -> list[str]:
        try:
            return next(wanted)
        except StopIteration:
            raise Enough from None

    with pytest.raises(Enough):
        run(options.brokers, told, period_s=0, sleep=lambda _: None)
    assert end_offsets(options.brokers, options.events_topic) == dict.fromkeys(range(4), 2)


def test_a_broker_that_is_away_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    rests = iter(range(2))

    def sleep(_: float) -> None:
        if next(rests, None) is None:
            raise Enough

    with pytest.raises(Enough):
        run("127.0.0.1:1", lambda: ["events"], sleep=sleep)
    assert "no heartbeat into events" in caplog.text
