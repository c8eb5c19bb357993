"""The two clocks, each story computed by hand: event time for what happened, record time for what falls due."""

import pytest

from tests.world_oracle.oracle import Oracle
from tests.world_oracle.player import Record
from tests.world_oracle.telling import ANYWHERE, LEFT_CART, acted, add, at, clock, decided, iso, play, raw, told

LIBRARY = {"context": {"library": {"name": "server"}}}


def of_any(wait: str = "30m", **trigger: object) -> dict[str, object]:
    return {"campaign": "quiet", "trigger": {"idle": wait, **trigger}, "variants": {"v": {"channel": "email"}}}


def on(event: str, **more: object) -> dict[str, object]:
    return {"campaign": f"on-{event.replace('_', '-')}", "trigger": {"event": event}, "variants": {"v": {"channel": "email"}}, **more}


def test_a_silence_is_due_when_it_is_over() -> None:
    assert acted([add("10:00")]) == ["10:30"]


def test_a_silence_that_was_over_when_it_was_told_waits_a_minute() -> None:
    assert acted([add("10:00", "12:00")]) == ["12:01"]


def test_a_silence_that_was_nearly_over_too() -> None:
    assert acted([add("10:00", "10:29:30")]) == ["10:30:30"]


def test_the_grace_is_never_longer_than_the_silence() -> None:
    assert acted([add("10:00", "12:00")], {**LEFT_CART, "trigger": {"idle": "20s", "of": "cart"}}) == ["12:00:20"]


def test_cart_and_order_of_one_flush_send_nothing() -> None:
    assert acted([add("10:00", "12:00"), told("order_completed", "10:05", "12:00:59")]) == []


def test_further_late_records_extend_the_wait() -> None:
    flush = [add("10:00", "12:00"), told("page_seen", "10:01", "12:00:50"), told("page_seen", "10:02", "12:01:40")]
    assert acted([*flush, told("order_completed", "10:05", "12:02:30")]) == []
    assert acted(flush) == ["12:02:40"]


def test_records_that_are_not_late_extend_nothing() -> None:
    assert acted([add("10:00"), told("page_seen", "10:29:30")]) == ["10:30"]


def test_activity_that_is_told_late_moves_the_silence_where_it_is_still_pending() -> None:
    assert acted([add("10:00"), told("cart_viewed", "10:20", "10:29")]) == ["10:50"]


def test_what_was_decided_before_it_was_told_stands() -> None:
    assert acted([add("10:00"), told("cart_viewed", "10:20", "12:00")]) == ["10:30"]


def test_an_order_that_arrives_at_the_very_instant_wins() -> None:
    assert acted([add("10:00"), told("order_completed", "10:30")]) == []


def test_event_time_settles_nothing() -> None:
    ahead = told("page_seen", "10:33", "10:29")  # a clock four minutes fast, at its word
    assert acted([add("10:00"), ahead, told("order_completed", "10:29:30")]) == []


def test_a_timer_settles_what_is_due_before_it_and_nothing_else() -> None:
    oracle = Oracle([LEFT_CART], ANYWHERE)
    record = add("10:00")
    oracle.record(record.key, record.value, record.at)
    oracle.time(at("10:30"))
    assert oracle.decisions() == []
    oracle.time(at("10:30") + 1)
    assert [clock(one.at) for one in oracle.decisions()] == ["10:30"]


def time_of(top: dict[str, object], arrived: str = "10:00") -> str:
    record = raw({"type": "track", "event": "x", "userId": "u1", **{name: iso(at(str(value))) for name, value in top.items()}}, arrived)
    return clock(play([record]).verdicts()[0][0].time)


