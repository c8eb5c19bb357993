"""Every programme of docs/examples/programmes is a folder that a shop could copy: no doubt in its files, and every story is passed."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.documents.check import assess
from services.documents.files import load_campaign_files
from services.documents.scenarios import load_scenarios

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "examples" / "programmes"
PROGRAMMES = sorted(path for path in FOLDER.iterdir() if path.is_dir())


@pytest.mark.parametrize("programme", PROGRAMMES, ids=lambda path: path.name)
def test_a_programme_raises_no_problem_and_no_doubt(programme: Path) -> None:
    found = assess(load_campaign_files([programme]))
    assert [str(each) for each in (*found.findings, *found.doubts)] == []


@pytest.mark.slow
@pytest.mark.parametrize("folder", [*PROGRAMMES, *(ROOT / each for each in ("campaigns", "simulation/campaigns", "docs/examples/cart"))], ids=str)
def test_the_check_says_nothing_of_what_ships_but_that_it_is_ready(folder: Path) -> None:
    ran = CliRunner().invoke(kairos, ["campaigns", "check", str(folder)])
    assert ran.exit_code == 0, ran.output
    assert [line for line in ran.output.splitlines() if line.strip() and "✓" not in line and "ready to publish" not in line] == []


@pytest.mark.slow
@pytest.mark.parametrize("programme", PROGRAMMES, ids=lambda path: path.name)
def test_its_stories_pass_as_a_marketer_runs_them(programme: Path) -> None:
    ran = CliRunner().invoke(kairos, ["campaigns", "test", str(programme)])
    assert ran.exit_code == 0, ran.output
    assert "has no scenarios" not in ran.output


@pytest.mark.parametrize("programme", PROGRAMMES, ids=lambda path: path.name)
def test_each_campaign_tells_what_it_does_and_what_it_does_not(programme: Path) -> None:
    for file in load_campaign_files([programme]):
        if file.kind == "campaign":
            told = load_scenarios(file.scenarios)
            assert len(told) >= 3, file.name
            assert any(scenario.expect for scenario in told), file.name
            assert len({len(scenario.expect) for scenario in told}) > 1 or file.name in ALWAYS, "all stories end in the same way"


ALWAYS = {"shipping-notice", "order-confirmation"}
"""Transactional: each order and each parcel has its message. Some of their stories report one twice, which is one message."""
