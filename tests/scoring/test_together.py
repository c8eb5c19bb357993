"""Several models of one decision are one graph, with the answers that each gives alone; and what is wrong with one of them stays with it."""

import logging
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from bench.onnx_files import hanging, linear, manifest
from tests.builders import book, event
from tests.scoring.test_challenger import control as on_trial
from tests.scoring.test_loaded import BOOK, FEATURES, SCORED, T, control, made
from training.estimators.all import ESTIMATORS, estimator
from training.estimators.estimator import fit_with
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.compile_book import apply
from udfs.core.engine import Engine
from udfs.core.features.model_inputs import Input
from udfs.core.features.models import Model
from udfs.core.records import Decision, Score
from udfs.scoring.loaded import TRIP_AFTER, LoadedModels
from udfs.scoring.merged import MAX_BYTES, MergedSession, NotMerged, merged
from udfs.scoring.session import Session
from udfs.scoring.together import LATE_AFTER, MOST

NAMES = ("one", "two", "three")
ASKED = {name: {"model": name, "cold_start": 0.03} for name in NAMES}
WEIGHTS = {"one": 1.0, "two": -1.0, "three": 0.25}
PATIENCE_S = 30.0
NAN = float("nan")


class Counting(LoadedModels):
    """Notes which models were asked alone."""

    def __init__(self) -> None:
        super().__init__()
        self.alone: list[str] = []

    def ask(self, model: Model, row: Any, *, ms_per_s: float | None = None) -> Any:
        self.alone.append(model.name)
        return super().ask(model, row, ms_per_s=ms_per_s)


def published(folder: Path, **files: bytes) -> Book:
    """A campaign with three scores, and their models: linear ones, unless another file is given."""
    entries = [control(made(folder, files.get(name, linear([WEIGHTS[name], 0.0])), name=name)) for name in NAMES]
    return apply(book(FEATURES, {**SCORED, "score": ASKED}), *entries)


def decided(found: Book, scorer: LoadedModels) -> dict[str, Score]:
    (decision, *_) = Engine(found, scorer=scorer).on_event(None, event("product_viewed", T)).records
    assert isinstance(decision, Decision)
    return decision.scores


def values(scores: dict[str, Score]) -> dict[str, tuple[float, str, str]]:
    """All of them but the time."""
    return {name: (each.score, each.model, each.reason) for name, each in scores.items()}


def settled(scorer: LoadedModels, caplog: pytest.LogCaptureFixture, line: str = "are one graph") -> None:
    """Wait until the log has such a line."""
    until = time.monotonic() + PATIENCE_S
    while not any(line in each.getMessage() for each in caplog.records):
        assert time.monotonic() < until, [each.getMessage() for each in caplog.records]
        time.sleep(0.01)


def seen_twice(found: Book, scorer: LoadedModels, caplog: pytest.LogCaptureFixture) -> tuple[Engine, bytes]:
    """An engine whose models are one graph, and a customer with two views."""
    scorer.follow(found.models, wait=PATIENCE_S)
    engine = Engine(found, scorer=scorer)
    blob = engine.on_event(None, event("product_viewed", T)).blob
    settled(scorer, caplog)
    return engine, engine.on_event(blob, event("product_viewed", T + 1)).blob


@pytest.fixture
def scorer(caplog: pytest.LogCaptureFixture) -> Counting:
    caplog.set_level(logging.INFO)
    return Counting()


def test_one_graph_answers_what_each_answers_alone(tmp_path: Path, scorer: Counting, caplog: pytest.LogCaptureFixture) -> None:
    found = published(tmp_path)
    scorer.follow(found.models, wait=PATIENCE_S)
    first = decided(found, scorer)
    assert scorer.alone == list(NAMES)
    settled(scorer, caplog)
    scorer.alone.clear()
    again = decided(found, scorer)
    assert values(again) == values(first)
    assert scorer.alone == [], "asked in one graph"
    assert len({each.took_us for each in again.values()}) == 1


def test_every_estimator_may_be_in_one_graph_with_every_other() -> None:
    random = np.random.default_rng(3)
    x = random.normal(size=(700, 5)).astype(np.float32)
    x[random.random(x.shape) < 0.1] = np.nan
    y = (np.nan_to_num(x[:, 0]) + random.normal(size=len(x)) > 0).astype(np.int64)
    inputs = [Input(f"f{number}", "0") for number in range(5)]
    names = [name for name in ESTIMATORS if name not in ("lstm", "forecast")]  # these read the steps of a visit
    files = [fit_with(chosen, chosen.tried[0], x, y, inputs=inputs).onnx() for chosen in map(estimator, names)]
    models = [_model(name, inputs, file) for name, file in zip(names, files, strict=True)]
    alone = [Session(model, file, deadline=time.monotonic() + PATIENCE_S) for model, file in zip(models, files, strict=True)]
    together = MergedSession(models, files, alone, deadline=time.monotonic() + PATIENCE_S)
    for row in x[:100].tolist():
        assert together.answers(row) == [each.answer(row) for each in alone]


