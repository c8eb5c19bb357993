"""From labelled texts to a version that the job asks: parity, hostile files, the gate, and the same answers in training and in the job."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from services.documents.findings import BadFile
from services.local.book import book_of
from services.local.models import with_models
from services.model_versions.folder import Registry
from training.command import training
from training.config import read_config
from training.intent.estimator import Settings, fit
from training.intent.measures import found_of, measured
from training.intent.parity import parity
from training.intent.texts import Text, read
from training.options import PROBE
from udfs.core.features.grams import grams
from udfs.core.features.models import OUT_OF_SCOPE
from udfs.scoring.files import ModelRefused
from udfs.scoring.texts import session_of

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
TEXTS = EXAMPLES / "intent" / "texts.csv"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("intent")
    write(made)
    result = run(made / "intent.yaml")
    assert result.exit_code == 0, result.output
    return made


def write(folder: Path, more: str = "") -> Path:
    path = folder / "intent.yaml"
    path.write_text(
        f"training: intent\npredict: intent\ntexts: {{file: {TEXTS}}}\nthreshold: 0.25\nstore: store\nregistry: registry\nruns: runs\n{more}"
    )
    return path


def run(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(training, ["run", str(config), *arguments])


def manifest(folder: Path) -> Path:
    [version] = Registry(folder / "registry").versions("intent")
    path = folder / "manifest.json"
    path.write_text(json.dumps(dict(version.manifest)))
    return path


def test_texts_become_a_registered_version_that_answers_in_the_job_as_in_training(folder: Path) -> None:
    [version] = Registry(folder / "registry").versions("intent")
    card, content = version.read("card.md"), version.read("model.onnx")
    assert card and content and "## Intents" in card.decode() and "Other thresholds" in card.decode()
    assert "where is my parcel" not in card.decode(), "no text leaves the run's folder"
    model = with_models(book_of([PROBE]), [manifest(folder)]).models["intent"].current
    session = session_of(model, content, deadline=time.monotonic() + 30)
    found = read({"file": str(TEXTS)}, folder)
    fitted = fit(found.train, Settings())
    for text in ("where is my parcel", "cheap tent", "", "x" * 100_000):
        theirs = fitted.probabilities([text])[0]
        ours = session.answer(grams(text, fitted.bits).row)
        assert np.abs(np.array(ours) - theirs).max() < 1e-5
        assert session.sound(ours)
    assert model.classes[int(np.argmax(session.answer(grams("where is my parcel please", 14).row)))] == "order_status"


def test_the_same_texts_give_the_same_bytes(folder: Path) -> None:
    found = read({"file": str(TEXTS)}, folder)
    assert fit(found.train, Settings()).onnx() == fit(found.train, Settings()).onnx()


def test_kairos_try_asks_the_model_and_shows_the_intent(folder: Path, tmp_path: Path) -> None:
    events = [
        {"type": "track", "event": "Products Searched", "userId": f"u{n}", "timestamp": f"2026-03-02T09:0{n}:00Z", "properties": {"query": query}}
        for n, query in enumerate(("cheap tent on sale", "compare weight of the two tents", "tell me a joke", ""))
    ]
    (tmp_path / "events.jsonl").write_text("\n".join(json.dumps(each) for each in events) + "\n")
    campaign = EXAMPLES / "intent" / "price-or-features.yaml"
    arguments = ["try", str(tmp_path / "events.jsonl"), "--campaigns", str(campaign), "--model", str(manifest(folder)), "--json"]
    result = CliRunner().invoke(kairos, arguments)
    assert result.exit_code == 0, result.output
    decisions = [json.loads(line) for line in result.output.splitlines() if line.startswith("{")]
    decisions = [each for each in decisions if each.get("campaign") == "price-or-features" and "intents" in each]
    assert {(each["user_id"], each["intents"][0]["intent"]) for each in decisions} == {("u0", "price_sensitive"), ("u1", "comparing_features")}
    assert all(each["intents"][0]["model"].startswith("intent:") for each in decisions)


def test_a_binary_model_and_an_unseen_class_are_as_good_as_any() -> None:
    texts = [Text(f"{word} {n}", word) for word in ("yes", "no") for n in range(10)]
    fitted = fit(texts, Settings())
    said = fitted.probabilities(["yes indeed", "no never"])
    assert found_of(said, fitted.classes, 0.5).tolist() == ["yes", "no"]
    assert parity(fitted.onnx(), said, ["yes indeed", "no never"], bits=fitted.bits).rows == 2
    test = [Text("yes", "yes"), Text("hm", "maybe"), Text("?", OUT_OF_SCOPE)]
    figures = measured(test, fitted.probabilities([each.text for each in test]), fitted.classes, threshold=0.6)
    assert (figures.texts, figures.outside, figures.accuracy) == (2, 1, 0.5)


def test_a_file_whose_table_is_too_short_is_refused_before_a_customer_meets_it(folder: Path) -> None:
    found = read({"file": str(TEXTS)}, folder)
    short = fit(found.train, Settings(bits=10)).onnx()
    model = with_models(book_of([PROBE]), [manifest(folder)]).models["intent"].current
    with pytest.raises(ModelRefused, match="fails on a row"):
        session_of(model, short, deadline=time.monotonic() + 30)


def test_texts_of_the_test_are_not_learned_from(tmp_path: Path) -> None:
    rows = "\n".join(f"{word} {n},{word}" for word in ("yes", "no") for n in range(20))
    (tmp_path / "a.csv").write_text(f"text,intent\n{rows}\n")
    (tmp_path / "b.csv").write_text("text,intent\nyes 1,yes\nno 2,no\n")
    found = read({"file": "a.csv", "test": "b.csv"}, tmp_path)
    assert (len(found.train), len(found.test), found.left_out["in the test as well"]) == (38, 2, 2)


def test_a_gate_stops_a_model_that_stays_behind(tmp_path: Path) -> None:
    result = run(write(tmp_path, "gate: {at_least: {accuracy: 0.999, out_of_scope: 0}}\n"))
    assert result.exit_code == 1 and "accuracy is" in result.output and "must be at least" in result.output


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("predict: intent\n", "", "is for models that predict an intent"),
        (f"texts: {{file: {TEXTS}}}\n", "", "an intent is learned from labelled texts"),
        ("threshold: 0.25", "threshold: 2", "threshold"),
        ("threshold: 0.25", "estimator: forest", "forest does not predict an intent"),
    ],
)
def test_keys_that_do_not_belong_together_are_named(tmp_path: Path, old: str, new: str, problem: str) -> None:
    path = write(tmp_path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(BadFile, match=problem):
        read_config(path)
