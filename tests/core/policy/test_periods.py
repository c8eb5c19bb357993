"""The schedule of a channel against a naive one that looks period by period."""

from collections import Counter
from random import Random

import pytest

from udfs.core.policy.periods import MIN_PERIODS, SLACK, Lane, Periods


@pytest.mark.parametrize("most", [1, 2, 5])
@pytest.mark.parametrize("seed", range(5))
def test_it_finds_what_looking_period_by_period_finds(seed: int, most: int) -> None:
    chance, periods, naive = Random(seed), Periods(most), Counter[int]()
    for _ in range(3_000):
        period = chance.randrange(60)
        match chance.randrange(20):
            case 0:
                most = chance.randint(1, 5)
            case 1:
                periods.forget(before := chance.randrange(20))
                naive = Counter({held: taken for held, taken in naive.items() if held >= before})
            case dice if dice < 11:
                period = periods.first_free(period, most) if dice < 9 else period  # those in the holdout may go beyond what is full
                periods.add(period)
                naive[period] += 1
            case _ if naive[period]:
                periods.remove(period)
                naive[period] -= 1
        expected = start = chance.randrange(70)
        while naive[expected] >= most:
            expected += 1
        assert periods.first_free(start, most) == expected


def test_a_long_queue_is_one_run_and_its_end_is_found_at_once() -> None:
    periods = Periods(1)
    for waiting in range(16_000):
        assert periods.first_free(0, 1) == waiting
        periods.add(waiting)
    assert periods._starts == [0]
    periods.remove(7_000)
    assert (periods.first_free(0, 1), periods.first_free(7_001, 1)) == (7_000, 16_000)


def test_what_is_long_over_is_forgotten_and_what_is_to_come_is_not() -> None:
    lane = Lane(60_000, 1)
    for minute in range(100 * MIN_PERIODS):
        lane.change(lane.first_free(minute, 1, in_holdout=False), 1, in_holdout=False, waiting=False)
        lane.change(minute + 300, 1, in_holdout=True, waiting=True)
        lane.reach(minute)
        lane.tidy()
        assert len(lane) <= 2 * 3 * (300 + MIN_PERIODS + 1) + SLACK
    assert lane.first_free(minute - 10, 1, in_holdout=False) == minute + 1
    assert lane.first_free(minute, 1, in_holdout=True) == minute + 301
