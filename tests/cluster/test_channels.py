"""A job that was submitted for some channels only, and records that its sink would refuse: it goes on, and says what it did not send."""

import json
import time
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.control.records import control_record
from services.devstack.settings import Settings
from services.documents.files import load_campaign_files
from services.flink.rest import Rest
from services.kafka.client import producer
from tests.cluster.deployment import MINUTE, START, Deployment, added

pytestmark = pytest.mark.cluster
PUSH = """
campaign: pushy
trigger: {event: product_added}
variants: {only: {channel: push, content: {body: Hi}}}
"""


@pytest.fixture(scope="module")
def deployment(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """One job, submitted for e-mail alone."""
    running = Deployment.new(stack, tmp_path_factory.mktemp("channels"))
    running.submit(restore="none")
    (running.folder / "pushy.yaml").write_text(PUSH)
    return running


def never_failed(deployment: Deployment) -> bool:
    """Whether the job runs, and did from its beginning on."""
    rest = Rest(deployment.settings.rest)
    (job,) = rest.unfinished()
    return bool(job["state"] == "RUNNING" and not rest.get(f"/jobs/{job['jid']}/exceptions")["exceptionHistory"]["entries"])


def test_publishing_a_channel_that_was_not_submitted_is_refused_with_the_cure(deployment: Deployment) -> None:
    where = ["--brokers", deployment.options.brokers, "--control-topic", deployment.options.control_topic]
    done = CliRunner().invoke(kairos, ["campaigns", "publish", str(deployment.folder / "pushy.yaml"), *where], catch_exceptions=False)
    assert done.exit_code == 1
    assert "channel 'push' is not deployed: deployed are email" in done.stderr
    assert f"`kairos submit --deployment {deployment.options.deployment} --channels email,push`" in done.stderr


def test_a_campaign_of_such_a_channel_in_force_is_withheld_and_the_job_goes_on(deployment: Deployment) -> None:
    (file,) = (file for file in load_campaign_files([deployment.folder / "pushy.yaml"]) if file.kind == "campaign")
    deployment.control(file.key, control_record(file, at=0, by="cli").value)
    time.sleep(1.0)
    deployment.send([added("ada", START)])
    deployment.beat(START + 31 * MINUTE)
    told = {each["campaign"]: each for each in deployment.decisions(count=2)}
    assert (told["pushy"]["outcome"], told["pushy"]["reason"], told["pushy"]["channel"]) == ("withheld", "CHANNEL_NOT_DEPLOYED", "push")
    (against,) = told["pushy"]["against"]
    assert (against["channel"], against["reason"], against["detail"]) == ("push", "CHANNEL_NOT_DEPLOYED", "push: deployed are email")
    assert told["cart-abandonment"]["outcome"] == "acted"
    assert never_failed(deployment)


def test_keys_larger_than_a_message_and_documents_without_end_are_rejected_and_the_job_goes_on(deployment: Deployment, tmp_path: Path) -> None:
    options = deployment.options
    deep = json.dumps({"kind": "campaign", "name": "x", "version": "v", "document": {"a": 0}}).replace("0", '{"a":' * 50_000 + "1" + "}" * 50_000)
    with closing(producer(options.brokers)) as sender:
        for topic, key, value in (
            (options.events_topic, b"k" * 2_000_000, b"{}"),
            (options.control_topic, b"k" * 2_000_000, b"{}"),
            (options.control_topic, b"campaign/x", deep.encode()),
        ):
            sender.send(topic, key=key, value=value, timestamp_ms=START + 32 * MINUTE).get(timeout=30)
    deployment.send([added("ben", START + 60 * MINUTE)])
    deployment.beat(START + 91 * MINUTE)
    rejected = deployment.read(options.topics["rejected"], count=3)
    assert sorted(each["reason"] for each in rejected) == ["BAD_CONTROL", "BAD_CONTROL", "MISSING_FIELD"]
    assert sorted(each["key"][:10] for each in rejected) == ["campaign/x", "k" * 10, "k" * 10]
    assert ("ben", "acted") in {(each["user_id"], each["outcome"]) for each in deployment.decisions(count=4)}
    assert never_failed(deployment)
