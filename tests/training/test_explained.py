"""`kairos explain --contributions`: what each recorded feature has added to a score, and what it says where nobody can know."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from bench.onnx_files import linear
from cli.main import kairos
from training.estimators.ensemble import LEAF, Ensemble, Tree
from training.explained import explained, in_words, models_of
from training.gate import ask, session_of
from udfs.core.values.problems import DocumentError

FEATURES = {"orders_90d": 3, "spend_30d": None, "cart_value": 120.0}
INPUTS = [{"feature": name, "definition": name} for name in FEATURES]


def tree(feature: int, threshold: float, low: float, high: float) -> Tree:
    """One question; unknown goes left. Three quarters of the rows went left."""
    nodes = [np.array([feature, LEAF, LEAF]), np.array([threshold, 0, 0], np.float32), np.array([1, 0, 0]), np.array([2, 0, 0])]
    rest = [np.array([True, False, False]), np.array([0.0, low, high]), np.zeros(3, dtype=np.bool_), np.array([400.0, 300.0, 100.0])]
    return Tree(*nodes, *rest)


CONTENT = Ensemble([tree(0, 1, -1.0, 1.0), tree(1, 10, 0.0, 2.0), tree(2, 100, -0.4, 0.4)], -2.0, sigmoid=True, width=3).onnx()


def manifest(folder: Path, content: bytes = CONTENT, **changes: Any) -> Path:
    """The file of a version, and its manifest."""
    (folder / "model.onnx").write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    told = {"model": "buys", "version": sha256[:12], "uri": (folder / "model.onnx").as_uri(), "sha256": sha256, "bytes": len(content)}
    told |= {
        "task": "binary",
        "classes": [0, 1],
        "inputs": INPUTS,
        "input": "input",
        "output": "probabilities",
        "score": {"index": 1},
        "feature_version": "f",
    }
    (folder / "manifest.json").write_text(json.dumps({**told, **changes}))
    return folder / "manifest.json"


def answer(**features: Any) -> float:
    told = {**FEATURES, **features}
    row = np.array([[np.nan if value is None else value for value in told.values()]], np.float32)
    return float(ask(session_of(CONTENT), row)[0, 1])


def decision(label: str, score: float, reason: str = "SCORED", **features: Any) -> dict[str, Any]:
    scores = {"score": {"score": score, "model": label, "reason": reason, "role": "champion"}}
    return {"scores": scores, "features": {**FEATURES, **features}}


def label_of(path: Path) -> str:
    told = json.loads(path.read_text())
    return f"{told['model']}:{told['version']}"


def models(path: Path) -> Any:
    told = json.loads(path.read_text())
    return models_of([{"model": told["model"], "current": told["version"], "versions": [told]}])


def test_each_feature_says_what_it_has_added(tmp_path: Path) -> None:
    path = manifest(tmp_path)
    told = explained(decision(label_of(path), answer()), models(path))["score"]
    assert told.base == pytest.approx(-2.0 - 0.5 + 0.5 - 0.2)
    assert {each.feature: round(each.adds, 4) for each in told.features} == {"orders_90d": 1.5, "cart_value": 0.6, "spend_30d": -0.5}
    assert told.sum == pytest.approx(told.base + 1.6)
    assert told.answer == pytest.approx(1 / (1 + np.exp(-told.sum)))
    assert in_words("score", told) == [
        f"score {told.answer:g} by {label_of(path)}: its trees add up to -0.60, and to -2.20 where nothing is known",
        "orders_90d 3: +1.50",
        "cart_value 120: +0.60",
        "spend_30d unknown: -0.50",
    ]


def test_an_answer_from_before_is_said_to_be_one(tmp_path: Path) -> None:
    path = manifest(tmp_path)
    told = explained(decision(label_of(path), answer(orders_90d=0), "CACHED"), models(path))["score"]
    assert "an answer from before" in in_words("score", told)[1]


def test_a_cold_start_has_nothing_to_explain(tmp_path: Path) -> None:
    assert explained(decision("buys", 0.03, "NO_MODEL"), models(manifest(tmp_path))) == {}


def test_what_cannot_be_explained_says_why(tmp_path: Path) -> None:
    path = manifest(tmp_path, linear([1.0, 2.0, 3.0]))
    assert "only answers of trees" in explained(decision(label_of(path), 0.5), models(path))["score"].why_not
    assert "not published any more" in explained(decision("buys:000000000000", 0.5), models(path))["score"].why_not
    path = manifest(tmp_path)
    (tmp_path / "model.onnx").write_bytes(CONTENT + b" ")
    told = explained(decision(label_of(path), 0.5), models(path))["score"]
    assert "its manifest says" in told.why_not
    assert in_words("score", told)[0].startswith("score 0.5 by buys:")


def test_a_document_that_cannot_be_read_has_no_versions() -> None:
    broken: list[dict[str, Any]] = [{}, {"model": 3}, {"model": "a", "current": "b", "versions": []}]
    assert models_of(broken) == {}
    for each in broken:
        with pytest.raises(DocumentError):
            models_of([each], named=True)


def ran(*arguments: str) -> Result:
    return CliRunner().invoke(kairos, ["explain", "ada", *arguments])


def test_the_command_tells_it_behind_the_score(tmp_path: Path) -> None:
    path = manifest(tmp_path)
    more = {"decision_id": "3e0c4c1e-1111-5111-8111-111111111111", "attempt": 0, "user_id": "ada", "campaign": "news", "campaign_version": "v"}
    more |= {"outcome": "acted", "reason": "ELIGIBLE", "at": 1_772_443_000_000, "channel": "email", "variant": "mail", "feature_version": "f"}
    file = tmp_path / "decisions.jsonl"
    file.write_text(json.dumps({**more, **decision(label_of(path), answer())}) + "\n")
    told = ran("--file", str(file), "--contributions", "--model", str(path))
    assert told.exit_code == 0, told.output
    assert "because    score" in told.output
    assert "orders_90d 3: +1.50" in told.output
    plain = json.loads(ran("--file", str(file), "--contributions", "--model", str(path), "--json").output)
    assert plain["contributions"]["score"]["features"][0] == {"feature": "orders_90d", "value": 3, "adds": pytest.approx(1.5)}
    assert "because" not in ran("--file", str(file)).output.split()
    assert ran("--file", str(file), "--model", str(path)).exit_code == 2
