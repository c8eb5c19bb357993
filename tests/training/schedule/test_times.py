"""When something is due, also on the days on which clocks change."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from training.schedule.times import Calendar, Every, Hourly, Times, missed

LONDON, BERLIN, LORD_HOWE, APIA = map(ZoneInfo, ("Europe/London", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def between(times: Times, begin: str, end: str) -> list[str]:
    found, at = [], utc(begin) - timedelta(seconds=1)
    while (at := times.after(at)) < utc(end):
        found.append(at.strftime("%m-%d %H:%M"))
    return found


def daily(zone: ZoneInfo, hour: int, minute: int) -> Calendar:
    return Calendar(zone=zone, at=time(hour, minute))


@pytest.mark.parametrize(
    ("zone", "hour", "minute", "begin", "expected"),
    [
        (LONDON, 2, 30, "2026-10-24", ["10-24 01:30", "10-25 02:30", "10-26 02:30"]),  # clocks go back at 02:00
        (LONDON, 2, 30, "2026-03-28", ["03-28 02:30", "03-29 01:30", "03-30 01:30"]),  # and forward at 01:00
        (LONDON, 1, 30, "2026-10-24", ["10-24 00:30", "10-25 00:30", "10-26 01:30"]),  # comes twice: the first one
        (LONDON, 1, 30, "2026-03-28", ["03-28 01:30", "03-29 01:00", "03-30 00:30"]),  # does not come: after the gap
        (BERLIN, 2, 30, "2026-03-28", ["03-28 01:30", "03-29 01:00", "03-30 00:30"]),
        (BERLIN, 2, 30, "2026-10-24", ["10-24 00:30", "10-25 00:30", "10-26 01:30"]),
        (LORD_HOWE, 2, 15, "2026-10-02T15:00", ["10-02 15:45", "10-03 15:30", "10-04 15:15"]),  # half an hour is left out
    ],
)
def test_a_daily_run_comes_once_on_every_day_also_when_clocks_change(zone: ZoneInfo, hour: int, minute: int, begin: str, expected: list[str]) -> None:
    end = utc(begin) + timedelta(days=3)
    assert between(daily(zone, hour, minute), begin, end.isoformat()[:16]) == expected


@pytest.mark.parametrize("zone", [LONDON, BERLIN, LORD_HOWE, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata"), ZoneInfo("UTC")])
@pytest.mark.parametrize("clock", [(0, 0), (1, 30), (2, 0), (2, 30), (23, 59)])
def test_in_three_years_every_local_day_has_exactly_one_run(zone: ZoneInfo, clock: tuple[int, int]) -> None:
    at, found = utc("2026-01-01"), []
    while at < utc("2029-01-01"):
        at = daily(zone, *clock).after(at)
        found.append(at.astimezone(zone).date())
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(found))


def test_a_day_that_a_country_left_out_has_no_run_of_its_own_and_stops_nothing() -> None:
    found, at = [], utc("2011-12-29")
    for _ in range(4):
        at = daily(APIA, 12, 0).after(at)
        found.append(at)
    assert found == sorted(set(found))
    assert found[-1] < utc("2012-01-03")


def test_weekly_and_monthly_take_the_day_and_a_short_month_its_last() -> None:
    assert between(Calendar(zone=LONDON, at=time(3), weekday=0), "2026-03-20", "2026-04-07") == ["03-23 03:00", "03-30 02:00", "04-06 02:00"]
    last = between(Calendar(zone=LONDON, at=time(0), day=31), "2026-01-01", "2026-05-01")
    assert last == [
        "01-31 00:00",
        "02-28 00:00",
        "03-30 23:00",
        "04-29 23:00",
    ]


def test_an_hourly_run_comes_every_hour_that_passes() -> None:
    assert len(between(Hourly(15, LONDON), "2026-10-24T23:00", "2026-10-25T23:00")) == 24
    assert between(Hourly(15, ZoneInfo("Asia/Kolkata")), "2026-01-01", "2026-01-01T02:00") == ["01-01 00:45", "01-01 01:45"]


def test_every_ten_minutes_does_not_move_with_a_restart() -> None:
    times = Every(timedelta(minutes=10))
    assert times.after(utc("2026-01-01T00:03:07")) == times.after(utc("2026-01-01T00:09:59")) == utc("2026-01-01T00:10")
    assert times.after(utc("2026-01-01T00:10")) == utc("2026-01-01T00:20")


def test_what_was_due_while_nothing_ran_is_missed() -> None:
    times = Every(timedelta(minutes=10))
    assert missed(times, utc("2026-01-01T00:03"), utc("2026-01-01T05:00"))
    assert not missed(times, utc("2026-01-01T00:03"), utc("2026-01-01T00:09"))
