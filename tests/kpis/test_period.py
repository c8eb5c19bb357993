"""Days and weeks of a report, by the clock of its zone."""

from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from services.kpis.period import Period, midnight

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("zone", "monday", "hours"),
    [
        ("UTC", date(2026, 3, 23), 168),
        ("Europe/Berlin", date(2026, 3, 23), 167),
        ("Europe/Berlin", date(2026, 10, 19), 169),
        ("America/New_York", date(2026, 3, 2), 167),
        ("Asia/Kolkata", date(2026, 3, 23), 168),
    ],
)
def test_a_week_is_as_long_as_its_clocks_say(zone: str, monday: date, hours: int) -> None:
    week = next(Period.of_days(monday, monday, ZoneInfo(zone)).weeks())
    assert not week.is_whole
    whole = next(Period.of_days(monday, date.fromordinal(monday.toordinal() + 6), ZoneInfo(zone)).weeks())
    assert whole.is_whole
    assert (whole.until - whole.since) / HOUR == hours


def test_weeks_follow_each_other_without_a_gap_and_cover_the_period() -> None:
    period = Period.of_days(date(2025, 12, 27), date(2026, 4, 3), ZoneInfo("Europe/Berlin"))
    weeks = list(period.weeks())
    assert (weeks[0].since, weeks[-1].until) == (period.since, period.until)
    assert all(one.until == other.since for one, other in pairwise(weeks))
    assert [week.label for week in weeks][:3] == ["2025-W52", "2026-W01", "2026-W02"]
    assert [week.label for week in weeks if not week.is_whole] == ["2025-W52", "2026-W14"]


def test_the_last_day_is_part_of_a_period() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    period = Period.of_days(date(2026, 3, 1), date(2026, 3, 31), berlin)
    assert period.until == midnight(date(2026, 4, 1), berlin)
    assert (period.first, period.last) == (date(2026, 3, 1), date(2026, 3, 31))
