"""`python -m training run`: from a training file to a registered version, step by step, and every way in which it stops."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from click.testing import CliRunner, Result

from services.documents.findings import BadFile
from services.documents.training_shape import READ_STEPS
from services.model_versions.folder import Registry
from tests.training.shop import TRAINING, features, history
from training.command import training
from training.config import read_config
from training.estimators.all import ESTIMATORS
from training.manifest import manifest_of, read
from training.pipeline import STEPS
from udfs.core.features.model_inputs import encode

pytestmark = pytest.mark.slow

CONFIG = f"""{TRAINING}
slices: [device, views_7d]
gate: {{at_least: {{auc: 0.7, lift: 1.2}}, at_most: {{brier: 0.25}}, over_champion: {{auc: -0.05}}}}
validate: {{rows: 100, features: {{views_7d: {{at_least: 0, at_most: 100}}, device: {{values: [mobile, desktop]}}}}}}
"""

Shop = Callable[..., Path]


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return history(tmp_path_factory.mktemp("shop") / "events.jsonl", users=40)


@pytest.fixture
def config(events: Path, tmp_path: Path) -> Path:
    """A training file in a folder of its own, with its history and features."""
    (tmp_path / "events.jsonl").write_bytes(events.read_bytes())
    features(tmp_path)
    (tmp_path / "train.yaml").write_text(CONFIG)
    return tmp_path / "train.yaml"


def run(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(training, ["run", str(config), *arguments])


def change(config: Path, old: str, new: str) -> None:
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new))


def steps(result: Result) -> dict[str, str]:
    """Step -> how it went."""
    lines = [line for line in result.output.splitlines() if line[1:3] == "/8"]
    return {line.split()[1]: "before" if "(done before)" in line else "stopped" if " stopped: " in line else "now" for line in lines}


def test_a_training_file_becomes_a_registered_version_whose_answers_need_nothing_else(config: Path) -> None:
    result = run(config)
    assert result.exit_code == 0, result.output
    assert list(steps(result)) == list(STEPS)
    [version] = Registry(config.parent / "registry").versions("comes-back")
    assert version.aliases == ("challenger",)
    assert version.lineage["data"]["source"] == "events.jsonl" and version.lineage["code"]
    assert version.lineage["features"]["inputs"]["views_7d"]
    card, picture, model = (version.read(name) for name in ("card.md", "lift.png", "model.onnx"))
    assert card and picture and model
    assert "## Lift" in card.decode() and "| device | mobile |" in card.decode() and str(config.parent) not in card.decode()
    assert picture.startswith(b"\x89PNG")
    manifest = manifest_of(version.manifest)
    session = onnxruntime.InferenceSession(model)
    x = np.array([encode(read(manifest.inputs), {"views_7d": views, "orders_90d": 3}) for views in (8, 1)], dtype=np.float32)
    high, low = session.run([manifest.output], {manifest.input: x})[0][:, manifest.score.index]
    assert high > low


def test_a_run_that_stopped_goes_on_where_it_stopped_and_a_changed_key_does_its_step_again(config: Path) -> None:
    change(config, "auc: 0.7,", "auc: 0.999,")
    stopped = run(config)
    assert stopped.exit_code == 1
    assert "stays behind the gate: auc is 0." in stopped.output and "must be at least 0.999" in stopped.output and "--from gate" in stopped.output
    assert not (config.parent / "registry").exists() and not (config.parent / "store").exists()
    change(config, "auc: 0.999,", "auc: 0.7,")
    resumed = run(config, "--resume")
    assert resumed.exit_code == 0, resumed.output
    assert steps(resumed) == {step: "before" if step in STEPS[:4] else "now" for step in STEPS}
    assert set(steps(run(config, "--resume")).values()) == {"before"}
    change(config, "slices: [device, views_7d]", "slices: [device]")
    assert steps(run(config, "--resume")) == {step: "before" if step in STEPS[:3] else "now" for step in STEPS}
    assert steps(run(config, "--from", "export")) == {step: "before" if step in STEPS[:5] else "now" for step in STEPS}
    assert [each.name for each in (config.parent / "runs" / "comes-back").iterdir() if each.is_dir()] == ["0001"]


def test_all_estimators_are_compared_but_those_that_read_what_this_run_has_not(config: Path) -> None:
    told = CliRunner().invoke(training, ["compare", str(config)])
    assert told.exit_code == 0, told.output
    [folder] = (config.parent / "runs" / "comes-back").iterdir()
    found = {each["estimator"] for each in json.loads((folder / "compare.json").read_bytes())}
    assert found == set(ESTIMATORS) - set(READ_STEPS)
    assert "forecast and lstm are left out: no input of this run keeps the steps of a visit" in told.output
    change(config, "slices:", "compare: [tree, lstm]\nslices:")
    named = CliRunner().invoke(training, ["compare", str(config)])
    assert named.exit_code == 1 and "no feature keeps the steps of a visit" in named.output


def test_a_step_runs_alone_and_says_what_it_needs_first(config: Path) -> None:
    alone = run(config, "--only", "fit")
    assert alone.exit_code == 1 and "there is no run of comes-back" in alone.output
    assert run(config).exit_code == 0
    assert steps(run(config, "--only", "fit"))["fit"] == "now"
    later = run(config, "--only", "gate")
    assert later.exit_code == 1 and "evaluate is not done" in later.output


@pytest.mark.slow
def test_rows_unlike_those_of_the_last_run_stop_it_before_anything_is_learned(config: Path) -> None:
    assert run(config).exit_code == 0
    lines = (config.parent / "events.jsonl").read_text().splitlines()
    spoilt = [line.replace('"device":{"type"', '"device":{"kind"') if n > 50 else line for n, line in enumerate(lines)]
    (config.parent / "events.jsonl").write_text("\n".join(spoilt))
    result = run(config)
    assert result.exit_code == 1
    assert steps(result) == {"dataset": "now", "validate": "stopped"}
    assert "device is unknown in" in result.output and "is it still sent?" in result.output
    assert "**stops the run**" in (config.parent / "runs" / "comes-back" / "0002" / "validation.md").read_text()
    assert len(Registry(config.parent / "registry").versions("comes-back")) == 1
    (config.parent / "events.jsonl").write_text("\n".join(lines))
    again = run(config)
    assert again.exit_code == 0 and "much like run 0001" in again.output, "a run that failed is nothing to compare with"


@pytest.mark.slow
def test_a_version_is_compared_with_the_champion_on_the_same_rows(config: Path) -> None:
    assert run(config).exit_code == 0
    registry = Registry(config.parent / "registry")
    champion = registry.promote("comes-back", "challenger", "champion", at=1)
    change(config, "check: 5", "check: 5\nestimator: boosted\nseed: 3\nwithout: [returning]")
    result = run(config)
    assert result.exit_code == 0, result.output
    assert f"over the champion {champion.version}: auc" in result.output
    challenger = registry.version("comes-back", "challenger")
    assert challenger.lineage["champion_then"] == champion.version
    card = challenger.read("card.md")
    assert card and "The champion of that time, on the same rows" in card.decode()
    change(config, "over_champion: {auc: -0.05}", "over_champion: {auc: 0.2}")
    beaten = run(config)
    assert beaten.exit_code == 1 and "auc over the champion is" in beaten.output


@pytest.mark.slow
def test_a_champion_whose_features_have_changed_is_named_and_not_compared(config: Path) -> None:
    assert run(config).exit_code == 0
    Registry(config.parent / "registry").promote("comes-back", "challenger", "champion", at=1)
    path = config.parent / "features.yaml"
    path.write_text(
        path.read_text().replace(
            "views_7d, event: product_viewed, aggregate: count, window: 7d", "views_7d, event: product_viewed, aggregate: count, window: 6d"
        )
    )
    result = run(config)
    assert result.exit_code == 0, result.output
    assert "was not compared: its feature views_7d has another definition now" in result.output
    assert "1 without anything to compare with" in result.output


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("within: 5d", "within: soon", "not a value of within"),
        ("within: 5d", "witin: 5d", "did you mean 'within'?"),
        ("goal: order_completed", "goal: Order Completed", "not a value of goal"),
        ("check: 5", "check: 0", "must be from 1"),
        ("check: 5", "estimator: boost", "did you mean 'boosted'?"),
        ("check: 5", "split: soon", "is not a date"),
        ("check: 5", "test_share: 99%", "from 5% to 95%"),
        ("training: comes-back", "", "training is missing"),
        ("gate: {at_least: {auc: 0.7", "gate: {at_least: {acu: 0.7", "did you mean 'auc'?"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_line(config: Path, old: str, new: str, told: str) -> None:
    change(config, old, new)
    with pytest.raises(BadFile, match=r"train\.yaml:") as found:
        read_config(config)
    assert told in str(found.value)
    result = run(config)
    assert result.exit_code == 1 and "Traceback" not in result.output and not (config.parent / "runs").exists()


def test_slices_and_rules_of_features_that_do_not_exist_stop_the_run(config: Path) -> None:
    change(config, "slices: [device, views_7d]", "slices: [devise]")
    result = run(config)
    assert result.exit_code == 1 and "there is no feature 'devise' to slice by" in result.output
    change(config, "device: {values", "devise: {values")
    result = run(config)
    assert result.exit_code == 1 and "there is no feature 'devise': did you mean 'device'?" in result.output


def test_a_damaged_or_missing_file_of_the_run_names_itself(config: Path) -> None:
    assert run(config).exit_code == 0
    folder = config.parent / "runs" / "comes-back" / "0001"
    (folder / "evaluation.json").write_text("{")
    result = run(config, "--from", "gate")
    assert result.exit_code == 1 and "evaluation.json is damaged" in result.output
    (folder / "rows.jsonl").unlink()
    result = run(config, "--from", "fit")
    assert result.exit_code == 1 and "rows.jsonl is not in" in result.output
    assert json.loads((folder / "run.json").read_text())["finished"] is False
