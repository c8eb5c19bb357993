"""Real visits through the whole pipeline: the model ranks those that end in an order far better than by chance, also without PageValues."""

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from bench.public_data import DATA
from bench.shoppers import prepare
from tests.public_data import needs
from training.command import training
from training.compare import Compared

SHOPPERS = "online_shoppers/online_shoppers_intention.csv"
REAL = DATA / SHOPPERS


@pytest.mark.slow
@needs(SHOPPERS)
@pytest.mark.parametrize(("name", "auc", "ap"), [("all", 0.92, 0.70), ("without-page-values", 0.75, 0.30)])
def test_visits_that_end_in_an_order_are_ranked_as_published(tmp_path: Path, name: str, auc: float, ap: float) -> None:
    prepare(REAL, tmp_path)
    file = tmp_path / f"{name}.yaml"
    file.write_text(file.read_text().replace("folds: 10", "folds: 2\ncompare: [lightgbm, logistic]"))
    result = CliRunner().invoke(training, ["compare", str(file)])
    assert result.exit_code == 0, result.output
    [folder] = (tmp_path / "runs" / f"buys-{name}").iterdir()
    found = {each.estimator: each for each in msgspec.json.decode((folder / "compare.json").read_bytes(), type=list[Compared])}
    assert set(found) == {"lightgbm", "logistic"}
    assert found["lightgbm"].rows == 12_330
    assert found["lightgbm"].figures["auc"].value > auc and found["lightgbm"].figures["ap"].value > ap
    assert max(each.parity for each in found.values()) < 1e-4
