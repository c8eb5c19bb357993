import json

import pytest

from tests.operators.fakes import FakeContext
from tests.operators.running import BOOK, CART, MINUTE, T0, added, entry, iso, opened, sent
from udfs.codecs.sampler import PER_MINUTE
from udfs.core.campaigns.book import Entry
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.engine import Engine, Step
from udfs.core.profile.stored import decode
from udfs.core.records import Event
from udfs.operators.stored import NEVER, read, write


def test_a_heartbeat_touches_neither_state_nor_engine(context: FakeContext) -> None:
    context.key = ""
    assert sent(opened(context, BOOK), context, T0, b"heartbeat") == []
    assert (context.state.writes, context.timers) == (0, [])


def test_a_touch_arms_the_timer_of_a_profile_that_has_none_and_changes_nothing_else(context: FakeContext) -> None:
    operator = opened(
        context, compile_book([Entry("policy", 0, json.dumps({"kind": "policy", "name": "policy", "version": "1", "document": {}}).encode())])
    )
    sent(operator, context, T0, added(T0))
    _, blob = read(context.state.held)
    assert blob is not None
    context.state.held, context.timers = write(NEVER, blob), []  # as of a savepoint from before there was retention
    assert sent(operator, context, T0 + MINUTE, b"heartbeat") == []
    timer, after = read(context.state.held)
    assert (after, context.timers) == (blob, [timer])
    assert timer >= T0 + 400 * 24 * 60 * MINUTE
    assert sent(operator, context, T0 + 2 * MINUTE, b"heartbeat") == []
    assert (read(context.state.held), context.timers) == ((timer, blob), [timer])


def test_a_touch_makes_no_profile_and_says_nothing_of_somebody_unknown(context: FakeContext) -> None:
    assert sent(opened(context, BOOK), context, T0, b"heartbeat") == []
    assert (context.state.held, context.timers) == (None, [])


def test_a_touch_settles_what_was_due_before_it_and_leaves_what_is_due_then_to_a_record_of_that_instant(context: FakeContext) -> None:
    operator = opened(context, BOOK)
    sent(operator, context, T0, added(T0))
    assert sent(operator, context, T0 + 30 * MINUTE, b"heartbeat") == []
    assert [row[0] for row in sent(operator, context, T0 + 30 * MINUTE + 1, b"heartbeat")] == ["decisions", "actions.email"]


def test_a_heartbeat_without_a_key_is_refused_as_before(context: FakeContext) -> None:
    context.key = None
    (row,) = sent(opened(context, BOOK), context, T0, b"heartbeat")
    assert row[0] == "rejected"


@pytest.mark.parametrize("value", [None, b"", b"HEARTBEAT"])
def test_nothing_under_an_empty_key_is_broken_input_not_a_heartbeat(context: FakeContext, value: bytes | None) -> None:
    context.key = ""
    (row,) = sent(opened(context, BOOK), context, T0, value)
    assert row[0] == "rejected"


@pytest.mark.parametrize("key", [None, ""])
def test_a_record_without_a_key_that_is_no_heartbeat_is_rejected(context: FakeContext, key: str | None) -> None:
    context.key = key
    rows = sent(opened(context, BOOK), context, T0, added(T0))
    assert [(row[0], json.loads(row[2])["reason"]) for row in rows] == [("rejected", "MISSING_KEY")]


def test_silence_is_settled_by_the_timer_and_leaves_by_action_and_decision(context: FakeContext) -> None:
    operator = opened(context, BOOK)
    assert sent(operator, context, T0, added(T0)) == []
    assert context.timers == [T0 + 30 * MINUTE]
    rows = list(operator.on_timer(T0 + 30 * MINUTE, context))
    assert sorted(row[0] for row in rows) == ["actions.email", "decisions"]
    assert {json.loads(row[2])["at"] for row in rows} == {T0 + 30 * MINUTE}
    assert {row[1] for row in rows} == {b"anna"}


