"""Models as the job holds them: loaded, believed only as far as their manifest goes, given up on when they do harm."""

from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import msgspec
import pytest

from bench.onnx_files import elsewhere, hanging, linear, manifest, slow
from tests.builders import HOUR, MONDAY, book, campaign, event, only_score
from udfs.core.campaigns.book import Book, BookError, ControlValue, Entry
from udfs.core.campaigns.compile_book import apply, compile_book
from udfs.core.decision.scores import ModelReason
from udfs.core.engine import Engine
from udfs.core.features.models import Model
from udfs.core.records import Decision, Score
from udfs.scoring.files import fetch
from udfs.scoring.loaded import TRIP_AFTER, LoadedModels

T = MONDAY + 10 * HOUR
FEATURES = {
    "features": [
        {"name": "views", "event": "product_viewed", "aggregate": "count"},
        {"name": "adds", "event": "product_added", "aggregate": "count"},
    ]
}
SCORED = campaign(
    "scored",
    trigger={"event": "product_viewed"},
    when=None,
    entry=None,
    score={"model": "propensity", "cold_start": 0.03},
)
BOOK = book(FEATURES, SCORED)
UNFINISHED = 30.0


def control(*manifests: dict[str, Any], current: int = 0, offset: int = 10, status: str = "live") -> Entry:
    document = {"model": manifests[0]["model"], "current": manifests[current]["version"], "versions": list(manifests)}
    value = ControlValue(kind="model", name=document["model"], version="v", status=status, document=document)
    return Entry(f"model/{document['model']}", offset, msgspec.json.encode(value))


def made(folder: Path, data: bytes, **changes: Any) -> dict[str, Any]:
    return manifest(folder, data, features=BOOK.features, inputs=["views", "adds"], **changes)


def scorer_for(found: Book) -> LoadedModels:
    models = LoadedModels()
    models.follow(found.models, wait=UNFINISHED)
    return models


def decided(found: Book, scorer: LoadedModels) -> Score:
    """The score of a first view."""
    (decision, *_) = Engine(found, scorer=scorer).on_event(None, event("product_viewed", T)).records
    assert isinstance(decision, Decision)
    return only_score(decision)


def test_a_score_comes_from_the_model_and_the_decision_names_it(tmp_path: Path) -> None:
    one = made(tmp_path, linear([1.0, 0.0]))
    found = apply(BOOK, control(one))
    score = decided(found, scorer_for(found))
    assert score.score == pytest.approx(1 / (1 + 2.718281828**-1), abs=1e-6), "one view, no add: sigmoid(1)"
    assert (score.model, score.reason) == (f"propensity:{one['version']}", "SCORED")


def test_without_a_model_the_cold_start_serves_and_the_decision_says_so() -> None:
    score = decided(BOOK, LoadedModels())
    assert (score.score, score.model, score.reason) == (0.03, "propensity:cold_start", "NO_MODEL")


def test_a_paused_model_is_not_asked(tmp_path: Path) -> None:
    found = apply(BOOK, control(made(tmp_path, linear([1.0, 0.0])), status="paused"))
    assert decided(found, scorer_for(found)).reason == "PAUSED"


def test_a_model_outlives_changes_of_features_that_it_does_not_read(tmp_path: Path) -> None:
    found = apply(BOOK, control(made(tmp_path, linear([1.0, 0.0]))))
    more = {"features": [*FEATURES["features"], {"name": "orders", "event": "order_completed", "aggregate": "count"}]}
    assert decided(apply(found, _features(more)), scorer_for(found)).reason == "SCORED"


OTHER = {"features": [FEATURES["features"][0], {**FEATURES["features"][1], "window": "7d"}]}


def test_one_whose_features_change_is_unfit_and_so_it_is_after_a_restore(tmp_path: Path) -> None:
    found = apply(BOOK, control(made(tmp_path, linear([1.0, 0.0]))))
    changed = apply(found, _features(OTHER))
    restored = compile_book(changed.entries.values())
    for each in (changed, restored):
        assert decided(each, scorer_for(found)).reason == "UNFIT"
        assert "another definition of 'adds'" in each.models["propensity"].unfit
    back = apply(restored, _features(FEATURES, offset=30))
    assert decided(back, scorer_for(found)).reason == "SCORED"


def test_one_that_comes_after_the_features_must_fit_them_live_and_after_a_restore(tmp_path: Path) -> None:
    one = control(made(tmp_path, linear([1.0, 0.0])), offset=25)
    changed = apply(BOOK, _features(OTHER))
    with pytest.raises(BookError, match="another definition of 'adds'"):
        apply(changed, one)
    restored = compile_book([*changed.entries.values(), one])
    assert restored.models == {}
    assert "model/propensity" in restored.refused


