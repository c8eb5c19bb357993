"""Publishing, against a real broker: checked first, acknowledged, listed, paused, resumed, removed."""

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.campaigns import campaigns
from jobs.control import TopicUnusable, read_control
from jobs.kafka.connect import KafkaUnavailable
from services.control.deployment import deployed_channels, deployment_record
from services.control.listing import by_name, entries, published, refused
from services.control.publish import publish, remove
from services.control.send import send
from services.control.states import set_status
from services.documents.files import load_campaign_files
from services.documents.findings import BadFile
from services.kafka.client import producer
from tests.documents.writing import CAMPAIGN, FEATURES, write
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.compile_book import compile_book

pytestmark = pytest.mark.cluster


def book(brokers: str, topic: str) -> Book:
    """What a job would have in force."""
    entries, end = read_control(brokers, topic)
    return compile_book(entries, end=end)


def test_what_is_published_is_in_force_under_its_version(brokers: str, control: str, folder: Path) -> None:
    before = int(time.time() * 1000)
    records = publish(brokers, control, load_campaign_files([folder]))
    held = book(brokers, control)
    assert not held.refused
    assert held.campaigns["comeback"].version == next(record.version for record in records if record.key == "campaign/comeback")
    campaign, features = published(brokers, control)
    assert (campaign.name, campaign.status, campaign.published_by, features.kind) == ("comeback", "live", "cli", "features")
    assert before <= campaign.published_at <= int(time.time() * 1000)
    assert campaign.trigger == "a cart untouched for 30m, unless order_completed"


def test_a_broken_campaign_is_refused_before_anything_is_sent(brokers: str, control: str, folder: Path) -> None:
    publish(brokers, control, load_campaign_files([folder]))
    before = read_control(brokers, control)
    write(folder / "second.yaml", CAMPAIGN.replace("comeback", "second"))
    write(folder / "comeback.yaml", CAMPAIGN.replace("cart.value", "crt.value"))
    with pytest.raises(BadFile, match=r"did you mean 'cart\.value'"):
        publish(brokers, control, load_campaign_files([folder]))
    assert read_control(brokers, control) == before


def test_a_campaign_alone_takes_its_features_along_where_none_are_published(brokers: str, control: str, folder: Path) -> None:
    publish(brokers, control, load_campaign_files([folder / "comeback.yaml"]))
    assert list(book(brokers, control).features.features) == ["views_7d"]


def test_a_campaign_alone_is_judged_by_the_features_that_are_published(brokers: str, control: str, folder: Path) -> None:
    publish(brokers, control, load_campaign_files([folder / "features.yaml"]))
    write(folder / "features.yaml", FEATURES.replace("views_7d", "adds_7d"))
    publish(brokers, control, load_campaign_files([folder / "comeback.yaml"]))
    assert not book(brokers, control).refused


def test_features_that_a_published_campaign_needs_cannot_be_taken_away(brokers: str, control: str, folder: Path) -> None:
    publish(brokers, control, load_campaign_files([folder]))
    write(folder / "features.yaml", FEATURES.replace("views_7d", "adds_7d"))
    with pytest.raises(BadFile, match="campaign 'comeback' needs what these features no longer have"):
        publish(brokers, control, load_campaign_files([folder / "features.yaml"]))
    write(folder / "comeback.yaml", CAMPAIGN.replace("views_7d", "adds_7d"))
    with pytest.raises(BadFile, match="does not fit what is published"):
        publish(brokers, control, load_campaign_files([folder]))
    write(folder / "features.yaml", FEATURES + FEATURES.split("\n")[1].replace("views_7d", "adds_7d") + "\n")
    publish(brokers, control, load_campaign_files([folder]))
    write(folder / "features.yaml", FEATURES.replace("views_7d", "adds_7d"))
    publish(brokers, control, load_campaign_files([folder / "features.yaml"]))
    assert not book(brokers, control).refused


def test_the_same_again_is_the_same_version_and_a_new_feature_is_dated(brokers: str, control: str, folder: Path) -> None:
    first = publish(brokers, control, load_campaign_files([folder]))
    again = publish(brokers, control, load_campaign_files([folder]))
    assert [record.version for record in first] == [record.version for record in again]
    write(folder / "features.yaml", FEATURES + "  - {name: adds_7d, event: product_added, aggregate: count, window: 7d}\n")
    publish(brokers, control, load_campaign_files([folder]))
    assert list(published(brokers, control)[-1].document["introduced"]) == ["adds_7d"]


