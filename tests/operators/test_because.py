"""`{{ because }}` in the operator: trees are read when a campaign asks for them, before the first event of a job, and what is wrong is reported."""

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
from tests.scoring.test_divided import CONTENT, until
from udfs.core.campaigns.book import ControlValue
from udfs.operators.decide import Decide

FEATURES = {
    "features": [
        {"name": "views", "event": "product_viewed", "aggregate": "count"},
        {"name": "adds", "event": "product_added", "aggregate": "count"},
    ]
}
SAY = {"say": {"views": "because you looked {{ value }} times"}, "default": "because you know us"}


def news(body: str, **more: Any) -> dict[str, Any]:
    variants = {"mail": {"channel": "email", "content": {"body": body}}}
    score = {"model": "propensity", "cold_start": 0.5}
    return campaign("news", trigger={"event": "product_viewed"}, when=None, entry=None, score=score, variants=variants, **more)


SILENT, TELLING = news("Hello"), news("Hello, {{ because }}", because=SAY)


@pytest.fixture
def context() -> FakeContext:
    return FakeContext()


def viewed(at: int) -> bytes:
    told = {
        "type": "track",
        "event": "Product Viewed",
        "messageId": f"m{at}",
        "userId": "anna",
        "timestamp": at,
        "properties": {"product_id": "tent"},
    }
    return json.dumps(told).encode()


def model(folder: Path, offset: int, content: bytes = CONTENT) -> Row:
    read = "x" if content != CONTENT else "input"
    told = manifest(folder, content, features=book(FEATURES, SILENT).features, inputs=["views", "adds"], input=read)
    document = {"model": "propensity", "current": told["version"], "versions": [told]}
    return Row("model/propensity", msgspec.json.encode(ControlValue(kind="model", name="propensity", version="v", document=document)), offset)


def published(document: dict[str, Any], offset: int) -> Row:
    value = ControlValue(kind="campaign", name="news", version=f"v{offset}", status="live", document=document)
    return Row("campaign/news", msgspec.json.encode(value), offset)


def told(operator: Decide, context: FakeContext, at: int) -> tuple[str, Any]:
    """The body of the message, and what the decision says of its reason."""
    rows = sent(operator, context, at, viewed(at))
    (decision,) = [json.loads(row[2]) for row in rows if row[0] == "decisions"]
    (action,) = [json.loads(row[2]) for row in rows if row[0] == "actions.email"]
    return action["content"]["body"], decision.get("because")


def loaded(operator: Decide) -> None:
    """Wait until the models are there, and the trees that are wanted."""
    engine = operator._engine
    assert engine is not None
    operator._models.follow(engine.book.models, explained=engine.book.explained, wait=20)


def three_views(operator: Decide, context: FakeContext) -> None:
    for number in range(3):
        sent(operator, context, T0 - 10 + number, viewed(T0 - 10 + number))


def test_a_campaign_that_begins_to_give_reasons_has_them_from_then_on(context: FakeContext, tmp_path: Path) -> None:
    operator = opened(context, book(FEATURES, SILENT))
    operator.process_broadcast_element(model(tmp_path, 5), context)
    loaded(operator)
    three_views(operator, context)
    assert told(operator, context, T0) == ("Hello", None)
    operator.process_broadcast_element(published(TELLING, 6), context)
    engine = operator._engine
    assert engine is not None
    current = engine.book.models["propensity"].current
    until(lambda: operator._models.divide(current, [3.0, 0.0]).adds is not None)
    body, because = told(operator, context, T0 + 1)
    assert body == "Hello, because you looked 5 times"
    assert because == {"score": "propensity", "reason": "SAID", "feature": "views", "adds": pytest.approx(1.5)}
    operator.process_broadcast_element(published(SILENT, 7), context)
    assert told(operator, context, T0 + 2) == ("Hello", None)
    assert operator._models.divide(current, [3.0, 0.0]).adds is None, "nobody asks for its trees any more"


def test_after_a_restore_the_first_message_has_its_reason(context: FakeContext, tmp_path: Path) -> None:
    found = book(FEATURES, TELLING)
    operator = opened(context, found)
    operator.process_broadcast_element(model(tmp_path, found.end), context)
    loaded(operator)
    three_views(operator, context)
    restored = opened(context, found)
    assert told(restored, context, T0)[0] == "Hello, because you looked 4 times"


def test_a_model_that_cannot_say_why_is_reported_once_and_messages_go_out(
    context: FakeContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("udfs.operators.metrics.PERIOD_S", 0.0)
    operator = opened(context, book(FEATURES, TELLING))
    operator.process_broadcast_element(model(tmp_path, 5, linear([1.0, 0.5])), context)
    loaded(operator)
    rows = [row for at in (T0, T0 + 1) for row in sent(operator, context, at, viewed(at))]
    (rejected,) = [json.loads(row[2]) for row in rows if row[0] == "rejected"]
    assert rejected["key"] == "model/propensity"
    assert "cannot say why it answers as it does, so messages say their default" in rejected["message"]
    assert [json.loads(row[2])["content"]["body"] for row in rows if row[0] == "actions.email"] == ["Hello, because you know us"] * 2


def test_a_model_whose_phrases_no_message_could_say_is_refused(context: FakeContext, tmp_path: Path) -> None:
    operator = opened(context, book(FEATURES, TELLING))
    row = model(tmp_path, 5)
    value = msgspec.json.decode(row[1])
    value["document"]["versions"][0]["because"] = {"views": "because {{ event.name }}"}
    (refused,) = operator.process_broadcast_element(Row(row[0], msgspec.json.encode(value), 5), context) or ()
    assert "event is not there in every campaign" in json.loads(refused[2])["message"]
