"""Bounds of a share hold at every look at once, for rare events too, and none at all is an answer."""

import doctest
import random

import pytest

from services.statistics import always_valid_share
from services.statistics.always_valid_share import bounds


def test_the_share_that_was_seen_is_within_and_more_people_narrow_it() -> None:
    last = 1.0
    for of in (10, 100, 1_000, 10_000):
        low, high = bounds(of // 10, of, alpha=0.01)
        assert low < 0.1 < high
        assert high - low < last
        last = high - low


def test_of_nothing_nothing_is_known_and_of_nobody_who_did_it_the_upper_bound_falls() -> None:
    assert bounds(0, 0, alpha=0.01) == (0.0, 1.0)
    assert bounds(0, 500, alpha=0.001)[0] == 0.0
    assert bounds(0, 500, alpha=0.001)[1] == pytest.approx(0.0209, abs=1e-3)
    assert bounds(500, 500, alpha=0.001)[1] == 1.0
    assert bounds(500, 500, alpha=0.001)[0] == pytest.approx(1 - 0.0209, abs=1e-3)


def test_it_is_symmetric_and_wider_for_a_smaller_alpha() -> None:
    low, high = bounds(30, 100, alpha=0.05)
    assert bounds(70, 100, alpha=0.05) == pytest.approx((1 - high, 1 - low))
    wider = bounds(30, 100, alpha=0.001)
    assert wider[0] < low < high < wider[1]


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.002, 0.05, 0.5])
def test_the_truth_is_hardly_ever_outside_however_often_it_is_looked_at(share: float) -> None:
    missed = 0
    for seed in range(200):
        drawn, count = random.Random(seed), 0
        for number in range(1, 1_001):
            count += drawn.random() < share
            if number % 10 == 0:
                low, high = bounds(count, number, alpha=0.05)
                if not low <= share <= high:
                    missed += 1
                    break
    assert missed <= 0.05 * 200 + 8


@pytest.mark.parametrize("count", [-1, 11])
def test_more_than_all_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="of 10"):
        bounds(count, 10, alpha=0.05)


def test_the_examples_in_the_docstring_are_true() -> None:
    found = doctest.testmod(always_valid_share)
    assert (found.attempted, found.failed) == (2, 0)
