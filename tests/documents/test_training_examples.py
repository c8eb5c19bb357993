"""The examples of docs/examples/training are read without a mistake, and the win-back campaign that uses the churn model passes its stories."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.documents.check import assess
from services.documents.files import load_campaign_files
from training.config import read_config
from training.options import book

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
TRAININGS = sorted((EXAMPLES / "training").glob("*.yaml"))


@pytest.mark.parametrize("file", TRAININGS, ids=lambda path: path.stem)
def test_a_training_file_is_read_and_what_it_names_is_there(file: Path) -> None:
    config = read_config(file)
    features = book(config.paths("campaigns"), config.path("features")).features.features
    assert {*(config["slices"] or ()), *config["validate"].get("features", {})} <= set(features)


@pytest.mark.slow
def test_the_campaign_raises_no_doubt_passes_its_stories_and_asks_the_model_that_is_trained() -> None:
    files = load_campaign_files([EXAMPLES / "churn"])
    found = assess(files)
    assert [str(each) for each in (*found.findings, *found.doubts)] == []
    ran = CliRunner().invoke(kairos, ["campaigns", "test", str(EXAMPLES / "churn")])
    assert ran.exit_code == 0, ran.output
    [campaign] = [file for file in files if file.kind == "campaign"]
    assert campaign.document["score"]["model"] == read_config(EXAMPLES / "training" / "churn.yaml").name


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["value", "intent"])
def test_the_campaigns_of_a_family_raise_no_doubt_pass_their_stories_and_ask_models_that_are_trained(folder: str) -> None:
    files = load_campaign_files([EXAMPLES / folder])
    assert [str(each) for each in assess(files).findings] == []
    ran = CliRunner().invoke(kairos, ["campaigns", "test", str(EXAMPLES / folder)])
    assert ran.exit_code == 0, ran.output
    trained = {read_config(file).name for file in TRAININGS}
    asked = {told["model"] for file in files if file.kind == "campaign" for told in file.document.get("score", {}).values()}
    written = " ".join((EXAMPLES / folder / f"{file.name}.yaml").read_text() for file in files if file.kind == "campaign")
    asked |= {name for name in ("intent", "support-intent") if f'"{name}")' in written or (name == "intent" and "intent(event." in written)}
    assert asked and asked <= trained
