"""`python -m training` from history to a manifest, and every way in which it refuses."""

import gzip
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import numpy as np
import onnxruntime
import pytest
from click.testing import CliRunner, Result

from services.control.models import by_name
from services.control.publish import publish as publish_campaigns
from services.documents.files import load_campaign_files
from services.kafka.client import Topic, ensure_topics
from services.local.book import book_of
from services.local.job import LocalJob
from services.replay.segment import segment_spec
from services.replay.send import send
from tests.training.shop import features, history
from training.command import training
from training.manifest import Predicted, manifest_of, read
from training.options import PROBE
from training.rows import Dataset, Row, dataset
from udfs.core.features.model_inputs import encode
from udfs.core.records import Decision

pytestmark = pytest.mark.slow


def test_help_is_about_all_commands() -> None:
    told = CliRunner().invoke(training, ["--help"]).output
    assert all(f"\n  {name} " in told for name in training.commands)
    assert not [line for line in told.split("Commands:")[1].splitlines() if line.endswith("...")]
    assert "--goal" in CliRunner().invoke(training, ["train", "--help"]).output


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with events.jsonl, features.yaml and decisions.jsonl, as the job would have logged them."""
    folder = tmp_path_factory.mktemp("shop")
    path = history(folder / "events.jsonl")
    job = LocalJob(book_of([PROBE], features=features(folder)))
    decided = [output for outputs in job.run(segment_spec(path).records) for output in outputs if isinstance(output, Decision)]
    (folder / "decisions.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, decided)) + b"\n")
    return folder


def run(shop: Path, *arguments: str) -> Result:
    return CliRunner().invoke(training, [*arguments, "--history", str(shop / "events.jsonl"), "--features", str(shop / "features.yaml")])


def train(shop: Path, to: Path, *arguments: str) -> Result:
    return run(shop, "--within", "5d", "--store", str(to / "store"), "--out", str(to / "out"), "--check", "10", *arguments)


def test_history_becomes_a_model_whose_manifest_leads_to_the_file_and_whose_answers_need_nothing_else(shop: Path, tmp_path: Path) -> None:
    result = train(shop, tmp_path, "--cache", "10m")
    assert result.exit_code == 0, result.output
    for told in (
        "calibration",
        "auc",
        "brier",
        "embargo",
        "not used: last_product (free text",
        "recomputed from their past alone are the same",
        "parity",
    ):
        assert told in " ".join(result.output.split())
    [folder] = (tmp_path / "out").iterdir()
    manifest = manifest_of(json.loads((folder / "manifest.json").read_text()))
    stored = Path(urlsplit(manifest.uri).path).read_bytes()
    assert hashlib.sha256(stored).hexdigest() == manifest.sha256
    assert folder.name == f"purchase-propensity-{manifest.version}"
    assert (folder / "model.onnx").read_bytes() == stored
    assert (folder / "calibration.png").read_bytes().startswith(b"\x89PNG")
    card = (folder / "card.md").read_text()
    for told in (manifest.sha256, manifest.feature_version, "events.jsonl", "| 0 | views_7d |", "`order_completed` comes within 5d"):
        assert told in card
    assert str(shop) not in card
    assert manifest.metrics["auc"]["low"] > 0.75  # who looked at more than four products comes back within three days
    assert manifest.cache is not None and manifest.cache.until == ["order_completed"]
    assert manifest.goal == Predicted(events=["order_completed"], within_ms=5 * 24 * 3_600_000)
    session = onnxruntime.InferenceSession(stored)
    inputs = read(manifest.inputs)
    keen, cold = {"views_7d": 8, "orders_90d": 3, "weekday": "friday"}, {"views_7d": 1, "orders_90d": 3, "device": "never seen"}
    x = np.array([encode(inputs, vector) for vector in (keen, cold)], dtype=np.float32)
    high, low = session.run([manifest.output], {manifest.input: x})[0][:, manifest.score.index]
    assert high > 0.6
    assert low < 0.4


def test_the_same_history_gives_the_same_bytes(shop: Path, tmp_path: Path) -> None:
    versions = set()
    for n in range(2):
        result = train(shop, tmp_path / str(n))
        assert result.exit_code == 0, result.output
        versions.add(next((tmp_path / str(n) / "out").iterdir()).name)
    assert len(versions) == 1


@pytest.mark.cluster
def test_from_the_topic_to_control_and_the_newest_stands_in_front(shop: Path, tmp_path: Path, brokers: str, control: str) -> None:
    publish_campaigns(brokers, control, load_campaign_files([shop / "features.yaml", PROBE]))
    topic = f"history-{control}"
    ensure_topics(brokers, [Topic(name=topic, partitions=3, config={"retention.ms": "-1"})])
    send(segment_spec(shop / "events.jsonl").records, brokers=brokers, topic=topic)
    for seed in ("1", "2"):
        told = ["--features", str(shop / "features.yaml"), "--brokers", brokers, "--topic", topic, "--control-topic", control, "--publish"]
        told += ["--within", "5d", "--store", str(tmp_path / "store"), "--out", str(tmp_path / "out"), "--check", "10", "--seed", seed]
        result = CliRunner().invoke(training, told)
        assert result.exit_code == 0, result.output
        assert "is used from now on" in result.output
    published = by_name(brokers, control, "purchase-propensity").document
    folders = {path.name: json.loads((path / "manifest.json").read_text()) for path in (tmp_path / "out").iterdir()}
    assert published["versions"][0] == folders[f"purchase-propensity-{published['current']}"]
    assert {f"purchase-propensity-{each['version']}" for each in published["versions"]} == set(folders)


def test_logged_vectors_are_learned_from_when_they_are_what_the_history_makes(shop: Path, tmp_path: Path) -> None:
    result = train(shop, tmp_path, "--decisions", str(shop / "decisions.jsonl"))
    assert result.exit_code == 0, result.output


def tampered(shop: Path, to: Path, *, later: bool) -> Path:
    """Logged decisions, one of which bears the spend of the same user's next one (`later`), or one that never was."""
    decisions = [json.loads(line) for line in (shop / "decisions.jsonl").read_text().splitlines()]
    user = decisions[0]["user_id"]
    one, other = [decision for decision in decisions if decision["user_id"] == user][:2]
    one["features"]["spend_30d"] = other["features"]["spend_30d"] if later else -1
    path = to / "tampered.jsonl"
    path.write_text("".join(json.dumps(decision) + "\n" for decision in decisions))
    return path


