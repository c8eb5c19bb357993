"""Cached scores against fresh ones: the rules are those of the job, and accuracy is lost only where an answer was used again."""

from typing import Any

import numpy as np
import pytest

from training.cached import Rule, answered_at, cost, happened
from training.rows import Row

HOUR = 3_600_000


def row(user: str, at: int, *, label: bool = False) -> Row:
    return Row(decision_id=f"{user}-{at}", attempt=0, user_id=user, at=at, known_at=at, features={}, label=label, goals=0, since_goal=None)


ROWS = [row("ada", 0), row("ada", 10), row("bob", 11), row("ada", 20), row("ada", HOUR)]
EVENTS = happened([("ada", 10, "page"), ("ada", 20, "page"), ("ada", 0, "page"), ("ada", 15, "order_completed"), ("bob", 11, "page")])


@pytest.mark.parametrize(
    ("rule", "used"),
    [
        ({}, [0, 0, 2, 0, 4]),
        ({"ttl": HOUR + 1}, [0, 0, 2, 0, 0]),
        ({"ttl": 10}, [0, 1, 2, 3, 4]),
        ({"until": {"order_completed"}}, [0, 0, 2, 3, 3]),
        ({"after": 1}, [0, 1, 2, 3, 3]),
        ({"after": 2}, [0, 0, 2, 3, 3]),
        ({"after": 3}, [0, 0, 2, 3, 3]),
        ({"after": 4, "ttl": HOUR + 1}, [0, 0, 2, 0, 0]),
    ],
)
def test_an_answer_is_used_again_as_in_the_job(rule: dict[str, Any], used: list[int]) -> None:
    told = {"ttl": HOUR, **rule}
    assert answered_at(ROWS, EVENTS, Rule(ttl=told["ttl"], until=frozenset(told.get("until", ())), after=told.get("after", 0))) == used


def test_the_order_of_the_rows_does_not_matter() -> None:
    assert answered_at(ROWS[::-1], EVENTS, Rule(ttl=HOUR)) == [0, 4, 2, 4, 4]


def test_old_answers_cost_accuracy_and_fresh_ones_none() -> None:
    drawn = np.random.default_rng(0)
    rows, scores = [], []
    for user in range(400):
        for visit in range(2):  # the second visit tells more: only then the score knows
            label = bool(drawn.random() < 0.3)
            rows.append(row(f"u{user}", user * 10 + visit, label=label))
            scores.append(0.5 if visit == 0 else 0.9 * label + 0.05)
    fresh = np.array(scores)
    none = cost(rows, fresh, {}, Rule(ttl=1), draws=50)
    assert (none.hits, none.figures["auc"][2].value) == (0, 0.0)
    half = cost(rows, fresh, {}, Rule(ttl=5), draws=50)
    assert (half.hit_rate, half.figures["auc"][2].high < 0) == (0.5, True)
    assert 0.4 < half.mean_difference < 0.46
    assert half.largest_difference == pytest.approx(0.45)


def test_without_rows_there_is_nothing_to_compare() -> None:
    with pytest.raises(ValueError, match="no rows"):
        cost([], np.array([]), {}, Rule(ttl=1))
