"""What is certain of a split between two groups, and of predictions, stays so however often it is looked at."""

import doctest
import math
import random
from types import ModuleType

import pytest

from services.statistics import always_valid_calibration, always_valid_split, mixture
from services.statistics.always_valid_calibration import Group, calibration, is_beyond
from services.statistics.always_valid_split import RATIOS, Split, bets, fewer
from services.statistics.mixture import error_probability


@pytest.mark.parametrize("module", [mixture, always_valid_split, always_valid_calibration])
def test_the_examples_are_true(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert found.attempted >= 2
    assert found.failed == 0


def test_evidence_against_is_no_evidence() -> None:
    assert error_probability([-5.0, -900.0]) == 1.0
    assert error_probability([700.0, 0.0]) == pytest.approx(2 * math.exp(-700))


def test_fewer_in_the_first_group_is_found_and_more_is_not() -> None:
    assert fewer([Split(0.1, 2, 98)]) < 0.1
    assert fewer([Split(0.1, 30, 70)]) == 1.0
    assert fewer([]) == 1.0
    assert fewer([Split(0.5, 30, 70)], allowed=0.5) == 1.0


def test_whom_different_chances_have_drawn_count_together() -> None:
    parts = [Split(0.05, 1, 79), Split(0.5, 20, 45)]
    assert fewer(parts) < min(fewer([each]) for each in parts)


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_a_group_that_nobody_is_drawn_for_is_refused(chance: float) -> None:
    with pytest.raises(ValueError, match="above 0 and below 1"):
        fewer([Split(chance, 1, 1)])


def test_bets_of_full_weight_are_the_same_evidence() -> None:
    sums = [0.0] * len(RATIOS)
    for count, in_first in ((30, True), (70, False)):
        sums = [before + count * more for before, more in zip(sums, bets(0.4, 1.0, in_first=in_first), strict=True)]
    assert error_probability(sums) == pytest.approx(fewer([Split(0.4, 30, 70)]))
    assert bets(0.4, 0.0, in_first=True) == [0.0] * len(RATIOS)


@pytest.mark.slow
@pytest.mark.parametrize(("chance", "allowed"), [(0.02, 1.0), (0.5, 1.0), (0.3, 0.8)])
def test_a_split_as_it_should_be_is_hardly_ever_found_however_often_it_is_looked_at(chance: float, allowed: float) -> None:
    found, share = 0, chance * allowed / (chance * allowed + 1 - chance)
    for seed in range(200):
        drawn, first, sums = random.Random(seed), 0, [0.0] * len(RATIOS)
        for number in range(1, 501):
            in_first = drawn.random() < share
            first += in_first
            more = bets(chance, min(1.0, drawn.expovariate(2)), in_first=in_first, allowed=allowed)
            sums = [before + each for before, each in zip(sums, more, strict=True)]
            if number % 10 == 0 and min(error_probability(sums), fewer([Split(chance, first, number - first)], allowed=allowed)) <= 0.025:
                found += 1
                break
    assert found <= 0.05 * 200 + 6


def test_the_true_ratio_is_within_and_more_cases_narrow_it() -> None:
    last = math.inf
    for times in (1, 10, 100):
        found = calibration([Group(100 * times, 10.0 * times, 15 * times), Group(50 * times, 20.0 * times, 30 * times)], alpha=0.01)
        assert found.low < 1.5 < found.high
        assert found.high - found.low < last
        last = found.high - found.low
    assert found.ratio == 1.5


def test_of_nothing_nothing_is_known_and_of_what_never_happens_the_upper_bound_falls() -> None:
    assert calibration([], alpha=0.01).high == math.inf
    assert math.isnan(calibration([Group(5, 0.0, 0)], alpha=0.01).ratio)
    few, many = (calibration([Group(cases, cases / 50, 0)], alpha=0.01) for cases in (500, 5_000))
    assert (few.low, many.high < few.high < 1) == (0.0, True)


def test_whether_it_is_beyond_is_what_the_bounds_say() -> None:
    for happened in (0, 20, 60, 95, 100, 130, 160, 250):
        groups = [Group(1_000, 60.0, happened // 2), Group(100, 40.0, min(100, happened - happened // 2))]
        found = calibration(groups, alpha=0.01)
        assert is_beyond(groups, 1.25, alpha=0.01) is (found.low > 1.25 or found.high < 0.8), happened


@pytest.mark.parametrize("group", [Group(5, 6.0, 1), Group(5, 1.0, 6), Group(5, -1.0, 1)])
def test_more_than_all_is_refused(group: Group) -> None:
    with pytest.raises(ValueError, match="more happened"):
        calibration([group], alpha=0.01)


def test_predictions_that_hold_are_hardly_ever_outside_however_often_they_are_looked_at() -> None:
    missed = 0
    for seed in range(100):
        drawn, cases = random.Random(seed), [0.02, 0.1, 0.4]
        seen = {chance: [0, 0] for chance in cases}
        for number in range(1, 601):
            chance = drawn.choice(cases)
            seen[chance][0] += 1
            seen[chance][1] += drawn.random() < chance
            groups = [Group(count, count * chance, happened) for chance, (count, happened) in seen.items()]
            if number % 30 == 0 and is_beyond(groups, 1.0, alpha=0.05):
                missed += 1
                break
    assert missed <= 0.05 * 100 + 5
