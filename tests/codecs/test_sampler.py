"""A tracker with one wrong field writes a bounded number of reports, and how many more there were."""

import random
from typing import Any

from tests.codecs.builders import NOON
from udfs.codecs.sampler import Sampler
from udfs.core.records import Rejection

MINUTE = 60_000


def report(field: str = "properties.price", at: int = NOON, **changes: Any) -> Rejection:
    fields = {"reason": "BAD_PROPERTY", "message": "m", "key": "ada", "original": b"{}", "accepted": True, "event": "product_added", "source": "web"}
    return Rejection(**{**fields, "field": field, "at": at, **changes})


def test_so_many_a_minute_are_written_and_the_next_one_says_how_many_were_not() -> None:
    sampler = Sampler(per_minute=3)
    kept = [sampler.take(report(at=NOON + number)) for number in range(10)]
    assert [each is not None for each in kept] == [True] * 3 + [False] * 7
    later = sampler.take(report(at=NOON + MINUTE))
    assert later is not None
    assert later.skipped == 7
    last = sampler.take(report(at=NOON + MINUTE + 1))
    assert last is not None
    assert last.skipped == 0


def test_each_source_event_and_field_has_its_own_number() -> None:
    sampler = Sampler(per_minute=1)
    told = [report(), report("properties.tax"), report(event="cart_viewed"), report(source="app")]
    assert [sampler.take(each) for each in told] == told
    assert [sampler.take(each) for each in told] == [None] * 4


def test_lines_of_a_list_are_one_place() -> None:
    sampler = Sampler(per_minute=1)
    assert sampler.take(report("properties.products[0].price")) is not None
    assert sampler.take(report("properties.products[17].price")) is None
    assert sampler.take(report("properties.products[0].quantity")) is not None


def test_a_refusal_is_always_written() -> None:
    sampler = Sampler(per_minute=1)
    assert all(sampler.take(report(accepted=False)) for _ in range(50))


def test_an_older_record_belongs_to_the_latest_minute() -> None:
    sampler = Sampler(per_minute=1)
    assert sampler.take(report(at=NOON)) is not None
    assert sampler.take(report(at=NOON - MINUTE)) is None


def test_memory_is_bounded_and_nothing_goes_uncounted() -> None:
    chance = random.Random(1)
    sampler = Sampler(per_minute=2, max_kept=20)
    written = skipped = 0
    for number in range(20_000):
        kept = sampler.take(report(f"properties.{chance.randrange(5_000)}", at=NOON + number * 10))
        if kept is not None:
            written, skipped = written + 1, skipped + kept.skipped
        assert len(sampler._held) <= 21
    assert written + skipped + sum(held.skipped for held in sampler._held.values()) == 20_000


def test_the_same_records_give_the_same_sample() -> None:
    told = [report(at=NOON + number * 7_000) for number in range(100)]
    one, other = Sampler(per_minute=2), Sampler(per_minute=2)
    assert [one.take(each) for each in told] == [other.take(each) for each in told]
