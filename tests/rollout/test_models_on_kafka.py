"""How a model's rollout stands, against a real broker, as it is typed: what follows decisions is read from the topic of outcomes."""

import time

import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.control.rollouts import begun
from services.kafka.client import Topic, ensure_topics, producer
from services.rollout.reward import SETTLED_MS
from tests.core.features.test_models import document, manifest
from tests.drift.shop import Control, asking
from tests.drift.test_on_kafka import send
from tests.rollout.test_reward import PLAN, outcome
from tests.rollout.test_watch import challenged, decided

pytestmark = pytest.mark.cluster


def test_a_version_that_brings_less_is_seen_with_its_figures(brokers: str, control: str) -> None:
    topics = [f"{name}-{control}" for name in ("decisions", "outcomes")]
    ensure_topics(brokers, [Topic(name=name, partitions=2) for name in topics])
    began = int(time.time() * 1000)
    rolled = begun(document(manifest("a")), manifest("b"), PLAN, at=began)
    sender = producer(brokers)
    for entry in (*Control(asking("news")).entries, Control._entry("model", "propensity", rolled)):
        sender.send(control, key=entry.key.encode(), value=entry.value)
    sender.close()
    at = began + SETTLED_MS
    send(brokers, topics[0], [challenged(f"u{number}", at) if number % 10 == 0 else decided(f"u{number}", at) for number in range(1_000)])
    send(brokers, topics[1], [outcome(f"u{number}", at) for number in range(1_000) if number % 10 and number % 3 == 0])
    words = ["models", "rollout", "propensity", "--decisions-topic", topics[0], "--outcomes-topic", topics[1]]
    told = CliRunner().invoke(kairos, [*words, "--brokers", brokers, "--control-topic", control], catch_exceptions=False).output
    assert "take back: the goal is reached less: 0 of 100 customers against 300 of 900 of the champion" in told, told
