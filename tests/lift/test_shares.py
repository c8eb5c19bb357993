"""Shares that change while an experiment runs: who is compared with whom, and with which shares their numbers are compared."""

import math

import numpy as np
import pytest

from services.lift.advice import advise
from services.lift.measure import measure
from services.lift.questions import questions
from tests.builders import book, mail, words
from tests.lift.builders import Records, crowd
from udfs.core.campaigns.shares import shares_version

GOAL = {"event": "order_completed", "within": "3d"}


def test_the_first_people_of_new_shares_are_not_compared_with_the_old_ones() -> None:
    """A day after a control group went from 5 % to 50 %, nearly everybody had been drawn before: nobody is missing."""
    records = Records()
    crowd(records, treated=1_900, control=100, rates=(0.2, 0.2), name="a", version="1", shares="then")
    crowd(records, treated=4, control=5, rates=(0.5, 0.4), day=10, name="b", version="2", shares="now")
    lift = records.lift(shares=(0.5, 0.5), asked_shares="now")
    assert lift.ratio is not None
    assert lift.ratio.observed == (4, 5) and not lift.ratio.is_wrong
    assert advise(lift, "reached").word == "wait"
    assert lift.alone == 9, "too few to be compared yet"


def test_people_who_are_missing_are_missed_though_the_words_were_changed_meanwhile() -> None:
    records = Records()
    for version in range(10):
        crowd(records, treated=180, control=12, rates=(0.2, 0.2), day=version, name=f"{version}-", version=str(version), shares="now")
    lift = records.lift(shares=(0.9, 0.1), asked_shares="now")
    assert not lift.stratified
    assert lift.ratio is not None
    assert lift.ratio.observed == (1_800, 120) and lift.ratio.is_wrong


def test_who_was_drawn_before_counts_there_whenever_the_message_went_out() -> None:
    """A journey waits a week before it says anything, so the first week of the new version is of people of the old shares."""
    records = Records()
    crowd(records, treated=900, control=100, rates=(0.1, 0.1), name="a", version="1", shares="then")
    crowd(records, treated=900, control=100, rates=(0.4, 0.4), day=10, name="b", version="2", shares="then")
    crowd(records, treated=500, control=500, rates=(0.4, 0.4), day=10, name="c", version="2", shares="now")
    lift = records.lift(shares=(0.5, 0.5), asked_shares="now")
    assert lift.ratio is not None
    assert lift.ratio.observed == (500, 500)
    assert lift.effect("reached").best.effect == pytest.approx(0, abs=1e-9)
    assert lift.stratified and lift.alone == 0


def test_shares_that_differ_a_little_are_told_apart_as_well() -> None:
    """No test would find that 20 and 22 of 100 were drawn by other shares. It is known, so nothing has to be found."""
    records = Records()
    crowd(records, treated=400, control=100, rates=(0.1, 0.1), name="a", version="1", shares="then")
    crowd(records, treated=390, control=110, rates=(0.9, 0.9), day=9, name="b", version="2", shares="now")
    assert records.lift().effect("reached").best.effect == pytest.approx(0, abs=0.005)
    assert records.lift().stratified


def test_shares_that_come_back_are_the_same_shares() -> None:
    records = Records()
    for day, shares in enumerate(("x", "y", "x")):
        crowd(records, treated=90, control=10, rates=(0.2, 0.2), day=day, name=f"{day}-", version=str(day), shares=shares)
    assert records.lift(shares=(0.9, 0.1), asked_shares="x").people.assigned == (180, 20)
    assert records.lift(shares=(0.9, 0.1)).people.assigned == (180, 20), "those of the latest exposure"
    assert records.lift(shares=(0.9, 0.1), asked_shares="z").people.assigned == (0, 0), "nobody was drawn by these yet"


