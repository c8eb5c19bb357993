"""The answer of a job about a visit is that of its whole sequence at once, through kills, repeats, late events, a login and a new version."""

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from bench.onnx_files import manifest
from services.local.job import LocalJob
from tests.builders import HOUR, MINUTE, MONDAY, Life, book, campaign, event, only_score
from tests.core.features.test_steps import KINDS, VISIT, Told, happened, oracle
from tests.identity.test_in_one_process import login, said
from tests.scoring.test_loaded import UNFINISHED, control
from training.estimators import forecast, lightgbm, lstm
from training.estimators.estimator import Model, fit_with
from training.inputs import Floats, matrix
from udfs.core.campaigns.book import Book, BookError
from udfs.core.campaigns.compile_book import apply
from udfs.core.engine import Engine
from udfs.core.expressions.moment import Moment
from udfs.core.features.model_inputs import Input
from udfs.core.features.steps import LENGTH, WIDTH
from udfs.core.profile.stored import decode
from udfs.core.records import Decision
from udfs.scoring.loaded import LoadedModels

FEATURES = {"features": [VISIT, {"name": "cart_value", "expression": "cart.value"}]}
IDLE = campaign(
    "conversion",
    trigger={"idle": "1h", "of": "cart", "unless": ["order_completed"]},
    when="cart.value > 50",
    entry=None,
    score={"model": "checkout-forecast", "cold_start": 0.3},
)
BOOK = book(FEATURES, IDLE)
INPUTS = [
    Input("cart_value", BOOK.features.features["cart_value"].definition),
    Input("visit", BOOK.features.features["visit"].definition, steps=LENGTH),
]
SETTINGS = forecast.Settings(lightgbm.Settings(4, 20, 0.1, 1.0, 1, smallest_leaf=20), lstm.Settings(8, 2))
STORY: list[Told] = [
    (0, "page", None, None, 1),
    (1 * MINUTE, "product_viewed", "tent", 60.0, 1),
    (3 * MINUTE, "product_viewed", "peg", 3.0, 1),
    (4 * MINUTE, "product_viewed", "tent", 60.0, 1),
    (5 * MINUTE, "product_added", "tent", 60.0, 1),
    (9 * MINUTE, "checkout_started", None, None, 1),
]
DECIDED = 9 * MINUTE + HOUR


def rows(many: int, seed: int) -> tuple[Floats, Any]:
    """Made-up visits, in which what was done last matters."""
    random = np.random.default_rng(seed)
    x = np.full((many, 1 + LENGTH * WIDTH), np.nan, dtype=np.float32)
    x[:, 0] = random.gamma(2, 40, many)
    y = np.zeros(many, dtype=np.int64)
    for n in range(many):
        length = int(random.integers(1, 12))
        steps = random.integers(0, 64, (length, WIDTH))
        steps[:, 0] = random.integers(1, len(KINDS) + 1, length)
        x[n, 1 : 1 + length * WIDTH] = steps.ravel()
        y[n] = steps[-1, 0] % 2
    return x, y


@pytest.fixture(scope="module")
def models() -> list[Model]:
    """Two versions."""
    return [fit_with(forecast.Forecast(), SETTINGS, *rows(400, seed), inputs=INPUTS, seed=seed) for seed in (1, 2)]


def published(models: Sequence[Model], folder: Path, *, current: int = 0, onto: Book = BOOK) -> Book:
    documents = [
        manifest(folder, each.onnx(), features=BOOK.features, inputs=[], name="checkout-forecast")
        | {"input": "input", "inputs": [{"feature": i.feature, "definition": i.definition} | ({"steps": i.steps} if i.steps else {}) for i in INPUTS]}
        for each in models
    ]
    found = apply(onto, control(*documents, current=current, offset=10 + current))
    assert not found.refused and not found.models["checkout-forecast"].unfit
    return found


def scorer(found: Book) -> LoadedModels:
    models = LoadedModels()
    models.follow(found.models, wait=UNFINISHED)
    return models


def whole(model: Model, told: Sequence[Told], now: int) -> float:
    """The estimator's own answer about the events themselves, all at once."""
    made = {"cart_value": 60.0, "visit": oracle(told, now)}
    return float(model.probabilities(matrix(INPUTS, [_Row(made)]))[0, 1])  # type: ignore[list-item]


class _Row:
    def __init__(self, features: dict[str, Any]) -> None:
        self.features = features


def check(decision: Decision, model: Model, told: Sequence[Told], now: int) -> None:
    assert decision.features["visit"] == oracle(told, now)
    score = only_score(decision)
    assert score.reason == "SCORED"
    assert score.score == pytest.approx(whole(model, told, now), abs=1e-6)


def test_the_answer_is_that_of_the_whole_sequence(models: list[Model], tmp_path: Path) -> None:
    found = published(models[:1], tmp_path)
    (decision,) = Life(Engine(found, scorer=scorer(found))).live(map(happened, STORY)).wait().decisions
    check(decision, models[0], STORY, DECIDED)


def test_it_is_after_a_kill_between_any_two_events(models: list[Model], tmp_path: Path) -> None:
    """Nothing but the bytes of the profile is left; the process is another one."""
    found = published(models[:1], tmp_path)
    life = Life(Engine(found))
    for each in STORY:
        life.engine = Engine(found)
        life.live([happened(each)])
    life.engine = Engine(found, scorer=scorer(found))
    check(life.wait().decisions[0], models[0], STORY, DECIDED)


@pytest.mark.parametrize("seed", range(4))
def test_it_is_whatever_comes_late_or_twice(models: list[Model], tmp_path: Path, seed: int) -> None:
    found = published(models[:1], tmp_path)
    early = [happened(each) for each in STORY[:4]]
    Random(seed).shuffle(early)
    told = [*map(happened, STORY[4:]), *early, *early[:2]] if seed % 2 else [*early, early[0], *map(happened, STORY[4:])]
    (decision,) = Life(Engine(found, scorer=scorer(found))).live(told).wait().decisions
    check(decision, models[0], STORY, DECIDED)


