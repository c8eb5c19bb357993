"""The job with a real registry: a company's own Avro is decided on; a registry that hangs stops nothing, and costs no event."""

import datetime as dt
import json
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner

from cli.main import kairos
from jobs.registry.address import address
from jobs.registry.client import PATIENT_S, Client
from services.devstack.settings import Settings
from services.flink.rest import Rest
from services.kafka.client import producer
from tests.cluster.deployment import Deployment
from tests.codecs.registered import ADDED, FIELDS, framed
from tests.codecs.test_confluent import RECORD
from tests.jobs.registry.apicurio import Running, apicurio, place

pytestmark = [pytest.mark.cluster, pytest.mark.apart]
CAMPAIGN = """
campaign: tents
trigger: {event: product_added}
when: event.price > 99
variants: {only: {channel: email, content: {subject: "A tent"}}}
"""
SECOND: dict[str, Any] = {**ADDED, "fields": [*FIELDS, {"name": "currency", "type": "string", "default": "EUR"}]}
THIRD: dict[str, Any] = {**ADDED, "fields": [*FIELDS, {"name": "shade", "type": "string", "default": "green"}]}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    jar = place()
    with apicurio(jar, tmp_path_factory.mktemp("apicurio") / "log") as running:
        yield running


def send(deployment: Deployment, schema: dict[str, Any], number: int, user: str) -> None:
    at = dt.datetime.now(dt.UTC)
    value = framed(schema, {**RECORD, "eventId": uuid4(), "userId": user, "timestamp": at, "currency": "EUR", "shade": "red"}, number=number)
    with closing(producer(deployment.options.brokers)) as sender:
        sender.send(deployment.options.events_topic, key=user.encode(), value=value).get(timeout=30)
    deployment.beat(int(time.time() * 1000))


def test_avro_of_a_registry_is_decided_on_and_a_registry_that_hangs_costs_no_event(stack: Settings, registry: Running, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path, clock="live", schema_registry=registry.url)
    (tmp_path / "cart.yaml").write_text(CAMPAIGN)
    client = Client(address(registry.url), deadline_s=PATIENT_S)
    subject = f"{deployment.options.events_topic}-value"
    first = client.register(subject, json.dumps(ADDED))
    deployment.submit(restore="none")

    send(deployment, ADDED, first, "known-at-start")
    assert [each["outcome"] for each in deployment.decisions(count=1)] == ["acted"]
    send(deployment, SECOND, client.register(subject, json.dumps(SECOND)), "registered-later")
    assert {each["user_id"] for each in deployment.decisions(count=2)} == {"known-at-start", "registered-later"}
    assert deployment.read(deployment.options.topics["rejected"], count=0, seconds=3) == []

    third = client.register(subject, json.dumps(THIRD))
    registry.process.send_signal(signal.SIGSTOP)
    send(deployment, THIRD, third, "while-it-hangs")
    [refused] = deployment.read(deployment.options.topics["rejected"], count=1)
    assert (refused["reason"], refused["accepted"], refused["key"]) == ("SCHEMA_UNAVAILABLE", False, "while-it-hangs")
    assert "kairos rejected replay --reason SCHEMA_UNAVAILABLE" in refused["message"]
    send(deployment, ADDED, first, "others-meanwhile")
    assert "others-meanwhile" in {each["user_id"] for each in deployment.decisions(count=3)}

    registry.process.send_signal(signal.SIGCONT)
    client.by_id(third)  # it is awake again
    topics = ["--rejected-topic", deployment.options.topics["rejected"], "--events-topic", deployment.options.events_topic]
    again = ["rejected", "replay", "--reason", "SCHEMA_UNAVAILABLE", "--brokers", stack.brokers, "--schema-registry", registry.url, *topics]
    ran = CliRunner().invoke(kairos, again, catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    deployment.beat(int(time.time() * 1000))
    told = {each["user_id"]: each["outcome"] for each in deployment.decisions(count=4)}
    assert told == dict.fromkeys(("known-at-start", "registered-later", "others-meanwhile", "while-it-hangs"), "acted"), ran.output

    rest = Rest(stack.job_manager_addresses)
    (job,) = rest.unfinished()
    assert job["state"] == "RUNNING"
    assert rest.get(f"/jobs/{job['jid']}/exceptions")["exceptionHistory"]["entries"] == []
