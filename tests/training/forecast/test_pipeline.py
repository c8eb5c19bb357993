"""A forecast goes through the whole pipeline, to a registered version whose file says that it reads steps."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.model_versions.folder import Registry
from tests.training.shop import FEATURES, TRAINING, history
from training.command import training
from training.manifest import manifest_of, read
from udfs.core.features.steps import LENGTH, WIDTH
from udfs.scoring.trees import NoTrees, trees_of

pytestmark = pytest.mark.slow


def test_a_training_file_becomes_a_forecast_that_reads_steps(tmp_path: Path) -> None:
    history(tmp_path / "events.jsonl", users=60)
    steps = "  - {name: visit, event: [product_viewed, order_completed], aggregate: steps}\n"
    (tmp_path / "features.yaml").write_text(FEATURES + steps)
    (tmp_path / "train.yaml").write_text(TRAINING + "estimator: forecast\n")
    result = CliRunner().invoke(training, ["run", str(tmp_path / "train.yaml")])
    assert result.exit_code == 0, result.output
    [version] = Registry(tmp_path / "registry").versions("comes-back")
    manifest = manifest_of(json.loads(version.read("manifest.json") or b""))
    inputs = read(manifest.inputs)
    assert (inputs[-1].feature, inputs[-1].steps) == ("visit", LENGTH)
    assert set(manifest.reference) == {each.feature for each in inputs[:-1]}, "what drifts is looked at number by number"
    assert manifest.parity.max_abs_difference < 1e-4
    card = (version.read("card.md") or b"").decode()
    assert f"| {len(inputs) - 1} | visit | `{inputs[-1].definition}` | the last {LENGTH} steps |" in card
    with pytest.raises(NoTrees, match="no ensemble of trees"):
        trees_of(version.read("model.onnx") or b"")
    assert WIDTH * LENGTH + len(inputs) - 1 == sum(each.width for each in inputs)