def _features(document: dict[str, Any], *, offset: int = 20) -> Entry:
    return Entry("features", offset, msgspec.json.encode(ControlValue(kind="features", name="features", version="f", document=document)))


def _swapped(folder: Path) -> dict[str, Any]:
    described = made(folder, linear([1, 0]))
    data = linear([2, 0])
    assert len(data) == described["bytes"]
    (folder / f"{described['sha256']}.onnx").write_bytes(data)
    return described


def _cut(folder: Path) -> dict[str, Any]:
    described = made(folder, linear([1, 0]))
    path = folder / f"{described['sha256']}.onnx"
    path.write_bytes(path.read_bytes()[:100])
    return described


BAD_FILES: dict[str, tuple[Callable[[Path], dict[str, Any]], str]] = {
    "no file": (lambda folder: {**made(folder, linear([1, 0])), "uri": "file:///nowhere/model.onnx"}, "there is no file"),
    "another file": (_swapped, "was changed after it was published"),
    "cut short": (_cut, "publish it again"),
    "no onnx": (lambda folder: made(folder, b"\x00" * 64), "is not a model that this onnxruntime"),
    "too few columns": (lambda folder: made(folder, linear([1.0])), "float of shape [any, 2]"),
    "other names": (lambda folder: made(folder, linear([1, 0]), output="label"), "its manifest names 'x' and 'label'"),
    "more classes": (lambda folder: made(folder, linear([1, 0]), classes=["a", "b", "c"]), "its manifest says 3"),
    "no number": (lambda folder: made(folder, linear([float("nan"), 0])), "not a number"),
    "no probability": (lambda folder: made(folder, linear([1, 0], scale=7.0)), "not a probability"),
    "too slow": (lambda folder: made(folder, slow(2), budget_ms=5), "its budget is 5 ms"),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_refused_with_the_reason_and_the_cold_start_serves(case: str, tmp_path: Path) -> None:
    make, why = BAD_FILES[case]
    found = apply(BOOK, control(make(tmp_path)))
    scorer = scorer_for(found)
    assert decided(found, scorer).reason == "REFUSED"
    (trouble,) = scorer.troubles()
    assert why in trouble.message
    assert not scorer.troubled, "told once"


def test_while_a_new_version_loads_the_one_before_speaks_and_then_the_new_one(tmp_path: Path) -> None:
    first, second = made(tmp_path, linear([1.0, 0.0])), made(tmp_path, linear([0.0, 0.0]))
    arrived = Event()

    def read(model: Model) -> bytes:
        if model.version == second["version"]:
            arrived.wait(UNFINISHED)
        return fetch(model)

    scorer = LoadedModels(read=read)
    before = apply(BOOK, control(first))
    scorer.follow(before.models, wait=UNFINISHED)
    after = apply(before, control(second, first, offset=11))
    scorer.follow(after.models)
    assert decided(after, scorer).model == f"propensity:{first['version']}"
    arrived.set()
    scorer.follow(after.models, wait=UNFINISHED)
    assert decided(after, scorer).model == f"propensity:{second['version']}"
    back = apply(after, control(second, first, current=1, offset=12))
    assert decided(back, scorer).model == f"propensity:{first['version']}", "at once: it is still loaded"


def test_a_model_that_fails_again_and_again_is_asked_no_more_until_it_is_published_again(tmp_path: Path) -> None:
    found = apply(BOOK, control(made(tmp_path, linear([float("1e30"), 0.0], scale=1.0))))
    scorer = scorer_for(found)
    model = found.models["propensity"].current
    assert {scorer.ask(model, [float("nan"), 0.0]).reason for _ in range(TRIP_AFTER)} == {ModelReason.NOT_A_NUMBER}
    assert decided(found, scorer).reason == "TRIPPED"
    assert "it is no longer used" in scorer.troubles()[0].message
    scorer.follow(found.models, renewed="propensity", wait=UNFINISHED)
    assert decided(found, scorer).reason == "SCORED"


def test_an_answer_stands_as_long_as_the_manifest_says_and_until_an_event_ends_it(tmp_path: Path) -> None:
    found = apply(BOOK, control(made(tmp_path, linear([1.0, 0.0]), cache={"ttl": "10m", "until": ["order_completed"]})))
    engine = Engine(found, scorer=scorer_for(found))
    blob, said = None, []
    for name, minute in (("product_viewed", 0), ("product_viewed", 5), ("product_viewed", 10), ("order_completed", 11), ("product_viewed", 12)):
        step = engine.on_event(blob, event(name, T + minute * 60_000, order_id="o", total=1))
        blob = step.blob
        said += [(only_score(record).reason, only_score(record).score) for record in step.records if isinstance(record, Decision)]
    assert [reason for reason, _ in said] == ["SCORED", "CACHED", "SCORED", "SCORED"]
    assert said[0][1] == said[1][1]
    assert said[2][1] > said[1][1]


def test_a_campaign_may_ask_for_a_class_of_its_own(tmp_path: Path) -> None:
    one = made(tmp_path, linear([1.0, 0.0]))
    asking = apply(book(FEATURES, {**SCORED, "score": {"model": "propensity", "class": "no", "cold_start": 0.5}}), control(one))
    assert decided(asking, scorer_for(asking)).score == pytest.approx(1 - 1 / (1 + 2.718281828**-1), abs=1e-6)
    unknown = apply(book(FEATURES, {**SCORED, "score": {"model": "propensity", "class": "maybe", "cold_start": 0.5}}), control(one))
    assert decided(unknown, scorer_for(unknown)).reason == "UNKNOWN_CLASS"


def test_nothing_is_asked_when_no_candidate_needs_it(tmp_path: Path) -> None:
    found = apply(book(FEATURES, {**SCORED, "when": "event.price > 100"}), control(made(tmp_path, linear([1.0, 0.0]))))
    asked: list[Model] = []

    class Counting(LoadedModels):
        def ask(self, model: Model, row: Any, *, ms_per_s: float | None = None) -> Any:
            asked.append(model)
            return super().ask(model, row, ms_per_s=ms_per_s)

    scorer = Counting()
    scorer.follow(found.models, wait=UNFINISHED)
    engine = Engine(found, scorer=scorer)
    engine.on_event(None, event("product_viewed", T, price=50))
    assert asked == []
    engine.on_event(None, event("product_viewed", T, price=150))
    assert len(asked) == 1, "once, whoever reads it how often"


def test_scores_kept_in_a_profile_leave_with_their_model(tmp_path: Path) -> None:
    found = apply(BOOK, control(made(tmp_path, linear([1.0, 0.0]), cache={"ttl": "10m"})))
    engine = Engine(found, scorer=scorer_for(found))
    step = engine.on_event(None, event("product_viewed", T))
    assert b"propensity" in step.blob
    engine.book = apply(found, Entry("model/propensity", 11, None))
    assert b"propensity" not in engine.on_event(step.blob, event("page", T + 1)).blob


def test_a_model_that_does_not_come_back_is_ended_and_asked_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("udfs.scoring.loaded.HANGS_S", 0.3)
    found = apply(BOOK, control(made(tmp_path, hanging(2))))
    scorer = scorer_for(found)
    engine, blob, said = Engine(found, scorer=scorer), None, []
    for number in range(5):
        step = engine.on_event(blob, event("product_viewed", T + number))
        blob = step.blob
        said += [only_score(record).reason for record in step.records if isinstance(record, Decision)]
    assert said == ["SCORED", "SCORED", "TRIPPED", "TRIPPED", "TRIPPED"]
    (trouble,) = scorer.troubles()
    assert "did not answer within" in trouble.message


def test_weights_that_the_hash_does_not_vouch_for_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = apply(BOOK, control(made(tmp_path, elsewhere(tmp_path, 2))))
    scorer = scorer_for(found)
    assert decided(found, scorer).reason == "REFUSED"
    assert "xternal" in scorer.troubles()[0].message


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"uri": "s3://KEY:SECRET@bucket/model.onnx"}, "carries credentials"),
        ({"uri": "s3://KEY:SEC/RET@bucket/model.onnx"}, "carries credentials"),
        ({"uri": "s3://bucket/model.onnx?secret_key=SECRET"}, "carries credentials"),
        ({"uri": "models/model.onnx"}, "no whole path"),
        ({"uri": "file://another/model.onnx"}, "no whole path"),
        ({"uri": "https://example.com/model.onnx"}, "https is no store"),
        ({"cache": {"ttl": "1h", "until": ["Order Completed"]}}, "in lower case"),
        ({"classes": [0, 0]}, "names one twice"),
    ],
)
def test_a_manifest_that_cannot_work_is_refused_and_no_secret_is_repeated(tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    with pytest.raises(BookError, match=why) as refused:
        apply(BOOK, control({**made(tmp_path, linear([1.0, 0.0])), **changes}))
    assert "SEC" not in refused.value.message
