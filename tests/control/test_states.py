"""From a draft to a live campaign, against a real broker: what is not live is kept and listed, but does not act."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from jobs.control import read_control
from services.control.audit import history
from services.control.listing import by_name
from services.control.publish import publish
from services.control.signature import Signature
from services.control.states import StateError, approve, review, set_status
from services.documents.files import load_campaign_files
from services.documents.findings import BadFile
from tests.documents.writing import CAMPAIGN, write
from udfs.core.campaigns.compile_book import compile_book

pytestmark = pytest.mark.cluster
ADA, BEN = Signature(who="ada"), Signature(who="ben")


def acts(brokers: str, control: str) -> bool:
    return not compile_book(read_control(brokers, control)[0]).campaigns["comeback"].paused


def test_a_draft_is_reviewed_by_one_and_approved_by_another(brokers: str, control: str, folder: Path) -> None:
    publish(brokers, control, load_campaign_files([folder]), state="draft", signed=ADA)
    assert not acts(brokers, control)
    with pytest.raises(StateError, match="is draft, so it cannot be approved: ask for a review"):
        approve(brokers, control, "comeback", signed=BEN)
    review(brokers, control, "comeback", signed=ADA)
    assert not acts(brokers, control)
    with pytest.raises(StateError, match="ada asked for the review"):
        approve(brokers, control, "comeback", signed=ADA)
    approve(brokers, control, "comeback", signed=BEN)
    assert acts(brokers, control)
    assert [(record.act, record.who) for record in history(brokers, control, key="campaign/comeback")] == [
        ("published", "ada"),
        ("reviewed", "ada"),
        ("approved", "ben"),
    ]


def test_somebody_alone_approves_with_self(brokers: str, control: str, folder: Path) -> None:
    publish(brokers, control, load_campaign_files([folder]), state="draft")
    review(brokers, control, "comeback")
    approve(brokers, control, "comeback", oneself=True)
    assert acts(brokers, control)


def test_new_words_in_review_are_a_draft_again_and_the_same_words_are_not(brokers: str, control: str, folder: Path) -> None:
    publish(brokers, control, load_campaign_files([folder]), state="draft")
    review(brokers, control, "comeback")
    publish(brokers, control, load_campaign_files([folder]))
    assert by_name(brokers, control, "comeback").status == "in_review"
    write(folder / "comeback.yaml", CAMPAIGN.replace("99", "9"))
    publish(brokers, control, load_campaign_files([folder]))
    assert by_name(brokers, control, "comeback").status == "draft"


def test_what_was_never_live_can_be_neither_paused_nor_resumed_into_life(brokers: str, control: str, folder: Path) -> None:
    publish(brokers, control, load_campaign_files([folder]), state="draft")
    for status in ("paused", "live"):
        with pytest.raises(StateError, match="is draft"):
            set_status(brokers, control, "comeback", status)
    assert not acts(brokers, control)


def test_a_draft_does_not_take_the_place_of_a_campaign_that_runs(brokers: str, control: str, folder: Path) -> None:
    publish(brokers, control, load_campaign_files([folder]))
    with pytest.raises(BadFile, match="'comeback' is live: a draft of the same name would take its place"):
        publish(brokers, control, load_campaign_files([folder]), state="draft")
    assert acts(brokers, control)


def test_the_commands_lead_from_one_state_to_the_next(brokers: str, control: str, folder: Path) -> None:
    def run(*words: object) -> Result:
        return CliRunner().invoke(kairos, ["campaigns", *map(str, words), "--brokers", brokers, "--control-topic", control], catch_exceptions=False)

    assert "(draft, so it does not act; ask for a review: `kairos campaigns review comeback`)" in run("publish", folder, "--as", "draft").output
    assert "draft" in run("list").output
    assert "comeback is in review" in run("review", "comeback", "--by", "ada").output
    assert "--self" in run("approve", "comeback", "--by", "ada").output
    assert "comeback is live" in run("approve", "comeback", "--by", "ben").output
