"""A segment whose members a model knows: who comes in or goes after each event, why, and what happens while the model cannot answer."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.builders import DAY, HOUR, MONDAY, Life, book, event, mail
from udfs.core.campaigns.language.segments import SegmentError, compile_segments
from udfs.core.decision.scores import Answer, ModelReason, Scorer
from udfs.core.engine import Engine
from udfs.core.features.features import EMPTY
from udfs.core.features.language.models import compile_model
from udfs.core.features.models import Model
from udfs.core.records import Decision, Segment
from udfs.core.values.problems import DocumentError

T = MONDAY + 10 * HOUR
FEATURES: dict[str, Any] = {"features": [{"name": "orders", "event": "order_completed", "aggregate": "count"}]}
GRANTED = {"consent": {"default": {"marketing": "grant"}}}
BOTH = {"segments": [{"segment": "new", "model": "groups"}, {"segment": "regular", "model": "groups", "class": "often"}]}
CENTRES = {"means": [1.0], "spreads": [0.5], "centres": [[-1.0], [1.0]]}


class Groups(Scorer):
    """Two orders or more: often."""

    def __init__(self) -> None:
        self.reason = ModelReason.SCORED
        self.asked = 0

    def ask(self, model: Model, row: Sequence[float], *, ms_per_s: float | None = None) -> Answer:
        self.asked += 1
        if self.reason is not ModelReason.SCORED:
            return Answer(None, self.reason)
        often = float(row[0] >= 2)
        return Answer([1 - often, often], ModelReason.SCORED)


def _document(features: Any, **changes: Any) -> dict[str, Any]:
    manifest = {
        "model": "groups",
        "version": "a" * 12,
        "uri": "file:///models/a.onnx",
        "sha256": "a" * 64,
        "bytes": 1000,
        "task": "multiclass",
        "classes": ["new", "often"],
        "inputs": [{"feature": "orders", "definition": features.features["orders"].definition}],
        "input": "input",
        "output": "probabilities",
        "feature_version": features.version,
        "segments": CENTRES,
        **changes,
    }
    return {"model": "groups", "current": "a" * 12, "versions": [manifest]}


def life(*documents: dict[str, Any], groups: Groups | None = None, published: bool = True, paused: bool = False) -> Life:
    found = book(FEATURES, GRANTED, *documents)
    if published:
        model = compile_model(_document(found.features), name="groups", features=found.features, paused=paused)
        found = replace(found, models={"groups": model})
    return Life(Engine(found, scorer=groups or Groups()))


def order(at: int) -> Any:
    return event("order_completed", at, order_id=str(at))


def changes(lived: Life) -> list[tuple[str, str, int]]:
    return [(each.segment, each.change, each.at) for each in lived.records if isinstance(each, Segment)]


def test_after_each_event_the_model_says_who_belongs() -> None:
    lived = life(BOTH).live([order(T), order(T + HOUR), order(T + 2 * HOUR)])
    assert changes(lived) == [("new", "entered", T), ("new", "left", T + HOUR), ("regular", "entered", T + HOUR)]


def test_a_change_says_which_model_and_what_speaks_for_it() -> None:
    lived = life(BOTH).live([order(T), order(T + HOUR)])
    told = [each for each in lived.records if isinstance(each, Segment)]
    assert {each.model for each in told} == {"groups:aaaaaaaaaaaa"}
    z = (1.0986122886681098 - 1.0) / 0.5
    assert told[-1].because == {"orders": round((z + 1) ** 2 - (z - 1) ** 2, 3)}


def test_a_model_of_several_segments_is_asked_once() -> None:
    groups = Groups()
    life(BOTH, groups=groups).live([order(T)])
    assert groups.asked == 1


@pytest.mark.parametrize("reason", [ModelReason.LOADING, ModelReason.FAILED, ModelReason.TRIPPED, ModelReason.REFUSED])
def test_while_the_model_cannot_answer_everybody_stays_where_they_are(reason: ModelReason) -> None:
    groups = Groups()
    lived = life(BOTH, groups=groups).live([order(T)])
    groups.reason = reason
    assert changes(lived.live([order(T + HOUR)])) == [("new", "entered", T)]
    groups.reason = ModelReason.SCORED
    assert changes(lived.live([order(T + 2 * HOUR)]))[-1] == ("regular", "entered", T + 2 * HOUR)


def test_a_model_that_is_not_published_or_paused_moves_nobody() -> None:
    assert changes(life(BOTH, published=False).live([order(T)])) == []
    assert changes(life(BOTH, paused=True).live([order(T)])) == []


def test_a_campaign_begins_when_somebody_enters_and_conditions_may_name_the_segment() -> None:
    hello = mail("hello", trigger={"enters": "regular"}, when='in_segment("regular") and not in_segment("new")')
    lived = life(BOTH, hello).live([order(T), order(T + HOUR)])
    assert [(each.campaign, each.at) for each in lived.records if isinstance(each, Decision)] == [("hello", T + HOUR)]


def test_a_rule_below_may_ask_about_a_segment_by_model() -> None:
    rule = {"segment": "watched", "when": 'in_segment("regular")'}
    lived = life({"segments": [*BOTH["segments"], rule]}).live([order(T), order(T + HOUR)])
    assert changes(lived)[-1] == ("watched", "entered", T + HOUR)


def test_a_segment_that_is_removed_is_left_and_one_whose_class_is_gone_has_nobody() -> None:
    lived = life(BOTH).live([order(T)])
    engine = lived.engine
    only = compile_segments({"segments": [BOTH["segments"][1], {"segment": "gone", "model": "groups"}]}, features=engine.book.features)
    engine.book = replace(engine.book, segments=only)
    assert changes(lived.live([event("product_viewed", T + DAY)]))[-1] == ("new", "left", T + DAY)
    assert all(each[0] != "gone" for each in changes(lived))


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"segment": "a", "model": "groups", "when": "1 > 0"}, "has a condition and a model"),
    ({"segment": "a", "class": "b"}, "name the model, such as customer-segments"),
    ({"segment": "a", "model": "Groups!"}, "name the model"),
    ({"segment": "a", "model": "groups", "class": 5}, "class is the name of one of the model's classes"),
]


@pytest.mark.parametrize(("rule", "told"), WRONG)
def test_a_segment_by_model_that_cannot_be_meant_is_refused(rule: dict[str, Any], told: str) -> None:
    with pytest.raises(SegmentError, match=told):
        compile_segments({"segments": [rule]}, features=EMPTY)


def test_two_segments_of_one_class_are_refused() -> None:
    with pytest.raises(SegmentError, match="'a' is the same class of the same model"):
        compile_segments({"segments": [{"segment": "a", "model": "m", "class": "x"}, {"segment": "b", "model": "m", "class": "x"}]}, features=EMPTY)


@pytest.mark.parametrize(
    "centres",
    [
        {"means": [1.0], "spreads": [0.5], "centres": [[1.0]]},
        {"means": [1.0], "spreads": [0.0], "centres": [[1.0], [2.0]]},
        {"means": [1.0, 2.0], "spreads": [0.5, 1.0], "centres": [[1.0, 1.0], [2.0, 1.0]]},
        {"means": [1.0], "spreads": [0.5], "centres": [[1e40], [2.0]]},
        {"means": ["x"], "spreads": [0.5], "centres": [[1.0], [2.0]]},
    ],
)
def test_middles_that_do_not_fit_the_model_are_refused(centres: dict[str, Any]) -> None:
    features = book(FEATURES).features
    with pytest.raises(DocumentError):
        compile_model(_document(features, segments=centres), name="groups", features=features, paused=False)


def test_middles_of_a_model_that_reads_nothing_are_refused_as_such() -> None:
    features = book(FEATURES).features
    document = _document(features, segments={"means": [], "spreads": [], "centres": [[], []]})
    document["versions"][0]["inputs"] = []
    with pytest.raises(DocumentError, match="inputs"):
        compile_model(document, name="groups", features=features, paused=False)
