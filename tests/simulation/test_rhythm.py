"""Rhythms: hours, days and seasons, one on average, and the same forwards and backwards."""

import itertools
from datetime import UTC, datetime

import pytest

from simulation.rhythm import HOUR, RHYTHMS, WEEK, Rhythm, season

MONDAY = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize("name", RHYTHMS)
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Los_Angeles", "Asia/Tokyo"])
def test_a_year_is_worth_a_year_of_even_hours(name: str, zone: str) -> None:
    assert Rhythm(name, zone).measure(MONDAY, MONDAY + 365 * 24 * HOUR) == pytest.approx(365 * 24, rel=0.01)


@pytest.mark.parametrize("even", [False, True])
@pytest.mark.parametrize("hours", [0.01, 3.0, 40.0, 700.0])
def test_advance_is_the_way_back_of_measure(hours: float, *, even: bool) -> None:
    rhythm = Rhythm("evening", "Europe/Paris", even)
    start = MONDAY + 5 * HOUR + 123_456
    assert rhythm.measure(start, rhythm.advance(start, hours)) == pytest.approx(hours, abs=1e-4)


def test_a_stretch_is_the_sum_of_its_parts_also_across_weeks() -> None:
    rhythm = Rhythm("office", "Europe/London")
    cuts = [MONDAY, MONDAY + HOUR, MONDAY + WEEK - 1, MONDAY + WEEK, MONDAY + 3 * WEEK + 12_345]
    parts = [rhythm.measure(start, end) for start, end in itertools.pairwise(cuts)]
    assert sum(parts) == pytest.approx(rhythm.measure(cuts[0], cuts[-1]))


def test_the_evening_is_where_she_lives() -> None:
    at_20_in_tokyo = MONDAY + 11 * HOUR
    tokyo, london = Rhythm("evening", "Asia/Tokyo"), Rhythm("evening", "Europe/London")
    assert tokyo.measure(at_20_in_tokyo, at_20_in_tokyo + HOUR) > 3 * london.measure(at_20_in_tokyo, at_20_in_tokyo + HOUR)


def test_the_weekend_is_for_those_who_work() -> None:
    saturday = MONDAY + 5 * 24 * HOUR
    weekend = Rhythm("weekend", "Europe/London")
    assert weekend.measure(saturday, saturday + 24 * HOUR) > 2.5 * weekend.measure(MONDAY, MONDAY + 24 * HOUR)


def test_november_is_busier_than_may() -> None:
    november, may = (int(datetime(2025, month, 26, tzinfo=UTC).timestamp() * 1000) for month in (11, 5))
    assert season(november) > 1.5 * season(may)