def test_a_part_in_which_nearly_nobody_orders_does_not_hide_what_the_others_tell() -> None:
    """The day after shares were changed: 30 people in each group, and not five orders."""
    records = Records()
    crowd(records, treated=900, control=900, rates=(0.2, 0.1), name="a", version="1", shares="then")
    alone = records.lift().effect("reached")
    crowd(records, treated=40, control=30, rates=(0.05, 0.0), day=9, name="b", version="2", shares="now")
    effect = records.lift().effect("reached")
    assert effect.fixed is not None and alone.fixed is not None
    assert effect.fixed.low == pytest.approx(alone.fixed.low, abs=0.01) and effect.fixed.high == pytest.approx(alone.fixed.high, abs=0.01)


def test_one_group_that_is_switched_off_is_noticed_among_those_of_the_same_shares() -> None:
    records = Records()
    crowd(records, treated=500, control=500, rates=(0.2, 0.2), day=0, name="before-", version="1", shares="then")
    for day in range(1, 21):
        crowd(records, treated=90, control=0 if day > 14 else 20, rates=(0.2, 0.2), day=day, name=f"{day}-", version="2", shares="now")
    lift = records.lift()
    assert lift.stratified
    assert "from one day to another" in advise(lift, "reached").sentence


@pytest.mark.slow
def test_shares_that_were_changed_are_no_group_that_was_switched_off() -> None:
    records = Records()
    for day in range(20):
        treated, shares = (90, "then") if day < 10 else (20, "now")
        crowd(records, treated=treated, control=20, rates=(0.2, 0.2), day=day, name=f"{day}-", version="2", shares=shares)
    assert advise(records.lift(), "reached").word == "wait"


WEIGHTS = [{"a": 1, "b": 1, "c": 2}, {"a": 6, "b": 1, "c": 1}, {"a": 6, "c": 1}, {"a": 1, "b": 6, "c": 1}]
"""Changed every ten days; b is taken out, and comes back."""
TRUTH = {"a": 0.0, "b": 0.06, "c": -0.02}


@pytest.mark.slow
def test_the_truth_is_found_through_a_trend_three_arms_and_weights_that_change_while_messages_wait() -> None:
    """Ten days after ten days, orders rise from 5 % to 65 %, and so does the share of b. Who is drawn waits for up to eight days."""
    campaigns = [book(mail("cart", goal=GOAL, variants={name: words(weight=weight) for name, weight in each.items()})) for each in WEIGHTS]
    errors: dict[str, list[float]] = {"b": [], "c": []}
    covered = 0
    for seed in range(12):
        chance, records = np.random.default_rng(seed), Records(until=70)
        for number in range(1_600):
            user, drawn = f"{seed}-{number}", chance.random() * 40
            made = campaigns[int(drawn // 10)]
            variant, _ = made.campaigns["cart"].assign(user)
            day = drawn + (0.0 if chance.random() < 0.5 else 8 * chance.random())  # what was asked in the night, or waits
            told = {"variant": variant.name, "version": str(min(int(day // 10), 3)), "shares": shares_version(made.policy, made.campaigns["cart"])}
            rate = 0.05 + 0.6 * day / 48 + TRUTH[variant.name]
            records.person(user, conversions=int(chance.random() < rate), day=day, decided=told)
        for arm, found in errors.items():
            (question,) = questions(records.log, campaigns[-1], "cart", variant=arm, against="a")
            asked = {"treated": question.treated, "against": question.against, "shares": question.drawn_by}
            lift = measure(records.people(**asked), shares=question.shares)
            assert lift.ratio is not None and not lift.ratio.is_wrong
            effect = lift.effect("reached")
            assert effect.fixed is not None
            found.append((effect.best.effect - TRUTH[arm]) / float(effect.best.error or math.nan))
            covered += effect.fixed.low <= TRUTH[arm] <= effect.fixed.high
    assert covered >= 20, "of 24 intervals of 95 %"
    for found in errors.values():
        assert abs(np.mean(found)) < 3 / math.sqrt(len(found)), "the mean of so many errors, in standard errors"
