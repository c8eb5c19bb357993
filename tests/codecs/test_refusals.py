"""When too many of the last minutes' events were refused, and when not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.codecs.refusals import MIN_EVENTS, STEPS, Refusals, RejectionLimit

LIMIT = RejectionLimit(percent=20, minutes=10)
MINUTE = 60.0


def seen(*totals: tuple[float, int, int], limit: RejectionLimit = LIMIT) -> list[float | None]:
    """What is said at each (minute, taken, refused)."""
    refusals = Refusals(limit, now=totals[0][0] * MINUTE)
    return [refusals.exceeded(minute * MINUTE, total=taken + refused, refused=refused) for minute, taken, refused in totals]


@pytest.mark.parametrize(
    ("taken", "refused", "told"),
    [
        (800, 200, None),  # just the limit
        (790, 210, 21.0),
        (0, 1000, 100.0),
        (1000, 0, None),
        (0, 0, None),
        (0, MIN_EVENTS - 1, None),
        (0, MIN_EVENTS, 100.0),
    ],
)
def test_more_than_the_limit_is_too_much(taken: int, refused: int, told: float | None) -> None:
    assert seen((0, 0, 0), (1, taken, refused)) == [None, told]


def test_what_was_counted_before_does_not_count() -> None:
    assert seen((0, 0, 5000), (1, 1000, 5000)) == [None, None]


def test_what_is_older_than_the_window_is_forgotten() -> None:
    assert seen((0, 0, 0), (1, 0, 500), (5, 0, 500), (12, 1000, 500), (13, 2000, 500)) == [None, 100.0, 100.0, None, None]


def test_a_good_hour_does_not_hide_a_bad_release() -> None:
    hour = [(float(minute), 10_000 * minute, 0) for minute in range(61)]
    bad = [(61.0, 600_000, 10_000), (62.0, 600_000, 20_000), (63.0, 600_000, 30_000)]
    told = seen(*hour, *bad)
    assert told[:62] == [None] * 62
    assert told[63] is not None


def test_totals_that_begin_again_are_added_to_what_was() -> None:
    assert seen((0, 0, 0), (1, 100, 15), (2, 40, 0), (3, 80, 40)) == [None, None, None, pytest.approx(100 * 55 / 235)]
    assert seen((0, 5000, 5000), (1, 100, 0), (2, 200, 0)) == [None, None, None]


def test_a_single_total_that_begins_again_makes_no_negative_numbers() -> None:
    assert seen((0, 0, 0), (1, 1000, 10), (2, 0, 10), (3, 0, 20)) == [None, None, None, None]


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 10_000), st.integers(0, 10_000)), min_size=1, max_size=300))
def test_what_is_kept_is_bounded_and_no_share_is_out_of_bounds(told: list[tuple[float, int, int]]) -> None:
    refusals, now = Refusals(LIMIT, now=0.0), 0.0
    for seconds, taken, refused in told:
        now += seconds
        share = refusals.exceeded(now, total=taken, refused=refused)
        assert share is None or LIMIT.percent < share <= 100
        assert len(refusals._held) <= STEPS + 2
