"""Drift against a real broker, as it is typed: what was read once is not read again, and a gate ends with 1."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from services.kafka.client import Topic, ensure_topics, producer
from tests.drift.shop import Control, Shop, asking

pytestmark = pytest.mark.cluster


def send(brokers: str, topic: str, records: Iterable[Mapping[str, Any]]) -> None:
    sender = producer(brokers, linger_ms=20)
    for number, record in enumerate(records):
        sender.send(topic, key=b"k%d" % number, value=json.dumps(record).encode())
    sender.send(topic, key=b"k", value=b"\xff nothing of ours")
    sender.close()


def test_what_has_drifted_is_listed_and_a_gate_stops(brokers: str, control: str, tmp_path: Path) -> None:
    topics = {"decisions": f"decisions-{control}", "outcomes": f"outcomes-{control}"}
    ensure_topics(brokers, [Topic(name=name, partitions=2) for name in topics.values()])
    sender = producer(brokers)
    for entry in Control(asking("cart"), asking("news")).entries:
        sender.send(control, key=entry.key.encode(), value=entry.value)
    sender.close()

    def drift(*words: str) -> Result:
        named = ["--decisions-topic", topics["decisions"], "--outcomes-topic", topics["outcomes"], "--memory", str(tmp_path / "drift.json")]
        return CliRunner().invoke(
            kairos, ["models", "drift", *words, *named, "--brokers", brokers, "--control-topic", control], catch_exceptions=False
        )

    assert "nothing is known of any model: none has answered" in drift("--gate").output
    shop = Shop()
    for week in range(2):
        shop.week(week)
    send(brokers, topics["decisions"], shop.decisions.read())
    send(brokers, topics["outcomes"], shop.outcomes.read())
    steady = drift("--gate")
    assert (steady.exit_code, "drifted" in steady.output) == (0, False)
    for week in range(2):
        shop.week(week, name="news", truth=lambda p: 3 * p)
    send(brokers, topics["decisions"], shop.decisions.read())
    send(brokers, topics["outcomes"], shop.outcomes.read())
    found = drift("--gate", "propensity")
    assert found.exit_code == 1
    assert "in news: of" in found.output
    told = {each["campaign"]: each for each in map(json.loads, drift("--json").output.splitlines())}
    assert told["cart"]["calibration"]["customers"] == 1_200
    assert (bool(told["news"]["drifted"]), bool(told["cart"]["drifted"])) == (True, False)
    assert "nothing is known of churn: there are scores of propensity" in drift("churn").output


@pytest.mark.parametrize("words", [("--follow", "--gate"), ("--follow", "--json"), ("--follow", "propensity"), ("--metrics-port", "9256")])
def test_options_that_do_not_go_together_are_refused(words: tuple[str, ...], tmp_path: Path) -> None:
    ran = CliRunner().invoke(kairos, ["models", "drift", *words, "--memory", str(tmp_path / "drift.json")])
    assert ran.exit_code == 2
