"""The statistics of lift against figures that others have published, against simulation, and against what each promises."""

import math
from random import Random

import numpy as np
import pytest

from services.statistics import always_valid
from services.statistics.cuped import adjusted
from services.statistics.difference import Difference, difference, weighted
from services.statistics.normal import chi_square_tail, quantile, two_sided
from services.statistics.path import path
from services.statistics.ratio import linearised
from services.statistics.sample_ratio import sample_ratio
from services.statistics.sample_size import people_for_certainty, people_needed


@pytest.mark.parametrize(
    ("value", "degrees", "p"), [(3.841459, 1, 0.05), (5.991465, 2, 0.05), (7.814728, 3, 0.05), (18.307038, 10, 0.05), (10.827566, 1, 0.001)]
)
def test_the_tail_of_chi_square_is_that_of_the_tables(value: float, degrees: int, p: float) -> None:
    assert chi_square_tail(value, degrees) == pytest.approx(p, rel=1e-5)


def test_the_normal_distribution_is_that_of_the_tables() -> None:
    assert quantile(0.975) == pytest.approx(1.959964, abs=1e-6)
    assert two_sided(1.959964) == pytest.approx(0.05, abs=1e-6)


def test_a_rate_has_the_interval_of_the_textbook() -> None:
    outcome = np.repeat([1.0, 0.0, 1.0, 0.0], [120, 880, 90, 910])
    found = difference(outcome, np.repeat([True, False], 1000))
    assert found.effect == pytest.approx(0.03)
    error = math.sqrt(0.12 * 0.88 / 999 + 0.09 * 0.91 / 999)
    fixed = found.fixed()
    assert fixed is not None
    assert (fixed.low, fixed.high) == pytest.approx((0.03 - 1.959964 * error, 0.03 + 1.959964 * error), abs=1e-6)


@pytest.mark.parametrize(
    ("treated", "control"),
    [([0.0] * 500, [0.0] * 500), ([1.0] * 500, [1.0] * 500), ([1.0] * 100 + [0.0] * 400, [0.0] * 500), ([5.0] * 10, [3.0] * 10), ([], [1.0] * 500)],
)
def test_where_there_is_too_little_to_tell_there_is_no_interval_instead_of_one_of_no_width(treated: list[float], control: list[float]) -> None:
    found = difference(np.array(treated + control), np.arange(len(treated) + len(control)) < len(treated))
    assert found.error is None
    assert found.fixed() is None
    assert found.always() is None
    assert found.relative() is None
    assert found.p is None


def test_an_outcome_that_is_no_number_is_refused_and_not_left_out() -> None:
    with pytest.raises(ValueError, match="2 outcomes are no finite numbers"):
        difference(np.array([1.0, math.nan, math.inf]), np.array([True, False, True]))


def test_the_always_valid_interval_is_at_most_six_tenths_wider_from_four_tenths_to_four_times_the_people_that_were_planned() -> None:
    for people in (4_000, 10_000, 40_000):
        assert 1.5 < always_valid.width(people, planned=10_000) / 1.959964 < 1.6
    assert always_valid.width(1_000, planned=10_000) / 1.959964 > 1.6


def test_the_always_valid_p_value_is_five_per_cent_where_the_interval_touches_zero() -> None:
    for people in (500, 10_000, 90_000):
        assert always_valid.p_value(always_valid.width(people), people) == pytest.approx(0.05)


@pytest.mark.slow
def test_looked_at_after_every_person_the_fixed_interval_alarms_often_and_the_always_valid_one_rarely() -> None:
    chance = np.random.default_rng(7)
    fixed = always = 0
    for _ in range(300):
        treated, outcome = chance.random(4_000) < 0.8, (chance.random(4_000) < 0.1).astype(float)
        found = path(outcome, treated)
        fixed += bool((np.abs(found.effect) > found.fixed()).any())
        always += bool((np.abs(found.effect) > found.always(planned=4_000)).any())
    assert fixed > 60
    assert always <= 15


def test_the_last_point_of_a_path_is_the_difference_of_all() -> None:
    chance = np.random.default_rng(3)
    for outcome in (chance.exponential(50, 900) * (chance.random(900) < 0.2), (chance.random(900) < 0.3).astype(float)):
        treated = chance.random(900) < 0.7
        whole, running = difference(outcome, treated), path(outcome, treated)
        assert running.effect[-1] == pytest.approx(whole.effect)
        assert running.error[-1] == pytest.approx(whole.error)
        always = whole.always(planned=700)
        assert always is not None
        assert running.always(planned=700)[-1] == pytest.approx((always.high - always.low) / 2)


def test_cuped_is_narrower_by_what_the_figure_explains_and_stays_unbiased() -> None:
    chance = np.random.default_rng(11)
    effects, plain_errors, errors = [], [], []
    for _ in range(200):
        before = chance.normal(10, 3, 1_500)
        treated = chance.random(1_500) < 0.8
        outcome = before + chance.normal(0, 3, 1_500) + 0.5 * treated
        found = adjusted(outcome, treated, before[:, None])
        helped, plain = difference(found.outcome, treated), difference(outcome, treated)
        effects.append(helped.effect)
        errors.append(helped.error or 0.0)
        plain_errors.append(plain.error or 0.0)
    assert np.mean(effects) == pytest.approx(0.5, abs=3 * float(np.std(effects)) / math.sqrt(200))
    assert np.mean(errors) / np.mean(plain_errors) == pytest.approx(math.sqrt(0.5), rel=0.03)
    assert np.std(effects) == pytest.approx(np.mean(errors), rel=0.15)


