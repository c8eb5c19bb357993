"""Models in the operator: new ones are used from the next event on, and problems are reported."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pyflink.common import Row

from bench.onnx_files import linear, manifest
from tests.builders import book, campaign
from tests.operators.fakes import FakeContext
from tests.operators.running import T0, opened, sent
from udfs.core.campaigns.book import ControlValue
from udfs.operators.decide import Decide

FEATURES = {"features": [{"name": "views", "event": "product_viewed", "aggregate": "count"}]}
SCORED = campaign("scored", trigger={"event": "product_viewed"}, when=None, entry=None, score={"model": "propensity", "cold_start": 0.03})
BOOK = book(FEATURES, SCORED)


@pytest.fixture
def context() -> FakeContext:
    return FakeContext()


def viewed(at: int) -> bytes:
    return json.dumps(
        {"type": "track", "event": "Product Viewed", "messageId": f"m{at}", "userId": "anna", "timestamp": at, "properties": {"product_id": "tent"}}
    ).encode()


def control(offset: int, *manifests: dict[str, Any], current: int = 0) -> Row:
    document = {"model": "propensity", "current": manifests[current]["version"], "versions": list(manifests)}
    return Row("model/propensity", msgspec.json.encode(ControlValue(kind="model", name="propensity", version="v", document=document)), offset)


def made(folder: Path, weight: float, **changes: Any) -> dict[str, Any]:
    return manifest(folder, linear([weight]), features=BOOK.features, inputs=["views"], **changes)


def spoke(operator: Decide, context: FakeContext, at: int) -> tuple[str, str]:
    """Which model scored a view, and how; waits for a model that is still loading."""
    operator._models.follow(operator._engine.book.models if operator._engine else {}, wait=5)
    (decision,) = [json.loads(row[2]) for row in sent(operator, context, at, viewed(at)) if row[0] == "decisions"]
    score = decision["scores"]["propensity"]
    return score["model"], score["reason"]


def test_models_come_and_go_between_two_events(context: FakeContext, tmp_path: Path) -> None:
    operator = opened(context, BOOK)
    first, second = made(tmp_path, 1.0), made(tmp_path, 2.0)
    assert spoke(operator, context, T0) == ("propensity:cold_start", "NO_MODEL")
    operator.process_broadcast_element(control(1, first), context)
    assert spoke(operator, context, T0 + 1) == (f"propensity:{first['version']}", "SCORED")
    operator.process_broadcast_element(control(2, second, first), context)
    assert spoke(operator, context, T0 + 2) == (f"propensity:{second['version']}", "SCORED")
    operator.process_broadcast_element(control(3, second, first, current=1), context)
    assert spoke(operator, context, T0 + 3) == (f"propensity:{first['version']}", "SCORED")
    operator.process_broadcast_element(Row("model/propensity", None, 4), context)
    assert spoke(operator, context, T0 + 4) == ("propensity:cold_start", "NO_MODEL")


def test_after_a_restore_the_first_event_meets_the_model_of_before(context: FakeContext, tmp_path: Path) -> None:
    one = made(tmp_path, 1.0)
    opened(context, BOOK).process_broadcast_element(control(BOOK.end, one), context)
    restored = opened(context, BOOK)
    (decision,) = [json.loads(row[2]) for row in sent(restored, context, T0, viewed(T0)) if row[0] == "decisions"]
    assert decision["scores"]["propensity"]["model"] == f"propensity:{one['version']}"


def test_a_manifest_that_does_not_match_the_features_is_refused_and_the_last_good_one_speaks(context: FakeContext, tmp_path: Path) -> None:
    operator = opened(context, BOOK)
    good = made(tmp_path, 1.0)
    operator.process_broadcast_element(control(1, good), context)
    (row,) = operator.process_broadcast_element(control(2, {**good, "inputs": [{"feature": "clicks", "definition": "x"}]}), context) or ()
    told = json.loads(row[2])
    assert (told["reason"], told["key"]) == ("BAD_CONTROL", "model/propensity")
    assert "'clicks', which is not declared" in told["message"]
    assert spoke(operator, context, T0) == (f"propensity:{good['version']}", "SCORED")


def test_a_file_that_is_not_what_it_should_be_is_told_once_on_rejected(context: FakeContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("udfs.operators.metrics.PERIOD_S", 0.0)
    operator = opened(context, BOOK)
    operator.process_broadcast_element(control(1, made(tmp_path, 1.0, uri="file:///nowhere.onnx")), context)
    operator._models.follow(operator._engine.book.models if operator._engine else {}, wait=5)
    rows = sent(operator, context, T0, viewed(T0)) + sent(operator, context, T0 + 1, viewed(T0 + 1))
    told = [json.loads(row[2]) for row in rows if row[0] == "rejected"]
    assert [(each["reason"], each["key"], each["field"]) for each in told] == [("BAD_MODEL", "model/propensity", "uri")]
    assert [json.loads(row[2])["scores"]["propensity"]["reason"] for row in rows if row[0] == "decisions"] == ["REFUSED", "REFUSED"]
    assert context.counters["kairos_model_reason=REFUSED_decisions"].count == 2


def test_refused_models_are_a_level_that_falls_when_a_good_one_is_published(
    context: FakeContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("udfs.operators.metrics.PERIOD_S", 0.0)
    operator = opened(context, BOOK)
    good = made(tmp_path, 1.0)
    missing = {**made(tmp_path, 2.0), "uri": (tmp_path / "nowhere.onnx").as_uri()}
    levels = []
    for offset, shown in enumerate([missing, good]):
        operator.process_broadcast_element(control(offset + 1, shown), context)
        spoke(operator, context, T0 + offset)
        levels.append((context.counters["kairos_models_usable"].count, context.counters["kairos_models_refused"].count))
    assert levels == [(0, 1), (1, 0)]
