"""Values that no order has, and orders of any size: what a rollout is stopped for does not hang on one of them."""

import random
import re

import pytest

from services.rollout.reward import Reward
from tests.rollout.test_reward import ROLE, decision, outcome
from tests.rollout.test_watch import T


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300])
def test_a_value_that_no_order_has_is_not_compared(value: float) -> None:
    made = Reward([(T, 0.5)])
    for number in range(400):
        made.take_decision(decision(f"u{number}"), ROLE[number % 2 == 0])
        made.take_outcome(outcome(f"u{number}", value=value if number % 2 else float(number)))
    assert made.harm() == ""


@pytest.mark.parametrize("value", [1e308, -1e308, -0.01, 10**400, float("nan")])
def test_a_value_that_no_order_has_is_counted_and_what_follows_is_compared_all_the_same(value: float) -> None:
    made, drawn = Reward([(T, 0.5)]), random.Random(1)
    for number in range(3_000):
        is_new = drawn.random() < 0.5
        made.take_decision(decision(f"u{number}"), ROLE[is_new])
        made.take_outcome(outcome(f"u{number}", value=value if number % 3 == 0 else (30 if is_new else 90) * drawn.random()))
    assert made.harm().startswith("the goal is worth less: ")
    assert [line for line in made.lines() if "values set aside" in line and "1,000" in line]
    assert sum(side.reached for side in made._sides.values()) == 3_000, "the goal itself is reached"


def test_free_orders_first_and_one_enormous_order_after_them_hide_nothing() -> None:
    made, drawn = Reward([(T, 0.5)]), random.Random(1)
    for number in range(4_000):
        is_new = drawn.random() < 0.5
        made.take_decision(decision(f"u{number}"), ROLE[is_new])
        value = 0.0 if number < 40 else 1e15 if number == 40 else (30 if is_new else 90) * drawn.random()
        made.take_outcome(outcome(f"u{number}", value=value))
    assert made.harm().startswith("the goal is worth less: ")


def test_the_reason_does_not_show_more_for_the_version_that_brings_less() -> None:
    made, drawn = Reward([(T, 0.5)]), random.Random(1)
    for number in range(4_000):
        is_new = drawn.random() < 0.5
        made.take_decision(decision(f"u{number}"), ROLE[is_new])
        enormous = is_new and number < 3_000 and number % 900 == 0
        made.take_outcome(outcome(f"u{number}", value=1e14 if enormous else (30 if is_new else 90) * drawn.random()))
    words = made.harm()
    found = re.search(r"worth less: ([\d.,e+]+) a customer against ([\d.,e+]+),", words)
    assert found, words
    new, other = (float(each.replace(",", "")) for each in found.groups())
    assert new < other < 100


def test_a_value_that_is_no_number_leaves_the_outcome_uncounted() -> None:
    made = Reward([(T, 0.5)])
    made.take_decision(decision("ada"), ROLE[True])
    with pytest.raises(TypeError):
        made.take_outcome({**outcome("ada"), "value": "much"})
    made.take_outcome(outcome("ada", value=5))
    assert "1 of 1 customers" in made.words
