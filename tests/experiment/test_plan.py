"""What an experiment needs, against drawing it again and again."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.experiment.plan import NotPlanned, plan
from services.statistics.difference import difference
from services.statistics.path import path
from services.statistics.ratio import linearised
from udfs.core.campaigns.experiment import Expected, Experiment

DAY = 86_400_000


def experiment(**changes: object) -> Experiment:
    usual = Experiment(hypothesis="x", metric="reached", minimum_effect=0.2, against="control", arms=("mail",), expected=Expected(rate=0.2))
    from dataclasses import replace

    return replace(usual, **changes)  # type: ignore[arg-type]


def test_the_sample_of_one_look_finds_the_effect_four_times_of_five() -> None:
    found = plan(experiment(), arms={"mail": 0.5, "control": 0.5}, horizon=3 * DAY)
    each = found.comparisons[0].once
    chance = np.random.default_rng(1)
    hits = 0
    for _ in range(400):
        outcome = np.concatenate([chance.random(each) < 0.24, chance.random(each) < 0.2]).astype(float)
        hits += (difference(outcome, np.arange(2 * each) < each).p or 1) < 0.05
    assert 0.74 < hits / 400 < 0.86


@pytest.mark.slow
def test_the_sample_of_every_day_finds_it_as_often_though_it_is_looked_at_after_every_person() -> None:
    each = plan(experiment(), arms={"mail": 0.5, "control": 0.5}, horizon=0).comparisons[0].always
    chance = np.random.default_rng(2)
    hits = 0
    for _ in range(200):
        treated = chance.random(2 * each) < 0.5
        outcome = (chance.random(2 * each) < np.where(treated, 0.24, 0.2)).astype(float)
        running = path(outcome, treated)
        hits += bool((running.effect > running.always(planned=2 * each)).any())
    assert hits / 200 > 0.78


@pytest.mark.slow
def test_the_value_of_an_order_is_planned_by_orders_and_not_by_visits() -> None:
    wanted = experiment(metric="value_per_conversion", minimum_effect=0.1, expected=Expected(rate=0.2, mean=60.0, deviation=40.0))
    each = plan(wanted, arms={"mail": 0.5, "control": 0.5}, horizon=0).comparisons[0].once
    chance = np.random.default_rng(3)
    hits = 0
    for _ in range(300):
        treated = np.arange(2 * each) < each
        orders = (chance.random(2 * each) < 0.2).astype(float)
        value = orders * chance.gamma(2.25, np.where(treated, 66, 60) / 2.25)
        hits += (difference(linearised(value, orders, treated), treated).p or 1) < 0.05
    assert 0.7 < hits / 300 < 0.9


def test_each_question_of_a_factorial_is_answered_by_all_people() -> None:
    factors = {"timing": {"late": ("l-5", "l-15"), "soon": ("s-5", "s-15")}, "percent": {"5": ("s-5", "l-5"), "15": ("s-15", "l-15")}}
    arms = ("s-5", "s-15", "l-5", "l-15")
    whole = plan(experiment(arms=arms, factors=factors), arms=dict.fromkeys((*arms, "control"), 0.2), horizon=0)
    assert [each.name for each in whole.comparisons] == ["timing: soon against late", "percent: 15 against 5", "any against control"]
    apart = plan(experiment(arms=("soon",)), arms={"soon": 0.5, "control": 0.5}, horizon=0).comparisons[0]
    assert whole.comparisons[0].once == pytest.approx(apart.once / 2 * 1.334, rel=0.01)  # half of the people, and three comparisons for one


def test_sessions_that_are_alike_need_more_of_them() -> None:
    people = plan(experiment(), arms={"mail": 0.5, "control": 0.5}, horizon=0)
    expected = Expected(rate=0.2, sessions_a_person=3, alike=0.25, people_a_day=100)
    sessions = plan(experiment(unit="session", expected=expected), arms={"mail": 0.5, "control": 0.5}, horizon=2 * DAY)
    assert sessions.comparisons[0].once == pytest.approx(1.5 * people.comparisons[0].once, rel=0.001)
    assert sessions.days == pytest.approx(sessions.sample / 150 + 2)


def test_a_sample_that_is_too_small_says_what_it_finds() -> None:
    found = plan(experiment(sample=200), arms={"mail": 0.5, "control": 0.5}, horizon=0)
    assert not found.is_enough
    assert found.comparisons[0].finds is not None
    assert found.comparisons[0].finds > 0.5
    assert plan(experiment(sample=5_000), arms={"mail": 0.5, "control": 0.5}, horizon=0).is_enough


@pytest.mark.parametrize(
    ("expected", "metric", "told"),
    [
        (Expected(), "reached", "--rate 8%"),
        (Expected(rate=0.9), "reached", "is 108.00%: a rate is between 0% and 100%"),
        (Expected(rate=0.2), "value", "--mean and --deviation"),
        (Expected(mean=60, deviation=40), "value_per_conversion", "--rate 8%"),
    ],
)
def test_what_is_not_known_is_asked_for(expected: Expected, metric: str, told: str) -> None:
    with pytest.raises(NotPlanned) as raised:
        plan(experiment(expected=expected, metric=metric), arms={"mail": 0.5, "control": 0.5}, horizon=0)
    assert told in str(raised.value)


def run(*words: str) -> str:
    ran = CliRunner().invoke(kairos, ["experiment", "plan", *words])
    return ran.output


@pytest.mark.slow
def test_both_experiments_that_ship_are_planned() -> None:
    timing = run("discount-timing")
    assert "10.00% now, 11.50% with +15%" in timing
    assert "timing: soon against later" in timing
    assert "days: 12 for 10,000 sessions in each arm" in timing
    depth = run("personalisation-depth")
    assert "68.00 now, 70.72 with +4%" in depth
    assert "too small: 10,000 sessions in each arm find +8.6% or more, not +4.0%" in depth


@pytest.mark.slow
def test_options_go_before_what_the_campaign_expects_and_programs_get_json() -> None:
    found = json.loads(run("discount-timing", "--rate", "20%", "--a-day", "50000", "--json"))
    assert found["known"]["mean"] == pytest.approx(0.2)
    assert found["is_enough"] is True
    assert found["days"] < 5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["discount-timng"], "did you mean 'discount-timing'?"),
        (["nothing-like-it"], "discount-timing, personalisation-depth ship"),
        (["cart-abandonment"], "cart-abandonment has no experiment"),
        (["campaigns/features.yaml"], "is not a campaign"),
    ],
)
def test_what_cannot_be_planned_is_a_line(words: list[str], told: str) -> None:
    ran = CliRunner().invoke(kairos, ["experiment", "plan", *words])
    assert ran.exit_code == 1
    assert told in ran.output
