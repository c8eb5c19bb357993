"""The service around the learner: what it reads at its start, what it sends, and that it goes on when Kafka is away."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from kafka.errors import KafkaConnectionError

from services.arms import publish
from services.arms.publish import Topics, opened, run
from tests.arms.test_learn import record
from tests.builders import control, mail, words
from udfs.core.bandits.learned import Learned
from udfs.core.campaigns.book import Entry

NEWS = mail(choose="bandit", goal={"event": "order_completed"}, variants={"a": words(), "b": words()})


class FakeKafka:
    """Topics in memory: everything that the service asks of Kafka, and nothing else."""

    def __init__(self) -> None:
        self.held: dict[str, list[tuple[bytes, bytes | None]]] = {"counts": [], "arms": []}
        self.read: dict[str, int] = {}
        self.away = 0
        """So many more sends fail."""

    def consumer(self, brokers: str, topics: list[str]) -> "FakeReader":
        return FakeReader(self, topics[0])

    def producer(self, brokers: str) -> "FakeSender":
        if self.away:
            self.away -= 1
            raise KafkaConnectionError
        return FakeSender(self)

    def entries(self, brokers: str, topic: str) -> list[Entry]:
        return [control(NEWS)]


class FakeReader:
    def __init__(self, kafka: FakeKafka, topic: str) -> None:
        self.kafka, self.topic, self.place = kafka, topic, 0

    def poll(self, *, timeout_ms: int) -> dict[str, list[Any]]:
        found = [SimpleNamespace(key=key, value=value) for key, value in self.kafka.held[self.topic][self.place :]]
        self.place += len(found)
        return {self.topic: found}

    def close(self) -> None:
        pass


class FakeSender:
    def __init__(self, kafka: FakeKafka) -> None:
        self.kafka = kafka

    def send(self, topic: str, *, key: bytes, value: bytes) -> Any:
        self.kafka.held[topic].append((key, value))
        return SimpleNamespace(get=lambda timeout: None)

    def close(self) -> None:
        pass


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> FakeKafka:
    made = FakeKafka()

    def read_to_end(reader: FakeReader) -> Iterator[list[Any]]:
        yield from reader.poll(timeout_ms=0).values()

    for name, what in (("consumer", made.consumer), ("producer", made.producer), ("entries", made.entries), ("read_to_end", read_to_end)):
        monkeypatch.setattr(publish, name, what)
    monkeypatch.setattr("services.arms.publish.time.sleep", lambda seconds: None)
    return made


TOPICS = Topics(control="control", counts="counts", arms="arms")


def told(kafka: FakeKafka) -> list[Learned]:
    return [msgspec.json.decode(value or b"", type=Learned) for _, value in kafka.held["arms"]]


def test_what_was_counted_before_its_start_is_published_at_once_under_the_campaigns_name(kafka: FakeKafka) -> None:
    kafka.held["counts"].append((b"", record("a", 100, 10)))
    with opened("b", TOPICS) as service:
        assert [each.exposures for each in service.publish(now=5)] == [100]
        assert service.publish(now=6) == []
    assert [key for key, _ in kafka.held["arms"]] == [b"news"]
    assert [each.epoch for each in told(kafka)] == [5]


def test_what_is_counted_later_is_read_before_the_next_epoch(kafka: FakeKafka) -> None:
    with opened("b", TOPICS) as service:
        assert service.publish(now=5) == []
        kafka.held["counts"].append((b"", record("a", 100, 10)))
        service.read()
        assert [each.exposures for each in service.publish(now=6)] == [100]


def test_a_second_service_goes_on_from_what_the_first_has_published(kafka: FakeKafka) -> None:
    kafka.held["counts"].append((b"", record("a", 100, 10)))
    with opened("b", TOPICS) as service:
        service.publish(now=5)
    with opened("b", TOPICS) as service:
        assert service.publish(now=1) == []
        kafka.held["counts"].append((b"", record("a", 101, 10)))
        service.read()
        assert [each.epoch for each in service.publish(now=1)] == [6]


def test_it_publishes_once_an_epoch_and_goes_on_when_kafka_is_away(kafka: FakeKafka, caplog: pytest.LogCaptureFixture) -> None:
    kafka.held["counts"].append((b"", record("a", 100, 10)))
    kafka.away = 2
    times = iter(range(1_000, 2_000))
    said: list[Learned] = []

    class Enough(Exception):
        pass

    def heard(each: Learned) -> None:
        said.append(each)
        if len(said) == 2:
            raise Enough
        kafka.held["counts"].append((b"", record("b", 50, 10)))

    with pytest.raises(Enough):
        run("b", TOPICS, every_s=100.0, told=heard, clock=lambda: float(next(times)))
    assert caplog.text.count("nothing is published: KafkaConnectionError") == 2
    assert [each.exposures for each in said] == [100, 150]
    assert 100_000 <= said[1].epoch - said[0].epoch < 110_000


def test_what_could_not_be_sent_is_published_the_next_time(kafka: FakeKafka) -> None:
    kafka.held["counts"].append((b"", record("a", 100, 10)))
    kafka.away = 1
    with opened("b", TOPICS) as service:
        with pytest.raises(KafkaConnectionError):
            service.publish(now=5)
        assert [each.exposures for each in service.publish(now=6)] == [100]