def test_a_busy_user_has_one_timer_however_many_events_come(context: FakeContext) -> None:
    operator = opened(context, BOOK)
    for minute in range(25):
        sent(operator, context, T0 + minute * MINUTE, added(T0 + minute * MINUTE))
    assert context.timers == [T0 + 30 * MINUTE]
    acted = [row for at in context.due() for row in operator.on_timer(at, context)]
    assert {json.loads(row[2])["at"] for row in acted} == {T0 + 54 * MINUTE}
    assert read(context.state.held)[0] == NEVER


def test_a_part_that_is_set_aside_is_reported_and_the_event_is_processed(context: FakeContext) -> None:
    operator = opened(context, BOOK)
    (row,) = sent(operator, context, T0, added(T0).replace(b"120.0", b'"cheap"'))
    told = json.loads(row[2])
    assert (row[0], told["accepted"], told["reason"], told["field"]) == ("rejected", True, "BAD_PROPERTY", "properties.price")
    assert context.timers == [T0 + 30 * MINUTE]


def test_reports_of_one_field_are_a_sample(context: FakeContext) -> None:
    operator = opened(context, BOOK)
    rows = [row for n in range(100) for row in sent(operator, context, T0 + n, added(T0 + n).replace(b"120.0", b'"cheap"'))]
    assert len(rows) == PER_MINUTE
    (later,) = sent(operator, context, T0 + MINUTE, added(T0 + MINUTE).replace(b"120.0", b'"cheap"'))
    assert json.loads(later[2])["skipped"] == 100 - PER_MINUTE


def test_every_event_of_a_batch_is_processed_in_its_order(context: FakeContext) -> None:
    operator = opened(context, BOOK)
    other = added(T0, user="bo")
    order = json.dumps({"type": "track", "event": "Order Completed", "messageId": "o", "userId": "anna", "timestamp": iso(T0 + 1)}).encode()
    rows = sent(operator, context, T0 + 1, b'{"batch": [' + b", ".join([added(T0), other, order]) + b"]}")
    told = [json.loads(row[2]) for row in rows]
    assert [(each["reason"], each["accepted"]) for each in told] == [("KEY_MISMATCH", False), ("MISSING_PROPERTY", True)]
    assert [row for at in context.due() for row in operator.on_timer(at, context)] == []
    assert decode(read(context.state.held)[1] or b"").seen == {"product_added": T0, "order_completed": T0 + 1}


def test_one_event_of_a_batch_that_fails_costs_the_others_nothing(context: FakeContext) -> None:
    operator = opened(context, BOOK, Broken)
    fatal = json.dumps({"type": "track", "event": "boom", "messageId": "b", "userId": "anna", "timestamp": iso(T0)}).encode()
    rows = sent(operator, context, T0, b'{"batch": [' + b", ".join([fatal, added(T0)]) + b"]}")
    assert [json.loads(row[2])["reason"] for row in rows] == ["ENGINE_ERROR"]
    assert context.timers == [T0 + 30 * MINUTE]


def test_a_repeated_event_is_not_written_again(context: FakeContext) -> None:
    operator = opened(context, BOOK)
    sent(operator, context, T0, added(T0))
    writes = context.state.writes
    sent(operator, context, T0, added(T0))
    assert context.state.writes == writes


def test_ids_of_what_adds_or_stops_are_stored_apart_and_touched_by_nothing_else(context: FakeContext) -> None:
    operator = opened(context, BOOK)
    sent(operator, context, T0, added(T0))
    assert (context.kept_ids.writes, len(context.kept_ids.held or b"")) == (1, 12)
    sent(operator, context, T0, added(T0))
    sent(operator, context, T0 + 1, b'{"type": "page", "messageId": "p", "userId": "anna", "timestamp": %d, "properties": {}}' % (T0 + 1))
    assert context.kept_ids.writes == 1