def test_a_planted_leak_stops_the_run_before_anything_is_exported(shop: Path, tmp_path: Path) -> None:
    result = train(shop, tmp_path, "--decisions", str(tampered(shop, tmp_path, later=True)))
    assert result.exit_code == 1
    assert "a leak: 'spend_30d' of decision" in result.output
    assert "which it became only at 2026-01-" in result.output
    assert not (tmp_path / "store").exists() and not (tmp_path / "out").exists()


def test_a_leak_in_the_replay_itself_stops_the_run(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows put together wrongly: each with the features that the same user has at the order after it."""

    def leaking(*arguments: Any, **options: Any) -> Dataset:
        data = dataset(*arguments, **options)
        following: dict[str, Row] = {}
        rows = []
        for row in reversed(data.rows):
            later = following.get(row.user_id, row)
            following[row.user_id] = row
            rows.append(replace(row, features={**row.features, "views_7d": later.features["views_7d"]}))
        return replace(data, rows=rows[::-1])

    monkeypatch.setattr("training.run.dataset", leaking)
    result = train(shop, tmp_path)
    assert result.exit_code == 1
    assert "a leak: 'views_7d' of decision" in result.output
    assert not (tmp_path / "store").exists()


def test_decisions_of_another_history_are_told_as_such(shop: Path, tmp_path: Path) -> None:
    strange = tmp_path / "strange.jsonl"
    strange.write_text(json.dumps({"decision_id": "other", "campaign": "after-order", "user_id": "ada", "at": 1, "features": {}}) + "\n")
    for result in (train(shop, tmp_path, "--decisions", str(strange)), run(shop, "skew", "--decisions", str(strange))):
        assert result.exit_code == 1
        assert "none of the logged decisions occurs in the replay" in result.output


def test_skew_lists_what_was_logged_otherwise_and_is_silent_about_what_was_not(shop: Path, tmp_path: Path) -> None:
    clean = run(shop, "skew", "--decisions", str(shop / "decisions.jsonl"))
    assert clean.exit_code == 0, clean.output
    assert "no value differs" in clean.output
    skewed = run(shop, "skew", "--decisions", str(tampered(shop, tmp_path, later=False)))
    assert skewed.exit_code == 1
    assert "differing: spend_30d (1)" in skewed.output
    assert json.loads((shop / "decisions.jsonl").read_text().splitlines()[0])["decision_id"] in skewed.output


def test_packed_decisions_that_cannot_be_unpacked_are_told_by_skew_too(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "no.jsonl.gz").write_bytes(b"not packed")
    result = run(shop, "skew", "--decisions", str(tmp_path / "no.jsonl.gz"))
    assert result.exit_code == 1
    assert "cannot be read" in result.output and "a complete gzip file" in result.output


def test_a_history_without_a_decision_says_so_and_lines_left_out_are_counted(shop: Path, tmp_path: Path) -> None:
    lines = (shop / "events.jsonl").read_text().splitlines()
    (tmp_path / "views.jsonl").write_text("\n".join(line for line in lines if "Order Completed" not in line))
    known = ["--features", str(shop / "features.yaml"), "--within", "5d", "--out", str(tmp_path / "out"), "--store", str(tmp_path / "store")]
    for goal, told in (("product_viewed", "no decision of campaign 'after-order'"), ("order_completed", "no such event in the history")):
        result = CliRunner().invoke(training, [*known, "--history", str(tmp_path / "views.jsonl"), "--goal", goal])
        assert result.exit_code == 1
        assert told in result.output and "it holds product_viewed" in result.output
    (tmp_path / "broken.jsonl").write_text("\n".join(['{"broken": ', '{"broken": ', *lines]))
    result = CliRunner().invoke(training, [*known, "--history", str(tmp_path / "broken.jsonl"), "--check", "5"])
    assert result.exit_code == 0, result.output
    assert "2 lines of the history could not be read and were left out; the first: " in result.output


def test_each_mistake_is_answered_with_what_to_do(shop: Path, tmp_path: Path) -> None:
    packed = [tmp_path / "no.jsonl.gz", tmp_path / "cut.jsonl.gz"]
    packed[0].write_bytes(b"not packed")
    packed[1].write_bytes(gzip.compress((shop / "decisions.jsonl").read_bytes())[:-200])
    for arguments, told in {
        ("--goal", "order_placed"): "did you mean 'order_completed'?",
        ("--within", "399d"): "shorter than the goal's window",
        ("--campaign", "after-ordr"): "did you mean 'after-order'?",
        ("--goal", "Order Completed"): "no such event in the history: 'Order Completed' (--goal); did you mean 'order_completed'?",
        ("--goal", "zzz"): "it holds product_viewed",
        ("--seed", "-1"): "not in the range",
        ("--seed", "4294967296"): "not in the range",
        ("--out", str(shop / "events.jsonl")): "a folder that can be written to",
        ("--out", "/proc/x"): "a folder that can be written to",
        ("--decisions", str(packed[0])): "cannot be read",
        ("--decisions", str(packed[1])): "cannot be read",
        ("--test-share", "0.95"): "training rows",
        ("--allow", "views"): "did you mean 'views_7d'?",
        ("--without", "views"): "did you mean 'views_7d'?",
        ("--split", "2027-01-01"): "test rows",
        ("--decisions", "nowhere.jsonl"): "no decisions at nowhere.jsonl",
        ("--store", "nonsense://x"): "name a folder, or s3://bucket/prefix",
        ("--within", "soon"): "is not a duration",
        ("--split", "soon"): "is not a date",
        ("--name", "My Model"): "lower-case words",
        ("--history", "nowhere.jsonl"): "no history at nowhere.jsonl",
    }.items():
        known = ["--history", str(shop / "events.jsonl"), "--features", str(shop / "features.yaml"), "--within", "5d", "--out", str(tmp_path)]
        result = CliRunner().invoke(training, [*known, *arguments])
        assert result.exit_code in {1, 2}, arguments
        assert told in " ".join(result.output.split()), result.output
        assert "Traceback" not in result.output
