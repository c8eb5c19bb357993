import pytest

from udfs.core.values.instants import EARLIEST, LATEST, BadInstant, parse_instant

NOON = 1_709_294_400_000


@pytest.mark.parametrize(
    "written",
    [
        "2024-03-01T12:00:00Z",
        "2024-03-01T12:00:00.000Z",
        "2024-03-01T12:00:00.000999999Z",
        "2024-03-01t12:00:00z",
        " 2024-03-01T12:00:00Z\n",
        "2024-03-01 12:00",
        "2024-03-01T14:00:00+02:00",
        "2024-03-01T14:00:00+0200",
        "20240301T120000Z",
        "1709294400000",
        NOON,
        NOON + 0.9,
        NOON // 1000,
        str(NOON // 1000),
        f"{NOON // 1000}.000",
        NOON / 1000,
        NOON * 1000,
        NOON * 1_000_000,
        "Fri, 01 Mar 2024 12:00:00 GMT",
        "Fri, 1 Mar 2024 14:00:00 +0200",
        "Fri Mar 01 2024 13:00:00 GMT+0100 (Central European Standard Time)",
        "2024-03-01 12:00:00 UTC",
        "2024-03-01 12:00:00 +0000 UTC",
        "2024-03-01 13:00:00 +0100",
        "2024-03-01T12:00:00,000Z",
    ],
)
def test_one_moment_in_many_spellings(written: str | float) -> None:
    assert parse_instant(written) == NOON


def test_a_leap_second_is_the_second_before_it() -> None:
    assert parse_instant("2016-12-31T23:59:60Z") == parse_instant("2016-12-31T23:59:59Z")


def test_a_day_alone_is_its_midnight_in_utc() -> None:
    assert parse_instant("2024-03-01") == NOON - 12 * 3_600_000


@pytest.mark.parametrize("edge", [EARLIEST, LATEST - 1])
def test_the_edges_of_what_is_believed(edge: int) -> None:
    assert parse_instant(edge) == edge


@pytest.mark.parametrize(
    "written",
    [
        EARLIEST - 1,
        LATEST,
        0,
        -1,
        float("nan"),
        float("inf"),
        1e300,
        10**400,
        "",
        "noon",
        "01/03/2024 12:00",
        "Fri, 01 Mar 2024 12:00:00 CET",
        "Fri, 31 Feb 2024 12:00:00 GMT",
        1e12 / 2,
        "2024-13-01",
        "2024-02-30",
        "08:60:00",
        "9" * 500,
        "9" * 5000,
        "²",
        "0001-01-01T00:00+23:59",
    ],
)
def test_what_is_no_time_is_refused_in_words(written: str | float) -> None:
    with pytest.raises(BadInstant, match="send ISO 8601"):
        parse_instant(written)


def test_eight_digits_are_a_day_because_as_a_number_they_would_be_one_in_1970() -> None:
    assert parse_instant("20240301") == NOON - 12 * 3_600_000


def test_digits_are_never_taken_for_a_date() -> None:
    """Python's own parser would read this one, which is in 2033, as a day in the year 2000."""
    assert parse_instant("2000010112345") == 2_000_010_112_345
