"""A real shop's first months: the model predicts who orders again, in a later period than its training data."""

import gzip
import itertools
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.public_data import DATA
from tests.public_data import needs
from training.command import training

RETAIL = "online_retail/online_retail_all.csv.gz"
REAL = DATA / RETAIL
LINES = 100_000
"""December 2010 to the first days of March 2011."""


@pytest.mark.slow
@needs(RETAIL)
def test_who_orders_again_is_foretold_better_than_by_chance(tmp_path: Path) -> None:
    months = tmp_path / "months.csv"
    with gzip.open(REAL, "rt", encoding="utf-8") as file:
        months.write_text("".join(itertools.islice(file, LINES)), encoding="utf-8")
    arguments = [
        "--history",
        str(months),
        "--source",
        "online-retail",
        "--within",
        "14d",
        "--check",
        "10",
        "--out",
        str(tmp_path),
        "--store",
        str(tmp_path),
    ]
    result = CliRunner().invoke(training, arguments)
    assert result.exit_code == 0, result.output
    assert "anonymous" in result.output
    [folder] = tmp_path.glob("purchase-propensity-*")
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["trained"]["rows"] > 1_000
    assert manifest["metrics"]["auc"]["low"] > 0.65
    assert manifest["metrics"]["ap"]["low"] > manifest["metrics"]["share"] * 1.2
    assert manifest["parity"]["max_abs_difference"] < 1e-4
