"""A customer's wall clock, through both changes of daylight saving."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from udfs.core.values.windows_zones import WINDOWS_ZONES
from udfs.core.values.zones import instant, zone


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("place", "wall", "expected"),
    [
        ("Europe/Berlin", "2026-03-29T08:00", "2026-03-29T06:00"),
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00"),  # jumped over: the instant of the jump
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30"),  # comes twice: its first
        ("America/New_York", "2026-03-08T02:00", "2026-03-08T07:00"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30"),  # half an hour is jumped over
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45"),
        ("Africa/Cairo", "2026-04-24T00:00", "2026-04-23T22:00"),  # midnight itself does not exist
        ("UTC", "2026-03-29T02:30", "2026-03-29T02:30"),
    ],
)
def test_a_wall_clock_time_is_this_instant(place: str, wall: str, expected: str) -> None:
    assert instant(datetime.fromisoformat(wall), ZoneInfo(place)) == utc(expected)


@pytest.mark.parametrize("name", ["Mars/Olympus", "../../etc/passwd", "", "Europe", "\0"])
def test_what_is_no_zone_is_none(name: str) -> None:
    assert zone(name) is None


@pytest.mark.parametrize(
    ("spelled", "means"),
    [
        ("europe/berlin", "Europe/Berlin"),
        (" Europe/Berlin ", "Europe/Berlin"),
        ("AMERICA/NEW YORK", "America/New_York"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("(GMT+01:00) Berlin", "Europe/Berlin"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Amsterdam"),
        ("(GMT-05:00) Eastern Time (US & Canada)", "America/New_York"),
        ("Berlin", "Europe/Berlin"),
        ("Etc/GMT+1", "Etc/GMT+1"),
    ],
)
def test_a_zone_is_known_by_every_name_that_means_only_one(spelled: str, means: str) -> None:
    assert zone(spelled) == ZoneInfo(means)


@pytest.mark.parametrize("spelled", ["+01:00", "+0100", "+1", "UTC+1", "utc+01:00", "GMT+1", "GMT +1"])
def test_an_offset_is_a_zone_without_daylight_saving(spelled: str) -> None:
    place = zone(spelled)
    assert place is not None
    for wall in ("2026-01-15T22:40", "2026-07-15T22:40"):
        assert instant(datetime.fromisoformat(wall), place) == utc(wall) - 3_600_000


def test_an_offset_to_the_west_and_one_of_half_an_hour() -> None:
    for spelled, minutes in (("-03:30", -210), ("UTC-5", -300), ("+5:45", 345)):
        place = zone(spelled)
        assert place is not None
        assert instant(datetime.fromisoformat("2026-01-15T12:00"), place) == utc("2026-01-15T12:00") - minutes * 60_000


@pytest.mark.parametrize("name", ["60", "-60", "+15:00", "+01:75", "x" * 5000, "Standard Time", "(GMT+01:00)"])
def test_what_could_mean_several_zones_or_none_is_none(name: str) -> None:
    assert zone(name) is None


def test_every_windows_name_leads_to_a_zone() -> None:
    assert [name for name, means in WINDOWS_ZONES.items() if zone(name.title()) != ZoneInfo(means)] == []
