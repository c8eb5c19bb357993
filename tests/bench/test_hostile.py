"""What a stranger can send leaves a profile and the time of an event bounded, whatever is carried of it."""

import pytest

from bench.hostile import measure

MAX_BYTES = 524_288
"""Of a profile under attack: its own carts, what is pending and what is remembered are each bounded."""


@pytest.mark.slow
@pytest.mark.parametrize("denials", [False, True])
def test_a_hostile_tracker_fills_no_profile(*, denials: bool) -> None:
    found = measure(3_000, denials=denials)
    assert found.largest < MAX_BYTES
    assert found.mean_ms < 20
    assert found.failures == 0


@pytest.mark.slow
@pytest.mark.parametrize("denials", [False, True])
def test_ten_thousand_hostile_events_do_no_more_than_the_first_thousands(*, denials: bool) -> None:
    found = measure(10_000, denials=denials)
    assert found.largest < MAX_BYTES
    assert found.mean_ms < 20
    assert found.last_ms < 40
    assert found.afterwards_ms < 10
    assert found.failures == 0