@pytest.mark.parametrize(
    ("top", "happened"),
    [
        ({"timestamp": "09:00"}, "09:00"),
        ({"timestamp": "07:00", "sentAt": "07:10"}, "09:50"),
        ({"originalTimestamp": "07:00", "sentAt": "07:10"}, "09:50"),
        ({"originalTimestamp": "07:00", "sentAt": "07:10", "timestamp": "08:00"}, "09:50"),
        ({"originalTimestamp": "07:00", "sentAt": "07:10", "timestamp": "09:40", "receivedAt": "09:55"}, "09:40"),
        ({"originalTimestamp": "07:00", "sentAt": "07:10", "receivedAt": "09:55"}, "09:45"),
        ({"timestamp": "07:00", "sentAt": "07:10", "receivedAt": "11:00"}, "09:50"),
        ({"timestamp": "13:00", "sentAt": "13:00"}, "10:00"),
        ({"timestamp": "13:00", "sentAt": "12:00"}, "10:00"),
        ({"sentAt": "07:00"}, "10:00"),
        ({"originalTimestamp": "09:00"}, "09:00"),
        ({}, "10:00"),
        ({"timestamp": "10:04"}, "10:04"),
        ({"timestamp": "13:00"}, "10:05"),
    ],
)
def test_the_time_of_an_event_by_what_its_record_says_of_its_clock(top: dict[str, object], happened: str) -> None:
    assert time_of(top) == happened


def test_a_time_that_cannot_be_read_is_the_time_of_the_record() -> None:
    record = told("order_completed", "10:00", "10:20", top={"timestamp": "Tuesday"})
    verdict = play([record]).verdicts()[0][0]
    assert (clock(verdict.time), verdict.set_aside) == ("10:20", ("timestamp",))


def test_an_order_less_than_five_minutes_before_the_cart_that_arrives_after_it_ends_it() -> None:
    assert acted([add("10:04:59", "10:00"), told("order_completed", "10:00", "10:01")]) == []


def test_five_minutes_are_too_many() -> None:
    assert acted([add("10:05", "10:00"), told("order_completed", "10:00", "10:01")]) == ["10:35"]


def test_what_arrives_after_the_order_is_another_cart() -> None:
    assert acted([told("order_completed", "10:00"), add("10:02")]) == ["10:32"]


def test_what_happened_before_the_order_and_arrives_after_it_was_bought() -> None:
    assert acted([told("order_completed", "10:05"), add("10:00", "10:06")]) == []


def test_an_exit_of_another_source_may_be_five_minutes_early_one_of_the_same_may_not() -> None:
    viewed = told("product_viewed", "10:00")
    browsing = of_any(of="browsing", unless=["logged_out"])
    assert acted([viewed, told("logged_out", "09:56", "10:01", top=LIBRARY)], browsing) == []
    assert acted([viewed, told("logged_out", "09:56", "10:01")], browsing) == ["10:30"]
    assert acted([viewed, told("logged_out", "09:55", "10:01", top=LIBRARY)], browsing) == ["10:30"]


def test_an_event_that_is_older_than_the_newest_by_more_than_clocks_differ_triggers_nothing() -> None:
    assert acted([told("a", "10:00"), told("b", "09:54", "10:01"), told("b", "10:02")], on("b")) == ["10:02"]
    assert acted([told("a", "10:00"), told("b", "09:56", "10:01"), told("b", "10:02")], on("b")) == ["10:01", "10:02"]


def test_a_late_event_cancels() -> None:
    since = {"campaign": "since", "trigger": {"since": "signed_up", "wait": "1h", "unless": ["bought"]}, "variants": {"v": {"channel": "email"}}}
    assert acted([told("signed_up", "10:00"), told("page_seen", "10:40"), told("bought", "10:20", "10:50")], since) == []
    assert acted([told("signed_up", "10:00"), told("bought", "09:20", "10:50")], since) == ["11:00"]


def test_an_exit_that_is_told_before_what_it_ends_counts_by_its_own_time() -> None:
    browsing = of_any(of="browsing", unless=["product_added"])
    viewed = told("product_viewed", "10:00", "10:06")
    assert acted([add("10:05"), viewed], browsing) == []
    assert acted([add("09:59"), viewed], browsing) == ["10:30"]


