"""Dates of customers: the day of the trait, at a time of the wall clock where they live, in every kind of year."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.core.values.dates import Anniversary

BERLIN, NEW_YORK, LORD_HOWE, APIA = (ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"))
HERE = ZoneInfo("UTC")


def at(text: str, place: ZoneInfo = HERE) -> int:
    """Epoch milliseconds of a wall-clock time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=place).timestamp() * 1000)


def upcoming(value: Any, after: int, place: ZoneInfo = HERE, **changes: Any) -> int | None:
    return Anniversary(**{"trait": ("birthday",), "at": 9 * 60, **changes}).next(value, place, after)


@pytest.mark.parametrize("value", ["1990-05-17", "05-17", "--05-17", "1990-05-17T23:30:00", "1990-05-17T10:00:00Z", 642_938_400_000])
def test_every_way_to_write_a_date(value: Any) -> None:
    assert upcoming(value, at("2026-01-05")) == at("2026-05-17T09:00")


@pytest.mark.parametrize(
    "value", ["05/06/1990", "13/13/1990", "1990-13-01", "02-30", "1990-02-29", "soon", "", None, True, [1], {}, 1e30, float("nan")]
)
def test_what_is_no_date_has_no_occurrence(value: Any) -> None:
    assert upcoming(value, at("2026-01-05")) is None


@pytest.mark.parametrize(
    "written", ["17/05/1990", "05/17/1990", "17.05.1990", "17.5.1990", "1990-5-17", "1990/05/17", "642902400000", " 1990-05-17 "]
)
def test_a_date_is_read_in_every_spelling_that_can_mean_only_one_day(written: str) -> None:
    assert upcoming(written, at("2026-01-05")) == at("2026-05-17T09:00")


@pytest.mark.parametrize("written", ["1990-05-17T00:00:00.000Z", "1990-05-17T00:00:00+02:00", "1990-05-17T00:00", 642_902_400_000, "642902400000"])
@pytest.mark.parametrize("place", [NEW_YORK, BERLIN, APIA])
def test_a_day_that_travels_as_its_midnight_is_that_day_wherever_the_customer_lives(written: Any, place: ZoneInfo) -> None:
    assert upcoming(written, at("2026-01-05"), place) == at("2026-05-17T09:00", place)


def test_a_time_is_a_day_where_the_customer_lives() -> None:
    assert upcoming("1990-05-17T23:30:00Z", at("2026-01-05"), BERLIN) == at("2026-05-18T09:00", BERLIN)


def test_the_next_one_is_strictly_later_and_each_year_has_one() -> None:
    first = at("2026-05-17T09:00")
    assert upcoming("05-17", first - 1) == first
    assert upcoming("05-17", first) == at("2027-05-17T09:00")


def test_the_29th_of_february_is_the_28th_in_other_years() -> None:
    assert upcoming("1992-02-29", at("2026-01-05")) == at("2026-02-28T09:00")
    assert upcoming("02-29", at("2027-12-31")) == at("2028-02-29T09:00")
    assert upcoming("02-29", at("2099-12-31")) == at("2100-02-28T09:00"), "2100 is no leap year"


def test_before_moves_it_forward_by_whole_days_into_the_year_before_if_need_be() -> None:
    assert upcoming("01-02", at("2026-06-01"), before=3) == at("2026-12-30T09:00")
    assert upcoming("03-01", at("2028-01-01"), before=1) == at("2028-02-29T09:00")
    assert upcoming("01-02", at("2026-06-01"), before=400) == at("2026-11-28T09:00")


def test_days_are_days_of_the_calendar_across_a_change_of_the_clocks() -> None:
    assert upcoming("2026-03-30", at("2026-03-01"), BERLIN, before=2) == at("2026-03-28T09:00", BERLIN)
    assert at("2026-03-30T09:00", BERLIN) - at("2026-03-28T09:00", BERLIN) == 47 * 3_600_000


def test_never_means_on_the_very_date_and_no_more() -> None:
    assert upcoming("2027-03-01", at("2026-01-05"), yearly=False) == at("2027-03-01T09:00")
    assert upcoming("2035-03-01", at("2026-01-05"), yearly=False) == at("2035-03-01T09:00")
    assert upcoming("2025-03-01", at("2026-01-05"), yearly=False) is None
    assert upcoming("03-01", at("2026-01-05"), yearly=False) is None, "no year, no very date"


def test_a_date_ahead_has_no_anniversary_before_it_has_been() -> None:
    assert upcoming("2027-03-01", at("2026-01-05")) == at("2027-03-01T09:00")
    assert upcoming("2031-03-01", at("2026-01-05")) == at("2031-03-01T09:00")


@pytest.mark.parametrize(
    ("place", "day", "minutes", "instant"),
    [
        (BERLIN, "03-29", 2 * 60 + 30, "2026-03-29T01:00:00+00:00"),
        (BERLIN, "10-25", 2 * 60 + 30, "2026-10-25T00:30:00+00:00"),
        (NEW_YORK, "03-08", 2 * 60, "2026-03-08T07:00:00+00:00"),
        (NEW_YORK, "11-01", 90, "2026-11-01T05:30:00+00:00"),
        (LORD_HOWE, "10-04", 2 * 60 + 15, "2026-10-03T15:30:00+00:00"),
        (LORD_HOWE, "04-05", 105, "2026-04-04T14:45:00+00:00"),
    ],
)
def test_a_time_that_is_jumped_over_is_the_jump_and_one_that_comes_twice_is_the_first(place: ZoneInfo, day: str, minutes: int, instant: str) -> None:
    assert upcoming(day, at("2026-01-05"), place, at=minutes) == int(datetime.fromisoformat(instant).timestamp() * 1000)


@pytest.mark.slow
@given(
    month=st.integers(1, 12),
    day=st.integers(1, 28),
    minutes=st.integers(0, 24 * 60 - 1),
    before=st.integers(0, 400),
    place=st.sampled_from([HERE, BERLIN, NEW_YORK, LORD_HOWE, APIA]),
    after=st.datetimes(datetime(2012, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001 - made aware below
)
def test_a_year_of_days_searched_one_by_one_finds_the_same(month: int, day: int, minutes: int, before: int, place: ZoneInfo, after: datetime) -> None:
    """Naive: look at every day's morning from the day before `after` on, and take the first that belongs to the date."""
    now = int(after.replace(tzinfo=UTC).timestamp() * 1000)
    local = datetime.fromtimestamp(now / 1000, place).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    found = None
    for days in range(-1, 800):
        morning = local + timedelta(days=days)
        date = morning + timedelta(days=before)
        if (date.month, date.day) == (month, day):
            wall = (morning + timedelta(minutes=minutes)).replace(tzinfo=place)
            when = int(wall.timestamp() * 1000)
            if when > now:
                exists = datetime.fromtimestamp(when / 1000, place).replace(tzinfo=None) == wall.replace(tzinfo=None)
                found = when if exists else None  # a jumped-over time is tested above
                break
    if found is not None:
        assert upcoming(f"{month:02}-{day:02}", now, place, at=minutes, before=before) == found
