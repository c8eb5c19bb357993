"""Requests and erasures as they leave the operator, and what is left in Flink's state: no timer and no id that nobody needs."""

import json
from typing import Any

from tests.operators.fakes import FakeContext
from tests.operators.running import BOOK, CART, MINUTE, T0, added, entry, iso, sent
from udfs.codecs.topics import Topics
from udfs.core.campaigns.book import Book, Entry
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.profile.tombstone import is_tombstone, opened
from udfs.operators.decide import Decide
from udfs.operators.stored import read, write

DAY = 24 * 60 * MINUTE
POLICY = Entry("policy", 1, json.dumps({"kind": "policy", "name": "policy", "version": "1", "document": {}}).encode())
KEEPING = compile_book([entry(0, CART), POLICY], end=2)
"""Nobody is kept forever, so that everybody has a timer."""


def running(context: FakeContext, book: Book = KEEPING, **topics: str) -> Decide:
    operator = Decide(book=book.pack(), topics=Topics(**topics), max_event_bytes=10_000)
    operator.open(context)
    return operator


def told(event: str, at: int, *, user: str = "anna", **properties: Any) -> bytes:
    call = {"type": "track", "event": event, "userId": user, "messageId": f"{event}-{at}-message", "timestamp": iso(at), "properties": properties}
    return json.dumps(call).encode()


def test_an_answer_goes_to_its_topic_with_the_key_of_the_customer() -> None:
    context = FakeContext()
    operator = running(context, responses="answers")
    sent(operator, context, T0, added(T0))
    held = context.state.held
    ((topic, key, value),) = sent(operator, context, T0 + 1, told("Profile Requested", T0 + 1, request_id="r1"))
    answer = json.loads(value)
    assert (topic, key, answer["request_id"], answer["status"]) == ("answers", b"anna", "r1", "known")
    assert json.loads(answer["profile"])["carts"][0]["items"][0]["product_id"] == "tent"
    assert json.loads(answer["profile"])["known_event_ids"] == {"latest": 0, "of_72_hours": 1}
    assert context.state.held == held


def test_a_question_about_somebody_unknown_leaves_nothing_in_state() -> None:
    context = FakeContext()
    ((_, _, value),) = sent(running(context), context, T0, told("profile_requested", T0, request_id="r1"))
    assert json.loads(value)["status"] == "unknown"
    assert (context.state.held, context.kept_ids.held, context.timers) == (None, None, [])


def test_an_erasure_leaves_a_tombstone_one_timer_and_no_ids() -> None:
    context = FakeContext()
    operator = running(context, erasures="gone")
    sent(operator, context, T0, added(T0))
    assert context.kept_ids.held
    rows = sent(operator, context, T0 + 1, told("user_erased", T0 + 1))
    assert [row[0] for row in rows] == ["people", "gone"]
    assert [row[2] is None for row in rows] == [True, False]
    timer, blob = read(context.state.held)
    assert is_tombstone(blob or b"")
    assert context.kept_ids.held is None
    assert context.timers == [timer] == [T0 + 30 * MINUTE]
    assert "tent" not in repr((context.state.held, rows))


def test_no_timer_outlives_the_tombstone() -> None:
    context = FakeContext()
    operator = running(context)
    sent(operator, context, T0, told("page_viewed", T0))
    (forgotten,) = context.timers
    assert forgotten > T0 + 400 * DAY
    sent(operator, context, T0 + 1, added(T0 + 1))
    assert context.timers == [T0 + 1 + 30 * MINUTE], "the later timer is not needed any more"
    sent(operator, context, T0 + 2, told("user_erased", T0 + 2))
    until = opened(read(context.state.held)[1] or b"").until
    assert max(context.timers) <= until
    fired = []
    for at in context.due():
        context.at = at
        fired.append(at)
        assert list(operator.on_timer(at, context)) == []
    assert fired[-1] == until
    assert (context.state.held, context.kept_ids.held, context.timers) == (None, None, [])


def test_somebody_who_is_due_late_is_erased_without_a_timer_of_then() -> None:
    context = FakeContext()
    operator = running(context)
    sent(operator, context, T0, told("page_viewed", T0))
    sent(operator, context, T0 + 1, told("user_erased", T0 + 1))
    assert context.timers == [T0 + 1 + 30 * DAY]


def test_what_arrives_late_writes_no_state_and_says_nothing() -> None:
    context = FakeContext()
    operator = running(context)
    sent(operator, context, T0, told("user_erased", T0))
    writes = context.state.writes
    assert sent(operator, context, T0 + 1, added(T0 + 1)) == []
    assert context.state.writes == writes
    assert context.kept_ids.held is None


def test_a_timer_of_an_older_state_does_not_wake_somebody_who_is_erased() -> None:
    context = FakeContext()
    operator = running(context, BOOK)
    sent(operator, context, T0, told("user_erased", T0))
    timer, blob = read(context.state.held)
    context.state.held = write(timer, blob or b"")
    context.at = T0 + MINUTE
    assert list(operator.on_timer(T0 + MINUTE, context)) == []
    assert read(context.state.held)[1] == blob


def test_who_comes_back_after_the_time_is_written_to_the_directory_again() -> None:
    context = FakeContext()
    operator = running(context)
    sent(operator, context, T0, told("page_viewed", T0))
    sent(operator, context, T0 + 1, told("user_erased", T0 + 1))
    rows = sent(operator, context, T0 + 31 * DAY, told("page_viewed", T0 + 31 * DAY))
    assert [(row[0], json.loads(row[2])["first_seen"]) for row in rows] == [("people", iso(T0 + 31 * DAY)[:10])]
