"""The figures are those of scikit-learn, for any weights and ties; their intervals hold users together and are paired."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from training.evaluate import calibration
from training.measures import Ranking, bootstrap, estimate

cases = st.lists(st.tuples(st.booleans(), st.integers(0, 10), st.integers(0, 3)), min_size=4, max_size=60)


@given(case=cases)
def test_auc_ap_and_brier_are_those_of_scikit_learn(case: list[tuple[bool, int, int]]) -> None:
    y = np.array([came for came, _, _ in case], dtype=np.int64)
    scores = np.array([score / 10 for _, score, _ in case])
    weights = np.array([weight for _, _, weight in case], dtype=np.float64)
    if not (weights[y == 1].sum() and weights[y == 0].sum()):
        return
    expected = [f(y, scores, sample_weight=weights) for f in (roc_auc_score, average_precision_score, brier_score_loss)]
    assert Ranking(y, scores).figures(weights) == pytest.approx(expected, abs=1e-9)


def test_rows_of_one_user_are_drawn_together_so_many_rows_of_few_users_leave_much_unknown() -> None:
    random = np.random.default_rng(1)
    y = random.integers(0, 2, 400)
    scores = np.clip(y * 0.2 + random.random(400) * 0.8, 0, 1)
    copied, thrice = np.tile(y, 3), np.tile(scores, 3)
    alone = estimate(0, bootstrap([Ranking(y, scores)], [f"u{n}" for n in range(400)], draws=300)[:, 0, 0])
    together = estimate(0, bootstrap([Ranking(copied, thrice)], [f"u{n}" for n in range(400)] * 3, draws=300)[:, 0, 0])
    assert (together.low, together.high) == pytest.approx((alone.low, alone.high), abs=1e-9)


def test_two_equal_rankings_differ_by_nothing_in_every_draw() -> None:
    y, scores = np.array([0, 1, 1, 0, 1]), np.array([0.1, 0.9, 0.4, 0.3, 0.5])
    draws = bootstrap([Ranking(y, scores), Ranking(y, scores)], list("abcde"), draws=50)
    assert draws.shape == (50, 2, 3)
    assert not np.nan_to_num(draws[:, 0] - draws[:, 1]).any()


def test_draws_with_one_class_only_are_left_out_of_an_interval() -> None:
    found = estimate(0.5, np.array([np.nan, 0.4, 0.6]))
    assert (found.low, found.high) == pytest.approx((0.405, 0.595))


@pytest.mark.parametrize("equal", [slice(0, 950), slice(50, 1000), slice(333, 777), slice(0, 1000)])
def test_equal_scores_lie_in_one_bin_in_whatever_order_their_rows_come(equal: slice) -> None:
    random = np.random.default_rng(3)
    scores = np.sort(random.random(1_000))
    scores[equal] = scores[equal].mean()
    y = np.sort((random.random(1_000) < scores).astype(np.int64))
    bins = calibration(y, scores)
    assert sum(each.rows for each in bins) == 1_000
    assert all(one.high < other.low for one, other in itertools.pairwise(bins))
    assert max(each.rows for each in bins) < equal.stop - equal.start + 101
    turned = calibration(y[::-1], scores[::-1])
    assert [each.rows for each in turned] == [each.rows for each in bins]
    assert [each.observed for each in turned] == pytest.approx([each.observed for each in bins])


def test_the_calibration_table_holds_every_row_once_in_order_of_score() -> None:
    random = np.random.default_rng(2)
    scores = random.random(1_003)
    y = (random.random(1_003) < scores).astype(np.int64)
    bins = calibration(y, scores)
    assert [each.rows for each in bins] == [101] * 3 + [100] * 7
    assert all(one.high <= other.low for one, other in itertools.pairwise(bins))
    assert all(abs(each.predicted - each.observed) < 0.15 for each in bins)
