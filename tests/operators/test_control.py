"""Campaigns that change while the operator runs, and what a restore makes of them."""

import json
import time

from pyflink.common import Row

from tests.operators.fakes import FakeContext
from tests.operators.running import BOOK, CART, MINUTE, T0, added, entry, opened, sent
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.compile_book import compile_book
from udfs.operators.stored import entry_bytes, entry_parts


def test_control_is_taken_up_at_once_kept_and_a_broken_one_refused(context: FakeContext) -> None:
    operator = opened(context, Book())
    new = entry(3, CART)
    assert operator.process_broadcast_element(Row(new.key, new.value, new.offset), context) is None
    assert set(context.control) == {new.key}
    sent(operator, context, T0, added(T0))
    assert context.timers == [T0 + 30 * MINUTE]
    (row,) = operator.process_broadcast_element(Row(new.key, b"nonsense", 4), context) or ()
    told = json.loads(row[2])
    assert (row[0], told["reason"], told["key"]) == ("rejected", "BAD_CONTROL", new.key)
    assert list(operator.on_timer(T0 + 30 * MINUTE, context))


def test_after_a_restore_the_higher_offset_wins_tombstones_included(context: FakeContext) -> None:
    operator = opened(context, BOOK)
    gone = entry(7)
    operator.process_broadcast_element(Row(gone.key, gone.value, gone.offset), context)
    restored = opened(context, BOOK)  # a failover: the same baked book, the state of before
    sent(restored, context, T0, added(T0))
    assert context.timers == []


def test_after_a_restore_it_is_known_when_a_campaign_was_removed(context: FakeContext) -> None:
    gone, before = entry(7), time.time_ns() // 1_000_000
    operator = opened(context, BOOK)
    operator.process_broadcast_element(Row(gone.key, gone.value, gone.offset), context)
    restored = opened(context, compile_book([], end=9))  # a submit after the tombstone was compacted away
    sent(restored, context, T0, added(T0))
    assert restored._engine is not None
    ((name, at),) = restored._engine.book.removed.items()
    assert (f"campaign/{name}", before <= at <= time.time_ns() // 1_000_000) == (gone.key, True)
    assert entry_parts(entry_bytes(7, None)[:9]) == (7, None, 0), "as an older savepoint holds it"


def test_a_removal_that_compaction_swallowed_while_the_job_was_down_holds(context: FakeContext) -> None:
    operator = opened(context, Book())
    old = entry(2, CART)
    operator.process_broadcast_element(Row(old.key, old.value, old.offset), context)
    restored = opened(context, compile_book([], end=9))
    sent(restored, context, T0, added(T0))
    assert context.timers == []
