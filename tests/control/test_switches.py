"""Switching off and on, against a real broker: one message each, in force in the job's own book, and told everywhere."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from jobs.control import read_control
from jobs.options import Options
from services.control.audit import history
from services.control.listing import published
from services.control.publish import publish
from services.control.signature import Signature
from services.control.switches import SwitchError, Target, switch_off, switch_on, switched_off
from services.devstack.settings import Settings
from services.devstack.status import report
from services.devstack.topics import topics
from services.documents.files import load_campaign_files
from services.kafka.client import ensure_topics
from tests.documents.writing import CAMPAIGN, write
from udfs.core.campaigns.compile_book import compile_book

pytestmark = pytest.mark.cluster
EMAIL = Target(kind="channel", name="email")


@pytest.fixture
def shop(brokers: str, control: str, folder: Path) -> str:
    """A control topic with one campaign that asks a model."""
    write(folder / "comeback.yaml", CAMPAIGN + "score: {model: propensity, cold_start: 0.1}\n")
    publish(brokers, control, load_campaign_files([folder]))
    return control


def off(brokers: str, control: str) -> dict[str, str]:
    """What the job holds to be off."""
    return dict(compile_book(read_control(brokers, control)[0]).switches)


def test_what_is_switched_off_is_off_until_it_is_switched_on(brokers: str, shop: str) -> None:
    targets = [Target(kind="all"), EMAIL, Target(kind="campaign", name="comeback"), Target(kind="model", name="propensity")]
    for target in targets:
        switch_off(brokers, shop, target, signed=Signature(who="ada", why="on fire"))
    assert off(brokers, shop) == dict.fromkeys(["all", "channel/email", "campaign/comeback", "model/propensity"], "on fire")
    assert [switch.name for switch in switched_off(published(brokers, shop))] == ["all", "campaign/comeback", "channel/email", "model/propensity"]
    for target in targets:
        switch_on(brokers, shop, target)
    assert off(brokers, shop) == {}
    assert [record.act for record in history(brokers, shop, key="switch/channel/email")] == ["switched_off", "switched_on"]


def test_a_misspelt_name_stops_nothing_and_says_so(brokers: str, shop: str) -> None:
    for target, hint in (
        (Target(kind="campaign", name="comebak"), "did you mean 'comeback'"),
        (Target(kind="channel", name="mail"), "did you mean 'email'"),
        (Target(kind="model", name="weather"), "there are propensity"),
    ):
        with pytest.raises(SwitchError, match=hint):
            switch_off(brokers, shop, target)
    with pytest.raises(SwitchError, match="nothing is switched off"):
        switch_on(brokers, shop, EMAIL)
    assert off(brokers, shop) == {}


def test_the_commands_and_the_lists_tell_what_is_off_and_why(brokers: str, shop: str) -> None:
    def run(*words: str) -> Result:
        return CliRunner().invoke(kairos, [*words, "--brokers", brokers, "--control-topic", shop], catch_exceptions=False)

    assert (
        "channel email is switched off (`kairos switch on channel email`)"
        in run("switch", "off", "channel", "email", "--why", "the provider is down").output
    )
    assert "channel email is switched off: the provider is down (`kairos switch on channel email`)" in run("campaigns", "list").output
    assert "# channel email is switched off: the provider is down" in run("policy", "show").output
    assert "“the provider is down”" in run("audit", "switch/channel/email").output
    assert "off are channel/email" in run("switch", "on", "all").output
    assert "channel email is on again" in run("switch", "on", "channel", "email").output
    assert "switched off" not in run("campaigns", "list").output
    assert "which campaign?" in run("switch", "off", "campaign").output
    assert "`all` takes no name" in run("switch", "off", "all", "email").output


def test_status_tells_what_is_off(stack: Settings) -> None:
    ensure_topics(stack.brokers, [topic for topic in topics(Options()) if topic.name == "control"])
    switch_off(stack.brokers, "control", Target(kind="all"), signed=Signature(who="ada", why="on fire"))
    try:
        assert "✗ everything is switched off: on fire" in report(stack)[1]
    finally:
        switch_on(stack.brokers, "control", Target(kind="all"))
    assert not any("switched off" in line for line in report(stack)[1])