def test_a_model_that_goes_wrong_in_the_graph_is_dropped_alone(tmp_path: Path, scorer: Counting, caplog: pytest.LogCaptureFixture) -> None:
    found = published(tmp_path, two=_not_a_number_beyond(2.5))
    engine, blob = seen_twice(found, scorer, caplog)
    told = []
    for number in range(TRIP_AFTER + 2):
        step = engine.on_event(blob, event("product_viewed", T + 10 + number))
        blob = step.blob
        (decision, *_) = step.records
        assert isinstance(decision, Decision)
        told.append({name: each.reason for name, each in decision.scores.items()})
    assert told[0] == {"one": "SCORED", "two": "NOT_A_NUMBER", "three": "SCORED"}
    assert told[-1] == {"one": "SCORED", "two": "TRIPPED", "three": "SCORED"}
    assert [each.key for each in scorer.troubles()] == ["model/two"]


@pytest.mark.slow
def test_one_that_hangs_in_the_graph_is_cancelled_and_dropped_alone(tmp_path: Path, scorer: Counting, caplog: pytest.LogCaptureFixture) -> None:
    found = published(tmp_path, two=hanging(2))
    engine, blob = seen_twice(found, scorer, caplog)
    step = engine.on_event(blob, event("product_viewed", T + 10))  # the third view: it hangs
    (decision, *_) = step.records
    assert isinstance(decision, Decision)
    assert {name: each.reason for name, each in decision.scores.items()} == {"one": "SCORED", "two": "TRIPPED", "three": "SCORED"}


def test_a_model_with_a_version_on_trial_is_asked_alone_so_that_its_time_is_its_own(
    tmp_path: Path, scorer: Counting, caplog: pytest.LogCaptureFixture
) -> None:
    champion, other = made(tmp_path, linear([-1.0, 0.0]), name="two"), made(tmp_path, linear([-2.0, 0.0]), name="two")
    trials: list[dict[str, Any]] = [{"challenger": {"version": other["version"], "share": 0.0001}}, {"shadow": {"version": other["version"]}}]
    for number, trial in enumerate(trials):
        found = apply(published(tmp_path), on_trial(champion, other, offset=20 + number, **trial))
        scorer.follow(found.models, wait=PATIENCE_S)
        decided(found, scorer)
        settled(scorer, caplog)
        scorer.alone.clear()
        assert decided(found, scorer)["two"].model == f"two:{champion['version']}"
        assert scorer.alone[0] == "two" and set(scorer.alone) == {"two"}


