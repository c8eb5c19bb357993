"""Probabilities of being the best, against quadrature and against sampling."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import integrate, stats

from udfs.core.bandits.best import FLOOR, MAX_ARMS, best_of, draw, thompson, uniform, with_floor
from udfs.core.bandits.posterior import Beta, Gaussian, Posterior

CASES: list[Sequence[Posterior]] = [
    [Beta(1, 1), Beta(1, 1)],
    [Beta(1, 1), Beta(1, 1), Beta(1, 1)],
    [Beta(1, 1), Beta(1, 19)],
    [Beta(51, 951), Beta(61, 941), Beta(40, 962)],
    [Beta(2, 20), Beta(5_000, 95_000)],
    [Beta(1, 19), Beta(20, 380), Beta(300, 5_700), Beta(10_000, 190_000)],
    [Beta(900, 100), Beta(90, 12), Beta(3, 1)],
    [Beta(0.5, 0.5), Beta(3, 1_000)],
    [Beta(1e6, 1e6), Beta(1e6 + 1_000, 1e6 - 1_000), Beta(2, 2)],
    [Gaussian(0, 1), Gaussian(0.5, 1), Gaussian(-1, 3)],
    [Gaussian(12.5, 0.01), Gaussian(12.51, 2), Gaussian(-4, 6)],
    [Gaussian(3, 1), Gaussian(3, 1e-3)],
]


def by_quadrature(arms: Sequence[Posterior]) -> list[float]:
    known = [stats.beta(arm.a, arm.b) if isinstance(arm, Beta) else stats.norm(arm.mean, arm.sd) for arm in arms]
    found = []
    for place, one in enumerate(known):
        others = [each for number, each in enumerate(known) if number != place]

        def wins(share: float, one: object = one, others: list[object] = others) -> float:
            x = one.ppf(share)  # type: ignore[attr-defined]
            return math.prod(each.cdf(x) for each in others)  # type: ignore[attr-defined]

        found.append(integrate.quad(wins, 0, 1, limit=500, epsabs=1e-7)[0])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("arms", CASES, ids=repr)
def test_probabilities_are_those_of_quadrature(arms: Sequence[Posterior]) -> None:
    found = best_of(arms)
    assert sum(found) == pytest.approx(1)
    assert found == pytest.approx(by_quadrature(arms), abs=1e-3)


def test_probabilities_are_how_often_thompson_sampling_chooses_an_arm() -> None:
    arms = [Beta(12, 240), Beta(9, 120), Beta(2, 60), Beta(30, 500)]
    drawn = np.random.default_rng(7).beta([arm.a for arm in arms], [arm.b for arm in arms], (200_000, len(arms)))
    assert best_of(arms) == pytest.approx(np.bincount(drawn.argmax(axis=1)) / 200_000, abs=0.004)


def test_the_order_of_arms_makes_no_difference() -> None:
    arms = [Beta(3, 40), Beta(8, 70), Beta(5, 90)]
    assert best_of(arms[::-1]) == pytest.approx(best_of(arms)[::-1])


def test_an_arm_that_is_surely_worse_keeps_the_floor() -> None:
    found = thompson([Beta(5_000, 5_000), Beta(50, 9_950), Beta(50, 9_950)])
    assert found == pytest.approx((0.98, 0.01, 0.01))
    assert min(found) >= FLOOR


def test_the_floor_keeps_the_order_and_adds_up() -> None:
    found = with_floor([0.7, 0.25, 0.05, 0.0])
    assert list(found) == sorted(found, reverse=True)
    assert sum(found) == pytest.approx(1, abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, MAX_ARMS + 1))
def test_as_many_arms_as_allowed_add_up_to_one(number: int) -> None:
    assert sum(thompson([Beta(1 + each, 40) for each in range(number)])) == pytest.approx(1, abs=MAX_ARMS * 1e-6)
    assert sum(uniform(number)) == pytest.approx(1, abs=MAX_ARMS * 1e-6)


def test_a_lot_draws_the_arm_whose_range_it_is_in() -> None:
    probabilities = (0.2, 0.5, 0.3)
    assert [draw(probabilities, lot) for lot in (0.0, 0.199, 0.2, 0.69, 0.71, 0.999999)] == [0, 0, 1, 1, 2, 2]
    assert draw((0.333333, 0.333333, 0.333333), 0.9999999) == 2


@pytest.mark.parametrize("arm", [Beta(0.1, 5), Beta(float("nan"), 1), Beta(1, 1e13), Gaussian(1, 0), Gaussian(float("inf"), 1), Gaussian(1e12, 1)])
def test_what_cannot_be_computed_with_is_known_beforehand(arm: Posterior) -> None:
    assert not arm.is_sane()
