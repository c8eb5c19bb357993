"""Every change of `control` is recorded on its audit topic: who, what, from which version to which, and why."""

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from kafka.admin import ConfigResource

from bench.onnx_files import linear, manifest
from cli.main import kairos
from jobs.control import read_control
from services.control import models
from services.control.audit import audit_name, history
from services.control.publish import publish, remove
from services.control.records import ControlRecord
from services.control.send import send
from services.control.signature import Signature, whoever
from services.control.states import set_status
from services.documents.files import load_campaign_files, shipped
from services.kafka.client import admin
from tests.documents.writing import CAMPAIGN, write
from udfs.core.campaigns.compile_book import compile_book

ADA = Signature(who="ada", why="spring")


def test_whoever_runs_it_is_named_by_the_environment_else_by_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAIROS_USER", "ben")
    assert whoever() == "ben"
    monkeypatch.delenv("KAIROS_USER")
    monkeypatch.setenv("LOGNAME", "cleo")
    assert whoever().startswith("cleo@")


def told(brokers: str, control: str, key: str) -> list[tuple[str, str | None, str | None, str | None]]:
    return [(record.act, record.version_before, record.version_after, record.status) for record in history(brokers, control, key=key)]


@pytest.mark.cluster
def test_a_campaigns_life_is_told_with_versions_and_offsets(brokers: str, control: str, folder: Path) -> None:
    began = int(time.time() * 1000)
    first = {record.key: record.version for record in publish(brokers, control, load_campaign_files([folder]), signed=ADA)}["campaign/comeback"]
    write(folder / "comeback.yaml", CAMPAIGN.replace("99", "50"))
    second = {record.key: record.version for record in publish(brokers, control, load_campaign_files([folder]))}["campaign/comeback"]
    set_status(brokers, control, "comeback", "paused")
    set_status(brokers, control, "comeback", "live")
    remove(brokers, control, ["comeback"])
    assert told(brokers, control, "campaign/comeback") == [
        ("published", None, first, "live"),
        ("published", first, second, "live"),
        ("paused", second, second, "paused"),
        ("resumed", second, second, "live"),
        ("removed", second, None, None),
    ]
    records = list(history(brokers, control))
    assert (records[0].who, records[0].why, records[-1].who, records[-1].why) == ("ada", "spring", whoever(), None)
    assert all(began <= record.at <= int(time.time() * 1000) for record in records)
    entries, _ = read_control(brokers, control)
    assert [(entry.key, entry.offset) for entry in entries] == [(record.key, record.offset) for record in records]


@pytest.mark.cluster
def test_what_is_done_to_a_model_is_told(brokers: str, control: str, tmp_path: Path) -> None:
    publish(brokers, control, load_campaign_files(shipped()))
    features = compile_book(read_control(brokers, control)[0]).features
    for weight in (1.0, 2.0):
        models.publish(brokers, control, manifest(tmp_path, linear([weight, 0.0]), features=features, inputs=["views_7d", "adds_7d"]))
    models.rollback(brokers, control, "propensity")
    models.use(
        brokers, control, "propensity", str(manifest(tmp_path, linear([2.0, 0.0]), features=features, inputs=["views_7d", "adds_7d"])["version"])
    )
    models.set_status(brokers, control, "propensity", "paused")
    models.remove(brokers, control, "propensity")
    assert [act for act, *_ in told(brokers, control, "model/propensity")] == ["published", "published", "rolled_back", "used", "paused", "removed"]


@pytest.mark.cluster
def test_a_record_that_names_no_version_is_told_all_the_same(brokers: str, control: str) -> None:
    send(
        brokers,
        control,
        [ControlRecord(key="campaign/x", value=b"\xff"), ControlRecord(key="campaign/x", value=b"[1]"), ControlRecord(key="", value=None)],
    )
    assert [(record.key, record.act, record.version_after) for record in history(brokers, control)] == [
        ("campaign/x", "published", None),
        ("campaign/x", "published", None),
        ("", "removed", None),
    ]


@pytest.mark.cluster
def test_nothing_of_it_is_ever_deleted(brokers: str, control: str, folder: Path) -> None:
    publish(brokers, control, load_campaign_files([folder]))
    client = admin(brokers)
    try:
        told = client.describe_configs([ConfigResource("TOPIC", audit_name(control))], config_filter="all")["topic"][audit_name(control)]
    finally:
        client.close()
    assert {name: str(told[name]["value"]) for name in ("retention.ms", "retention.bytes", "cleanup.policy")} == {
        "retention.ms": "-1",
        "retention.bytes": "-1",
        "cleanup.policy": "delete",
    }


@pytest.mark.cluster
def test_the_command_prints_it_all_or_of_one_name(brokers: str, control: str, folder: Path) -> None:
    def run(*words: object) -> Result:
        return CliRunner().invoke(kairos, [*map(str, words), "--brokers", brokers, "--control-topic", control], catch_exceptions=False)

    assert "`kairos submit` creates the topics" in run("audit").output
    run("campaigns", "publish", folder, "--by", "ada", "--why", "for spring")
    run("campaigns", "pause", "comeback", "--by", "ben")
    everything = run("audit").output.splitlines()
    assert len(everything) == 3
    assert "ada" in everything[1]
    assert "campaign/comeback" in everything[1]
    assert "“for spring”" in everything[1]
    (last,) = run("audit", "comeback", "-n", 1, "--json").output.splitlines()
    assert {name: json.loads(last)[name] for name in ("who", "act", "key", "status")} == {
        "who": "ben",
        "act": "paused",
        "key": "campaign/comeback",
        "status": "paused",
    }
    assert "no change of 'comebak' is recorded" in run("audit", "comebak").stderr
    tailed = CliRunner().invoke(kairos, ["tail", "audit", "--from", "earliest", "--no-follow", "--brokers", brokers, "--topic", audit_name(control)])
    assert tailed.output.splitlines() == everything