def test_a_paused_campaign_keeps_its_document_and_stays_paused_until_it_is_resumed(brokers: str, control: str, folder: Path) -> None:
    publish(brokers, control, load_campaign_files([folder]), published_by="submit")
    version = book(brokers, control).campaigns["comeback"].version
    set_status(brokers, control, "comeback", "paused")
    held = book(brokers, control).campaigns["comeback"]
    assert (held.paused, held.version) == (True, version)
    publish(brokers, control, load_campaign_files([folder]))
    assert book(brokers, control).campaigns["comeback"].paused
    set_status(brokers, control, "comeback", "live")
    assert not book(brokers, control).campaigns["comeback"].paused


def test_a_removed_campaign_is_gone_and_an_unknown_one_is_told_with_the_nearest(brokers: str, control: str, folder: Path) -> None:
    publish(brokers, control, load_campaign_files([folder]))
    with pytest.raises(LookupError, match="did you mean 'comeback'"):
        remove(brokers, control, ["comebak"])
    remove(brokers, control, ["comeback"])
    assert not book(brokers, control).campaigns
    with pytest.raises(LookupError, match="nothing is published"):
        by_name(brokers, control, "comeback")


def test_a_broken_record_hides_no_campaign_that_is_in_force(brokers: str, control: str, folder: Path) -> None:
    publish(brokers, control, load_campaign_files([folder]))
    sender = producer(brokers)
    for key in (b"campaign/comeback", b"campaign/other"):
        sender.send(control, key=key, value=b'{"kind": "campaign"}')
    sender.close()
    assert [entry.name for entry in published(brokers, control)] == ["comeback", "features"]
    assert set(refused(entries(brokers, control))) == {"campaign/comeback", "campaign/other"}
    listed = CliRunner().invoke(campaigns, ["list", "--brokers", brokers, "--control-topic", control])
    assert "campaign/comeback: the newest record on" in listed.stderr
    assert "the last valid one stays in force. not a control record" in listed.stderr
    set_status(brokers, control, "comeback", "paused")
    assert book(brokers, control).campaigns["comeback"].paused


def test_a_published_record_says_what_the_schema_says(brokers: str, control: str, folder: Path) -> None:
    publish(brokers, control, load_campaign_files([folder]))
    entries, _ = read_control(brokers, control)
    value = json.loads(next(entry.value or b"" for entry in entries if entry.key == "campaign/comeback"))
    assert set(value) == {"kind", "name", "version", "status", "document", "published_at", "published_by"}


def test_a_missing_broker_and_a_missing_topic_are_told_at_once(brokers: str) -> None:
    started = time.monotonic()
    with pytest.raises(KafkaUnavailable, match="kairos up"):
        published("127.0.0.1:1", "control")
    assert time.monotonic() - started < 30
    with pytest.raises(TopicUnusable, match="does not exist"):
        published(brokers, "no-such-topic")


def test_a_channel_that_is_not_deployed_is_refused_with_the_cure(brokers: str, control: str, folder: Path) -> None:
    send(brokers, control, [deployment_record("kairos", ["sms", "push"], at=1)])
    assert deployed_channels(published(brokers, control)) == ("sms", "push")
    before = read_control(brokers, control)
    with pytest.raises(BadFile) as refusal:
        publish(brokers, control, load_campaign_files([folder]))
    (finding,) = refusal.value.findings
    assert (finding.line, finding.message) == (5, "channel 'email' is not deployed: deployed are sms, push")
    assert finding.suggestion == "deploy it: `kairos submit --channels sms,push,email`"
    assert read_control(brokers, control) == before
    send(brokers, control, [deployment_record("kairos", ["sms", "email"], at=2)])
    assert publish(brokers, control, load_campaign_files([folder]))


def test_where_nothing_was_submitted_publishing_warns_that_nobody_knows_the_channels(brokers: str, control: str, folder: Path) -> None:
    words = ["publish", str(folder), "--brokers", brokers, "--control-topic", control]
    done = CliRunner().invoke(campaigns, words, catch_exceptions=False)
    assert (done.exit_code, "nothing was submitted yet" in done.stderr) == (0, True)
    send(brokers, control, [deployment_record("kairos", ["email"], at=1)])
    assert CliRunner().invoke(campaigns, words, catch_exceptions=False).stderr == ""
    listed = CliRunner().invoke(campaigns, ["list", *words[2:]], catch_exceptions=False).output
    assert "deployment" not in listed
