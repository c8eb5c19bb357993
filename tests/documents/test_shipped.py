"""Every shipped campaign keeps every promise of its scenarios, and every template reads well whatever is missing."""

import pytest

from services.documents.check import check
from services.documents.files import CampaignFile, features_for, load_campaign_files, shipped
from services.documents.scenario import Scenario
from services.documents.scenarios import load_scenarios
from services.local.trial import try_out
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.features.language.features import compile_features

FILES = load_campaign_files(shipped())
CAMPAIGNS = [file for file in FILES if file.kind == "campaign"]
SCENARIOS = [(file, scenario) for file in CAMPAIGNS for scenario in load_scenarios(file.scenarios)]


def test_they_are_without_fault() -> None:
    assert [str(finding) for finding in check(FILES)] == []


@pytest.mark.slow
@pytest.mark.parametrize(("campaign", "scenario"), SCENARIOS, ids=[f"{file.name}: {scenario.name}" for file, scenario in SCENARIOS])
def test_a_scenario(campaign: CampaignFile, scenario: Scenario) -> None:
    trial = try_out(scenario, campaign=campaign, files=FILES, features=features_for(FILES))
    assert trial.passed, "\n".join(trial.lines)


@pytest.mark.parametrize("campaign", CAMPAIGNS, ids=lambda file: file.name)
def test_each_has_at_least_four_scenarios_of_which_some_act_and_some_do_not(campaign: CampaignFile) -> None:
    scenarios = [scenario for file, scenario in SCENARIOS if file is campaign]
    assert len(scenarios) >= 4
    assert any(scenario.expect for scenario in scenarios)
    assert any(not scenario.expect for scenario in scenarios)


@pytest.mark.parametrize("campaign", CAMPAIGNS, ids=lambda file: file.name)
def test_the_words_leave_no_gap_where_nothing_is_known(campaign: CampaignFile) -> None:
    compiled = compile_campaign(campaign.document, features=compile_features(features_for(FILES).document))
    for variant in compiled.variants:
        for fields in variant.content.values():
            for name, template in fields.items():
                text = template.render({"user": {}, "cart": {"items": [{"name": "Tent", "quantity": 1}], "value": 120, "id": "c1"}})
                assert text.strip(), name
                assert "  ," not in text
                assert " ." not in text, text
                assert "{{" not in text
                assert "None" not in text


def test_the_shipped_cart_campaign_acts_at_the_due_time_itself() -> None:
    document = next(file.document for file in CAMPAIGNS if file.name == "cart-abandonment")
    assert "control_group" not in document
    assert all("wait" not in variant for variant in document["variants"].values())
    assert document["entry"] == {"once_per": "cart.id"}
