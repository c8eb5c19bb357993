"""The product catalogue on a cluster: from a feed to a decision, a new price within seconds, and after a new start."""

import time
from pathlib import Path

import pytest

from services.catalogue.files import CatalogueFiles
from services.catalogue.load import load
from services.catalogue.serve import Places, run
from services.devstack.settings import Settings
from services.items.feed import Report, items
from tests.cluster.deployment import MINUTE, START, Deployment, added

pytestmark = pytest.mark.cluster
CAMPAIGN = """
campaign: cart-abandonment
trigger: {event: product_added}
when: item(event.product_id).price > 0
variants:
  reminder: {channel: email, content: {subject: "{{ item(event.product_id).name }}", body: "{{ item(event.product_id).price }}"}}
"""


@pytest.fixture(scope="module")
def deployment(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """One job for the tests of this file, in their order."""
    running = Deployment.new(stack, tmp_path_factory.mktemp("catalogue"))
    (running.folder / "cart.yaml").write_text(CAMPAIGN)
    publish(running, "id,name,price\ntent,Dome,129\n")
    running.submit(restore="none")
    return running


def publish(deployment: Deployment, feed: str) -> None:
    """As `kairos catalogue load` and `serve --once` do."""
    deployment.create_topics()
    brokers, folder, topic = deployment.options.brokers, deployment.folder, f"{deployment.options.deployment}-catalogue"
    (folder / "shop.csv").write_text(feed)
    load(brokers, topic, items(folder / "shop.csv", Report(name="shop.csv")), whole=False)
    files = CatalogueFiles(str(folder / "store"))
    run(brokers, Places(catalogue=topic, control=deployment.options.control_topic, data=folder / "data", files=files), once=True)


def bodies(deployment: Deployment, count: int) -> dict[str, str]:
    """Customer -> what the message says of the price."""
    actions = deployment.read(deployment.options.topics["actions"] + "email", count=count)
    return {action["user_id"]: action["content"]["body"] for action in actions}


def test_a_decision_reads_the_catalogue_that_was_published_before_the_start(deployment: Deployment) -> None:
    deployment.send([added("first", START)])
    deployment.beat(START + MINUTE)
    assert bodies(deployment, 1) == {"first": "129"}
    (decision,) = deployment.decisions(count=1)
    assert decision["catalogue"]["items"] == {"tent": {"price": 129.0, "name": "Dome"}}


def test_a_new_price_is_in_force_within_seconds(deployment: Deployment) -> None:
    began = time.monotonic()
    publish(deployment, "id,name,price\ntent,Dome,99\n")
    published = time.monotonic() - began
    for number in range(40):
        user, at = f"later-{number}", START + (10 + number) * MINUTE
        deployment.send([added(user, at)])
        deployment.beat(at + 1)
        if bodies(deployment, number + 2).get(user) == "99":
            break
    seen = time.monotonic() - began
    assert bodies(deployment, number + 2)[user] == "99"
    assert seen - published < 20, f"published after {published:.1f} s, seen after {seen:.1f} s"


@pytest.mark.apart
def test_after_a_new_start_the_last_version_is_in_force(deployment: Deployment) -> None:
    deployment.submit()  # a new start with the state of before, in a process that has loaded nothing yet
    at = START + 600 * MINUTE
    deployment.send([added("restored", at)])
    deployment.beat(at + MINUTE)
    actions = deployment.read(deployment.options.topics["actions"] + "email", count=3, extra_s=5)
    assert {action["user_id"]: action["content"]["body"] for action in actions}["restored"] == "99"


def test_the_files_are_few_and_named_by_their_hash(deployment: Deployment) -> None:
    names = sorted(path.name for path in Path(deployment.folder / "store").iterdir())
    assert all(len(name) == 64 + len(".kcat") for name in names)
    assert len(names) == 2
