"""`kairos campaigns` as it is typed: what it prints, and the exit code that a script relies on."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.campaigns import campaigns
from tests.documents.writing import CAMPAIGN, write

STORY = """\
scenario: a tent left in the cart
given: [{at: 10:00, event: product_added, properties: {product_id: tent, price: 120}}]
expect: [{at: 10:30, outcome: acted}]
"""


def kairos(*words: object) -> Result:
    return CliRunner().invoke(campaigns, [str(word) for word in words], catch_exceptions=False)


@pytest.mark.slow
def test_check_and_test_mean_the_shipped_campaigns_when_told_nothing() -> None:
    checked = kairos("check")
    assert checked.exit_code == 0
    assert "cart-abandonment" in checked.output
    tested = kairos("test")
    assert tested.exit_code == 0
    assert "scenarios passed" in tested.output


def test_check_prints_place_line_caret_and_hint_and_fails(folder: Path) -> None:
    write(folder / "comeback.yaml", CAMPAIGN.replace("cart.value", "crt.value"))
    done = kairos("check", folder)
    assert done.exit_code == 1
    assert f"{folder / 'comeback.yaml'}:3:7: unknown name 'crt.value'" in done.output
    assert "  when: crt.value > 99 and views_7d >= 0\n        ^\n  hint: did you mean 'cart.value'?" in done.output
    assert "1 problem found" in done.output


def test_a_missing_file_fails() -> None:
    done = kairos("check", "gone.yaml")
    assert done.exit_code == 1
    assert "gone.yaml:1:1: cannot be read: No such file" in done.output


def test_test_runs_the_scenarios_beside_a_campaign_or_those_named(folder: Path) -> None:
    scenarios = write(folder / "comeback.scenarios.yaml", STORY)
    for given in (folder, folder / "comeback.yaml", scenarios):
        done = kairos("test", given, "-v")
        assert done.exit_code == 0, done.output
        assert "✓ a tent left in the cart" in done.output


def test_test_fails_with_the_difference(folder: Path) -> None:
    write(folder / "comeback.scenarios.yaml", STORY.replace("10:30", "10:31"))
    done = kairos("test", folder)
    assert done.exit_code == 1
    assert "✗ a tent left in the cart" in done.output
    assert "at is 10:30" in done.output
    assert "comeback.scenarios.yaml:1" in done.output


def test_test_without_any_scenario_fails_for_nothing_was_shown(folder: Path) -> None:
    done = kairos("test", folder)
    assert done.exit_code == 1
    assert "no scenario was run" in done.output


def test_commands_that_need_a_broker_say_so_when_there_is_none(folder: Path) -> None:
    for words in (["publish", folder], ["list"], ["pause", "x"], ["resume", "x"], ["remove", "x"]):
        done = kairos(*words, "--brokers", "127.0.0.1:1")
        assert done.exit_code == 1
        assert "start a broker with `kairos up`" in done.output


@pytest.mark.cluster
def test_a_campaigns_life_from_publication_to_removal(brokers: str, control: str, folder: Path) -> None:
    where = ("--brokers", brokers, "--control-topic", control)
    assert "nothing is published" in kairos("list", *where).output
    assert "comeback  version" in kairos("publish", folder, *where).output
    assert "a cart untouched for 30m" in kairos("list", *where).output
    assert "comeback is paused" in kairos("pause", "comeback", *where).output
    assert "paused, so it does not act" in kairos("publish", folder, *where).output
    assert "paused" in kairos("list", *where).output
    assert "comeback is live" in kairos("resume", "comeback", *where).output
    wrong = kairos("remove", "comebakc", *where)
    assert wrong.exit_code == 1
    assert "did you mean 'comeback'?" in wrong.output
    assert "comeback is removed" in kairos("remove", "comeback", *where).output
    assert "comeback" not in kairos("list", *where).output
