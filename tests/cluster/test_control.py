import json
import threading
import time

import pytest

from services.control.records import control_record
from services.devstack.settings import Settings
from services.documents.files import load_campaign_files
from tests.cluster.deployment import MINUTE, START, Deployment, acted, added

pytestmark = pytest.mark.cluster
KEY = "campaign/cart-abandonment"


@pytest.fixture(scope="module")
def deployment(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """One job for the tests of this file, in their order: each goes on a day later."""
    running = Deployment.new(stack, tmp_path_factory.mktemp("control"))
    running.submit(restore="none")
    return running


def day(number: int) -> int:
    return START + number * 24 * 60 * MINUTE


def abandon(deployment: Deployment, user: str, at: int) -> None:
    deployment.send([added(user, at)])
    deployment.beat(at + 31 * MINUTE)


def record(deployment: Deployment, text: str) -> bytes:
    file = deployment.folder / "changed.yaml"
    file.write_text(text)
    value = control_record(load_campaign_files([file])[0], at=0, by="cli").value
    assert value is not None
    return value


def test_a_published_change_is_live_within_a_second(deployment: Deployment) -> None:
    changed = (deployment.folder / "cart.yaml").read_text().replace("Your cart waits", "Changed")
    deployment.control(KEY, record(deployment, changed))
    time.sleep(1.0)
    abandon(deployment, "changed", day(1))
    actions = deployment.read(deployment.options.topics["actions"] + "email", count=1)
    assert [action["content"]["subject"] for action in actions] == ["Changed"]


def test_a_broken_change_is_refused_once_with_a_reason_and_the_last_good_one_stays(deployment: Deployment) -> None:
    deployment.control(KEY, b'{"kind": "campaign", "name": "cart-abandonment", "version": "x", "document": {"campaign": "cart-abandonment"}}')
    deployment.control(KEY, b"not json")
    refused = deployment.read(deployment.options.topics["rejected"], count=2)
    assert [(each["reason"], each["key"]) for each in refused] == [("BAD_CONTROL", KEY)] * 2
    abandon(deployment, "after-broken", day(2))
    assert {user for user, _ in acted(deployment.decisions(count=2))} == {"changed", "after-broken"}


def test_control_traffic_without_a_pause_does_not_hold_time_back(deployment: Deployment) -> None:
    stop = threading.Event()
    good = record(deployment, (deployment.folder / "cart.yaml").read_text())

    def publish() -> None:
        while not stop.is_set():
            deployment.control(KEY, good)
            time.sleep(0.05)

    traffic = threading.Thread(target=publish)
    traffic.start()
    try:
        deployment.submit()  # from its first moment on the job sees nothing but traffic
        abandon(deployment, "in-traffic", day(3))
        assert "in-traffic" in {user for user, _ in acted(deployment.decisions(count=3, seconds=20))}
    finally:
        stop.set()
        traffic.join()


@pytest.mark.apart
def test_a_removed_campaign_stays_removed_after_a_restore(deployment: Deployment) -> None:
    deployment.control(KEY, None)
    time.sleep(1.0)
    abandon(deployment, "after-removal", day(4))
    other = deployment.folder / "cart.yaml"
    other.write_text(other.read_text().replace("cart-abandonment", "another"))
    deployment.submit()
    abandon(deployment, "after-restore", day(5))
    decisions = deployment.decisions(count=4)
    assert {(each["user_id"], each["campaign"]) for each in decisions if each["at"] > day(4)} == {("after-restore", "another")}
    assert json.dumps(decisions)
