"""A rollout, against a real broker: publishing begins it, the same again changes nothing, and what was stopped is not begun again unnoticed."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from jobs.control import read_control
from jobs.options import Options
from services.control.audit import history
from services.control.campaign_rollouts import standing_of
from services.control.listing import by_name
from services.control.publish import publish
from services.control.states import approve, review, set_status
from services.devstack.prepare import publish_campaigns
from services.documents.files import CampaignFile, load_campaign_files
from services.documents.findings import BadFile
from services.kafka.client import Topic, ensure_topics
from tests.documents.writing import CAMPAIGN, write
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.features.features import set_version

pytestmark = pytest.mark.cluster
ROLLOUT = "goal: {event: order_completed, within: 3d}\nrollout: [5%, 25%, 100%]\n"


def book(brokers: str, control: str) -> Book:
    return compile_book(read_control(brokers, control)[0])


def with_rollout(folder: Path) -> list[CampaignFile]:
    write(folder / "comeback.yaml", CAMPAIGN + ROLLOUT)
    return load_campaign_files([folder])


def run(brokers: str, control: str, *words: str) -> Result:
    return CliRunner().invoke(kairos, ["campaigns", *words, "--brokers", brokers, "--control-topic", control])


def test_a_changed_version_begins_and_is_stopped_by_hand(brokers: str, control: str, folder: Path) -> None:
    first = publish(brokers, control, load_campaign_files([folder]))
    publish(brokers, control, with_rollout(folder))
    held = book(brokers, control)
    assert held.versions["comeback"].share == 0.05
    assert held.versions["comeback"].old.version == next(each.version for each in first if each.key == "campaign/comeback")
    listed = run(brokers, control, "list")
    assert "live for 5 % of customers" in listed.output
    publish(brokers, control, with_rollout(folder))
    assert book(brokers, control).versions["comeback"].began == held.versions["comeback"].began
    done = run(brokers, control, "rollback", "comeback", "--why", "complaints")
    assert (done.exit_code, "for everybody" in done.output) == (0, True), done.output
    assert not book(brokers, control).versions
    assert [(each.act, each.why) for each in history(brokers, control, key="campaign/comeback")][-1] == ("rolled_back", "complaints")
    with pytest.raises(BadFile, match="this very version of 'comeback' was stopped: complaints"):
        publish(brokers, control, with_rollout(folder))
    publish(brokers, control, with_rollout(folder), again=True)
    assert book(brokers, control).versions["comeback"].share == 0.05


def test_a_submit_leaves_out_what_was_stopped_and_removes_nothing_for_it(brokers: str, control: str, folder: Path) -> None:
    publish(brokers, control, load_campaign_files([folder]), published_by="submit")
    publish(brokers, control, with_rollout(folder))
    run(brokers, control, "rollback", "comeback")
    told: list[str] = []
    publish_campaigns(Options(brokers=brokers, control_topic=control), [folder], say=told.append)
    assert any("the rollout of the version in comeback.yaml was stopped" in line for line in told)
    assert by_name(brokers, control, "comeback").document != with_rollout(folder)[0].document


def test_a_first_version_that_is_stopped_is_paused_and_resumed_at_its_step(brokers: str, control: str, folder: Path) -> None:
    publish(brokers, control, with_rollout(folder))
    assert book(brokers, control).campaigns["comeback"].control_group == pytest.approx(0.95)
    run(brokers, control, "rollback", "comeback")
    assert book(brokers, control).campaigns["comeback"].paused
    publish(brokers, control, with_rollout(folder))
    assert book(brokers, control).campaigns["comeback"].paused, "publishing the same again does not resume it"
    set_status(brokers, control, "comeback", "live")
    found = book(brokers, control).campaigns["comeback"]
    assert not found.paused
    assert found.control_group == pytest.approx(0.95)


def test_a_draft_begins_its_rollout_when_it_is_approved(brokers: str, control: str, folder: Path) -> None:
    publish(brokers, control, with_rollout(folder), state="draft")
    drafted = standing_of(by_name(brokers, control, "comeback").value)
    review(brokers, control, "comeback")
    approve(brokers, control, "comeback", oneself=True)
    began = standing_of(by_name(brokers, control, "comeback").value)
    assert drafted is not None
    assert began is not None
    assert began.since > drafted.since


def test_how_it_stands_is_told_and_what_is_on_its_way_to_nobody_cannot_be_rolled_back(brokers: str, control: str, folder: Path) -> None:
    names = (f"{control}.decisions", f"{control}.outcomes")
    ensure_topics(brokers, [Topic(name=name, partitions=1, config={}) for name in names])
    topics = ("--decisions-topic", names[0], "--outcomes-topic", names[1])
    publish(brokers, control, load_campaign_files([folder]))
    done = run(brokers, control, "rollback", "comeback")
    assert (done.exit_code, "is on its way" in done.output) == (1, True)
    assert "every campaign is for everybody" in run(brokers, control, "rollout", *topics).output
    publish(brokers, control, with_rollout(folder))
    told = run(brokers, control, "rollout", "comeback", *topics).output
    assert "comeback for 5 % of customers, step 1 of 3; everybody else gets the version before" in told
    assert "wait: the outcomes of 0 customers with it are known, of 500" in told
    assert "did you mean 'comeback'" in run(brokers, control, "rollout", "comebak", *topics).output


def test_a_version_without_a_rollout_is_for_everybody(brokers: str, control: str, folder: Path) -> None:
    publish(brokers, control, with_rollout(folder))
    write(folder / "comeback.yaml", CAMPAIGN)
    publish(brokers, control, load_campaign_files([folder]))
    held = by_name(brokers, control, "comeback")
    assert standing_of(held.value) is None
    assert held.version == set_version(held.document)
