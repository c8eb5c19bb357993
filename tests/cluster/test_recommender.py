"""A recommender on a cluster: a running job takes a new version without a restart, and its decisions name it. State holds the pointer only."""

import itertools
from typing import Any

import pytest

from services.catalogue.files import CatalogueFiles
from services.catalogue.load import load
from services.catalogue.serve import Places, run
from services.devstack.settings import Settings
from services.flink.rest import Rest
from services.items.feed import Report, items
from services.recommend.local import FILE
from services.recommend.written import learned_of
from services.recommender.publish import publish
from tests.cluster.deployment import MINUTE, START, Deployment, added
from udfs.recommend.packed import pack

pytestmark = pytest.mark.cluster
CAMPAIGN = """
campaign: cart-abandonment
trigger: {event: product_added}
variants:
  carousel:
    channel: email
    content:
      subject: Goes with it
      html: '{% for item in recommend(2, like=cart.items) %}<a href="{{ item.url }}">{{ item.name }}</a> {{ item.because }};{% endfor %}'
"""
FEED = "id,name,price,stock,url\ntent,Dome,129,3,https://shop.example/tent\nstove,Stove & Pan,50,4,https://shop.example/stove\nlamp,Lamp,20,5,\n"


customers = itertools.count()


@pytest.fixture(scope="module")
def deployment(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """One job for the tests of this file, in their order. It has a catalogue, and nothing that recommends."""
    running = Deployment.new(stack, tmp_path_factory.mktemp("recommender"))
    (running.folder / "cart.yaml").write_text(CAMPAIGN)
    running.create_topics()
    brokers, topic = running.options.brokers, f"{running.options.deployment}-catalogue"
    (running.folder / "shop.csv").write_text(FEED)
    load(brokers, topic, items(running.folder / "shop.csv", Report(name="shop.csv")), whole=False)
    files = CatalogueFiles(str(running.folder / "store"))
    run(brokers, Places(catalogue=topic, control=running.options.control_topic, data=running.folder / "data", files=files), once=True)
    running.submit(restore="none")
    return running


def published(deployment: Deployment, *, goes_with_tent: str, others: int = 0) -> str:
    """Publish what was learned, as `kairos recommender publish` does. Returns the version."""
    wrong: list[Any] = []
    popular = [f"other-{number:06}" for number in range(others)]
    learned = learned_of({"together": {"tent": [goes_with_tent]}, "popular": popular}, lambda *told: wrong.append(told))
    assert learned is not None and not wrong
    folder = deployment.folder / "learned"
    folder.mkdir(exist_ok=True)
    (folder / FILE).write_bytes(pack(learned))
    version = publish(deployment.options.brokers, deployment.options.control_topic, folder, store=str(deployment.folder / "store")).version
    assert version is not None
    return version


def asked(deployment: Deployment) -> dict[str, Any]:
    """Somebody new puts the tent into the cart: the decision about it."""
    number = next(customers)
    user, at = f"customer-{number}", START + number * MINUTE
    deployment.send([added(user, at)])
    deployment.beat(at + 1)
    (decision,) = [each for each in deployment.decisions(count=number + 1, extra_s=0.1) if each["user_id"] == user]
    return decision


def asked_until(deployment: Deployment, version: str) -> dict[str, Any]:
    """The first decision that names this version: the job needs a moment to load a file."""
    for _ in range(60):
        decision = asked(deployment)
        made = decision["recommended"][0]
        if made["recommender"] == version and made["catalogue"] is not None:
            return decision
    message = f"{version} was never in force"
    raise AssertionError(message)


def content(deployment: Deployment, decision: dict[str, Any]) -> str:
    """What its message says."""
    actions = deployment.read(
        deployment.options.topics["actions"] + "email", count=int(decision["user_id"].removeprefix("customer-")) + 1, extra_s=0.1
    )
    (mine,) = [each for each in actions if each["decision_id"] == decision["decision_id"]]
    return str(mine["content"]["html"])


def test_versions_come_into_force_in_the_running_job_and_decisions_name_them(deployment: Deployment) -> None:
    before = asked(deployment)
    assert (before["recommended"][0]["recommender"], before["recommended"][0]["reason"]) == (None, "NO_RECOMMENDER")
    (job,) = [each["jid"] for each in Rest(deployment.settings.job_manager_addresses).unfinished()]

    one = published(deployment, goes_with_tent="stove")
    found = asked_until(deployment, one)
    assert [each["item"] for each in found["recommended"][0]["items"]] == ["stove"]
    assert content(deployment, found) == '<a href="https://shop.example/stove">Stove &amp; Pan</a> because it goes with Dome;'

    two = published(deployment, goes_with_tent="lamp")
    found = asked_until(deployment, two)
    assert two != one
    assert [each["item"] for each in found["recommended"][0]["items"]] == ["lamp"]

    rest = Rest(deployment.settings.job_manager_addresses)
    assert [each["jid"] for each in rest.unfinished()] == [job], "it is still the job that was started"


def test_a_large_recommender_leaves_checkpoints_as_small_as_they_were(deployment: Deployment) -> None:
    before = checkpointed(deployment)
    version = published(deployment, goes_with_tent="stove", others=50_000)
    assert (deployment.folder / "learned" / FILE).stat().st_size > 1_000_000
    asked_until(deployment, version)
    assert checkpointed(deployment) - before < 200_000


def checkpointed(deployment: Deployment) -> int:
    """Bytes of the state in the latest checkpoint."""
    rest = Rest(deployment.settings.job_manager_addresses)
    (job,) = [each["jid"] for each in rest.unfinished()]
    latest = rest.get(f"/jobs/{job}/checkpoints")["latest"]["completed"]
    return int(latest["state_size"])
