"""The laws of every estimator: the same rows and seed give the same bytes, answers are probabilities, and ONNX answers the same."""

import numpy as np
import onnx
import pytest

from services.documents.training_shape import ESTIMATORS as WRITTEN
from services.documents.training_shape import READ_STEPS
from tests.training.shop import row, rows
from training.errors import HistoryError, TrainingError
from training.estimators.all import ESTIMATORS, estimator
from training.estimators.ensemble import at_most
from training.estimators.estimator import Labels, Model, fit_with
from training.gate import ask, parity, session_of
from training.inputs import Floats, labels, matrix
from training.measures import Ranking
from training.rows import Row
from udfs.core.features.model_inputs import Input
from udfs.core.features.steps import ALPHABET, WIDTH

ROWS = 1_500
KINDS = {str(n): n for n in range(12)}
PLAIN = [Input("a", ""), Input("kind", "", KINDS), Input("spend", ""), Input("gap", ""), Input("same", ""), Input("flag", "")]
STEPS = Input("visit", "", steps=8)


@pytest.fixture(scope="module")
def made() -> list[Row]:
    """Rows with unknown values, twelve categories without an order, a heavy tail, a constant, and truth values."""
    random = np.random.default_rng(5)
    a, kind, spend = random.normal(size=ROWS), random.integers(0, 12, ROWS), random.lognormal(3, 2, ROWS)
    gap = random.random(ROWS) < 0.3
    visits = ["".join(random.choice(list(ALPHABET), WIDTH * int(random.integers(1, 10)))) for _ in range(ROWS)]
    came = a + np.isin(kind, (1, 4, 7, 11)) * 2 + np.log(spend) / 2 - gap + random.normal(size=ROWS) > 2.5
    return rows(
        ROWS,
        lambda n: {
            "a": float(a[n]) if n % 9 else None,
            "kind": str(kind[n]) if n % 13 else None,
            "spend": float(spend[n]),
            "gap": None if gap[n] else float(n % 5),
            "same": 3.0,
            "flag": bool(kind[n] % 2),
            "visit": visits[n] if n % 7 else None,
        },
        label=lambda n: bool(came[n]),
    )


@pytest.fixture(scope="module", params=sorted(ESTIMATORS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def inputs(name: str) -> list[Input]:
    """Those that read steps have some, in the midst of the others."""
    return [*PLAIN[:3], STEPS, *PLAIN[3:]] if name in READ_STEPS else PLAIN


@pytest.fixture(scope="module")
def data(made: list[Row], inputs: list[Input]) -> tuple[Floats, Labels]:
    return matrix(inputs, made), labels(made)


@pytest.fixture(scope="module")
def fitted(name: str, data: tuple[Floats, Labels], inputs: list[Input]) -> Model:
    return fit_with(estimator(name), estimator(name).tried[-1], *data, inputs=inputs, seed=1)


@pytest.mark.slow
def test_its_answers_are_probabilities_and_better_than_chance(fitted: Model, data: tuple[Floats, Labels]) -> None:
    answers = fitted.probabilities(data[0])
    assert answers.shape == (ROWS, 2)
    assert ((answers >= 0) & (answers <= 1)).all()
    assert np.allclose(answers.sum(axis=1), 1)
    assert Ranking(data[1], answers[:, 1]).figures()[0] > 0.8


def test_onnx_answers_the_same_for_every_row_those_with_unknown_values_and_categories_too(
    fitted: Model, data: tuple[Floats, Labels], made: list[Row]
) -> None:
    agreed = parity(fitted.onnx(), fitted.probabilities(data[0]), data[0], made)
    assert (agreed.rows, agreed.max_abs_difference < 1e-5) == (ROWS, True)


def test_onnx_answers_the_same_for_rows_unlike_any_that_was_learned_from(fitted: Model, data: tuple[Floats, Labels]) -> None:
    random, width = np.random.default_rng(9), data[0].shape[1]
    strange = [
        np.full(width, np.nan),
        np.zeros(width),
        np.full(width, 3.4e38),
        np.full(width, -3.4e38),
        np.resize([np.nan, 99, -1, 1e30, 4, 0.5], width),
        *random.normal(scale=1e6, size=(200, width)),
    ]
    x = np.array(strange, dtype=np.float32)
    answers = fitted.probabilities(x)
    assert ((answers >= 0) & (answers <= 1)).all()
    parity(fitted.onnx(), answers, x, [row(n) for n in range(len(x))])


@pytest.mark.slow
def test_the_same_rows_and_seed_give_the_same_bytes(name: str, fitted: Model, data: tuple[Floats, Labels], inputs: list[Input]) -> None:
    again = fit_with(estimator(name), estimator(name).tried[-1], *data, inputs=inputs, seed=1)
    assert again.onnx() == fitted.onnx() == fitted.onnx()


def test_rows_of_one_class_are_refused_with_a_plain_error(name: str, data: tuple[Floats, Labels], inputs: list[Input]) -> None:
    for label, told in ((0, "none"), (1, "all")):
        with pytest.raises(HistoryError, match=rf"nothing to learn: the goal follows {told} of these 1,500 rows"):
            fit_with(estimator(name), estimator(name).tried[0], data[0], np.full(ROWS, label), inputs=inputs)


@pytest.mark.slow
def test_a_handful_of_rows_and_a_single_input_that_is_never_known_do_not_break_it(name: str) -> None:
    alone = [PLAIN[0], STEPS] if name == "forecast" else [STEPS] if name == "lstm" else PLAIN[:1]
    x, y = np.full((60, sum(each.width for each in alone)), np.nan, dtype=np.float32), np.arange(60) % 2
    for settings in estimator(name).tried:
        model = fit_with(estimator(name), settings, x, y, inputs=alone)
        assert np.allclose(model.probabilities(x)[:, 1], 0.5, atol=0.05)
        assert np.allclose(ask(session_of(model.onnx()), x), model.probabilities(x), atol=1e-6)


@pytest.mark.slow
def test_every_setting_that_is_tried_converts_faithfully(name: str, data: tuple[Floats, Labels], made: list[Row], inputs: list[Input]) -> None:
    x, y = data[0][:400], data[1][:400]
    for settings in estimator(name).tried:
        model = fit_with(estimator(name), settings, x, y, inputs=inputs)
        assert parity(model.onnx(), model.probabilities(data[0]), data[0], made).max_abs_difference < 1e-5, str(settings)
        assert str(settings) and hash(settings)


def test_no_constant_is_left_over_of_which_the_job_would_be_warned(fitted: Model) -> None:
    graph = onnx.load_from_string(fitted.onnx()).graph
    assert {each.name for each in graph.initializer} <= {name for node in graph.node for name in node.input}


def test_the_training_file_knows_the_same_estimators() -> None:
    assert set(WRITTEN) == set(ESTIMATORS)
    with pytest.raises(TrainingError, match="there is no estimator 'magic'"):
        estimator("magic")


def test_a_threshold_between_two_float32_keeps_its_meaning() -> None:
    thresholds = np.array([0.1, 1 / 3, -1 / 3, 16777217.0, 1e300, -1e300, 0.0])
    rounded = at_most(thresholds)
    for x in (np.float32(0.1), np.float32(1 / 3), np.float32(-1 / 3), np.float32(16777216), np.float32(16777218), np.float32(3e38), np.float32(0)):
        assert ((np.float64(x) <= thresholds) == (x <= rounded)).all(), x