@pytest.mark.parametrize(
    ("exit_at", "says", "outcome"),
    [
        ("10:05", {}, ("withheld", "EXITED")),
        ("10:04", {}, ("withheld", "EXITED")),
        ("10:03", {}, ("acted", "ELIGIBLE")),
        ("10:05", {"plan": " GOLD"}, ("withheld", "EXITED")),
        ("10:05", {"plan": "silver"}, ("acted", "ELIGIBLE")),
    ],
)
def test_a_trigger_that_is_told_after_its_exit_is_over_by_the_time_of_the_exit(
    exit_at: str, says: dict[str, object], outcome: tuple[str, str]
) -> None:
    unless = [{"event": "bought", "same": "plan"}] if says else ["bought"]
    campaign = {"campaign": "trial", "trigger": {"event": "trial_started", "unless": unless}, "variants": {"v": {"channel": "email"}}}
    story = [told("bought", exit_at, properties=says), told("trial_started", "10:04", "10:06", plan="gold")]
    assert decided(story, campaign) == [("10:06", *outcome)]


def test_since_counts_from_the_latest_such_event_by_event_time() -> None:
    since = {"campaign": "since", "trigger": {"since": "visited", "wait": "1h"}, "variants": {"v": {"channel": "email"}}}
    assert acted([told("visited", "10:30"), told("visited", "10:10", "10:40")], since) == ["11:30"]


def test_what_the_provider_reports_ends_no_silence_of_any() -> None:
    assert acted([told("page_seen", "10:00"), told("message_delivered", "10:20", decision_id="d")], of_any()) == ["10:30"]


def test_a_trigger_older_than_three_days_is_stale() -> None:
    assert decided([told("b", "10:00", "+3d 10:00:01")], on("b")) == [("+3d 10:00:01", "withheld", "STALE_TRIGGER")]
    assert decided([told("b", "10:00", "+3d 10:00")], on("b")) == [("+3d 10:00", "acted", "ELIGIBLE")]


def test_a_window_is_of_event_time() -> None:
    campaign = on("b", when='not seen("a", "1h")')
    assert acted([told("a", "08:30", "10:00"), told("b", "10:01")], campaign) == ["10:01"]


def recalls(*records: Record) -> list[tuple[str, str, str]]:
    return [(clock(one.at), clock(one.acted_at), one.reason) for one in play(records).recalls()]


def test_an_order_after_the_mail_recalls_it() -> None:
    assert recalls(add("10:00"), told("order_completed", "10:40")) == [("10:40", "10:30", "EXITED")]


def test_an_order_that_was_told_late_recalls_it_too() -> None:
    assert recalls(add("10:00"), told("order_completed", "10:20", "12:00")) == [("12:00", "10:30", "EXITED")]


def test_an_order_of_what_was_mailed_recalls_it_though_something_new_is_in_the_cart() -> None:
    assert recalls(add("10:00"), add("11:00", product="tent"), told("order_completed", "10:20", "11:10")) == [("11:10", "10:30", "EXITED")]


def test_what_is_too_old_to_be_delivered_is_not_recalled() -> None:
    assert recalls(add("10:00"), told("order_completed", "16:29:59")) == [("16:29:59", "10:30", "EXITED")]
    assert recalls(add("10:00"), told("order_completed", "16:30")) == []


def test_an_opt_out_recalls_and_only_once() -> None:
    assert recalls(add("10:00"), told("unsubscribed", "10:40"), told("order_completed", "10:50")) == [("10:40", "10:30", "UNSUBSCRIBED")]
    assert recalls(add("10:00"), told("unsubscribed", "10:40", channel="push")) == []


def test_what_was_delivered_is_not_recalled() -> None:
    spoken = "u1|left-cart|cart 1|" + str(at("10:30"))
    assert recalls(add("10:00"), told("message_delivered", "10:31", decision_id=spoken), told("order_completed", "10:40")) == []