def test_it_is_after_a_login_in_the_middle_of_the_visit(models: list[Model], tmp_path: Path) -> None:
    """The steps of both ids, in order of time."""
    found = published(models[:1], tmp_path)
    job = LocalJob(found, scorer=scorer(found))
    records = []
    for n, (at, name, product, price, quantity) in enumerate(STORY):
        fields: dict[str, Any] = {"quantity": quantity} | ({"product_id": product} if product else {}) | ({} if price is None else {"price": price})
        records.append(said(at / MINUTE, name, **({"web": "web-1"} if n in {0, 1, 3} else {"user": "ada"}), **fields))
    records.insert(4, login(4.5, "ada", "web-1"))
    outputs = [each for made in job.run(records, drain=2 * HOUR) for each in made]
    (decision,) = [each for each in outputs if isinstance(each, Decision)]
    assert decision.user_id == "ada"
    check(decision, models[0], STORY, DECIDED)


def test_an_order_that_both_ids_report_is_one_step() -> None:
    visit = book({"features": [VISIT]}).features
    job = LocalJob(book({"features": [VISIT]}))
    order: dict[str, Any] = {"order_id": "o-1", "total": 60.0}
    told = [said(0, "order_completed", web="web-1", **order), said(1, "order_completed", user="ada", **order), login(2, "ada", "web-1")]
    for _ in job.run(told, drain=0):
        pass
    profile = decode(job.profiles["ada"])
    text = visit.vector(Moment(user_id="ada", profile=profile, now=MONDAY + 3 * MINUTE, cart=None))["visit"]
    assert [text[n] for n in range(0, len(text), WIDTH)] == ["F", "A"], "an order, and now"


def test_a_new_version_answers_about_the_whole_sequence_from_its_first_decision_on(models: list[Model], tmp_path: Path) -> None:
    """Nothing of the version before is left anywhere: there is no state of a network to be rebuilt."""
    before, after = published(models, tmp_path), published(models, tmp_path, current=1)
    life = Life(Engine(before, scorer=scorer(before))).live(map(happened, STORY))
    life.engine = Engine(after, scorer=scorer(after))
    (decision,) = life.wait().decisions
    check(decision, models[1], STORY, DECIDED)
    assert whole(models[0], STORY, DECIDED) != pytest.approx(whole(models[1], STORY, DECIDED), abs=1e-4), "the versions differ"


def test_the_record_of_a_decision_is_what_training_reads(models: list[Model], tmp_path: Path) -> None:
    """Through JSON, as from the topic of decisions."""
    found = published(models[:1], tmp_path)
    (decision,) = Life(Engine(found, scorer=scorer(found))).live(map(happened, STORY)).wait().decisions
    logged = json.loads(json.dumps(dict(decision.features)))
    x = matrix(INPUTS, [_Row(logged)])  # type: ignore[list-item]
    assert only_score(decision).score == pytest.approx(float(models[0].probabilities(x)[0, 1]), abs=1e-6)


def test_who_took_no_steps_that_count_is_still_forecast(models: list[Model], tmp_path: Path) -> None:
    features = {"features": [VISIT | {"purpose": "personalization"}, FEATURES["features"][1]]}
    found = published(models[:1], tmp_path, onto=book(features, IDLE, {"consent": {"default": {"marketing": "grant", "personalization": "deny"}}}))
    (decision,) = Life(Engine(found, scorer=scorer(found))).live(map(happened, STORY)).wait().decisions
    score = only_score(decision)
    assert (decision.features["visit"], score.reason) == (None, "SCORED")
    x = matrix(INPUTS, [_Row({"cart_value": 60.0, "visit": None})])  # type: ignore[list-item]
    assert score.score == pytest.approx(float(models[0].probabilities(x)[0, 1]), abs=1e-6)


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"steps": 0}, "0 steps"), ({"steps": 999}, "1 to 51"), ({"steps": 5, "values": ["a"]}, "without values")],
)
def test_a_manifest_whose_steps_cannot_be_is_refused(models: list[Model], tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    document = manifest(tmp_path, models[0].onnx(), features=BOOK.features, inputs=["visit"], name="checkout-forecast")
    document["inputs"][0] |= changes
    with pytest.raises(BookError, match=says):
        apply(BOOK, control(document))


def test_a_file_of_another_width_is_refused_when_it_is_loaded(models: list[Model], tmp_path: Path) -> None:
    document = manifest(tmp_path, models[0].onnx(), features=BOOK.features, inputs=["visit"], name="checkout-forecast") | {"input": "input"}
    document["inputs"][0] |= {"steps": 5}
    loaded = scorer(apply(BOOK, control(document)))
    assert [f"of shape [any, {5 * WIDTH}]" in each.message for each in loaded.troubles()] == [True]


def test_a_feature_of_another_definition_is_unfit(models: list[Model], tmp_path: Path) -> None:
    found = published(models[:1], tmp_path)
    other = {"features": [VISIT | {"event": [*KINDS, "cart_viewed"]}, FEATURES["features"][1]]}
    assert "another definition of 'visit'" in found.models["checkout-forecast"].against(book(other).features).unfit


def test_of_somebody_who_is_erased_no_steps_are_left() -> None:
    key = str(BOOK.features.features["visit"].state).encode()
    life = Life(Engine(BOOK)).live(map(happened, STORY))
    assert key in (life.blob or b"")
    assert key not in (life.live([event("user_erased", MONDAY + 10 * MINUTE)]).blob or b"")
