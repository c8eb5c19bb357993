"""Models whose answers are divided while the job runs: read in the background, and never believed to say what their score does not."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from onnx import helper, numpy_helper

from bench.onnx_files import linear, manifest
from tests.builders import HOUR, MONDAY, Life, book, event, mail
from tests.scoring.test_loaded import control
from training.estimators.ensemble import LEAF, Ensemble, Tree
from training.estimators.graph import model as graph
from training.explained import explained, models_of
from udfs.core.because_said import Why
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.compile_book import apply
from udfs.core.decision.scores import Divided
from udfs.core.engine import Engine
from udfs.core.features.models import Model
from udfs.core.records import Decision
from udfs.scoring import divided, trees
from udfs.scoring.contributions import per_input
from udfs.scoring.divided import DividedModel, NotDivided
from udfs.scoring.loaded import LoadedModels
from udfs.scoring.session import Session
from udfs.scoring.trees import NoTrees, trees_of

T = MONDAY + 10 * HOUR
NAMES = ["views", "adds"]
FEATURES = {
    "features": [
        {"name": "views", "event": "product_viewed", "aggregate": "count"},
        {"name": "adds", "event": "product_added", "aggregate": "count"},
    ]
}
SAY = {"views": "because you looked {{ value }} times", "adds": "because your cart was full"}
NEWS = mail(
    score={"model": "propensity", "cold_start": 0.5},
    because={"say": SAY, "default": "because you know us"},
    variants={"mail": {"channel": "email", "content": {"body": "{{ because }}"}}},
)
BOOK = book(FEATURES, NEWS)
UNTIL_S = 30.0


def tree(feature: int, threshold: float, low: float, high: float) -> Tree:
    """One question; unknown goes left. Three quarters of the rows went left."""
    nodes = [np.array([feature, LEAF, LEAF]), np.array([threshold, 0, 0], np.float32), np.array([1, 0, 0]), np.array([2, 0, 0])]
    rest = [np.array([True, False, False]), np.array([0.0, low, high]), np.zeros(3, dtype=np.bool_), np.array([400.0, 300.0, 100.0])]
    return Tree(*nodes, *rest)


TREES = [tree(0, 2.5, -1.0, 1.0), tree(1, 0.5, -0.2, 0.6)]
CONTENT = Ensemble(TREES, 0.25, sigmoid=True, width=2).onnx()


def after(*nodes: Any) -> bytes:
    """The same trees, whose sum these nodes make an answer of."""
    trees = Ensemble(TREES, 0.25, sigmoid=True, width=2).attributes()
    first = helper.make_node("TreeEnsembleRegressor", ["input"], ["sum"], domain="ai.onnx.ml", n_targets=1, base_values=[0.25], **trees)
    last = [
        helper.make_node("Sigmoid", ["made"], ["reached"]),
        helper.make_node("Sub", ["one", "reached"], ["missed"]),
        helper.make_node("Concat", ["missed", "reached"], ["probabilities"], axis=1),
    ]
    return graph([first, *nodes, *last], [numpy_helper.from_array(np.float32(1), "one")], width=2)


FALLING = after(helper.make_node("Neg", ["sum"], ["made"]))
ROUND = after(helper.make_node("Abs", ["sum"], ["made"]))


def with_model(folder: Path, content: bytes = CONTENT, found: Book = BOOK, **changes: Any) -> Book:
    told = manifest(folder, content, features=found.features, inputs=NAMES, name="propensity", input="input", **changes)
    return apply(found, control(told))


def current(found: Book) -> Model:
    return found.models["propensity"].current


def read(folder: Path, content: bytes) -> DividedModel:
    model = current(with_model(folder, content))
    return DividedModel(model, content, Session(model, content, deadline=time.monotonic() + UNTIL_S))


def loaded(found: Book) -> LoadedModels:
    models = LoadedModels()
    models.follow(found.models, explained=found.explained, wait=UNTIL_S)
    return models


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + UNTIL_S
    while not holds():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.01)


def lived(found: Book, models: LoadedModels, views: int = 3) -> Life:
    return Life(Engine(found, scorer=models)).live([*(event("product_viewed", T - n - 1) for n in range(views)), event("go", T)])


def test_it_says_what_each_input_adds(tmp_path: Path) -> None:
    adds = read(tmp_path, CONTENT).adds([3.0, 0.0])
    assert adds == pytest.approx([1.0 - (-0.5), -0.2 - 0.0])
    assert read(tmp_path, CONTENT).adds([3.0, float("nan")])[1] == pytest.approx(-0.2), "who is unknown goes left"


def test_where_the_score_falls_with_the_sum_what_adds_to_the_sum_speaks_against_the_score(tmp_path: Path) -> None:
    assert read(tmp_path, FALLING).adds([3.0, 0.0]) == pytest.approx([-1.5, 0.2])


@pytest.mark.parametrize(
    ("content", "why", "said"),
    [
        (linear([1.0, 0.5]), Why.NOT_TREES, "only answers of trees"),
        (ROUND, Why.NOT_TREES, "neither rises nor falls"),
        (b"garbage", Why.NOT_TREES, "no ONNX model"),
    ],
    ids=["no trees", "not monotone", "garbage"],
)
def test_what_cannot_be_divided_says_why(tmp_path: Path, content: bytes, why: Why, said: str) -> None:
    model = current(with_model(tmp_path))
    session = Session(model, ROUND if content == ROUND else CONTENT, deadline=time.monotonic() + UNTIL_S)
    with pytest.raises(NotDivided, match=said) as refused:
        DividedModel(model, content, session)
    assert refused.value.why is why


def test_trees_that_would_take_longer_than_5_ms_are_not_divided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(divided, "MAX_WORK", 3)
    with pytest.raises(NotDivided, match="more than 5 ms") as refused:
        read(tmp_path, CONTENT)
    assert refused.value.why is Why.TOO_LARGE


def test_trees_with_more_leaves_than_anybody_reads_are_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "MAX_LEAVES", 3)
    with pytest.raises(NotDivided, match="too large") as refused:
        read(tmp_path, CONTENT)
    assert refused.value.why is Why.TOO_LARGE


def test_trees_are_there_when_a_job_begins_and_the_first_message_says_why(tmp_path: Path) -> None:
    found = with_model(tmp_path)
    (action,) = lived(found, loaded(found)).actions
    assert action.content["body"] == "because you looked 3 times"


def test_only_models_of_whose_answers_messages_say_why_are_read(tmp_path: Path) -> None:
    silent = book(FEATURES, mail(score={"model": "propensity", "cold_start": 0.5}))
    found = with_model(tmp_path, found=silent)
    models = loaded(found)
    assert models.divide(current(found), [3.0, 0.0]) == Divided(None, Why.NOT_TREES)


def test_a_campaign_that_comes_later_has_the_trees_read_and_one_that_goes_lets_them_go(tmp_path: Path) -> None:
    found = with_model(tmp_path)
    models = LoadedModels()
    models.follow(found.models, wait=UNTIL_S)
    models.follow(found.models, explained={"propensity"})
    until(lambda: models.divide(current(found), [3.0, 0.0]).adds is not None)
    models.follow(found.models, explained=())
    assert models.divide(current(found), [3.0, 0.0]).adds is None


def test_a_model_that_cannot_say_why_answers_all_the_same_and_is_reported(tmp_path: Path) -> None:
    found = with_model(tmp_path, ROUND)
    models = loaded(found)
    (action,), (decision,) = (life := lived(found, models)).actions, life.decisions
    assert action.content["body"] == "because you know us"
    assert decision.because is not None
    assert (decision.because.reason, decision.scores["propensity"].reason) == ("NOT_TREES", "SCORED")
    (trouble,) = models.troubles()
    assert trouble.key == "model/propensity"
    assert "cannot say why" in trouble.message
    assert "messages say their default" in trouble.message


def test_a_version_that_is_refused_keeps_nobody_waiting(tmp_path: Path) -> None:
    found = with_model(tmp_path)
    (tmp_path / f"{current(found).sha256}.onnx").write_bytes(b"x" * current(found).size)
    began = time.monotonic()
    models = loaded(found)
    models.follow(found.models, explained=found.explained, wait=UNTIL_S)
    assert time.monotonic() - began < UNTIL_S / 2
    assert models.divide(current(found), [3.0, 0.0]).adds is None


@pytest.mark.parametrize("views", [0, 1, 3, 9])
def test_the_job_says_what_explain_says(tmp_path: Path, views: int) -> None:
    """The feature that a message mentioned is, of those that count for the score, the one that `kairos explain --contributions` finds added most."""
    found = with_model(tmp_path)
    (decision,) = lived(found, loaded(found), views).decisions
    assert decision.because is not None
    told = _explained(found, decision)
    most = max(told, key=lambda name: told[name])
    if told[most] > 0 and decision.features[most] is not None:
        assert decision.because.feature == most
        assert decision.because.adds == pytest.approx(told[most], abs=1e-6)
    else:
        assert decision.because.reason == "NOTHING_SPEAKS"


def _explained(found: Book, decision: Decision) -> dict[str, float]:
    document = msgspec.json.decode(found.entries["model/propensity"].value or b"")["document"]
    (told,) = explained(msgspec.to_builtins(decision), models_of([document])).values()
    assert not told.why_not, told.why_not
    return {each.feature: each.adds for each in told.features}


def test_trees_that_read_beyond_the_row_are_refused() -> None:
    with pytest.raises(NoTrees, match="cannot be read"):
        trees_of(Ensemble([tree(5, 1.0, 0.0, 1.0)], 0.0, sigmoid=True, width=2).onnx())


def test_an_input_that_is_read_as_several_numbers_adds_what_they_add_together() -> None:
    assert per_input(np.array([1.0, 2.0, 3.0, 4.0]), [1, 2, 1]).tolist() == [1.0, 5.0, 4.0]
