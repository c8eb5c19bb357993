"""`kairos send` and `kairos tail` on a real broker."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from services.devstack.settings import Settings
from services.kafka.client import producer
from tests.cluster.deployment import Deployment

pytestmark = pytest.mark.cluster


def ran(stack: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(kairos, [*arguments, "--brokers", stack.brokers])


@pytest.fixture
def deployment(stack: Settings, tmp_path: Path) -> Deployment:
    made = Deployment.new(stack, tmp_path)
    made.create_topics()
    return made


def test_what_is_sent_by_hand_is_read_back(stack: Settings, deployment: Deployment) -> None:
    topic = deployment.options.events_topic
    sent = ran(stack, "send", "product_added", "product_id=tent", "price=120", "--user", "ada", "--at", "2011-03-13T10:00Z", "--topic", topic)
    assert sent.exit_code == 0, sent.output
    assert f"{topic} partition " in sent.output
    deployment.beat(1_300_010_400_000)  # heartbeats are not shown
    tailed = ran(stack, "tail", "events", "--from", "earliest", "--no-follow", "--json", "--topic", topic)
    [record] = [json.loads(line) for line in tailed.stdout.splitlines()]
    assert (record["topic"], record["key"]) == (topic, "ada")
    assert record["value"]["properties"] == {"product_id": "tent", "price": 120}
    [line] = ran(stack, "tail", "events", "--from", "earliest", "-n", "1", "--topic", topic).stdout.splitlines()
    assert line.split() == ["2011-03-13", "10:00:00", "ada", "product_added", "product_id=tent", "price=120"]


def test_only_one_persons_and_only_so_many(stack: Settings, deployment: Deployment) -> None:
    topic = deployment.options.events_topic
    for user in ("ada", "bob", "ada", "ada"):
        ran(stack, "send", "page", "--user", user, "--topic", topic)
    tailed = ran(stack, "tail", "events", "--from", "earliest", "--user", "ada", "-n", "2", "--topic", topic)
    assert [line.split()[2:4] for line in tailed.stdout.splitlines()] == [["ada", "page"], ["ada", "page"]]


def test_an_action_reads_as_the_message_that_goes_out(stack: Settings, deployment: Deployment) -> None:
    topic = deployment.options.topics.actions("email")
    action = {
        "decision_id": "d1", "attempt": 0, "user_id": "ada", "campaign": "carts", "campaign_version": "v", "variant": "discount", "channel": "email",
        "content": {"subject": "Your cart waits", "body": "Hi Ada,\n\nstill there."}, "offer": {"percent": 15}, "at": 1_300_010_400_000,
        "decided_at": 1, "expires_at": 1_300_014_000_000,
    }  # fmt: skip
    sender = producer(stack.brokers)
    sender.send(topic, key=b"ada", value=json.dumps(action).encode(), timestamp_ms=1_300_010_400_000).get(timeout=15)
    sender.close()
    lines = ran(stack, "tail", "actions", "--from", "earliest", "--no-follow", "--topic", topic).stdout.splitlines()
    assert [" ".join(line.split()) for line in lines] == [
        "2011-03-13 10:00:00 ada carts discount by email until 2011-03-13 11:00:00",
        "subject Your cart waits", "body Hi Ada,", "", "still there.", "offer percent 15",
    ]  # fmt: skip


def test_a_topic_that_is_not_there_is_named_by_both(stack: Settings) -> None:
    assert "kairos submit" in ran(stack, "tail", "decisions", "--topic", "nowhere").output
    assert "nowhere" in ran(stack, "send", "page", "--user", "ada", "--topic", "nowhere").output
