"""A shadow is asked as well as the one in use, changes nothing, and is dropped first when time is short."""

from pathlib import Path
from typing import Any

import pytest

from bench.onnx_files import linear, slow
from tests.builders import event, only_score
from tests.scoring.test_challenger import control
from tests.scoring.test_loaded import BOOK, T, decided, made, scorer_for
from udfs.core.campaigns.book import Book, Entry
from udfs.core.campaigns.compile_book import apply
from udfs.core.engine import Engine
from udfs.core.features.models import Model
from udfs.core.records import Decision, Score
from udfs.scoring.files import ModelRefused, fetch
from udfs.scoring.loaded import LoadedModels


def said(found: Book, scorer: LoadedModels, times: int) -> list[Score]:
    """The scores of as many first views."""
    return [decided(found, scorer) for _ in range(times)]


def test_its_answer_is_logged_and_not_used(tmp_path: Path) -> None:
    now, new = made(tmp_path, linear([1.0, 0.0])), made(tmp_path, linear([-1.0, 0.0]))
    alone, both = apply(BOOK, control(now, new)), apply(BOOK, control(now, new, shadow={"version": new["version"]}))
    score, before = decided(both, scorer_for(both)), decided(alone, scorer_for(alone))
    assert (score.score, score.model, score.role) == (before.score, before.model, "champion")
    assert score.shadow is not None
    assert (score.shadow.model, score.shadow.reason) == (f"propensity:{new['version']}", "SCORED")
    assert score.shadow.score == pytest.approx(1 - score.score)
    assert before.shadow is None


def test_a_shadow_that_takes_too_long_is_dropped_and_the_champion_is_not(tmp_path: Path) -> None:
    now, new = made(tmp_path, linear([1.0, 0.0])), made(tmp_path, slow(2, rounds=6), budget_ms=1000)
    found = apply(BOOK, control(now, new, shadow={"version": new["version"], "ms_per_s": 0.1}))
    scores = said(found, scorer_for(found), 20)
    assert {score.reason for score in scores} == {"SCORED"}
    reasons = [score.shadow.reason for score in scores if score.shadow]
    assert reasons.count("SCORED") < 5
    assert reasons[-1] == "OVER_BUDGET"


def test_a_shadow_that_is_refused_says_so_and_the_champion_speaks(tmp_path: Path) -> None:
    now, new = made(tmp_path, linear([1.0, 0.0])), {**made(tmp_path, linear([2.0, 0.0])), "uri": "file:///nowhere/model.onnx"}
    found = apply(BOOK, control(now, new, shadow={"version": new["version"]}))
    score = decided(found, scorer_for(found))
    assert (score.reason, score.shadow and score.shadow.reason) == ("SCORED", "REFUSED")


def test_a_challenger_that_is_refused_leaves_its_customers_to_the_champion_and_the_decision_says_so(tmp_path: Path) -> None:
    now, new = made(tmp_path, linear([1.0, 0.0])), {**made(tmp_path, linear([2.0, 0.0])), "uri": "file:///nowhere/model.onnx"}
    found = apply(BOOK, control(now, new, challenger={"version": new["version"], "share": 1.0}))
    score = decided(found, scorer_for(found))
    assert (score.model, score.reason, score.role) == (f"propensity:{now['version']}", "SCORED", "challenger")
    assert score.instead_of is not None
    assert (score.instead_of.model, score.instead_of.reason) == (f"propensity:{new['version']}", "REFUSED")


def test_a_version_on_trial_never_stands_in_for_a_champion_that_is_still_loading(tmp_path: Path) -> None:
    now, new, earlier = (made(tmp_path, linear([weight, 0.0])) for weight in (1.0, 0.5, 0.25))

    def read(model: Model) -> bytes:
        if model.version == now["version"]:
            message = "late"
            raise ModelRefused(message)
        return fetch(model)

    found = apply(BOOK, control(now, new, earlier, shadow={"version": new["version"]}))
    scorer = LoadedModels(read=read)
    scorer.follow(found.models, wait=30)
    assert [model.version for model in found.models["propensity"].fallback] == [earlier["version"]]
    assert decided(found, scorer).model == "propensity:cold_start"


def _cached(folder: Path, **rule: Any) -> list[str]:
    found = apply(BOOK, control(made(folder, linear([1.0, 0.0]), cache={"ttl": "1h", **rule})))
    engine, blob, reasons = Engine(found, scorer=scorer_for(found)), None, []
    for number in range(7):
        step = engine.on_event(blob, event("product_viewed", T + number * 1000))
        blob = step.blob
        reasons += [only_score(each).reason for each in step.records if isinstance(each, Decision)]
    return reasons


def test_a_kept_answer_ends_after_so_many_events_of_the_customer(tmp_path: Path) -> None:
    assert _cached(tmp_path, events=3) == ["SCORED", "CACHED", "CACHED", "SCORED", "CACHED", "CACHED", "SCORED"]
    assert _cached(tmp_path, events=1) == ["SCORED"] * 7
    assert _cached(tmp_path) == ["SCORED", *["CACHED"] * 6]


def test_beside_a_kept_answer_no_shadow_is_asked(tmp_path: Path) -> None:
    now, new = made(tmp_path, linear([1.0, 0.0]), cache={"ttl": "1h"}), made(tmp_path, linear([2.0, 0.0]))
    found = apply(BOOK, control(now, new, shadow={"version": new["version"]}))
    engine, blob, beside = Engine(found, scorer=scorer_for(found)), None, []
    for number in range(2):
        step = engine.on_event(blob, event("product_viewed", T + number))
        blob = step.blob
        beside += [only_score(each).shadow is not None for each in step.records if isinstance(each, Decision)]
    assert beside == [True, False]


def test_what_was_kept_of_a_version_that_is_taken_back_is_not_used(tmp_path: Path) -> None:
    now, new = (made(tmp_path, linear([weight, 0.0]), cache={"ttl": "1h"}) for weight in (1.0, 0.5))
    engine = Engine(trial := apply(BOOK, control(now, new, challenger={"version": new["version"], "share": 1.0})), scorer=scorer_for(trial))
    step = engine.on_event(None, event("product_viewed", T))
    entry = control(now, offset=11)
    engine.book = apply(trial, Entry(entry.key, 11, entry.value))
    (decision, *_) = engine.on_event(step.blob, event("product_viewed", T + 1)).records
    assert isinstance(decision, Decision)
    assert (only_score(decision).model, only_score(decision).reason) == (f"propensity:{now['version']}", "SCORED")
