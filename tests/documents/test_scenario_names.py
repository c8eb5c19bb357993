"""What a scenario names and its campaign does not have: `kairos campaigns check` says so, not only a failing story."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.documents.files import load_campaign_files
from services.documents.scenario_names import doubtful_scenarios, wrong_scenarios
from tests.documents.writing import write

CAMPAIGN = """\
campaign: {name}
trigger: {{event: product_added}}
variants:
  discount: {{channel: email, content: {{subject: Hi, body: Hi}}}}
  plain: {{channel: [push, sms], content: {{body: Hi}}}}
"""
STORY = """\
scenario: one
given: [{at: "10:00", event: product_added, properties: {product_id: tent}}, {at: "10:30", event: message_opened, of: OF}]
MORE
"""


def wrong(folder: Path, more: str, of: str = "discount") -> list[str]:
    write(folder / "mine.scenarios.yaml", STORY.replace("MORE", more).replace("OF", of))
    write(folder / "mine.yaml", CAMPAIGN.format(name="mine"))
    write(folder / "other.yaml", CAMPAIGN.format(name="other").replace("discount", "gift"))
    return [f"{each.line}: {each.message} ({each.suggestion})" for each in wrong_scenarios(load_campaign_files([folder]))]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("expect: [{at: 10:00, outcome: sent}]", "3: there is no outcome 'sent' (write acted: Kairos decides, a delivery system sends)"),
        ("expect: [{at: 10:00, outcome: acted, variant: discout}]", "3: no decision here has the variant 'discout' (did you mean 'discount'?)"),
        ("expect: [{at: 10:00, outcome: acted, variant: gift}]", "3: no decision here has the variant 'gift' (there are discount, plain)"),
        ("expect: [{at: 10:00, outcome: acted, channel: emial}]", "3: no decision here has the channel 'emial' (did you mean 'email'?)"),
        ("expect: []\nrecalls: [{at: 10:00, variant: nobody}]", "4: no decision here has the variant 'nobody' (there are discount, plain)"),
        (
            "expect: [{at: 10:00, outcome: acted, campaign: other}]",
            "3: no decision here has the campaign 'other' (there is mine. Write campaigns: all to run the others with it)",
        ),
        (
            "campaigns: all\nexpect: [{at: 10:00, outcome: acted, campaign: othr}]",
            "4: no decision here has the campaign 'othr' (did you mean 'other'?)",
        ),
        (
            "campaigns: all\nexpect: [{at: 10:00, outcome: acted, campaign: other, variant: discount}]",
            "4: no decision here has the variant 'discount' (there are gift, plain)",
        ),
    ],
)
def test_a_name_that_nothing_has_is_told_with_its_line(tmp_path: Path, more: str, told: str) -> None:
    assert wrong(tmp_path, more) == [told]


def test_a_receipt_of_a_variant_that_does_not_exist_is_told(tmp_path: Path) -> None:
    assert wrong(tmp_path, "expect: []", of="discoutn") == ["2: no decision here has the variant 'discoutn' (did you mean 'discount'?)"]


@pytest.mark.parametrize(
    "more",
    [
        "expect: [{at: 10:00, outcome: acted, variant: discount, channel: email}, {at: 10:01, outcome: control, variant: null, channel: null}]",
        "expect: [{at: 10:00, outcome: acted, channel: sms}]\nrecalls: []",
        "campaigns: all\nexpect: [{at: 10:00, outcome: acted, campaign: other, variant: gift}, {at: 10:00, outcome: acted, variant: gift}]",
    ],
)
def test_what_exists_is_left_alone(tmp_path: Path, more: str) -> None:
    assert wrong(tmp_path, more) == []


def test_a_campaign_of_the_folder_is_known_when_one_file_is_checked_alone(tmp_path: Path) -> None:
    wrong(tmp_path, "campaigns: all\nexpect: [{at: 10:00, outcome: acted, campaign: other, variant: gift}]")
    write(tmp_path / "broken.yaml", "campaign: {")
    assert wrong_scenarios(load_campaign_files([tmp_path / "mine.yaml"])) == []


def test_a_campaign_that_is_broken_is_known_to_the_stories_of_the_others(tmp_path: Path) -> None:
    wrong(tmp_path, "campaigns: all\nexpect: [{at: 10:00, outcome: acted, campaign: other}]")
    write(tmp_path / "other.yaml", "campaign: other\ntrigger: {event: product_added}\nvariants: none\n")
    result = CliRunner().invoke(kairos, ["campaigns", "check", str(tmp_path)])
    assert "other.yaml:3" in result.output
    assert "no decision here" not in result.output


def test_a_misspelt_event_of_a_story_is_a_warning(tmp_path: Path) -> None:
    write(tmp_path / "mine.yaml", CAMPAIGN.format(name="mine"))
    write(tmp_path / "mine.scenarios.yaml", STORY.replace("product_added", "prodcut_added").replace("OF", "discount").replace("MORE", "expect: []"))
    (doubt,) = doubtful_scenarios(load_campaign_files([tmp_path]))
    assert doubt.line == 2
    assert "product_added" in str(doubt.suggestion)


def test_the_check_stops_for_it(tmp_path: Path) -> None:
    wrong(tmp_path, "expect: [{at: 10:00, outcome: sent}]")
    result = CliRunner().invoke(kairos, ["campaigns", "check", str(tmp_path)])
    assert result.exit_code != 0
    assert "write acted" in result.output
    assert "✓ mine" not in result.output
