"""A real shop's orders: each strategy finds more of what people buy next than popularity does."""

import gzip
import itertools
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.public_data import RETAIL
from tests.public_data import needs
from training.command import training

LINES = 60_000
"""December 2010 and January 2011."""
PROTOCOLS = {"leave-one-out": "HR@10", "sessions": "HR@20"}


@pytest.mark.slow
@needs("online_retail/online_retail_all.csv.gz")
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_people_bought_together_says_more_than_what_most_bought(tmp_path: Path, protocol: str) -> None:
    months = tmp_path / "months.csv"
    with gzip.open(RETAIL, "rt", encoding="utf-8") as file:
        months.write_text("".join(itertools.islice(file, LINES)), encoding="utf-8")
    arguments = ["--history", str(months), "--source", "online-retail", "--event", "order_completed", "--evaluate", protocol, "--json"]
    names = ["popularity", "item-to-item", "v-sknn"]
    result = CliRunner().invoke(training, ["recommend", *arguments, *(word for name in names for word in ("--strategy", name))])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    measure = PROTOCOLS[protocol]
    floor = found["strategies"]["popularity"][measure]
    assert found["strategies"]["item-to-item"][measure] > 1.5 * floor
    assert found["two_stages"][measure] > floor
    assert found["history"]["rejected_lines"] == 0
