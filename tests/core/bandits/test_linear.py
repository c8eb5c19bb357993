"""Linear bandits: the arithmetic behind them, and what the job takes of what was learned."""

import math
import random
import sys
from typing import Any

import numpy as np
import pytest

from udfs.core.bandits.best import best_of
from udfs.core.bandits.linear import (
    MAX_VALUE,
    Linear,
    Weights,
    decomposed,
    inverse,
    scaled,
    solved,
    squares_of,
    triangle,
)
from udfs.core.bandits.normal import best_of_normals, thompson_of_normals
from udfs.core.bandits.posterior import Gaussian


def upper(matrix: Any) -> tuple[float, ...]:
    return tuple(float(matrix[row, column]) for column in range(len(matrix)) for row in range(column + 1))


def some(dice: random.Random, number: int) -> list[Gaussian]:
    scale = 10 ** dice.uniform(-3, 1)
    return [Gaussian(dice.gauss(0, scale), 10 ** dice.uniform(-2.5, 1)) for _ in range(number)]


@pytest.mark.slow
@pytest.mark.parametrize("number", [2, 3, 5, 20])
def test_the_quick_probabilities_are_those_of_the_exact_integral(number: int) -> None:
    dice = random.Random(number)
    for _ in range(20 if number < 20 else 4):
        arms = some(dice, number)
        assert best_of_normals(arms) == pytest.approx(best_of(arms), abs=0.001)


def test_they_are_those_of_sampling() -> None:
    arms = [Gaussian(0.1, 0.05), Gaussian(0.12, 0.02), Gaussian(0.05, 0.1), Gaussian(-0.2, 0.3)]
    draws = np.random.default_rng(1).normal([arm.mean for arm in arms], [arm.sd for arm in arms], (400_000, 4)).argmax(axis=1)
    assert best_of_normals(arms) == pytest.approx(np.bincount(draws) / 400_000, abs=0.004)


def test_they_add_up_to_1_and_every_arm_keeps_the_floor() -> None:
    for arms in ([Gaussian(0, 1)], [Gaussian(0, 1e-6), Gaussian(5, 1e-6)], [Gaussian(0, 1e-6), Gaussian(5, 1e3), Gaussian(1e6, 1)]):
        shares = thompson_of_normals(arms)
        assert sum(shares) == pytest.approx(1.0, abs=1e-4)
        assert min(shares) >= 0.01


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, 1.0),
        (False, 0.0),
        (None, 0.0),
        (0, 0.0),
        (-0.0, 0.0),
        (math.e - 1, 1.0),
        (-(math.e - 1), -1.0),
        (10**400, MAX_VALUE),
        (-(10**400), -MAX_VALUE),
        (sys.float_info.max, MAX_VALUE),
        (math.inf, MAX_VALUE),
        (-math.inf, -MAX_VALUE),
        (math.nan, 0.0),
        ("12", 0.0),
        ([1], 0.0),
        ({}, 0.0),
    ],
)
def test_whatever_a_feature_is_the_model_sees_a_bounded_number(value: object, expected: float) -> None:
    assert scaled(value) == pytest.approx(expected, abs=1e-6)


def test_the_scale_keeps_the_order() -> None:
    values = [-1e300, -1e9, -1e8, -2.5, -1, -1e-5, 0, 1e-5, 1, 2.5, 1e8, 1e9, 1e300]
    assert [scaled(each) for each in values] == sorted(scaled(each) for each in values)


@pytest.mark.parametrize("size", [1, 2, 5, 9])
def test_a_matrix_is_decomposed_solved_and_inverted(size: int) -> None:
    dice = np.random.default_rng(size)
    root = dice.normal(size=(size, size + 2))
    matrix, right = root @ root.T, dice.normal(size=size)
    factor = decomposed(upper(matrix))
    assert factor is not None
    assert solved(factor, list(right)) == pytest.approx(np.linalg.solve(matrix, right))
    assert inverse(factor) == pytest.approx(upper(np.linalg.inv(matrix)))
    x = dice.normal(size=size)
    assert sum(a * b for a, b in zip(squares_of(list(x)), upper(matrix), strict=True)) == pytest.approx(x @ matrix @ x)


@pytest.mark.parametrize("matrix", [(0.0,), (-1.0,), (1.0, 1.0, 1.0), (1.0, 2.0, 1.0), (math.nan,), (1.0, math.nan, 1.0), (1.0, 0.0, -1.0)])
def test_what_is_not_positive_definite_is_not_decomposed(matrix: tuple[float, ...]) -> None:
    assert decomposed(matrix) is None


def test_the_expected_reward_at_a_customer_is_normal() -> None:
    arm = Linear((0.1, 0.02), (0.04, 0.01, 0.09))
    found = arm.at([1.0, 3.0], squares_of([1.0, 3.0]))
    assert (found.mean, found.sd) == pytest.approx((0.16, math.sqrt(0.04 + 2 * 3 * 0.01 + 9 * 0.09)))


def model(size: int, dice: random.Random) -> Linear:
    return Linear(
        tuple(dice.gauss(0, 0.05) for _ in range(size)), tuple(0.01 if row == column else 0.0 for column in range(size) for row in range(column + 1))
    )


def test_a_variant_that_is_not_known_is_assumed_to_be_as_the_prior_says() -> None:
    dice = random.Random(3)
    weights = Weights(features="linear-x", prior=model(3, dice), arms={"a": model(3, dice)})
    known, new = weights.at([1.0, 2.0, 0.0], ["a", "new"])
    assert known != new
    assert new == weights.prior.at([1.0, 2.0, 0.0], squares_of([1.0, 2.0, 0.0]))


def test_what_is_published_is_checked() -> None:
    good = Linear((0.1, 0.2), (1.0, 0.0, 1.0))
    assert Weights(features="f", prior=good, arms={"a": good}).problem() is None
    bad = [
        Linear((), ()),
        Linear((0.1,) * 10, (1.0,) * triangle(10)),
        Linear((0.1, 0.2), (1.0, 0.0)),
        Linear((0.1, 0.2), (1.0, 1.0, 1.0)),
        Linear((math.inf, 0.2), (1.0, 0.0, 1.0)),
        Linear((math.nan, 0.2), (1.0, 0.0, 1.0)),
        Linear((1e13, 0.2), (1.0, 0.0, 1.0)),
        Linear((0.1, 0.2), (1e13, 0.0, 1.0)),
    ]
    for each in bad:
        problem = Weights(features="f", prior=good, arms={"a": each}).problem()
        assert problem is not None
        assert problem.startswith("a: ")
    assert Weights(features="f", prior=good, arms={"a": Linear((0.1,), (1.0,))}).problem() == "a has 1 weights, and the prior 2"
