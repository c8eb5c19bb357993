"""The example of the page runs, and the page shows the file."""

import re
from pathlib import Path

from click.testing import CliRunner

from cli.main import kairos
from services.documents.yaml12 import parse

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "examples" / "step-by-step"


def test_the_example_and_its_scenarios_are_right() -> None:
    checked = CliRunner().invoke(kairos, ["campaigns", "check", str(FOLDER)])
    assert checked.exit_code == 0, checked.output
    tested = CliRunner().invoke(kairos, ["campaigns", "test", str(FOLDER)])
    assert "2 of 2 scenarios" in tested.output, tested.output


def test_the_page_shows_the_file() -> None:
    page = (ROOT / "docs" / "rollouts.md").read_text()
    shown = re.findall(r"^```yaml[^\n]*\n(.*?)^```$", page, re.M | re.S)[0]
    assert parse(shown, file=FOLDER).value == parse((FOLDER / "last-call.yaml").read_text(), file=FOLDER).value
