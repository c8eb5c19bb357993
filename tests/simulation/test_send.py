"""The seller keeps real time: nothing early, nothing stamped older than its sending, closed at once when asked."""

import json
import time
from typing import Any

import pytest

from simulation.segment_spec import iso
from simulation.send import Seller
from simulation.shop import Shop


class Belt:
    """Takes records as a producer does, and notes when."""

    def __init__(self, *, full_after: int = 1_000_000) -> None:
        self.records: list[tuple[float, str, dict[str, Any], bytes, int]] = []
        self.flushed = False
        self._full_after = full_after

    def send(self, topic: str, value: bytes, key: bytes, *, timestamp_ms: int) -> None:
        if len(self.records) >= self._full_after:
            message = "the belt is full"
            raise BufferError(message)
        self.records.append((time.time(), topic, json.loads(value), key, timestamp_ms))

    def flush(self, timeout: float | None = None) -> None:
        self.flushed = True


def shop(*, opened_s_ago: float = 0.0) -> Shop:
    return Shop(seed=1, start=int((time.time() - opened_s_ago) * 1000), rate=100)


def run(seller: Seller, seconds: float) -> None:
    seller.start()
    seller.wait(seconds)
    seller.close()


@pytest.mark.slow
def test_nothing_goes_before_its_time_and_each_record_bears_the_time_of_its_event() -> None:
    belt = Belt()
    run(Seller(shop(), belt, topic="events"), 1.0)
    assert len(belt.records) > 30
    for moment, topic, event, key, at in belt.records:
        assert topic == "events"
        assert at <= moment * 1000 < at + 500
        assert event["timestamp"] == iso(at)
        assert key.decode() == event.get("userId", event["anonymousId"])


def test_a_seller_that_is_behind_sends_at_once_and_stamps_now() -> None:
    belt, began = Belt(), time.time()
    seller = Seller(shop(opened_s_ago=30), belt, topic="events")
    seller.start()
    while len(belt.records) <= 2_000 and time.time() < began + 60:
        seller.wait(0.05)
    seller.close()
    assert len(belt.records) > 2_000  # the half a minute that lay behind, without waiting through it
    assert all(at >= began * 1000 - 1 for *_, at in belt.records)


@pytest.mark.slow
def test_it_closes_by_itself_after_its_time_and_flushes() -> None:
    belt = Belt()
    seller = Seller(shop(), belt, topic="events", seconds=0.3)
    seller.start()
    assert not seller.wait(2.0)
    seller.close()
    assert belt.flushed
    assert seller.sent == len(belt.records)


def test_closing_does_not_wait_for_the_next_event() -> None:
    seller = Seller(Shop(seed=1, start=int(time.time() * 1000) + 60_000, rate=1), Belt(), topic="events")
    seller.start()
    began = time.monotonic()
    seller.close()
    assert time.monotonic() - began < 30  # the next event is a minute away


def test_what_went_wrong_is_told_to_whoever_closes_the_shop() -> None:
    seller = Seller(shop(opened_s_ago=5), Belt(full_after=3), topic="events")
    seller.start()
    seller.wait(5.0)
    with pytest.raises(BufferError, match="the belt is full"):
        seller.close()