def test_a_graph_that_takes_longer_than_one_model_may_is_given_up(
    tmp_path: Path, scorer: Counting, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = published(tmp_path)
    engine, blob = seen_twice(found, scorer, caplog)
    late = min(each.current.budget_ms for each in found.models.values()) / 1000 * 1.5
    answers = MergedSession.answers

    def slowly(self: MergedSession, row: Any) -> list[list[float]]:
        time.sleep(late)
        return answers(self, row)

    monkeypatch.setattr(MergedSession, "answers", slowly)
    for number in range(LATE_AFTER + 1):
        scorer.alone.clear()
        blob = engine.on_event(blob, event("product_viewed", T + 10 + number)).blob
    assert scorer.alone == list(NAMES)
    assert any("took longer than one model alone may" in each.getMessage() for each in caplog.records)


def test_what_has_no_room_is_asked_one_by_one(
    tmp_path: Path, scorer: Counting, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = published(tmp_path)
    models = [each.current for each in found.models.values()]
    monkeypatch.setattr("udfs.scoring.together.MAX_ALL_BYTES", models[0].size + models[1].size)
    scorer.follow(found.models, wait=PATIENCE_S)
    scorer.ask_all(models[:2], [1.0, 0.0])
    settled(scorer, caplog)
    for _ in range(2):
        scorer.alone.clear()
        assert [each.reason for each in scorer.ask_all(models, [1.0, 0.0])] == ["SCORED"] * 3
        assert scorer.alone == list(NAMES)
    assert not any("asked one by one" in each.getMessage() for each in caplog.records), "no room is no trouble"


def test_a_new_version_is_asked_alone_until_it_is_in_a_graph(tmp_path: Path, scorer: Counting, caplog: pytest.LogCaptureFixture) -> None:
    found = published(tmp_path)
    scorer.follow(found.models, wait=PATIENCE_S)
    decided(found, scorer)
    settled(scorer, caplog)
    caplog.clear()
    scorer.alone.clear()
    newer = apply(found, control(made(tmp_path, linear([3.0, 0.0]), name="two"), offset=20))
    scorer.follow(newer.models, wait=PATIENCE_S)
    first = decided(newer, scorer)
    assert scorer.alone == list(NAMES)
    assert first["two"].score == pytest.approx(1 / (1 + np.exp(-3.0)), abs=1e-6)
    settled(scorer, caplog)
    assert values(decided(newer, scorer)) == values(first)
    assert scorer.alone == list(NAMES)


def test_models_that_read_different_rows_are_asked_one_by_one(tmp_path: Path, scorer: Counting, caplog: pytest.LogCaptureFixture) -> None:
    other = manifest(tmp_path, linear([0.5]), features=BOOK.features, inputs=["views"], name="two")
    found = apply(published(tmp_path), control(other, offset=20))
    scorer.follow(found.models, wait=PATIENCE_S)
    decided(found, scorer)
    settled(scorer, caplog)
    scorer.alone.clear()
    decided(found, scorer)
    assert scorer.alone == ["two"]


def test_without_the_package_they_are_asked_one_by_one(
    tmp_path: Path, scorer: Counting, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    found = published(tmp_path)
    scorer.follow(found.models, wait=PATIENCE_S)
    first = decided(found, scorer)
    settled(scorer, caplog, "the package onnx is not installed: pip install onnx")
    assert values(decided(found, scorer)) == values(first)
    assert scorer.alone == [*NAMES, *NAMES]
    decided(found, scorer)
    assert sum("asked one by one" in each.getMessage() for each in caplog.records) == 1, "said once, and not tried at every decision"


def test_what_cannot_be_merged_says_why() -> None:
    inputs = [Input("a", "0"), Input("b", "0")]
    file = linear([1.0, 0.0])
    pair = [_model(name, inputs, file) for name in ("one", "two")]
    older = onnx.load_from_string(file)
    older.opset_import[0].version = 12
    with pytest.raises(NotMerged, match=r"two:v has the operator \w+ of ai\.onnx 12, which is another one in"):
        merged(pair, [file, older.SerializeToString()])
    with pytest.raises(NotMerged, match="more than 16 MB"):
        merged(pair, [file, b"0" * MAX_BYTES])
    two_inputs = onnx.load_from_string(file)
    two_inputs.graph.input.append(onnx.helper.make_tensor_value_info("more", onnx.TensorProto.FLOAT, [1]))
    with pytest.raises(NotMerged, match="several inputs"):
        merged(pair, [file, two_inputs.SerializeToString()])


def test_the_number_of_graphs_is_bounded(tmp_path: Path, scorer: Counting) -> None:
    found = published(tmp_path)
    scorer.follow(found.models, wait=PATIENCE_S)
    models = [each.current for each in found.models.values()]
    for number in range(2, MOST + 12):  # the same model again and again is another set each time
        scorer.ask_all([models[0]] * number, [1.0, 0.0])
    assert len(scorer._together._sets) == MOST


def _model(name: str, inputs: list[Input], file: bytes) -> Model:
    return Model(
        name=name,
        version="v",
        uri="",
        sha256="",
        size=len(file),
        task="classification",
        classes=("no", "yes"),
        inputs=tuple(inputs),
        input_name=onnx.load_from_string(file).graph.input[0].name,
        output_name="probabilities",
        index=1,
        ttl=0,
        until=frozenset(),
        after=0,
        budget_ms=1000,
    )


def _not_a_number_beyond(most: float) -> bytes:
    """As `linear`, up to so many views; not a number from then on, which its test rows do not show."""
    read = onnx.load_from_string(linear([1.0, 0.0]))
    graph = read.graph
    weight = np.array([[1.0], [0.0]], np.float32)
    graph.initializer.extend(onnx.numpy_helper.from_array(np.array(value, np.float32), name) for name, value in (("most", [most]), ("hole", [NAN])))
    graph.initializer.append(onnx.numpy_helper.from_array(weight, "views"))
    (last,) = [node for node in graph.node if "probabilities" in node.output]
    last.output[0] = "before"
    helper = onnx.helper
    graph.node.extend(
        [
            helper.make_node("MatMul", ["x", "views"], ["seen"]),
            helper.make_node("Greater", ["seen", "most"], ["many"]),
            helper.make_node("Where", ["many", "hole", "before"], ["probabilities"]),
        ]
    )
    return bytes(read.SerializeToString())
