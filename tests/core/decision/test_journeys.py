"""Journeys: each test is a sentence of docs/journeys.md."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, add, book, campaign, event, life, mail, words
from udfs.core.engine import Engine
from udfs.core.profile.due import Step
from udfs.core.profile.stored import decode
from udfs.core.records import Event, Outcome, Reason
from udfs.core.values import chance

T = MONDAY + 10 * HOUR
GRANT: dict[str, Any] = {"consent": {"default": {"marketing": "grant"}}}
STEPS: list[Any] = [
    {"send": "hello"},
    {"wait": "2d", "leave_on": ["order_completed"]},
    {"branch": {"when": 'opened("hello")', "then": [{"send": "offer"}], "else": [{"wait": "1d"}, {"send": "sms"}]}},
]


def welcome(steps: list[Any] = STEPS, **changes: Any) -> dict[str, Any]:
    names = ("hello", "offer", "sms", "bye")
    said = repr(steps)
    variants = {name: words("sms" if name == "sms" else "email") for name in names if f"'send': '{name}'" in said}
    given = {"trigger": {"event": "signed_up"}, "when": None, "entry": None, "variants": variants, "steps": steps, **changes}
    return campaign("welcome", **given)


def sign_up(at: int = T, **fields: Any) -> Event:
    return event("signed_up", at, **fields)


def said(lived: Life) -> list[tuple[str, str | None, int]]:
    return [(decision.outcome.value, decision.variant, decision.at) for decision in lived.decisions]


def opened(lived: Life, at: int, name: str = "message_opened") -> Event:
    return event(name, at, decision_id=lived.actions[-1].decision_id)


def test_a_story_of_three_messages_goes_one_way_or_the_other() -> None:
    silent = life(welcome()).live([sign_up()]).wait()
    assert said(silent) == [("acted", "hello", T), ("acted", "sms", T + 3 * DAY)]
    assert [action.channel for action in silent.actions] == ["email", "sms"]
    reader = life(welcome()).live([sign_up()])
    reader.live([opened(reader, T + HOUR)]).wait()
    assert said(reader) == [("acted", "hello", T), ("acted", "offer", T + 2 * DAY)]
    assert reader.due is None


def test_leave_on_ends_the_run_while_it_waits_there_at_once_and_only_there() -> None:
    left = life(welcome()).live([sign_up(), event("order_completed", T + DAY)])
    assert left.due is None
    assert said(left.wait()) == [("acted", "hello", T)]
    later = life(welcome()).live([sign_up(), event("order_completed", T + 2 * DAY + HOUR)]).wait()
    assert said(later) == [("acted", "hello", T), ("acted", "sms", T + 3 * DAY)], "in the second wait it is no exit"


def test_unless_ends_it_anywhere() -> None:
    document = welcome(trigger={"event": "signed_up", "unless": ["unsubscribed"]})
    for at in (T + HOUR, T + 2 * DAY + HOUR):
        assert life(document).live([sign_up(), event("unsubscribed", at)]).due is None


def test_at_equality_of_times_the_exit_wins() -> None:
    assert said(life(welcome()).live([sign_up(), event("order_completed", T + 2 * DAY)]).wait()) == [("acted", "hello", T)]


def test_a_late_exit_speaks_only_of_a_wait_that_had_begun() -> None:
    steps = [{"wait": "1d"}, {"wait": "1d", "leave_on": ["order_completed"]}, {"send": "hello"}]
    run = [sign_up(), event("page", T + DAY + 2 * HOUR)]
    assert said(life(welcome(steps)).live([*run, event("order_completed", T + HOUR)]).wait()) == [("acted", "hello", T + 2 * DAY)]
    assert said(life(welcome(steps)).live([*run, event("order_completed", T + DAY + HOUR)]).wait()) == []


def test_steps_without_a_wait_happen_at_one_instant_and_see_each_other() -> None:
    steps = [{"send": "hello"}, {"branch": {"when": 'sent("hello")', "then": [{"send": "offer"}], "else": [{"send": "sms"}]}}]
    assert said(life(welcome(steps)).live([sign_up()])) == [("acted", "hello", T), ("acted", "offer", T)]


def test_the_condition_is_asked_when_it_is_entered_and_not_again() -> None:
    steps = [{"wait": "1d"}, {"send": "hello"}]
    document = welcome(steps, when="user.plan == 'gold'")
    assert life(document).live([sign_up()]).due is None
    gold = [event("identify", T - 1, type="identify", traits={"plan": "gold"}), sign_up()]
    lived = life(document).live([*gold, event("identify", T + 1, type="identify", traits={"plan": "iron"})]).wait()
    assert said(lived) == [("acted", "hello", T + DAY)]


def test_without_a_key_there_is_one_run_at_a_time() -> None:
    lived = life(welcome()).live([sign_up(), sign_up(T + HOUR)])
    assert lived.engine.counts["entries_blocked"] == 1
    lived.wait().live([sign_up(T + 10 * DAY)])
    assert said(lived)[-1] == ("acted", "hello", T + 10 * DAY), "the first has ended"


def test_again_counts_from_the_last_entry() -> None:
    document = welcome([{"wait": "1d"}, {"send": "hello"}], entry={"again": "7d"})
    lived = life(document).live([sign_up(), sign_up(T + 7 * DAY - 1), sign_up(T + 7 * DAY)]).wait()
    assert said(lived) == [("acted", "hello", T + DAY), ("acted", "hello", T + 8 * DAY)]


def test_a_key_is_entered_once_and_keys_run_side_by_side_up_to_concurrent() -> None:
    steps = [{"wait": "1d"}, {"send": "hello"}]
    keyed = {"once_per": "event.course"}
    started = [sign_up(T + n * MINUTE, course=name) for n, name in enumerate(("a", "b", "a", "c"))]
    assert len(life(welcome(steps, entry=keyed)).live(started).wait().actions) == 3
    limited = life(welcome(steps, entry={**keyed, "concurrent": 2})).live(started)
    assert len(limited.wait().actions) == 2
    assert limited.engine.counts["entries_blocked"] == 2
    assert len(limited.live([sign_up(T + 3 * DAY, course="c"), sign_up(T + 3 * DAY, course="a")]).wait().actions) == 3, "a is used up"


def test_two_keys_at_one_instant_do_not_both_take_the_last_place() -> None:
    both = welcome(
        [{"send": "hello"}, {"wait": "1d"}, {"send": "bye"}], trigger={"idle": "1h", "of": "cart"}, entry={"once_per": "cart.id", "concurrent": 1}
    )
    lived = life(both).live([add(T, cart_id="a"), add(T, cart_id="b")]).wait(T + HOUR)
    assert len(lived.actions) == 1
    assert lived.engine.counts["entries_blocked"] == 1


def test_the_entry_is_used_up_when_it_is_entered_even_if_nothing_can_be_said_then() -> None:
    deaf = event("message_bounced", T - HOUR, decision_id="elsewhere", channel="email")
    lived = life(welcome([{"send": "hello"}], entry={"again": "30d"})).live([deaf, sign_up(), sign_up(T + DAY)])
    assert [decision.reason for decision in lived.decisions] == [Reason.UNREACHABLE]
    assert lived.engine.counts["entries_blocked"] == 1


def test_without_consent_by_any_channel_of_the_first_messages_nobody_enters() -> None:
    no = event("consent_withdrawn", T - HOUR, purpose="marketing", channel="email")
    lived = life(welcome(entry={"again": "30d"})).live([no, sign_up()])
    assert lived.told == [("withheld", "UNSUBSCRIBED", T)]
    assert decode(lived.blob or b"").due == []
    lived.live([event("consent_given", T + HOUR, purpose="marketing", channel="email"), sign_up(T + 2 * HOUR)])
    assert said(lived)[-1] == ("acted", "hello", T + 2 * HOUR), "the entry was still free"
    either = welcome([{"branch": {"when": "user.vip", "then": [{"send": "sms"}]}}, {"send": "hello"}])
    assert life(either).live([no, sign_up()]).engine.counts["journeys_entered"] == 1, "sms is open, and may come first"


def test_a_trigger_that_came_too_late_enters_nobody() -> None:
    old = Life(Engine(book(GRANT, welcome())))
    stale = sign_up()
    lived = old.live([type(stale)(**{name: getattr(stale, name) for name in stale.__struct_fields__} | {"received": T + 4 * DAY})])
    assert lived.told == [("withheld", "STALE_TRIGGER", T + 4 * DAY)]
    assert decode(lived.blob or b"").due == []


def test_what_is_withheld_goes_on_with_the_next_step() -> None:
    no_mail = [{"id": "no-mail", "channel": "email", "max": 0, "within": "1d"}]
    lived = Life(Engine(book({**GRANT, "caps": no_mail}, welcome()))).live([sign_up()]).wait()
    assert [(decision.outcome, decision.variant) for decision in lived.decisions] == [(Outcome.WITHHELD, "hello"), (Outcome.ACTED, "sms")]


def test_what_is_deferred_holds_the_run_until_it_is_decided_again() -> None:
    night = {**GRANT, "quiet_hours": {"from": "08:00", "to": "12:00", "zone": "UTC", "spread": "1m"}}
    lived = Life(Engine(book(night, welcome()))).live([sign_up()]).wait()
    first, again, last = lived.decisions
    assert (first.outcome, first.attempt, first.at) == (Outcome.DEFERRED, 0, T)
    assert (again.outcome, again.attempt, again.decision_id) == (Outcome.ACTED, 1, first.decision_id)
    assert again.at == first.deferred_until
    assert last.at == again.at + 3 * DAY, "the waits begin when the message went out"


def test_a_deferred_send_is_ended_by_an_exit() -> None:
    night = {**GRANT, "quiet_hours": {"from": "08:00", "to": "12:00", "zone": "UTC"}}
    document = welcome(trigger={"event": "signed_up", "unless": ["order_completed"]})
    lived = Life(Engine(book(night, document))).live([sign_up(), event("order_completed", T + MINUTE)]).wait()
    assert [(outcome, reason) for outcome, reason, _ in lived.told] == [("deferred", "QUIET_HOURS"), ("withheld", "EXITED")]
    assert decode(lived.blob or b"").due == []


def test_a_send_lives_from_its_step_on() -> None:
    lived = life(welcome([{"wait": "30d"}, {"send": "hello"}], send={"expires": "6h"})).live([sign_up()]).wait()
    assert lived.actions[0].expires_at == T + 30 * DAY + 6 * HOUR


def test_the_decision_id_is_made_of_user_campaign_key_trigger_and_step() -> None:
    lived = life(welcome(entry={"once_per": "event.course"})).live([sign_up(course="a", message_id="m")]).wait()
    assert [decision.decision_id for decision in lived.decisions] == [
        chance.decision_id("ada", "welcome", "a", "m\x1f0"),
        chance.decision_id("ada", "welcome", "a", "m\x1f2.else.1"),
    ]
    assert all(decision.probability == 1.0 for decision in lived.decisions)


def test_a_ghosts_run_is_a_ghosts_to_the_end_whatever_becomes_of_the_group() -> None:
    held = {**GRANT, "holdout": {"share": "100%", "epoch": "a"}}
    lived = Life(Engine(book(held, welcome()))).live([sign_up()])
    lived.engine = Engine(book(GRANT, welcome()))
    lived.wait()
    assert [(decision.outcome, decision.variant) for decision in lived.decisions] == [(Outcome.HELD_OUT, "hello"), (Outcome.HELD_OUT, "sms")]
    assert lived.actions == []
    control = life(welcome(control_group="100%")).live([sign_up()]).wait()
    assert {decision.reason for decision in control.decisions} == {Reason.EXPERIMENT_CONTROL}


def test_a_ghost_sees_its_own_run_as_if_it_had_been_sent() -> None:
    steps = [{"send": "hello"}, {"wait": "1d"}, {"branch": {"when": 'sent("hello")', "then": [{"send": "offer"}], "else": [{"send": "sms"}]}}]
    assert [decision.variant for decision in life(welcome(steps, control_group="100%")).live([sign_up()]).wait().decisions] == ["hello", "offer"]


def test_a_question_about_a_message_is_about_this_run() -> None:
    steps = [{"send": "hello"}, {"wait": "1d"}, {"branch": {"when": 'clicked("hello")', "then": [{"send": "offer"}], "else": [{"send": "bye"}]}}]
    lived = life(welcome(steps)).live([sign_up()])
    lived.live([opened(lived, T + 1, "message_clicked")]).wait()
    lived.live([sign_up(T + 5 * DAY)]).wait()
    assert [decision.variant for decision in lived.decisions] == ["hello", "offer", "hello", "bye"]


def test_a_question_about_another_campaign_is_about_any_of_its_messages_in_that_time() -> None:
    asks = mail("asks", trigger={"event": "ask"}, when='opened("news", "7d") and not dismissed("news")')
    lived = life(mail(), asks).live([event("go", T)])
    lived.live([opened(lived, T + HOUR)])
    lived.live([event("ask", T + HOUR + 7 * DAY), event("ask", T + HOUR + 7 * DAY + 1)])
    assert [decision.at for decision in lived.decisions if decision.campaign == "asks"] == [T + HOUR + 7 * DAY]


def test_bounced_delivered_dismissed_and_sent_are_asked_likewise() -> None:
    for word, name in (("delivered", "message_delivered"), ("bounced", "message_bounced"), ("dismissed", "message_dismissed"), ("sent", "page")):
        steps = [{"send": "hello"}, {"wait": "1d"}, {"branch": {"when": f'{word}("hello")', "then": [{"send": "sms"}]}}]
        lived = life(welcome(steps)).live([sign_up()])
        lived.live([opened(lived, T + HOUR, name)]).wait()
        assert [decision.variant for decision in lived.decisions] == ["hello", "sms"], word


def test_later_steps_read_what_they_need_of_the_event_and_no_more_is_kept() -> None:
    variants = {"hello": words(), "offer": {"channel": "email", "content": {"body": "Your {{ event.plan }}"}}}
    document = welcome([{"send": "hello"}, {"wait": "1d"}, {"send": "offer"}], variants=variants)
    lived = life(document).live([sign_up(plan="gold", secret="x")])
    assert lived.blob
    (due,) = decode(lived.blob).due
    assert isinstance(due, Step)
    assert due.properties == {"plan": "gold"}
    assert lived.wait().actions[1].content == {"body": "Your gold"}


def test_one_timer_serves_all_runs() -> None:
    keyed = welcome([{"wait": "1d"}, {"send": "hello"}], entry={"once_per": "event.course"})
    lived = life(keyed).live([sign_up(T + n, course=str(n)) for n in range(20)])
    assert lived.due == T + DAY
    assert len(lived.wait().actions) == 20


def test_a_message_with_more_priority_takes_the_last_place_under_a_cap() -> None:
    one = {**GRANT, "caps": [{"id": "one", "channel": "any", "max": 1, "within": "1d"}]}
    story = welcome([{"wait": "1h"}, {"send": "hello"}], trigger={"event": "go"}, priority=10)
    lived = Life(Engine(book(one, story, mail(trigger={"since": "go", "wait": "1h"})))).live([event("go", T)]).wait(T + HOUR)
    assert {decision.campaign: decision.reason for decision in lived.decisions} == {"welcome": Reason.ELIGIBLE, "news": Reason.CAP_REACHED}


moves = st.tuples(
    st.sampled_from((0, 1, HOUR, 5 * HOUR, 16 * HOUR, DAY, 2 * DAY, 2 * DAY + 1)),
    st.sampled_from(("signed_up", "signed_up", "order_completed", "unsubscribed", "page", "message_opened", "message_dismissed")),
    st.sampled_from(("a", "b")),
)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(history=st.lists(moves, min_size=1, max_size=14), firing=st.lists(st.booleans(), min_size=14, max_size=14))
def test_it_does_not_matter_when_timers_fire(history: list[tuple[int, str, str]], firing: list[bool]) -> None:
    """With deferrals, caps, receipts and exits: the same decisions, byte for byte, and the same profile."""
    rules = {"caps": [{"id": "one", "channel": "any", "max": 1, "within": "12h", "then": "defer"}], "suppress": []}
    night = {**GRANT, **rules, "quiet_hours": {"from": "20:00", "to": "09:00", "zone": "UTC"}}
    story = welcome(trigger={"event": "signed_up", "unless": ["unsubscribed"]}, entry={"once_per": "event.course", "concurrent": 2, "again": "2h"})
    beside = welcome([{"wait": "2d"}, {"send": "bye"}, {"send": "hello"}], trigger={"since": "page", "wait": "1d"}) | {"campaign": "beside"}
    whole = book(night, story, beside)
    timed, overtaken = Life(Engine(whole)), Life(Engine(whole))
    at, sent = T, chance.decision_id("ada", "welcome", "a", "h0\x1f0")
    for number, ((gap, name, course), fire) in enumerate(zip(history, firing, strict=False)):
        at += gap
        fields = {"decision_id": sent} if name.startswith("message_") else {"course": course}
        happened = event(name, at, message_id=f"h{number}", **fields)
        if fire:
            timed.wait(at - 1)
        timed.live([happened])
        overtaken.live([happened])
    assert timed.wait().records == overtaken.wait().records
    assert timed.blob == overtaken.blob
    runs = [decision for decision in timed.decisions if decision.outcome != Outcome.DEFERRED]
    assert len({decision.decision_id for decision in runs}) == len(runs), "each send has one final word"
