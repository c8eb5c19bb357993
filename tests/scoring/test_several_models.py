"""A campaign may ask several models: conditions name each score, and the decision says who spoke for each."""

from pathlib import Path
from typing import Any

import pytest

from bench.onnx_files import linear
from services.documents.scenario_models import SCORE
from services.local.told import ToldModels
from tests.builders import book, campaign, event
from tests.scoring.test_challenger import control
from tests.scoring.test_loaded import FEATURES, SCORED, T, made, scorer_for
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.compile_book import apply
from udfs.core.campaigns.language.reader import CampaignError
from udfs.core.decision.scores import ModelReason
from udfs.core.engine import Engine
from udfs.core.features.models import Model
from udfs.core.records import Decision, Score
from udfs.scoring.loaded import LoadedModels

BOTH = {"propensity": {"model": "propensity", "cold_start": 0.03}, "churn": {"model": "churn", "cold_start": 0.5}}
SURE = 0.7310585
"""sigmoid(1): the answer to one view of a model that weighs views by 1."""


def asking(**changes: Any) -> Book:
    return book(FEATURES, {**SCORED, "score": BOTH, **changes})


def scores(found: Book, scorer: LoadedModels | None = None) -> dict[str, Score]:
    (decision, *_) = Engine(found, scorer=scorer or scorer_for(found)).on_event(None, event("product_viewed", T)).records
    assert isinstance(decision, Decision)
    return decision.scores


def test_each_score_has_its_model_and_its_own_cold_start(tmp_path: Path) -> None:
    found = scores(apply(asking(), control(made(tmp_path, linear([1.0, 0.0])))))
    assert list(found) == ["propensity", "churn"]
    assert found["propensity"].score == pytest.approx(SURE, abs=1e-6)
    assert found["churn"] == Score(score=0.5, model="churn:cold_start", reason=ModelReason.NO_MODEL)


def test_a_condition_names_the_score_it_reads_and_only_that_model_is_asked_until_it_holds(tmp_path: Path) -> None:
    one, two = made(tmp_path, linear([1.0, 0.0])), made(tmp_path, linear([-1.0, 0.0]), name="churn")
    published = apply(asking(when="score.churn > 0.5"), control(one), control(two))
    asked: list[str] = []

    class Counting(LoadedModels):
        def ask(self, model: Model, row: Any, *, ms_per_s: float | None = None) -> Any:
            asked.append(model.name)
            return super().ask(model, row, ms_per_s=ms_per_s)

    scorer = Counting()
    scorer.follow(published.models, wait=30)
    assert Engine(published, scorer=scorer).on_event(None, event("product_viewed", T)).records == []
    assert asked == ["churn"]
    met = apply(asking(when="score.churn < 0.5 and score.propensity > 0.5"), control(one), control(two))
    assert {name: score.model.partition(":")[0] for name, score in scores(met, scorer).items()} == {"propensity": "propensity", "churn": "churn"}


def test_two_scores_of_one_model_ask_it_once(tmp_path: Path) -> None:
    both = {"buys": {"model": "propensity", "cold_start": 0.1}, "stays_away": {"model": "propensity", "class": "no", "cold_start": 0.9}}
    published = apply(asking(score=both), control(made(tmp_path, linear([1.0, 0.0]))))
    found = scores(published)
    assert found["buys"].score + found["stays_away"].score == pytest.approx(1.0)
    assert found["buys"].took_us == found["stays_away"].took_us


def test_a_story_may_tell_what_each_of_several_models_says() -> None:
    told = ToldModels({"propensity": {SCORE: 0.25}, "churn": {SCORE: 0.75}})
    (decision, *_) = Engine(told.of(asking()), scorer=told).on_event(None, event("product_viewed", T)).records
    assert isinstance(decision, Decision)
    assert {name: each.score for name, each in decision.scores.items()} == {"propensity": 0.25, "churn": 0.75}


def test_the_only_score_has_the_name_of_its_model_and_is_score_alone_as_well() -> None:
    one = {"model": "purchase-propensity", "cold_start": 0.7}
    for when in ("score > 0.5", "score.purchase_propensity > 0.5"):
        assert list(scores(book(FEATURES, {**SCORED, "score": one, "when": when}))) == ["purchase_propensity"]
    named = {"intent": {"model": "purchase-propensity", "cold_start": 0.7}}
    assert list(scores(book(FEATURES, {**SCORED, "score": named, "when": "score > 0.5"}))) == ["intent"]


@pytest.mark.parametrize(
    ("changes", "where", "why"),
    [
        ({"score": BOTH, "when": "score > 0.5"}, "when", "the scores of this campaign are score.propensity, score.churn"),
        ({"score": BOTH, "when": "score.churm > 0.5"}, "when", "did you mean 'score.churn'"),
        ({"when": "score > 0.5"}, "when", "score is read, but no score is declared"),
        ({"score": {"Churn": BOTH["churn"]}}, "score.Churn", "no name of a score"),
        ({"score": {"churn": {"model": "churn"}}}, "score.churn.cold_start", "cold_start is the number"),
        ({"score": {f"s{n}": BOTH["churn"] for n in range(9)}}, "score", "at most 8"),
        ({"score": {}}, "score.model", "purchase-propensity"),
    ],
)
def test_scores_that_cannot_be_told_apart_are_refused(changes: dict[str, Any], where: str, why: str) -> None:
    from udfs.core.campaigns.language.campaign import compile_campaign

    document = campaign("scored", trigger={"event": "product_viewed"}, when=None, entry=None, **{k: v for k, v in changes.items() if k != "when"})
    with pytest.raises(CampaignError) as refused:
        compile_campaign(document | {k: v for k, v in changes.items() if k == "when"}, features=book(FEATURES).features)
    told = [(".".join(map(str, each.path)), f"{each.message} {each.suggestion or ''}") for each in refused.value.problems]
    assert any(path == where and why in message for path, message in told), told
