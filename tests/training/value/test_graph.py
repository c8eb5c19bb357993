"""BG/NBD and Gamma-Gamma: the published parameters, the paper's own formula, and ONNX that answers like scipy wherever a customer may be."""

import csv

import numpy as np
import onnxruntime
import pytest
from scipy.special import hyp2f1

from bench import cdnow
from tests.public_data import needs
from training.errors import HistoryError, ParityError
from training.inputs import Floats
from training.value import bg_nbd, gamma_gamma, graph
from training.value.bg_nbd import BgNbd
from training.value.estimators.bg_nbd import Fitted
from training.value.gamma_gamma import GammaGamma
from training.value.purchases import Purchases, purchases

CDNOW = BgNbd(0.243, 4.414, 0.793, 2.426)
SPENDING = GammaGamma(6.25, 3.74, 15.44)
WEEKS = 90 / 7


def ask(exported: bytes, x: Floats) -> Floats:
    return np.asarray(onnxruntime.InferenceSession(exported).run([graph.OUTPUT], {"input": x})[0])


def anybody(number: int = 5_000, days: float = 3_000) -> Floats:
    """Customers of every kind, and rows that are no customer's."""
    random = np.random.default_rng(3)
    age = random.uniform(0, days, number)
    x = np.column_stack([random.integers(0, 150, number), age, age * random.uniform(0, 1.2, number), random.gamma(2, 20, number)])
    x[::50, 3] = np.nan
    x[7::50, 1] = np.nan
    x[::97], x[1::97], x[2::97], x[3::97], x[4::97] = 3e38, -3e38, np.inf, -np.inf, np.nan
    return x.astype(np.float32)


@needs("cdnow")
def test_the_published_parameters_are_found_in_the_published_data() -> None:
    with cdnow.SUMMARY.open() as file:
        rows = np.array([[float(each) for each in row[1:]] for row in list(csv.reader(file))[1:]])
    found = Purchases(*rows.T[:4], known=np.ones(len(rows), dtype=bool))  # type: ignore[misc]
    orders, spending = bg_nbd.fit(found), gamma_gamma.fit(found)
    assert [round(each, 3) for each in (orders.r, orders.alpha, orders.a, orders.b)] == [0.243, 4.414, 0.793, 2.426]
    assert [round(each, 2) for each in (spending.p, spending.q)] == [6.25, 3.74]
    assert spending.v == pytest.approx(15.44, abs=0.01)


def test_expected_orders_are_those_of_the_papers_equation() -> None:
    found = purchases(np.array([[3, 272, 59, 20], [1, 272, 272, 0], [12, 100, 3, 50]], dtype=np.float32))
    x, until = found.repeats, CDNOW.alpha + found.age
    r, a, b = CDNOW.r, CDNOW.a, CDNOW.b
    rest = 1 - (until / (until + 39)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, 39 / (until + 39))
    assert CDNOW.orders(found, 39) == pytest.approx((a + b + x - 1) / (a - 1) * rest * CDNOW.alive(found), rel=1e-12)
    two = purchases(np.array([[3, 272.02, 272.02 - 213.01, 20]], dtype=np.float32))
    assert CDNOW.orders(two, 39)[0] == pytest.approx(1.226, abs=0.001), "the paper's example: x 2, t_x 30.43, T 38.86"


@pytest.mark.parametrize("weeks", [1.0, WEEKS, 26.0, 104.0])
@pytest.mark.parametrize("orders", [CDNOW, BgNbd(2.5, 0.3, 1.4, 0.5), BgNbd(0.05, 60.0, 0.02, 9.0), BgNbd(1.5, 8.0, 1.0, 1.5 + 1e-9)])
def test_onnx_answers_like_scipy_and_with_numbers_alone_for_anybody(orders: BgNbd, weeks: float) -> None:
    orders = BgNbd(orders.r, orders.alpha, orders.a + (1e-6 if orders.a == 1 else 0), orders.b)
    x = anybody()
    theirs, ours = Fitted(orders, SPENDING, weeks).answers(x), ask(graph.export(orders, SPENDING, weeks=weeks), x)
    assert np.isfinite(theirs).all() and np.isfinite(ours).all()
    assert (ours >= 0).all()
    assert np.abs(ours - theirs).max(initial=0, where=np.abs(theirs) < 1) < 1e-6
    assert np.abs(ours - theirs).max() / np.abs(theirs).max() < 1e-6
    assert (np.abs(ours - theirs) <= 1e-6 * np.maximum(1, np.abs(theirs))).all()


def test_whoever_has_never_ordered_is_worth_nothing_and_one_order_alone_has_a_value() -> None:
    exported = graph.export(CDNOW, SPENDING, weeks=WEEKS)
    x = np.array([[0, np.nan, np.nan, np.nan], [np.nan, 1, 1, 1], [1, 10, 10, np.nan]], dtype=np.float32)
    none, unknown, once = ask(exported, x)
    assert not none.any() and not unknown.any()
    value, orders, alive, worth = once
    assert alive == 1 and worth == pytest.approx(6.25 * 15.44 / 2.74) and value == pytest.approx(orders * worth) and 0 < orders < 1


def test_a_last_order_before_the_first_counts_as_at_the_first() -> None:
    exported = graph.export(CDNOW, SPENDING, weeks=WEEKS)
    found = ask(exported, np.array([[4, 10, 30, 20], [4, 10, 10, 20]], dtype=np.float32))
    assert found[0] == pytest.approx(found[1])


def test_the_same_model_gives_the_same_bytes() -> None:
    assert graph.export(CDNOW, SPENDING, weeks=WEEKS) == graph.export(CDNOW, SPENDING, weeks=WEEKS)


def test_a_series_that_would_not_end_is_refused() -> None:
    with pytest.raises(ParityError, match="does not converge"):
        graph.export(BgNbd(0.01, 1e-4, 3.0, 0.5), SPENDING, weeks=1_000)


def test_customers_who_never_come_back_teach_nothing() -> None:
    x = np.array([[1, 30, 30, np.nan]] * 500, dtype=np.float32)
    with pytest.raises(HistoryError, match="0 customers have ordered again"):
        bg_nbd.fit(purchases(x))
    with pytest.raises(HistoryError, match="for a known amount"):
        gamma_gamma.fit(purchases(x))
