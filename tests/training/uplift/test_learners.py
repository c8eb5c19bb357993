"""The laws of every uplift learner: it finds who is moved and by what, ONNX answers the same, and the same rows give the same bytes."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.uplift.made import table
from training.errors import HistoryError
from training.uplift.learn import learn, parity
from training.uplift.learners.all import LEARNERS, learner
from training.uplift.learners.learner import Uplift, fit_with
from training.uplift.measures import overall, qini
from training.uplift.table import Table

ROWS = table()
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=LEARNERS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def fitted(name: str) -> Uplift:
    return fit_with(learner(name), ROWS, seed=1)


def test_it_finds_who_is_moved_and_by_which_message(fitted: Uplift) -> None:
    fresh = table(1_000, seed=9)
    found = fitted.uplift(fresh.x)
    low = fresh.x[:, 0] < 0
    assert found.shape == (1_000, 2)
    assert found[low, 0].mean() > 0.25 and abs(found[~low, 0].mean()) < 0.1
    assert abs(found[:, 1].mean()) < 0.12
    assert qini(fresh, overall(fresh, found)) > 0


def test_onnx_answers_the_same_for_every_row_and_for_rows_unlike_any_other(fitted: Uplift) -> None:
    strange = np.array([[np.nan, np.nan], [0, 0], [3.4e38, -3.4e38], [1e-30, 7]], dtype=np.float32)
    x = np.concatenate([ROWS.x, strange])
    both = replace(ROWS, x=x)
    assert parity(fitted.onnx(), fitted.uplift(x), both) < 1e-5
    one = replace(ROWS, x=x[:1])
    assert parity(fitted.onnx(), fitted.uplift(x[:1]), one) < 1e-5


def test_the_same_rows_and_seed_give_the_same_bytes(name: str, fitted: Uplift) -> None:
    assert fit_with(learner(name), ROWS, seed=1).onnx() == fitted.onnx() == fitted.onnx()


def test_amounts_are_learned_as_well_as_rates(name: str) -> None:
    rows = replace(ROWS, y=ROWS.y * 37.5)
    model = fit_with(learner(name), rows, seed=1)
    assert model.uplift(rows.x)[rows.x[:, 0] < -0.5, 0].mean() > 8
    parity(model.onnx(), model.uplift(rows.x), rows)


def test_an_arm_with_hardly_any_decisions_is_refused_and_so_are_outcomes_that_never_differ(name: str) -> None:
    few = ROWS.take(np.flatnonzero((ROWS.arm != 0) | (np.arange(len(ROWS)) < 100)))
    with pytest.raises(HistoryError, match=r"decisions of 'nothing', and each arm needs at least 100. Sending nothing is an arm, too"):
        fit_with(learner(name), few)
    with pytest.raises(HistoryError, match="nothing to learn: the outcome of all 3,000 decisions is 0"):
        fit_with(learner(name), replace(ROWS, y=np.zeros(len(ROWS))))


def test_an_input_that_is_never_known_does_not_break_it(name: str) -> None:
    x = ROWS.x.copy()
    x[:, 1] = np.nan
    rows = replace(ROWS, x=x)
    model = fit_with(learner(name), rows, seed=1)
    assert parity(model.onnx(), model.uplift(x), rows) < 1e-5


def test_of_several_learners_the_best_is_chosen_by_rows_that_are_not_evaluated_on() -> None:
    def told(rows: Table) -> tuple[str, float, dict[str, float], int]:
        found = learn(rows, ["s", "x"], test_share=0.3, costs=[0.0, 0.0], worth=1.0, seed=1)
        return found.title, found.qini, dict(found.compared), found.chosen_by

    rows = table(1_500)
    usual = told(rows)
    cut = int(len(rows) * 0.7)
    y = rows.y.copy()
    y[cut:] = 1 - y[cut:]
    other = told(replace(rows, y=y))
    assert usual[2:] == other[2:] and usual[0] == other[0], "what happened in the rows of the evaluation has chosen nothing"
    assert usual[1] != other[1], "and is what they are evaluated by"
    assert 0 < usual[3] < cut
    alone = learn(rows, ["s"], test_share=0.3, costs=[0.0, 0.0], worth=1.0, seed=1)
    assert (alone.compared, alone.chosen_by) == ({}, 0)
