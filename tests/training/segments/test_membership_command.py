"""`python -m training membership`, from the manifest of a model of segments and a later history to an alarm."""

import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from simulation.segment_spec import iso
from tests.builders import DAY, MONDAY
from training.command import training
from training.schedule.plan import read_plan
from training.schedule.runner import Runner
from training.schedule.state import Memory, Underway

FEATURES = """
features:
  - {name: orders, event: order_completed, aggregate: count, doc: Orders}
  - {name: spend, event: order_completed, aggregate: sum, of: properties.total, doc: Spent}
"""
KINDS = ((1, 20.0), (6, 150.0), (2, 400.0))
"""Orders and their value."""


def history(file: Path, shares: tuple[int, int, int], customers: int = 200) -> None:
    """Customers of three kinds, by these shares of ten."""
    kinds = [KINDS[kind] for kind, share in enumerate(shares) for _ in range(share)]
    lines = []
    for n in range(customers):
        orders, total = kinds[n % len(kinds)]
        for each in range(orders):
            order = {"order_id": f"{n}-{each}", "total": total + n % 7}
            told = {"type": "track", "event": "Order Completed", "userId": f"u{n}", "timestamp": iso(MONDAY + each * DAY + n)}
            lines.append(told | {"properties": order, "messageId": f"{n}-{each}"})
    lines.sort(key=lambda each: str(each["timestamp"]))
    file.write_bytes(b"\n".join(map(msgspec.json.encode, lines)) + b"\n")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with segments that were found, and what came later."""
    folder = tmp_path_factory.mktemp("segments")
    (folder / "features.yaml").write_text(FEATURES)
    history(folder / "then.jsonl", (5, 3, 2))
    history(folder / "alike.jsonl", (5, 3, 2), customers=400)
    history(folder / "shifted.jsonl", (2, 3, 5), customers=400)
    told = ["segments", "--history", str(folder / "then.jsonl"), "--features", str(folder / "features.yaml"), "--segments", "3"]
    made = CliRunner().invoke(training, [*told, "--out", str(folder / "out"), "--store", str(folder / "store")])
    assert made.exit_code == 0, made.output
    (manifest,) = (folder / "out").glob("*/manifest.json")
    (folder / "manifest.json").write_bytes(manifest.read_bytes())
    return folder


def run(found: Path, later: str, *more: str, manifest: str = "manifest.json") -> tuple[int, str]:
    words = ["membership", str(found / manifest), "--history", str(found / later), "--features", str(found / "features.yaml")]
    ended = CliRunner().invoke(training, [*words, *more])
    return ended.exit_code, ended.output


@pytest.mark.slow
def test_shares_that_are_what_they_were_are_within(found: Path) -> None:
    code, told = run(found, "alike.jsonl", "--gate", "--bound", "15")
    assert code == 0, told
    assert "400 customers now, 200 when it was found" in told
    assert told.count("within") == 3


@pytest.mark.slow
def test_a_feature_that_is_not_filled_any_more_is_said_and_passes_no_gate(found: Path) -> None:
    told = (found / "alike.jsonl").read_text().replace('"total":', '"paid":')
    (found / "unpaid.jsonl").write_text(told)
    for more in ((), ("--gate",), ("--json",)):
        code, said = run(found, "unpaid.jsonl", *more)
        assert code == 1
        assert "spend: known of none of 400 customers, so nothing is said of their segments: is it still sent?" in said


@pytest.mark.slow
def test_shares_that_have_shifted_are_an_alarm_with_their_interval(found: Path) -> None:
    assert run(found, "shifted.jsonl")[0] == 0, "without --gate it only shows"
    code, told = run(found, "shifted.jsonl", "--gate")
    assert code == 1
    assert told.count("drifted") >= 2
    assert "drifted by more than 5 points: find segments again" in told
    rows = [json.loads(line) for line in run(found, "shifted.jsonl", "--json")[1].splitlines() if line.startswith("{")]
    assert {round(each["now"] - each["before"], 2) for each in rows} == {0.3, -0.3, 0.0}
    assert all(each["low"] <= each["now"] - each["before"] <= each["high"] for each in rows)


@pytest.mark.slow
def test_what_cannot_be_compared_is_said(found: Path) -> None:
    (found / "other.yaml").write_text(FEATURES.replace("aggregate: sum", "aggregate: max"))
    (found / "none.json").write_text("{}")
    told = json.loads((found / "manifest.json").read_text())
    (found / "score.json").write_text(json.dumps({key: value for key, value in told.items() if key != "segments"}))
    (found / "gone.json").write_text(json.dumps({**told, "uri": (found / "gone.onnx").as_uri()}))
    code, output = run(found, "then.jsonl", "--features", str(found / "other.yaml"))
    assert (code, "spend has another definition in these features" in output) == (1, True), output
    for manifest, problem in (
        ("none.json", "is no manifest"),
        ("missing.json", "cannot be read"),
        ("score.json", "finds no segments"),
        ("gone.json", "there is no file"),
    ):
        code, output = run(found, "then.jsonl", manifest=manifest)
        assert (code, problem in output) == (1, True), output


@pytest.mark.slow
def test_look_shows_it_next_to_the_drift_of_features(found: Path) -> None:
    told = "{manifest: manifest.json, history: {file: shifted.jsonl}, features: features.yaml}"
    (found / "look.yaml").write_text(f"schedule: models\nstate: state\njobs:\n  - {{name: same, membership: {told}, every: daily}}\n")
    ended = CliRunner().invoke(training, ["look", str(found / "look.yaml")])
    assert ended.exit_code == 0, ended.output
    assert "same:" in ended.output
    assert ended.output.count("drifted") >= 2
    other = CliRunner().invoke(training, ["look", str(found / "look.yaml"), "--job", "others"])
    assert "no job 'others' with `rows`, `drift` or `membership`" in other.output


def test_a_schedule_looks_by_itself(tmp_path: Path) -> None:
    told = "{manifest: m.json, history: {file: events.jsonl, link_ids: on}, features: f.yaml, bound: 3, anonymous: true}"
    (tmp_path / "schedule.yaml").write_text(f"schedule: models\njobs:\n  - {{membership: {told}, every: daily}}\n")
    plan = read_plan(tmp_path / "schedule.yaml")
    job = plan.jobs["membership"]
    command = Runner(plan, Memory(tmp_path / "state"), None, brokers="b:9092")._command(job, Underway(job="membership", why="", began=0))  # type: ignore[arg-type]
    assert command[3:] == [
        "membership", str(tmp_path / "m.json"), "--history", str(tmp_path / "events.jsonl"), "--features", str(tmp_path / "f.yaml"),
        "--link-ids", "on", "--bound", "3", "--anonymous", "--gate", "--brokers", "b:9092",
    ]  # fmt: skip