def test_cuped_takes_nothing_away_where_figures_are_the_same_for_all_unknown_or_more_than_people() -> None:
    chance = np.random.default_rng(5)
    outcome, treated = chance.normal(0, 1, 100), np.arange(100) < 50
    for figures in (np.ones((100, 1)), np.full((100, 2), np.nan), chance.normal(0, 1, (100, 30)), np.empty((100, 0))):
        found = adjusted(outcome, treated, figures)
        assert found.explained == 0
        assert found.outcome is outcome


def test_whose_figure_is_unknown_stays_among_the_people() -> None:
    chance = np.random.default_rng(5)
    before = chance.normal(0, 1, 400)
    outcome, treated = before + chance.normal(0, 1, 400), chance.random(400) < 0.5
    figures = np.where(np.arange(400) % 4 == 0, np.nan, before)[:, None]
    found = adjusted(outcome, treated, figures)
    assert found.unknown == 0.25
    assert len(found.outcome) == 400
    assert 0.2 < found.explained < 0.6


def test_the_sample_ratio_is_that_of_the_published_test() -> None:
    found = sample_ratio([44_700, 45_489], [1, 1])
    assert found.p == pytest.approx(0.0086, abs=5e-5)
    assert found.is_suspicious
    assert not found.is_wrong
    assert sample_ratio([44_700, 45_489], [1, 1], alarm=0.01).is_wrong


def test_a_group_that_nobody_is_drawn_for_counts_no_degree_and_somebody_in_it_is_a_certain_mismatch() -> None:
    assert sample_ratio([500, 520, 0], [1, 1, 0]).p == pytest.approx(sample_ratio([500, 520], [1, 1]).p or 0)
    assert sample_ratio([500, 500, 1], [1, 1, 0]).p == 0.0


def test_a_handful_of_people_says_nothing_about_the_ratio() -> None:
    assert sample_ratio([7, 0], [1, 1]).p is None
    with pytest.raises(ValueError, match="each group has a share"):
        sample_ratio([1, 2], [0, 0])


@pytest.mark.slow
def test_a_ratio_of_sums_has_the_error_that_drawing_people_again_and_again_has() -> None:
    chance = np.random.default_rng(2)
    found, errors = [], []
    for _ in range(300):
        orders = chance.poisson(2, 600).astype(float)
        revenue = np.array([chance.gamma(2, 20, int(each)).sum() for each in orders])
        treated = chance.random(600) < 0.5
        whole = difference(linearised(revenue, orders, treated), treated)
        found.append(whole.effect)
        errors.append(whole.error or 0.0)
    assert np.mean(found) == pytest.approx(0, abs=4 * float(np.std(found)) / math.sqrt(300))
    assert np.std(found) == pytest.approx(np.mean(errors), rel=0.12)
    with pytest.raises(ValueError, match="nothing to divide by"):
        linearised(np.ones(4), np.zeros(4), np.array([True, True, False, False]))


def test_parts_that_were_drawn_by_other_shares_count_by_their_people() -> None:
    """Simpson's paradox: the message does nothing, and more people buy in the part in which most got it."""
    chance = Random(1)
    parts: list[Difference] = []
    outcomes: list[float] = []
    groups: list[bool] = []
    for rate, share in ((0.1, 0.2), (0.4, 0.9)):
        treated = [chance.random() < share for _ in range(6_000)]
        outcome = [float(chance.random() < rate) for _ in treated]
        parts.append(difference(np.array(outcome), np.array(treated)))
        outcomes += outcome
        groups += treated
    together = difference(np.array(outcomes), np.array(groups)).fixed()
    apart = weighted(parts).fixed()
    assert together is not None
    assert apart is not None
    assert together.low > 0.1
    assert apart.low < 0 < apart.high


@pytest.mark.slow
def test_people_who_are_needed_find_the_effect_as_often_as_was_asked() -> None:
    people = people_needed(effect=0.03, variance=0.2 * 0.8, changed_variance=0.23 * 0.77, power=0.8)
    assert 2_900 * 2 < people < 3_000 * 2  # the textbook's 2,940 in each group
    chance = np.random.default_rng(4)
    found = 0
    for _ in range(400):
        treated = chance.random(people) < 0.5
        outcome = (chance.random(people) < np.where(treated, 0.23, 0.2)).astype(float)
        found += (difference(outcome, treated).p or 1) < 0.05
    assert 0.74 < found / 400 < 0.86


def test_a_small_control_group_needs_more_people_in_all() -> None:
    assert people_needed(effect=0.03, variance=0.16, shares=(0.9, 0.1)) > 2.5 * people_needed(effect=0.03, variance=0.16)
    for effect, shares in ((0.0, (0.5, 0.5)), (0.1, (1.0, 0.0))):
        with pytest.raises(ValueError, match="an effect is not zero"):
            people_needed(effect=effect, variance=0.16, shares=shares)


def test_certainty_comes_where_the_interval_leaves_zero() -> None:
    people = people_for_certainty(effect=0.02, spread=1.6, planned=20_000)
    assert people is not None
    assert always_valid.width(people, planned=20_000) * math.sqrt(1.6 / people) == pytest.approx(0.02, rel=0.01)
    assert people_for_certainty(effect=0.0, spread=1.6) is None
    assert people_for_certainty(effect=1e-9, spread=1.6) is None


def test_orders_that_are_all_worth_the_same_have_no_interval_of_no_width() -> None:
    treated = np.arange(400) < 200
    orders = (np.arange(400) % 7 == 0).astype(float)
    found = difference(linearised(orders * 19.99, orders, treated), treated, did=orders)
    assert (found.error, found.p, found.fixed(), found.always()) == (None, None, None, None)
    assert found.effect == pytest.approx(0, abs=1e-9)
