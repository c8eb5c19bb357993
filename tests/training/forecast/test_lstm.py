"""The network that is trained in numpy: its slopes are those of its loss, it learns what order alone tells, and it says what it needs."""

import numpy as np
import pytest

from tests.training.shop import row, rows
from training.compare import compare
from training.errors import HistoryError
from training.estimators import forecast, lstm
from training.estimators.estimator import fit_with
from training.estimators.lstm import aligned, slopes_of
from training.estimators.sequences import Weights
from training.gate import ask, session_of
from training.inputs import Floats, choose
from training.measures import Ranking
from training.rows import Row
from udfs.core.features.language.features import compile_features
from udfs.core.features.model_inputs import Input
from udfs.core.features.steps import ALPHABET, LENGTH, WIDTH

VISIT = Input("visit", "", steps=12)


def test_the_slopes_are_those_of_the_loss() -> None:
    """Against differences of the loss itself, in double precision, for visits of several lengths."""
    random = np.random.default_rng(2)
    rows, lengths = random.normal(size=(5, 7, 3)), np.array([7, 1, 4, 2, 7])
    shapes = ((3, 16), (4, 16), (16,), (4, 1), (2, 1), (1,))
    weights = Weights(*(random.normal(size=shape) for shape in shapes))
    steps, is_step = aligned(rows, lengths)
    beside, y = random.normal(size=(5, 2)), np.array([1.0, 0, 0, 1, 1])
    _, slopes = slopes_of(weights, steps, is_step, beside, y)
    for n, slope in enumerate(slopes):
        for place in np.ndindex(slope.shape):
            losses = []
            for far in (1e-6, -1e-6):
                moved = [each.copy() for each in weights]
                moved[n][place] += far
                losses.append(slopes_of(Weights(*moved), steps, is_step, beside, y)[0])
            assert slope[place] == pytest.approx((losses[0] - losses[1]) / 2e-6, abs=1e-7), (Weights._fields[n], place)


def visits(many: int, *, seed: int) -> tuple[Floats, "np.ndarray[tuple[int], np.dtype[np.int64]]"]:
    """The same steps in each, in one order or the other: nothing but the order tells them apart."""
    random = np.random.default_rng(seed)
    x = np.full((many, VISIT.width), np.nan, dtype=np.float32)
    y = random.integers(0, 2, many)
    for n in range(many):
        length = int(random.integers(2, 12))
        kinds = random.permutation([1, 2, *[3] * (length - 2)])
        if (np.argmax(kinds == 1) < np.argmax(kinds == 2)) != y[n]:
            kinds = kinds[::-1]
        steps = np.zeros((length, WIDTH))
        steps[:, 0] = kinds
        x[n, : length * WIDTH] = steps.ravel()
    return x, y


@pytest.mark.slow
def test_it_learns_what_nothing_but_the_order_tells() -> None:
    model = fit_with(lstm.Lstm(), lstm.Settings(16, 20), *visits(1_500, seed=1), inputs=[VISIT], seed=1)
    x, y = visits(400, seed=2)
    assert Ranking(y, ask(session_of(model.onnx()), x)[:, 1]).figures()[0] > 0.95


def test_without_a_feature_that_keeps_steps_both_say_what_to_declare() -> None:
    x, y = np.zeros((300, 1), dtype=np.float32), np.arange(300) % 2
    for each in (lstm.Lstm(), forecast.Forecast()):
        with pytest.raises(HistoryError, match="aggregate: steps"):
            fit_with(each, each.tried[0], x, y, inputs=[Input("a", "")])


def test_with_nothing_but_steps_there_are_no_trees() -> None:
    with pytest.raises(HistoryError, match="use the estimator lstm"):
        fit_with(forecast.Forecast(), forecast.Forecast.tried[0], *visits(300, seed=1), inputs=[VISIT])


FEATURES = compile_features(
    {"features": [{"name": "visit", "event": "page", "aggregate": "steps"}, {"name": "a", "event": "page", "aggregate": "count"}]}
)


def made() -> list[Row]:
    return rows(300, lambda n: {"a": float(n % 7), "visit": ALPHABET[n % 9] * WIDTH * (1 + n % 3)}, label=lambda n: n % 3 == 0)


def test_steps_are_chosen_for_those_that_read_them_and_stand_last() -> None:
    chosen = choose(made(), FEATURES, steps=True)
    assert [(each.feature, each.steps) for each in chosen.inputs] == [("a", 0), ("visit", LENGTH)]
    without = choose(made(), FEATURES)
    assert [each.feature for each in without.inputs] == ["a"]
    assert without.left_out == {"visit": "the steps of a visit, which only forecast and lstm read"}
    assert choose(made(), FEATURES, steps=True, without=["visit"]).left_out == {"visit": "left out on request"}
    assert choose([row(n, a=n) for n in range(9)], FEATURES, steps=True).left_out == {"visit": "never known"}


@pytest.mark.slow
def test_estimators_that_read_no_steps_are_compared_without_them() -> None:
    chosen = choose(made(), FEATURES, steps=True)
    found = list(compare(["tree", "lstm"], [(made(), made())], chosen.inputs, within=1, seed=0))
    assert [each.estimator for each in found] == ["tree", "lstm"]
    assert all(each.parity < 1e-5 for each in found)
