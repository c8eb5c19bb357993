"""How fast news are handed over: by how far the main job is behind."""

import pytest

from services.interest.pace import BURST_S, FLOOR, STEPS, Delay, Pace


def test_the_delay_is_the_age_of_the_first_record_that_was_not_read() -> None:
    delay = Delay[str]()
    assert delay.look(0.0, {"a": 10, "b": 5}, {}) is None, "nobody knows yet"
    assert delay.look(1.0, {"a": 12, "b": 5}, {"a": 10, "b": 5}) == 0.0
    assert delay.look(2.0, {"a": 14, "b": 5}, {"a": 11, "b": 5}) == 1.0, "record 11 was there at 1.0"
    assert delay.look(3.0, {"a": 14, "b": 6}, {"a": 14, "b": 5}) == 0.0, "what came since the last look is not late"
    assert delay.look(9.0, {"a": 14, "b": 6}, {"a": 14, "b": 5}) == 6.0
    assert delay.look(9.5, {"a": 14, "b": 6}, {"a": 14, "b": 6}) == 0.0


def test_a_partition_of_which_nothing_was_read_counts() -> None:
    delay = Delay[str]()
    delay.look(0.0, {"a": 1, "b": 1}, {"a": 1})
    assert delay.look(5.0, {"a": 1, "b": 1}, {"a": 1}) == 5.0


def test_the_rate_grows_while_the_job_keeps_up_and_never_beyond_the_most() -> None:
    pace = Pace(160.0, tolerated_s=2.0)
    assert pace.rate == 10.0
    rates = []
    for _ in range(STEPS + 4):
        pace.saw(0.5)
        rates.append(pace.rate)
    assert rates == sorted(rates)
    assert rates[-1] == 160.0


def test_a_job_that_is_behind_halves_it_and_one_that_is_far_behind_or_unknown_stops_it() -> None:
    pace = Pace(160.0, tolerated_s=2.0)
    for _ in range(STEPS):
        pace.saw(0.0)
    pace.saw(2.5)
    assert pace.rate == 80.0
    for _ in range(20):
        pace.saw(5.9)
    assert pace.rate == 160.0 / FLOOR
    pace.saw(6.1)
    assert pace.rate == 0.0
    pace.saw(0.1)
    assert pace.rate == 160.0 / STEPS
    pace.saw(None)
    assert pace.rate == 0.0


@pytest.mark.parametrize("most", [0.5, 10.0, 1000.0])
def test_over_time_as_many_are_handed_over_as_the_rate_says(most: float) -> None:
    pace = Pace(most, tolerated_s=2.0)
    for _ in range(STEPS):
        pace.saw(0.0)
    pace.ready(0.0)
    handed = 0
    for tick in range(1, 2_001):
        count = pace.ready(tick * 0.05)
        pace.took(count)
        handed += count
        assert count <= 1.0 + most * BURST_S
    assert handed == pytest.approx(most * 100, abs=most * BURST_S + 1)


def test_nothing_is_saved_up_while_the_pace_stands_still_or_nothing_waits() -> None:
    pace = Pace(100.0, tolerated_s=2.0)
    for _ in range(STEPS):
        pace.saw(0.0)
    pace.ready(0.0)
    assert pace.ready(3_600.0) == int(1 + 100.0 * BURST_S)
    pace.saw(None)
    assert pace.ready(3_601.0) == 0
    pace.saw(0.0)
    assert pace.ready(3_601.0) == 0
    assert pace.ready(3_600.0) == 0, "a clock that goes back gives nothing"
