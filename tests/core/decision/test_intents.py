"""`intent(event.query)` in conditions, triggers and offers, through the engine; and every way in which there is no answer."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from services.local.told import ToldModels
from tests.builders import HOUR, MONDAY, Life, book, event, mail
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.campaigns.language.reader import CampaignError
from udfs.core.decision.intents import MAX_TEXTS
from udfs.core.decision.scores import Answer, ModelReason
from udfs.core.engine import Engine
from udfs.core.features.features import EMPTY
from udfs.core.features.grams import MAX_CHARACTERS, grams
from udfs.core.features.models import Model
from udfs.core.intents_used import IntentUsed
from udfs.core.records import Action, Decision

T = MONDAY + 12 * HOUR
TOLD = {"intent": {"cheap tent": "price", "down or synthetic": "features"}}
PRICE = 'intent(event.query) == "price"'


def asks(when: str = PRICE, **changes: Any) -> dict[str, Any]:
    return mail(trigger={"event": "go"}, when=when, **changes)


def life(document: dict[str, Any], told: Any = None, *, models: ToldModels | None = None, change: Any = None, **properties: Any) -> Life:
    models = models or ToldModels(TOLD if told is None else told)
    found: Book = models.of(book(document))
    return Life(Engine(change(found) if change else found, scorer=models)).live([event("go", T, **properties)])


def only(found: Life) -> Decision:
    (decision,) = found.decisions
    return decision


class Counting(ToldModels):
    """Says how often it was asked, and may answer otherwise."""

    def __init__(self, answer: Answer | None = None) -> None:
        super().__init__(TOLD)
        self.asked, self.other = 0, answer

    def ask(self, model: Model, row: Sequence[float], *, ms_per_s: float | None = None) -> Answer:
        self.asked += 1
        return self.other or super().ask(model, row, ms_per_s=ms_per_s)


def test_a_condition_asks_what_a_text_means_and_the_decision_names_model_version_and_intent() -> None:
    decision = only(life(asks(), query="cheap tent"))
    assert decision.intents == [IntentUsed(model="intent:story", intent="price", reason="SCORED", probability=1.0)]
    assert "cheap" not in str(decision.intents)
    assert life(asks(), query="down or synthetic").decisions == []


def test_what_is_about_nothing_that_the_model_knows_is_out_of_scope() -> None:
    decision = only(life(asks('intent(event.query) == "out_of_scope"'), query="tell me a joke"))
    assert decision.intents == [IntentUsed(model="intent:story", intent="out_of_scope", reason="SCORED", probability=0.0)]


def test_an_offer_may_depend_on_it_and_each_text_is_asked_about_once() -> None:
    offer = {"percent": '10 if default(intent(event.query), "") == "price" else 0'}
    variants = {"mail": {"channel": "email", "offer": offer, "content": {"subject": "s", "body": "b"}}}
    models = Counting()
    found = life(asks('intent(event.query) in ("price", "features")', variants=variants), models=models, query="down or synthetic")
    (action,) = [each for each in found.records if isinstance(each, Action)]
    assert (action.offer, models.asked) == ({"percent": 0}, 1)
    assert [each.intent for each in only(found).intents] == ["features"]


def test_a_rising_edge_may_depend_on_it_and_the_decision_says_so_too() -> None:
    document = mail(trigger={"event": "go", "becomes": f"session.events > 2 and {PRICE}"})
    models = Counting()
    engine = Engine(models.of(book(document)), scorer=models)
    found = Life(engine).live([event("go", T + n * 1_000, query="cheap tent") for n in range(4)])
    assert [decision.at for decision in found.decisions] == [T + 2_000]
    assert [each.intent for each in only(found).intents] == ["price"]
    assert models.asked <= 2, "once for each event that asks"


def test_what_a_rising_edge_asked_is_told_though_its_condition_is_over_when_the_decision_is_written() -> None:
    third = "session.events > 2"
    first = mail("first", trigger={"event": "go", "becomes": third}, priority=9)
    second = mail("second", trigger={"event": "go", "becomes": f'{third} and not sent("first") and {PRICE}'})
    models = ToldModels(TOLD)
    found = Life(Engine(models.of(book(first, second)), scorer=models)).live([event("go", T + n * 1_000, query="cheap tent") for n in range(3)])
    told = {decision.campaign: [each.intent for each in decision.intents] for decision in found.decisions}
    assert told == {"first": [], "second": ["price"]}


@pytest.mark.parametrize(
    ("text", "why"),
    [(None, "NO_TEXT"), ("", "NO_TEXT"), ("  ", "NO_TEXT"), (5, "NO_TEXT"), ([1], "NO_TEXT"), ({"a": "cheap tent"}, "NO_TEXT"), ("\ud800", "SCORED")],
)
def test_what_is_no_text_has_no_intent(text: Any, why: str) -> None:
    properties = {} if text is None else {"query": text}
    decision = only(life(asks('intent(event.query) == null or intent(event.query) == "out_of_scope"'), **properties))
    assert [each.reason for each in decision.intents] == [why]


def test_of_a_long_text_the_beginning_is_read_and_the_decision_says_so() -> None:
    beginning = "cheap tent " + "x" * (MAX_CHARACTERS - 11)
    told = {"intent": {beginning: "price", "other": "features"}}
    decision = only(life(asks(), told, query=beginning + " and much more " * 100_000))
    assert [(each.intent, each.clipped) for each in decision.intents] == [("price", True)]
    assert only(life(asks(), told, query=beginning)).intents[0].clipped is False


def test_without_a_model_an_intent_is_unknown_and_the_decision_says_why() -> None:
    unknown = asks("intent(event.query) == null")
    assert only(life(unknown, {}, query="cheap tent")).intents == [IntentUsed(model="intent", intent=None, reason="NO_MODEL")]
    assert life(asks(), {}, query="cheap tent").decisions == []
    paused = only(life(unknown, change=_paused, query="cheap tent"))
    assert [each.reason for each in paused.intents] == ["PAUSED"]
    of_features = only(life(unknown, {"intent": {"score": 0.5}}, query="cheap tent"))
    assert [each.reason for each in of_features.intents] == ["UNFIT"]


@pytest.mark.parametrize("reason", [ModelReason.LOADING, ModelReason.REFUSED, ModelReason.FAILED, ModelReason.NOT_A_NUMBER, ModelReason.TRIPPED])
def test_a_model_that_cannot_answer_leaves_the_intent_unknown(reason: ModelReason) -> None:
    models = Counting(Answer(None, reason))
    decision = only(life(asks("intent(event.query) == null"), models=models, query="cheap tent"))
    assert decision.intents == [IntentUsed(model="intent:story", intent=None, reason=reason)]


def test_a_score_of_a_model_of_texts_is_the_cold_start() -> None:
    document = mail(trigger={"event": "go"}, when="score > 0.2", score={"model": "intent", "cold_start": 0.3})
    decision = only(life(document, query="cheap tent"))
    assert [(each.score, each.reason) for each in decision.scores.values()] == [(0.3, "UNFIT")]


def test_a_candidate_asks_about_so_many_texts_and_no_more() -> None:
    when = " or ".join(f'intent(event.q{n}) == "price"' for n in range(MAX_TEXTS + 4)) + " or true"
    models = Counting()
    decision = only(life(asks(when), models=models, **{f"q{n}": f"text {n}" for n in range(MAX_TEXTS + 4)}))
    assert models.asked == MAX_TEXTS
    assert [each.reason for each in decision.intents] == ["SCORED"] * MAX_TEXTS + ["TOO_MANY"]


def test_several_models_may_be_asked() -> None:
    told = {**TOLD, "support-intent": {"cheap tent": "billing"}}
    decision = only(life(asks(f'{PRICE} and intent(event.query, "support-intent") == "billing"'), told, query="cheap tent"))
    assert sorted(each.model for each in decision.intents) == ["intent:story", "support-intent:story"]


@pytest.mark.parametrize(
    ("when", "problem"),
    [
        ("intent() == 1", "intent() takes a text"),
        ("intent(event.query, event.model) == 'x'", "intent() takes a text"),
        ("intent(event.query, 'Bad Name') == 'x'", "intent() takes a text"),
        ("intent('cheap tent') == 'x'", "not a constant"),
        ("any(event.products, intent(name) == 'x')", "not asked for each item"),
        ("intnt(event.query) == 'x'", "did you mean 'intent'"),
    ],
)
def test_what_cannot_be_asked_says_how_to_write_it(when: str, problem: str) -> None:
    with pytest.raises(CampaignError) as error:
        compile_campaign(asks(when), features=EMPTY)
    assert problem in str(error.value)


def test_features_and_segments_cannot_ask() -> None:
    from udfs.core.campaigns.language.segments import compile_segments
    from udfs.core.features.features import FeatureError
    from udfs.core.features.language.features import compile_features
    from udfs.core.values.problems import DocumentError

    with pytest.raises(FeatureError, match="not asked here"):
        compile_features({"features": [{"name": "a", "expression": 'intent(user.query) == "x"'}]})
    with pytest.raises(DocumentError, match="not asked here"):
        compile_segments({"segments": [{"segment": "a", "when": 'intent(user.query) == "x"'}]}, features=EMPTY)


def test_tokens_are_bounded_and_the_same_every_time() -> None:
    for text in ("", "?!", "a" * 10_000_000, "ab " * 1_000_000, "İ" * 5_000, "\ud800 x", "x\0y", "ß Straße 日本語 הי"):
        found = grams(text, 14)
        assert 1 <= len(found.places) == len(found.weights) <= 4 * 3 * MAX_CHARACTERS
        assert all(0 <= place < 1 << 14 for place in found.places)
        assert found == grams(text, 14)
    assert grams("Cheap TENT", 14) == grams("cheap tent", 14) == ([*grams("cheap tent", 14).places], [*grams("cheap tent", 14).weights])


def _paused(found: Book) -> Book:
    return replace(found, models={name: replace(each, paused=True) for name, each in found.models.items()})
