"""Figures of segments in words: short, and never 0 for what is not 0."""

import pytest

from training.segments.words import number


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.0, "0"),
        (0.00067, "0.00067"),
        (-0.034, "-0.034"),
        (0.5, "0.5"),
        (0.00000123, "1.2e-06"),
        (1.04, "1"),
        (10.0, "10"),
        (99.94, "99.9"),
        (3742.4, "3,742"),
        (float("nan"), "unknown"),
    ],
)
def test_a_figure_for_people(value: float, told: str) -> None:
    assert number(value) == told
