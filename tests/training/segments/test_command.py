"""`python -m training segments`, from events to files that the job can use."""

import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from services.documents.check import check
from services.documents.files import load_campaign_files
from simulation.segment_spec import iso
from tests.builders import DAY, MONDAY
from training.command import training

FEATURES = """
features:
  - {name: orders, event: order_completed, aggregate: count, doc: Orders}
  - {name: spend, event: order_completed, aggregate: sum, of: properties.total, doc: Spent}
  - {name: days, event: order_completed, aggregate: time_since, unit: d, doc: Days since the last order}
  - {name: product, event: product_viewed, aggregate: last, of: properties.product_id}
  - {name: refunds, event: order_refunded, aggregate: count}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    events = []
    for n in range(150):
        orders, total, since = ((1, 20.0, 90), (6, 150.0, 4), (2, 400.0, 30))[n % 3]
        for each in range(orders):
            at = MONDAY + (100 - since - each) * DAY + n
            order = {"order_id": f"{n}-{each}", "total": total + n % 7}
            events.append({"type": "track", "event": "Order Completed", "userId": f"u{n}", "timestamp": iso(at), "properties": order})
    events.append({"type": "page", "anonymousId": "a1", "timestamp": iso(MONDAY + 100 * DAY)})
    events.sort(key=lambda each: str(each["timestamp"]))
    lines = [msgspec.json.encode(event | {"messageId": f"m{n}"}) for n, event in enumerate(events)]
    (tmp_path / "events.jsonl").write_bytes(b"\n".join([*lines, b"{broken", b""]))
    (tmp_path / "features.yaml").write_text(FEATURES)
    return tmp_path


def _run(shop: Path, *more: str) -> tuple[int, str]:
    arguments = ["segments", "--history", str(shop / "events.jsonl"), "--features", str(shop / "features.yaml"), "--segments", "3"]
    result = CliRunner().invoke(training, [*arguments, "--out", str(shop / "out"), "--store", str(shop / "store"), *more])
    return result.exit_code, result.output


@pytest.mark.slow
def test_it_leaves_a_model_a_report_a_picture_and_rules_that_the_check_accepts(shop: Path) -> None:
    code, told = _run(shop)
    assert code == 0, told
    folder = next((shop / "out").iterdir())
    assert {each.name for each in folder.iterdir()} == {
        "manifest.json", "model.onnx", "report.md", "segments.png", "segments-from-tree.yaml", "segments-from-model.yaml",
    }  # fmt: skip
    made = json.loads((folder / "manifest.json").read_text())
    assert made["task"] == "multiclass" and len(made["classes"]) == 3
    report = (folder / "report.md").read_text()
    assert "150 customers in 3 segments" in report and "1 people without a user id" in report
    assert "product (known of 0 of 150 customers)" in report and "refunds (always 0)" in report
    checked = folder / "segments.yaml"
    (folder / "segments-from-tree.yaml").rename(checked)
    assert check(load_campaign_files([checked, shop / "features.yaml"])) == []


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--by", "product"], "product is known of 0 of 150 customers"),
        (["--by", "refunds"], "refunds is always 0"),
        (["--by", "ordres"], "did you mean"),
        (["--segments", "9-3"], "is not a number of segments"),
        (["--segments", "many"], "is not a number of segments"),
    ],
)
def test_what_cannot_be_done_is_said(shop: Path, more: list[str], told: str) -> None:
    code, output = _run(shop, *more)
    assert code != 0 and told in output
