"""Whose clock an event is timed by: Segment's rule, decided by what the record carries."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.codecs.builders import ABSENT, NOON, added, event, taken

HOUR = 3_600_000
THREE_SLOW: dict[str, Any] = {"sentAt": "2024-03-01T09:00:00Z"}
"""A phone three hours slow, whose message is received at noon."""


def at(received: int = NOON, **times: Any) -> int:
    return event(added(**{"timestamp": ABSENT, **times}), at=received).at


def test_a_slow_phone_is_put_right_by_when_it_sent_and_when_that_was_received() -> None:
    assert at(originalTimestamp="2024-03-01T08:58:00Z", **THREE_SLOW) == NOON - 120_000


def test_a_timestamp_beside_a_sent_at_is_the_devices_own_as_segments_trackers_send_it() -> None:
    assert at(timestamp="2024-03-01T08:58:00Z", **THREE_SLOW) == NOON - 120_000


def test_the_original_timestamp_goes_before_a_timestamp_that_nobody_has_corrected() -> None:
    assert at(timestamp="2024-03-01T11:00:00Z", originalTimestamp="2024-03-01T08:58:00Z", **THREE_SLOW) == NOON - 120_000


def test_a_timestamp_beside_an_original_one_and_a_received_at_has_been_corrected_already() -> None:
    times: dict[str, Any] = {"timestamp": "2024-03-01T11:58:00Z", "originalTimestamp": "2024-03-01T08:58:00Z", "receivedAt": "2024-03-01T12:00:00Z"}
    assert at(**times, **THREE_SLOW) == NOON - 120_000


def test_what_the_gateway_received_earlier_happened_earlier() -> None:
    assert at(originalTimestamp="2024-03-01T08:58:00Z", receivedAt="2024-03-01T11:00:00Z", **THREE_SLOW) == NOON - HOUR - 120_000


def test_a_gateway_with_a_fast_clock_received_nothing_after_the_record() -> None:
    assert at(originalTimestamp="2024-03-01T08:58:00Z", receivedAt="2024-03-01T13:00:00Z", **THREE_SLOW) == NOON - 120_000


def test_without_a_sent_at_a_time_is_taken_at_its_word() -> None:
    assert at(timestamp="2024-03-01T11:00:00Z") == at(originalTimestamp="2024-03-01T11:00:00Z") == NOON - HOUR
    assert at(timestamp="2024-03-01T11:00:00Z", originalTimestamp="2024-03-01T10:00:00Z") == NOON - HOUR


def test_sent_at_alone_means_that_it_happened_as_it_was_sent() -> None:
    assert at(**THREE_SLOW) == NOON


def test_no_time_at_all_is_the_records() -> None:
    assert at() == NOON


def test_a_device_that_sends_before_it_happens_is_no_later_than_received() -> None:
    assert at(originalTimestamp="2024-03-01T09:30:00Z", **THREE_SLOW) == NOON


def test_a_record_without_a_time_corrects_nothing() -> None:
    assert at(received=-1, timestamp="2024-03-01T08:58:00Z", **THREE_SLOW) == NOON - 3 * HOUR - 120_000


@pytest.mark.parametrize("broken", ["", "soon", 0, 1e300])
def test_a_time_that_cannot_be_read_is_set_aside_for_the_next_best(broken: Any) -> None:
    read, asides = taken(added(timestamp=broken, originalTimestamp="2024-03-01T11:00:00Z"))
    assert (read.at, [aside.field for aside in asides]) == (NOON - HOUR, ["timestamp"])
    read, asides = taken(added(timestamp="2024-03-01T11:00:00Z", sentAt=broken))
    assert (read.at, [aside.field for aside in asides]) == (NOON - HOUR, ["sentAt"])


@given(skew=st.integers(-10 * HOUR, 10 * HOUR), ago=st.integers(0, 100 * HOUR), way=st.integers(0, 5_000))
def test_however_wrong_its_clock_a_device_is_off_by_no_more_than_the_way_took(skew: int, ago: int, way: int) -> None:
    happened = NOON - way - ago
    found = at(originalTimestamp=happened + skew, sentAt=NOON - way + skew)
    assert found - happened == way