class Broken(Engine):
    """Fails on the given input."""

    fail_on_time = False

    def on_event(self, blob: bytes | None, event: Event, kept: bytes | None = None) -> Step:
        if event.properties["price"] == 666:
            message = "the price of the beast"
            raise ZeroDivisionError(message)
        return super().on_event(blob, event, kept)

    def on_time(self, blob: bytes | None, user_id: str, now: int) -> Step:
        if Broken.fail_on_time:
            raise KeyError(user_id)
        return super().on_time(blob, user_id, now)


def test_an_exception_in_core_drops_its_event_only(context: FakeContext) -> None:
    operator = opened(context, BOOK, Broken)
    sent(operator, context, T0, added(T0))
    before = context.state.held
    poison = added(T0 + 1).replace(b"120.0", b"666.0")
    (row,) = sent(operator, context, T0 + 1, poison)
    told = json.loads(row[2])
    assert (row[0], told["reason"], told["key"]) == ("rejected", "ENGINE_ERROR", "anna")
    assert "ZeroDivisionError" in told["message"]
    assert context.state.held == before


def test_an_exception_at_a_due_time_is_reported_and_the_next_event_sets_a_timer_again(context: FakeContext, monkeypatch: pytest.MonkeyPatch) -> None:
    operator = opened(context, BOOK, Broken)
    sent(operator, context, T0, added(T0))
    monkeypatch.setattr(Broken, "fail_on_time", True)
    context.timers.clear()
    (row,) = operator.on_timer(T0 + 30 * MINUTE, context)
    assert json.loads(row[2])["reason"] == "ENGINE_ERROR"
    monkeypatch.setattr(Broken, "fail_on_time", False)
    rows = sent(operator, context, T0 + 40 * MINUTE, added(T0 + 40 * MINUTE))
    assert {json.loads(row[2])["at"] for row in rows if row[0] == "decisions"} == {T0 + 30 * MINUTE}
    assert context.timers == [T0 + 70 * MINUTE]


def test_who_comes_into_a_segment_is_told_on_its_own_topic_and_entered_for(context: FakeContext) -> None:
    rules = {"segments": [{"segment": "buyer", "when": "not cart.empty"}]}
    segments = {"kind": "segments", "name": "segments", "version": "s1", "status": "live", "document": rules}
    club = {"campaign": "club", "trigger": {"enters": "buyer"}, "variants": CART["variants"]}
    operator = opened(context, compile_book([Entry("segments", 0, json.dumps(segments).encode()), entry(1, club, name="club")], end=2))
    context.key = "anna"
    rows = sent(operator, context, T0, added(T0))
    assert [row[0] for row in rows] == ["segments", "decisions", "actions.email"]
    told = json.loads(rows[0][2])
    assert (rows[0][1], told["segment"], told["change"], told["at"], told["trigger_event_id"]) == (b"anna", "buyer", "entered", T0, f"m{T0}")
    assert json.loads(rows[1][2])["campaign"] == "club"


def test_state_is_cleared_when_a_customers_time_is_up(context: FakeContext) -> None:
    policy = {"kind": "policy", "name": "policy", "version": "v1", "status": "live", "document": {"retention": {"known": "7d"}}}
    operator = opened(context, compile_book([entry(1, CART), Entry("policy", 2, json.dumps(policy).encode())]))
    sent(operator, context, T0, added(T0))
    assert context.state.held
    fired = []
    for at in context.due():
        operator.on_timer(at, context)
        fired.append(at)
    assert fired[0] == T0 + 30 * MINUTE
    assert T0 + 7 * 1440 * MINUTE <= fired[1] < T0 + 8 * 1440 * MINUTE
    assert len(fired) == 2
    assert context.state.held is None
    list(operator.on_timer(fired[-1] + MINUTE, context))
    assert context.state.held is None, "a timer that comes after it brings nothing back"
