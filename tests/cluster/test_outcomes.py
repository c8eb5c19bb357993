"""Outcomes in the running job: by an order as it comes, at the end of a window by a timer of Flink, and again after a refund."""

import pytest

from services.devstack.settings import Settings, load
from services.devstack.submit import submit
from tests.cluster.deployment import MINUTE, START, Deployment, added, ordered

pytestmark = pytest.mark.cluster
DAY = 24 * 60 * MINUTE
CAMPAIGN = """
campaign: at-once
trigger: {event: product_added}
variants:
  mail: {channel: email, content: {subject: Hi, body: Hi}}
goal: {event: order_completed, within: 1d, value: revenue}
"""


@pytest.fixture(scope="module")
def deployment(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    running = Deployment.new(stack, tmp_path_factory.mktemp("outcomes"), parallelism=2)
    (running.folder / "cart.yaml").write_text(CAMPAIGN)
    running.end_others()
    submit(running.options, load(stack.home), campaigns=[running.folder], restore="none")
    return running


def test_each_decision_has_an_outcome_that_time_ends_and_a_refund_revises(deployment: Deployment) -> None:
    order = ordered("ada", START + MINUTE)
    order_id = order["properties"]["order_id"]
    refund = {**order, "messageId": "back", "event": "Order Refunded", "properties": {"order_id": order_id}}
    deployment.send([added("ada", START), order, added("ben", START + MINUTE)])
    deployment.beat(START + 2 * DAY)
    assert len(deployment.decisions(count=2)) == 2
    topic = deployment.options.topics["outcomes"]
    told = deployment.read(topic, count=3)
    assert sorted((each["user_id"], each["revision"], each["status"], each["conversions"]) for each in told) == [
        ("ada", 0, "provisional", 1),
        ("ada", 1, "final", 1),
        ("ben", 0, "final", 0),
    ]
    deployment.send([{**refund, "at": START + 3 * DAY, "timestamp": START + 3 * DAY}])
    (revised,) = [each for each in deployment.read(topic, count=4) if each["revision"] == 2]
    assert (revised["user_id"], revised["status"], revised["conversions"]) == ("ada", "final", 0)
