"""What was made of figures that are for a purpose goes with the consent: answers of models that stand for a while, and by what a way was drawn."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.builders import DAY, HOUR, Life, book, mail
from tests.core.decision.test_bandit_ways import news
from tests.core.decision.test_purposes import GRANT, PURPOSE, T, features, limited, seen, viewed
from udfs.core.campaigns.book import Book
from udfs.core.chosen import Chosen
from udfs.core.decision.scores import Answer, ModelReason, Scorer
from udfs.core.engine import Engine
from udfs.core.features.language.models import compile_model
from udfs.core.features.models import Model
from udfs.core.profile.stored import decode

VIEWS = {"name": "views", "event": "product_viewed", "aggregate": "count"}
DOUBLE = {"name": "double", "expression": "views * 2"}
AGREED = seen("consent_given", T, purpose=PURPOSE)
WITHDRAWN = seen("consent_withdrawn", T + 9, purpose=PURPOSE)


class Echo(Scorer):
    """A model that answers with what it was asked."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    def ask(self, model: Model, row: Sequence[float], *, ms_per_s: float | None = None) -> Answer:
        self.asked.append(row[0])
        return Answer([0.0, row[0]], ModelReason.SCORED, 1)


def scoring(*definitions: dict[str, Any], reads: str) -> Book:
    found = book(features(*definitions), mail(score={"model": "propensity", "cold_start": 0.1}), GRANT)
    manifest = {
        "model": "propensity",
        "version": "a" * 12,
        "uri": "file:///models/a.onnx",
        "sha256": "a" * 64,
        "bytes": 1000,
        "task": "binary",
        "classes": ["no", "yes"],
        "inputs": [{"feature": reads, "definition": found.features.features[reads].definition}],
        "input": "x",
        "output": "probabilities",
        "feature_version": found.features.version,
        "cache": {"ttl": "2d", "until": []},
    }
    document = {"model": "propensity", "current": "a" * 12, "versions": [manifest]}
    return replace(found, models={"propensity": compile_model(document, name="propensity", features=found.features, paused=False)})


@pytest.mark.parametrize("forgotten", [True, False])
@pytest.mark.parametrize("reads", ["views", "double"])
def test_an_answer_that_was_made_of_it_is_not_used_again(reads: str, *, forgotten: bool) -> None:
    scorer, rules = Echo(), scoring(limited(VIEWS, forgotten=forgotten), DOUBLE, reads=reads)
    life = Life(Engine(rules, scorer=scorer)).live([AGREED, viewed(T + 1), viewed(T + 2), seen("go", T + 3), seen("go", T + 4)])
    assert [each.scores["propensity"].reason for each in life.decisions] == ["SCORED", "CACHED"]
    life.live([WITHDRAWN, seen("go", T + 10)])
    asked = life.decisions[-1].scores["propensity"]
    assert (asked.reason, scorer.asked[-1] != scorer.asked[-1]) == ("SCORED", True), "the model sees NaN"
    if forgotten:
        assert decode(life.blob or b"").scores == {} or decode(life.blob or b"").scores["propensity"].values[1] != 2


@pytest.mark.parametrize("forgotten", [True, False])
def test_an_answer_is_not_used_again_once_the_consent_has_ended(*, forgotten: bool) -> None:
    scorer, rules = Echo(), scoring(limited(VIEWS, forgotten=forgotten), reads="views")
    agreed = seen("consent_given", T, purpose=PURPOSE, expires_in="1h")
    life = Life(Engine(rules, scorer=scorer)).live([agreed, viewed(T + 1), seen("go", T + 3)]).wait(T + HOUR)
    life.live([seen("go", T + 2 * HOUR)])
    assert [each.scores["propensity"].reason for each in life.decisions] == ["SCORED", "SCORED"]


def test_an_answer_that_needs_no_consent_stands() -> None:
    rules = scoring({**VIEWS, "name": "seen_products"}, limited(VIEWS), reads="seen_products")
    life = Life(Engine(rules, scorer=Echo())).live([viewed(T + 1), seen("go", T + 3), seen("go", T + 4)])
    assert [each.scores["propensity"].reason for each in life.decisions] == ["SCORED", "CACHED"]


def told(*events: Any, forgotten: bool) -> Chosen | None:
    """What a message that quiet hours have put off says of its draw when it is sent."""
    noon = {**GRANT, "quiet_hours": {"from": "09:00", "to": "13:00", "zone": "UTC", "spread": "0m"}}
    rules = book(features(limited(VIEWS, forgotten=forgotten)), news(choose={"bandit": "linear", "by": ["views"]}), noon)
    life = Life(Engine(rules)).live([AGREED, viewed(T + 1), seen("go", T + 2), *events]).wait(T + DAY)
    first, second = life.decisions
    assert (first.outcome.value, second.outcome.value) == ("deferred", "acted")
    assert first.choice is not None, "it was drawn with the consent"
    return second.choice


@pytest.mark.parametrize("forgotten", [True, False])
def test_what_a_way_was_drawn_by_is_written_only_with_the_consent(*, forgotten: bool) -> None:
    drawn = told(forgotten=forgotten)
    assert drawn is not None
    assert drawn.vector is not None
    assert told(WITHDRAWN, forgotten=forgotten) is None
