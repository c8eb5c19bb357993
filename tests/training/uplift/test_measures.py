"""Qini and the value of acting only on who is moved, on rows whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.uplift.made import table
from training.uplift.learn import split
from training.uplift.measures import qini, value

ROWS = table(6_000)
TRUTH = np.column_stack([np.where(ROWS.x[:, 0] < 0, 0.4, 0.0), np.zeros(len(ROWS))])


def test_the_order_of_the_truth_has_a_higher_qini_than_chance_and_its_reverse_a_negative_one() -> None:
    right, wrong = qini(ROWS, TRUTH[:, 0]), qini(ROWS, -TRUTH[:, 0])
    by_chance = [qini(ROWS, np.random.default_rng(n).random(len(ROWS))) for n in range(20)]
    assert right > max(by_chance) > min(by_chance) > wrong


def test_it_is_the_figure_of_the_published_protocol_where_everybody_has_the_same_probability() -> None:
    y, w, s = ROWS.y, (ROWS.arm > 0).astype(float), TRUTH[:, 0] + np.arange(len(ROWS)) * 1e-9
    order = np.argsort(-s, kind="stable")
    gains = np.cumsum((y * w)[order]) / w.sum() - np.cumsum((y * (1 - w))[order]) / (1 - w).sum()
    assert qini(ROWS, s) == pytest.approx(np.trapezoid(gains, np.linspace(0, 1, len(gains))) - 0.5 * gains[-1])


def test_acting_on_who_is_moved_is_worth_what_the_truth_says_within_its_interval_in_nineteen_of_twenty_worlds() -> None:
    inside = 0
    for seed in range(40):
        rows = table(2_000, seed=seed)
        moved = rows.x[:, 0] < 0
        found = value(rows, np.column_stack([np.where(moved, 0.4, 0.0), np.zeros(len(rows))]), costs=[0.1, 0.1])
        assert found.share == pytest.approx(moved.mean())
        inside += found.over_nobody.low < moved.mean() * (0.4 - 0.1) < found.over_nobody.high
    assert 34 <= inside <= 40
    found = value(ROWS, TRUTH, costs=[0.1, 0.1])
    assert found.over_everybody.low > 0 and found.over_random.low > 0


def test_where_a_message_costs_more_than_it_brings_nobody_is_acted_on() -> None:
    found = value(ROWS, TRUTH, costs=[0.5, 0.5])
    assert (found.share, found.over_nobody.value) == (0.0, 0.0)
    assert found.over_everybody.low > 0


def test_people_with_many_decisions_widen_the_interval() -> None:
    few = replace(ROWS, people=[f"u{n % 50}" for n in range(len(ROWS))])
    one, many = (value(rows, TRUTH, costs=[0.1, 0.1]).over_nobody for rows in (few, ROWS))
    assert one.value == many.value and one.high - one.low != many.high - many.low


def test_nobody_is_in_both_parts_of_a_split() -> None:
    train, test = split(replace(ROWS, people=[f"u{n % 4000}" for n in range(len(ROWS))]), 0.5)
    assert not set(train.people) & set(test.people) and len(train) == 3_000 and len(test) > 0
