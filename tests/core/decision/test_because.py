"""`{{ because }}`: a message says why it was sent, in the marketer's words, and never what may not be said."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.builders import DAY, HOUR, MONDAY, Life, book, event, mail
from udfs.core.because_said import BecauseSaid, Why
from udfs.core.campaigns.because import check_phrases
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.campaigns.language.reader import CampaignError
from udfs.core.decision.scores import Answer, Divided, ModelReason, NoScorer, Scorer
from udfs.core.engine import Engine
from udfs.core.features.features import FeatureSet
from udfs.core.features.language.models import compile_model
from udfs.core.features.models import Model
from udfs.core.records import Decision, Event
from udfs.core.values.problems import DocumentError

T = MONDAY + 12 * HOUR
FEATURES = {
    "features": [
        {"name": "views_7d", "event": "product_viewed", "aggregate": "count", "window": "7d"},
        {"name": "adds_30d", "event": "product_added", "aggregate": "count", "window": "30d"},
        {"name": "last_city", "event": "product_viewed", "aggregate": "last", "of": "properties.city"},
    ]
}
SAY = {"views_7d": "because you looked at tents {{ value }} times this week", "adds_30d": "because your cart was full {{ value }} times"}
NAMES = ("views_7d", "adds_30d", "last_city")


class Trees(Scorer):
    """A model that answers .8, and says what each feature adds."""

    def __init__(self, adds: Mapping[str, float] | Why) -> None:
        self.adds = adds
        self.divided: list[str] = []

    def ask(self, model: Model, row: Sequence[float], *, ms_per_s: float | None = None) -> Answer:
        return Answer([0.2, 0.8], ModelReason.SCORED, 1)

    def divide(self, model: Model, row: Sequence[float]) -> Divided:
        self.divided.append(model.label)
        if isinstance(self.adds, Why):
            return Divided(None, self.adds)
        return Divided([self.adds.get(each.feature, 0.0) for each in model.inputs])


def news(body: str = "Hello, {{ because }}!", because: Any = None, **changes: Any) -> dict[str, Any]:
    told = {"say": SAY, "default": "because you know us"} if because is None else because
    score = {"model": "propensity", "cold_start": 0.9}
    variants = {"mail": {"channel": "email", "content": {"body": body}}}
    document = mail(**{"variants": variants, "score": score, "because": told, "when": "score > 0.5", **changes})
    return {key: value for key, value in document.items() if value != {}}


def manifest(features: FeatureSet, version: str = "a" * 12, **more: Any) -> dict[str, Any]:
    return {
        "model": "propensity",
        "version": version,
        "uri": f"file:///models/{version}.onnx",
        "sha256": version[0] * 64,
        "bytes": 1000,
        "task": "binary",
        "classes": ["no", "yes"],
        "inputs": [{"feature": name, "definition": features.features[name].definition} for name in NAMES],
        "input": "x",
        "output": "probabilities",
        "feature_version": features.version,
        **more,
    }


def published(found: Book, *manifests: dict[str, Any], **more: Any) -> Book:
    document = {"model": "propensity", "current": manifests[0]["version"], "versions": list(manifests), **more}
    model = compile_model(document, name="propensity", features=found.features, paused=False)
    return replace(found, models={"propensity": model})


HISTORY = [event("product_viewed", T - HOUR - number, city="Bern") for number in range(5)] + [event("product_added", T - HOUR)]


def sent(
    adds: Mapping[str, float] | Why, document: dict[str, Any] | None = None, *, model: Any = None, before: Sequence[Event] = HISTORY
) -> tuple[str, Decision]:
    """The message of a customer who has viewed five times, and its decision."""
    found = book(FEATURES, document or news())
    lived = Life(Engine(published(found, manifest(found.features, **(model or {}))), scorer=Trees(adds))).live([*before, event("go", T)])
    (action,), (decision,) = lived.actions, lived.decisions
    return action.content["body"], decision


def test_it_says_what_added_most_and_the_decision_tells_which_feature_that_was() -> None:
    body, decision = sent({"views_7d": 0.7, "adds_30d": 0.2})
    assert body == "Hello, because you looked at tents 5 times this week!"
    assert decision.because == BecauseSaid(score="propensity", reason="SAID", feature="views_7d", adds=0.7)


@pytest.mark.parametrize(
    ("adds", "feature"),
    [
        ({"views_7d": 0.2, "adds_30d": 0.7}, "adds_30d"),
        ({"last_city": 2.0, "views_7d": 0.3}, "views_7d"),  # what adds most has no phrase
        ({"views_7d": -2.0, "adds_30d": 0.3}, "adds_30d"),  # what counts against the score is no reason for it
        ({"views_7d": 0.3, "adds_30d": 0.3}, "adds_30d"),  # equal: by the name, always the same one
        ({"views_7d": 0.3, "adds_30d": 0.3 + 1e-9}, "adds_30d"),
    ],
)
def test_of_what_speaks_for_it_and_may_be_said_the_most(adds: Mapping[str, float], feature: str) -> None:
    because = sent(adds)[1].because
    assert because is not None
    assert (because.reason, because.feature, because.adds) == ("SAID", feature, round(adds[feature], 6))


@pytest.mark.parametrize(
    "adds",
    [{}, {"views_7d": -0.5, "adds_30d": -0.1}, {"last_city": 1.0}, {"last_city": 1.0, "views_7d": 0.05}],
    ids=["nothing adds", "all counts against it", "no phrase", "a trifle"],
)
def test_where_nothing_may_be_said_the_default_is(adds: Mapping[str, float]) -> None:
    body, decision = sent(adds)
    assert body == "Hello, because you know us!"
    assert decision.because == BecauseSaid(score="propensity", reason="NOTHING_SPEAKS")


def test_what_is_not_known_is_no_reason() -> None:
    body, decision = sent({"last_city": 1.0}, news(because={"say": {"last_city": "because you are in {{ value }}"}}), before=())
    assert (body, decision.because) == ("Hello, !", BecauseSaid(score="propensity", reason="NOTHING_SPEAKS"))


def test_a_phrase_that_comes_out_empty_is_not_said() -> None:
    say = {**SAY, "views_7d": "{% if value > 9 %}because you looked {{ value }} times{% endif %}"}
    assert sent({"views_7d": 0.7, "adds_30d": 0.2}, news(because={"say": say}))[0] == "Hello, because your cart was full 1 times!"


@pytest.mark.parametrize("why", [Why.NOT_TREES, Why.TOO_LARGE, Why.LOADING])
def test_a_model_that_cannot_say_why_leaves_the_default_and_the_decision_says_what_was_wrong(why: Why) -> None:
    body, decision = sent(why)
    assert (body, decision.because) == ("Hello, because you know us!", BecauseSaid(score="propensity", reason=why))


def test_a_cold_start_has_no_reason() -> None:
    lived = Life(Engine(book(FEATURES, news()), scorer=NoScorer())).live([*HISTORY, event("go", T)])
    assert lived.actions[0].content["body"] == "Hello, because you know us!"
    assert lived.decisions[0].because == BecauseSaid(score="propensity", reason="NO_SCORE")


def test_a_phrase_that_cannot_be_filled_in_leaves_the_next() -> None:
    say = {"views_7d": "because {{ value.first }} {{ user | join(', ') }}", "adds_30d": SAY["adds_30d"]}
    assert "cart was full" in sent({"views_7d": 0.7, "adds_30d": 0.2}, news(because={"say": say}))[0]
    body, decision = sent({"views_7d": 0.7}, news(because={"say": say}))
    assert (body, decision.because) == ("Hello, !", BecauseSaid(score="propensity", reason="FAILED"))


def test_a_model_has_phrases_of_its_own_which_those_of_the_campaign_replace() -> None:
    model = {"because": {"views_7d": "because you looked around", "adds_30d": "because of your cart"}}
    document = news(because={"say": {"views_7d": SAY["views_7d"]}})
    assert sent({"adds_30d": 0.7}, document, model=model)[0] == "Hello, because of your cart!"
    assert sent({"views_7d": 0.7}, document, model=model)[0] == "Hello, because you looked at tents 5 times this week!"


def test_what_a_model_never_speaks_of_no_campaign_says() -> None:
    assert sent({"views_7d": 0.7}, model={"because": {"views_7d": None}})[0] == "Hello, because you know us!"


def test_a_campaign_without_phrases_says_those_of_its_model() -> None:
    document = news()
    del document["because"]
    assert sent({"views_7d": 0.7}, document, model={"because": {"views_7d": "because you looked"}})[0] == "Hello, because you looked!"
    assert sent({"views_7d": 0.7}, document)[0] == "Hello, !"


def test_no_name_of_a_feature_reaches_a_customer() -> None:
    for adds in ({name: 1.0} for name in NAMES):
        assert not any(name in sent(adds)[0] for name in NAMES)


def test_where_the_other_class_is_asked_for_what_speaks_against_the_one_speaks_for_the_other() -> None:
    document = news(score={"model": "propensity", "cold_start": 0.9, "class": "no"}, when=None)
    _, decision = sent({"views_7d": -0.7, "adds_30d": 0.2}, document)
    assert decision.because == BecauseSaid(score="propensity", reason="SAID", feature="views_7d", adds=0.7)


def test_the_challenger_that_spoke_is_the_one_that_is_explained() -> None:
    found = book(FEATURES, news())
    both = (manifest(found.features), manifest(found.features, "b" * 12, because={"last_city": "because of where you are"}))
    scorer = Trees({"last_city": 1.0})
    lived = Life(Engine(published(found, *both, challenger={"version": "b" * 12, "share": 1.0}), scorer=scorer)).live([*HISTORY, event("go", T)])
    assert scorer.divided == ["propensity:" + "b" * 12]
    assert lived.actions[0].content["body"] == "Hello, because of where you are!"


def test_it_is_computed_where_it_is_said_and_nowhere_else() -> None:
    """Not where the condition does not hold, not where a channel is closed, and not where no message asks."""
    consent = {"consent": {"default": {"marketing": "deny"}}}
    for document, policy in ((news(when="score > 0.9"), None), (news(), consent), (news("Hello", because={}), None)):
        found = book(FEATURES, document, *([policy] if policy else []))
        scorer = Trees({"views_7d": 1.0})
        lived = Life(Engine(published(found, manifest(found.features)), scorer=scorer)).live([*HISTORY, event("go", T)])
        assert scorer.divided == []
        assert all(each.because is None for each in lived.decisions)


def test_it_is_computed_once_for_all_fields_of_a_message() -> None:
    found = book(FEATURES, news(variants={"mail": {"channel": "email", "content": {"subject": "{{ because }}", "body": "{{ because }}"}}}))
    scorer = Trees({"views_7d": 1.0})
    Life(Engine(published(found, manifest(found.features)), scorer=scorer)).live([*HISTORY, event("go", T), event("go", T + DAY)])
    assert len(scorer.divided) == 2, "one for each message"


def test_what_it_says_is_escaped_in_html_and_stays_on_one_line() -> None:
    say = {"last_city": "because you are\nin <b>{{ value }}</b>"}
    content = {"subject": "{{ because }}", "html": "{{ because }}"}
    document = news(because={"say": say}, variants={"mail": {"channel": "email", "content": content}})
    found = book(FEATURES, document)
    lived = Life(Engine(published(found, manifest(found.features)), scorer=Trees({"last_city": 1.0}))).live([*HISTORY, event("go", T)])
    assert lived.actions[0].content == {
        "subject": "because you are in <b>Bern</b>",
        "html": "because you are in &lt;b&gt;Bern&lt;/b&gt;",
    }


def test_a_message_can_ask_whether_there_is_a_reason() -> None:
    document = news("Hello{% if because %}, {{ because }}{% endif %}.", because={"say": SAY})
    assert sent({"last_city": 1.0}, document)[0] == "Hello."


SCORES = {"one": {"model": "propensity", "cold_start": 0.1}, "two": {"model": "other", "cold_start": 0.1}}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"because": {"say": {"view_7d": "because"}}}, "there is no feature 'view_7d'"),
        ({"because": {"say": {"views_7d": "because {{ values }}"}}}, "unknown name 'values'"),
        ({"because": {"say": {"views_7d": ""}}}, "a phrase is a text"),
        ({"because": {"say": {"views_7d": "never"}}}, "the customer would read 'never'"),
        ({"because": {"say": {"views_7d": " Never\n"}}}, "the customer would read 'never'"),
        ({"because": {"default": "never"}}, "the customer would read 'never'"),
        ({"because": {"say": {"views_7d": "{{ because }}"}}}, "cannot say it itself"),
        ({"because": {"say": ["views_7d"]}}, "say has a phrase for each feature"),
        ({"because": {"default": "{{ value }}"}}, "unknown name 'value'"),
        ({"because": "you looked"}, "because says why a message is sent"),
        ({"because": {"score": "churn"}}, "'churn' is no score of this campaign"),
        ({"score": SCORES, "when": None}, "there are 2 scores: one, two"),
        ({"score": SCORES, "when": None, "because": {}}, "there are 2 scores: one, two"),
        ({"score": {}, "when": None}, "this campaign asks no model"),
        ({"score": {}, "when": None, "because": {}}, "there is no score to explain"),
        ({"variants": {"mail": {"channel": "email", "content": {"body": "Hello"}}}}, "no message of this campaign says"),
        ({"trigger": {"idle": "1h", "of": "cart"}, "because": {"say": {"views_7d": "because {{ event.name }}"}}}, "there is no event here"),
    ],
)
def test_what_cannot_be_said_is_refused_with_its_reason(changes: dict[str, Any], problem: str) -> None:
    document = news(**changes)
    with pytest.raises(CampaignError) as refused:
        compile_campaign(document, features=book(FEATURES).features)
    assert problem in str(refused.value)


@pytest.mark.parametrize("phrase", ["because {{ value", "because {{ event.name }}", "because {{ cart.value }}"])
def test_a_phrase_of_a_model_that_cannot_be_said_everywhere_is_refused(phrase: str) -> None:
    found = published(book(FEATURES), manifest(book(FEATURES).features, because={"views_7d": phrase}))
    with pytest.raises(DocumentError, match="the phrase of propensity:aaaaaaaaaaaa for 'views_7d'"):
        check_phrases({each.label: each for each in found.models["propensity"].versions})


def test_the_book_says_which_models_are_explained() -> None:
    assert book(FEATURES, news()).explained == {"propensity"}
    assert book(FEATURES, news("Hello", because={})).explained == frozenset()
