"""A customer's wall clock, through both changes of daylight saving."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

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
