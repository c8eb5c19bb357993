"""Duplicates: 72 hours for what adds or stops something, the last 128 for all else, and the two are stored apart."""

import pytest

from tests.builders import HOUR, MINUTE, MONDAY, Life, event, life
from udfs.codecs.catalogue import catalogue
from udfs.core.decision.erase import NAME as ERASURE
from udfs.core.profile import dedup
from udfs.core.profile.state import RING
from udfs.core.profile.stored import decode

T = MONDAY


def duplicates(lived: Life) -> int:
    return lived.engine.counts["duplicates"]


def test_the_id_of_an_order_is_known_for_72_hours_however_much_comes_in_between() -> None:
    lived = life().live([event("order_completed", T, message_id="hook")])
    lived.live(event("page", T + number * MINUTE) for number in range(200))
    lived.live([event("order_completed", T + 72 * HOUR, message_id="hook")])
    assert duplicates(lived) == 1
    assert duplicates(lived.live([event("order_completed", T + 73 * HOUR, message_id="hook")])) == 1, "and it is an order that was reported before"
    assert lived.engine.counts["orders_retold"] == 1


def test_of_other_events_the_last_128_are_known() -> None:
    lived = life().live([event("page", T, message_id="first")])
    lived.live(event("page", T + number) for number in range(RING - 1))
    assert duplicates(lived.live([event("page", T + HOUR, message_id="first")])) == 1
    lived.live(event("page", T + 2 * HOUR + number) for number in range(RING))
    assert duplicates(lived.live([event("page", T + 3 * HOUR, message_id="first")])) == 1


def test_it_is_the_time_of_the_record_that_counts() -> None:
    lived = life().live(
        [event("product_added", T, message_id="a", received=T), event("product_added", T - 100 * HOUR, message_id="b", received=T + 1)]
    )
    lived.live([event("product_added", T - 100 * HOUR, message_id="b", received=T + 70 * HOUR)])
    assert duplicates(lived) == 1


def test_one_id_of_two_sources_is_two_events() -> None:
    lived = life().live(event("product_added", T, message_id="a", source=source) for source in ("web", "app", "web"))
    assert duplicates(lived) == 1


def test_what_every_event_rewrites_does_not_grow_with_what_is_kept_apart() -> None:
    lived = life().live(event("product_removed", T + number * 1_000, message_id=f"r{number}", product_id="tent") for number in range(4_000))
    assert lived.blob is not None
    assert lived.kept is not None
    assert len(lived.kept) == dedup.MAX_KEPT * 12
    assert len(lived.blob) < 260
    assert decode(lived.blob).ids == b""


@pytest.mark.parametrize("name", [name for name, known in catalogue().events.items() if known.stops and name != ERASURE])  # it leaves no ids
def test_whatever_stops_something_is_kept(name: str) -> None:
    assert dedup.is_kept(name)


@pytest.mark.parametrize("name", ["page", "product_viewed", "message_opened", "products_searched", "identify"])
def test_whatever_neither_adds_nor_stops_is_not(name: str) -> None:
    assert not dedup.is_kept(name)
