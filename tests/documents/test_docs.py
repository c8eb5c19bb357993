"""What docs/campaigns.md and docs/write-a-campaign.md show is accepted, and does what they say."""

import re
from pathlib import Path

import pytest

from services.documents.check import check
from services.documents.files import CampaignFile, features_for, load_campaign_files
from services.documents.scenarios import load_scenarios
from services.local.trial import try_out
from tests.documents.writing import write

TEXT = (Path(__file__).parents[2] / "docs" / "campaigns.md").read_text(encoding="utf-8")


def block(kind: str) -> str:
    """The first example of a kind."""
    found, *_ = re.findall(rf"^```{re.escape(kind)}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.fixture
def files(tmp_path: Path) -> list[CampaignFile]:
    write(tmp_path / "templates" / "cart.yaml", block('yaml title="templates/cart.yaml"'))
    write(tmp_path / "tent-weather.scenarios.yaml", block('yaml title="tent-weather.scenarios.yaml"'))
    return load_campaign_files([write(tmp_path / "tent-weather.yaml", block("yaml"))])


@pytest.mark.slow
def test_the_campaign_has_no_fault(files: list[CampaignFile]) -> None:
    assert [str(finding) for finding in check(files)] == []


def test_the_guide_s_campaign_passes_its_scenario_as_it_is_printed_there(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "write-a-campaign.md").read_text(encoding="utf-8")
    campaign, scenarios = re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    write(tmp_path / "my-campaign.scenarios.yaml", scenarios)
    (file,) = load_campaign_files([write(tmp_path / "my-campaign.yaml", campaign)])
    assert [str(finding) for finding in check([file])] == []
    (scenario,) = load_scenarios(file.scenarios)
    trial = try_out(scenario, campaign=file, files=[file], features=features_for([file]))
    assert trial.passed, "\n".join(trial.lines)


def test_its_scenarios_pass(files: list[CampaignFile]) -> None:
    (campaign,) = files
    for scenario in load_scenarios(campaign.scenarios):
        trial = try_out(scenario, campaign=campaign, files=files, features=features_for(files))
        assert trial.passed, "\n".join(trial.lines)


def test_every_filter_that_it_names_exists_and_none_is_missing() -> None:
    from udfs.core.templates.filters import FILTERS

    (table,) = re.findall(r"^\| filters .*?\n\n", TEXT, re.MULTILINE | re.DOTALL)
    named = [name for row in table.strip().splitlines()[2:] for name in re.findall(r"`([a-z]+)`", row.split("|")[1])]
    assert set(named) == set(FILTERS) - {"d", "e", "count"}
