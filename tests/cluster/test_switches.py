"""Policy, switches and drafts in the running job: in force within a second; and what it decided can be explained from the topics."""

import time

import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.control.audit import history
from services.control.publish import publish
from services.control.signature import Signature
from services.control.switches import Target, switch_off, switch_on
from services.devstack.settings import Settings, load
from services.devstack.submit import submit
from services.documents.files import load_campaign_files
from services.explain.decision_log import Topics, partition_of
from services.explain.find import find
from services.kafka.client import consumer
from tests.cluster.deployment import MINUTE, START, Deployment, added

pytestmark = pytest.mark.cluster
POLICY = "consent: {default: {marketing: grant}}\ncaps: [{id: one-a-month, channel: any, max: 1, per: month}]\n"
DRAFT = """
campaign: not-yet
trigger: {event: product_added}
variants: {only: {channel: email, content: {body: Hi}}}
"""


@pytest.fixture(scope="module")
def deployment(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """One job for the tests of this file, under a policy given at submit; each test goes on a day later."""
    running = Deployment.new(stack, tmp_path_factory.mktemp("switches"))
    policy = running.folder / "rules" / "policy.yaml"
    policy.parent.mkdir()
    policy.write_text(POLICY)
    running.end_others()
    done = submit(
        running.options, load(stack.home), campaigns=[running.folder / "cart.yaml"], policy=policy, restore="none", signed=Signature(who="ada")
    )
    assert done.policy is not None
    return running


def abandon(deployment: Deployment, user: str, day: int) -> None:
    at = START + day * 24 * 60 * MINUTE
    deployment.send([added(user, at)])
    deployment.beat(at + 31 * MINUTE)


def of(deployment: Deployment, user: str, *, count: int) -> list[tuple[str, str, str | None]]:
    """What was decided about a customer, in order."""
    return [
        (each["outcome"], each["reason"], each["policy_version"])
        for each in sorted(deployment.decisions(count=count), key=lambda each: int(each["at"]))
        if each["user_id"] == user
    ]


def test_a_policy_given_at_submit_is_in_force_and_told_on_audit(deployment: Deployment) -> None:
    abandon(deployment, "ada", 1)
    abandon(deployment, "ada", 2)
    first, second = of(deployment, "ada", count=2)
    assert first[:2] == ("acted", "ELIGIBLE")
    assert second[:2] == ("withheld", "CAP_REACHED")
    name = f"deployment/{deployment.options.deployment}"
    told = [(record.key, record.who) for record in history(deployment.options.brokers, deployment.options.control_topic)]
    assert sorted(told) == [
        ("campaign/cart-abandonment", "ada"),
        (name, "ada"),
        ("features", "ada"),
        ("policy", "ada"),
    ]
    assert next(record.version_after for record in history(deployment.options.brokers, deployment.options.control_topic, key="policy")) == first[2]


def test_a_switch_is_in_force_within_a_second_and_so_is_its_end(deployment: Deployment) -> None:
    brokers, topic, email = deployment.options.brokers, deployment.options.control_topic, Target(kind="channel", name="email")
    switch_off(brokers, topic, email, signed=Signature(who="ada", why="bounces"))
    time.sleep(1.0)
    abandon(deployment, "ben", 3)
    assert of(deployment, "ben", count=3) == [("withheld", "SWITCHED_OFF", of(deployment, "ben", count=3)[0][2])]
    switch_on(brokers, topic, email)
    time.sleep(1.0)
    abandon(deployment, "cleo", 4)
    assert of(deployment, "cleo", count=4)[0][0] == "acted"


def test_a_draft_does_not_act(deployment: Deployment) -> None:
    (deployment.folder / "draft.yaml").write_text(DRAFT)
    publish(deployment.options.brokers, deployment.options.control_topic, load_campaign_files([deployment.folder / "draft.yaml"]), state="draft")
    time.sleep(1.0)
    abandon(deployment, "dee", 5)
    assert {each["campaign"] for each in deployment.decisions(count=5)} == {"cart-abandonment"}


def test_what_the_job_wrote_is_found_in_the_partition_of_its_customer_and_explained(deployment: Deployment) -> None:
    options = deployment.options
    with consumer(options.brokers, [options.topics["decisions"]]) as reader:
        places = {record.key: record.partition for _ in range(20) for records in reader.poll(timeout_ms=200).values() for record in records}
    assert places == {user: partition_of(user, options.partitions) for user in (b"ada", b"ben", b"cleo", b"dee")}
    source = Topics(brokers=options.brokers, decisions=options.topics["decisions"], actions_prefix=options.topics["actions"])
    assert [each["reason"] for each in find(source, "ada").decisions] == ["ELIGIBLE", "CAP_REACHED"]
    topics = (
        "--control-topic",
        options.control_topic,
        "--decisions-topic",
        options.topics["decisions"],
        "--actions-prefix",
        options.topics["actions"],
    )
    told = CliRunner().invoke(kairos, ["explain", "ada", "--brokers", options.brokers, *topics], catch_exceptions=False).output
    assert "One message less since the month began where ada lives (cap one-a-month: 1 per month; the last was at 2011-03-14" in told
    acted = find(source, "cleo").decisions[0]["decision_id"]
    told = CliRunner().invoke(kairos, ["explain", acted, "--brokers", options.brokers, *topics], catch_exceptions=False).output
    assert "by email, not to be delivered after" in told
    assert "still the published one" in told
