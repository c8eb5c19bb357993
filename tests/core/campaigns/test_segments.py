"""Segments are live: who comes in or goes is found after every event, and what only time changes within `refresh`."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import DAY, HOUR, MONDAY, Life, book, control, event, mail
from udfs.core.campaigns.book import BookError, Entry
from udfs.core.campaigns.compile_book import apply, compile_book, unpack
from udfs.core.engine import Engine
from udfs.core.profile.stored import decode
from udfs.core.records import Event, Segment

T = MONDAY + 10 * HOUR
FEATURES: dict[str, Any] = {"features": [{"name": "orders_90d", "event": "order_completed", "aggregate": "count", "window": "90d"}]}
VIP = {"segment": "vip", "when": "orders_90d >= 2"}
LAPSING = {"segment": "lapsing", "when": 'seen("order_completed") and not seen("order_completed", "60d")'}


def segments(*rules: dict[str, Any], **keys: Any) -> dict[str, Any]:
    return {"segments": list(rules), **keys}


def life(*documents: dict[str, Any]) -> Life:
    return Life(Engine(book(*documents)))


def order(at: int) -> Event:
    return event("order_completed", at, order_id=str(at))


def changes(lived: Life) -> list[tuple[str, str, int]]:
    return [(record.segment, record.change, record.at) for record in lived.records if isinstance(record, Segment)]


def test_after_an_event_whoever_comes_in_or_goes_makes_a_record() -> None:
    lived = life(FEATURES, segments(VIP)).live([order(T), order(T + HOUR)])
    assert changes(lived) == [("vip", "entered", T + HOUR)]
    (record,) = (each for each in lived.records if isinstance(each, Segment))
    assert (record.user_id, record.trigger_event_id is not None, record.segment_version) == ("ada", True, lived.engine.book.segments.version)


def test_what_only_time_changes_is_found_within_refresh() -> None:
    for refresh, hours in (("1d", 24), ("6h", 6)):
        lived = life(FEATURES, segments(LAPSING, refresh=refresh)).live([order(T)]).wait()
        ((name, change, at),) = changes(lived)
        assert (name, change) == ("lapsing", "entered")
        assert T + 60 * DAY < at <= T + 60 * DAY + hours * HOUR
        assert lived.due is None, "nothing can change any more"


def test_nobody_is_looked_at_again_for_what_time_cannot_change() -> None:
    lived = life(FEATURES, segments({"segment": "german", "when": "user.country == 'DE'"}))
    lived.live([event("identify", T, traits={"country": "DE"})])
    assert changes(lived) == [("german", "entered", T)]
    assert lived.due is None


def test_re_checks_end_when_the_longest_window_has_passed_and_one_timer_is_enough() -> None:
    lived = life(FEATURES, segments(VIP, LAPSING)).live([order(T), order(T + HOUR), event("page", T + 2 * HOUR)])
    assert lived.blob
    assert [due.campaign for due in decode(lived.blob).due] == [""]
    checks = 0
    while lived.due is not None:
        last, checks = lived.due, checks + 1
        lived.wait(last)
    assert checks <= 93
    assert last <= T + 93 * DAY
    assert [(name, change) for name, change, _ in changes(lived)] == [("vip", "entered"), ("lapsing", "entered"), ("vip", "left")]


def test_unknown_is_not_met() -> None:
    lived = life(FEATURES, segments({"segment": "old", "when": "user.age > 60"}, {"segment": "young", "when": "not user.age > 60"}))
    assert changes(lived.live([event("page", T)])) == []


def test_a_segment_may_ask_about_those_before_it_and_every_condition_about_all() -> None:
    asks = mail("asks", when='in_segment("vip-de")')
    both = segments(VIP, {"segment": "vip-de", "when": 'in_segment("vip") and user.country == "DE"'})
    lived = life(FEATURES, both, asks).live([event("identify", T - 1, traits={"country": "DE"}), order(T), event("go", T + 1), order(T + 2)])
    assert changes(lived) == [("vip", "entered", T + 2), ("vip-de", "entered", T + 2)]
    assert lived.live([event("go", T + 3)]).acted_at == [T + 3]


def test_enters_makes_a_candidate_at_the_instant_together_with_the_others() -> None:
    club = mail("club", trigger={"enters": "vip"}, priority=5)
    other = mail("other", trigger={"event": "order_completed"})
    lived = life(FEATURES, segments(VIP), club, other).live([order(T), order(T + HOUR)])
    assert [(decision.campaign, decision.at) for decision in lived.decisions] == [("other", T), ("club", T + HOUR), ("other", T + HOUR)]
    assert lived.decisions[1].trigger_event_id == lived.decisions[2].trigger_event_id
    assert len(lived.live([order(T + 2 * HOUR)]).decisions) == 4, "who is in does not come in again"


def test_enters_comes_true_by_time_alone_too() -> None:
    lived = life(FEATURES, segments(LAPSING), mail("back", trigger={"enters": "lapsing"})).live([order(T)]).wait()
    (decision,) = lived.decisions
    assert decision.at == changes(lived)[0][2]
    assert decision.trigger_event_id is None


def test_a_paused_campaign_hears_of_nobody() -> None:
    quiet = compile_book(
        [control(FEATURES), control(segments(VIP), offset=1), control(mail("club", trigger={"enters": "vip"}), offset=2, status="paused")]
    )
    assert Life(Engine(quiet)).live([order(T), order(T + 1)]).decisions == []


def test_a_message_sent_in_silence_is_noticed_too() -> None:
    told = segments({"segment": "told", "when": 'sent("back", "7d")'}, refresh="1h")
    back = mail("back", trigger={"since": "order_completed", "wait": "40d"})
    lived = life(FEATURES, told, back).live([order(T)]).wait()
    assert [(name, change) for name, change, _ in changes(lived)] == [("told", "entered"), ("told", "left")]
    entered, left = (at for _, _, at in changes(lived))
    assert T + 40 * DAY < entered <= T + 40 * DAY + HOUR
    assert T + 47 * DAY < left <= T + 47 * DAY + HOUR


def test_a_late_event_is_seen_in_segments_at_once() -> None:
    lived = life(FEATURES, segments(VIP)).live([order(T), event("page", T + HOUR), order(T + 1)])
    assert changes(lived) == [("vip", "entered", T + HOUR)]


def test_a_segment_that_is_removed_is_left_by_everybody_at_their_next_event() -> None:
    lived = life(FEATURES, segments(VIP)).live([order(T), order(T + 1)])
    lived.engine.book = apply(lived.engine.book, Entry("segments", 100, None))
    assert changes(lived.live([event("page", T + HOUR)]))[-1] == ("vip", "left", T + HOUR)
    assert lived.blob
    assert decode(lived.blob).segments == {}
    assert lived.wait().due is None


def test_a_campaign_that_needs_an_unknown_segment_is_refused_unless_it_comes_along() -> None:
    club = mail("club", trigger={"enters": "vpi"})
    refused = compile_book([control(FEATURES), control(segments(VIP), offset=1), control(club, offset=2)])
    assert "did you mean 'vip'" in refused.refused["campaign/club"]
    asks = mail("asks", when='in_segment("vop")')
    asked = compile_book([control(segments({**VIP, "when": "true"})), control(asks, offset=1)])
    assert "did you mean 'vip'" in asked.refused["campaign/asks"]
    together = compile_book(
        [control(mail("club", trigger={"enters": "vip"}), offset=0), control(segments(VIP), offset=1), control(FEATURES, offset=2)]
    )
    assert not together.refused


def test_a_segment_or_feature_that_something_published_needs_is_not_taken_away() -> None:
    held = book(FEATURES, segments(VIP), mail("club", trigger={"enters": "vip"}))
    with pytest.raises(BookError, match="campaign 'club' needs what these segments no longer have"):
        apply(held, Entry("segments", 100, None))
    with pytest.raises(BookError, match="segments need what these features no longer have"):
        apply(held, Entry("features", 100, None))
    assert apply(held, control(segments(VIP, LAPSING), offset=100)).segments.rules.keys() == {"vip", "lapsing"}
    assert unpack(held.pack()).segments.version == held.segments.version


def test_whoever_may_not_be_remembered_leaves_every_segment() -> None:
    lived = life(FEATURES, segments(VIP)).live([order(T), order(T + 1), event("consent_withdrawn", T + HOUR, purpose="storage")])
    assert changes(lived) == [("vip", "entered", T + 1), ("vip", "left", T + HOUR)]
    assert lived.wait().due is None


def test_who_comes_in_by_an_event_that_came_too_late_is_not_spoken_to() -> None:
    grant: dict[str, Any] = {"consent": {"default": {"marketing": "grant"}}}
    lived = life(FEATURES, segments(VIP), grant, mail("club", trigger={"enters": "vip"}))
    lived.live([msgspec.structs.replace(order(at), received=T + 4 * DAY) for at in (T, T + 1)])
    assert lived.told == [("withheld", "STALE_TRIGGER", T + 4 * DAY)]


steps = st.tuples(st.sampled_from((0, 1, DAY, 20 * DAY, 60 * DAY, 61 * DAY)), st.sampled_from(("order_completed", "page", "go")))


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(history=st.lists(steps, min_size=1, max_size=12), firing=st.lists(st.booleans(), min_size=12, max_size=12))
def test_it_does_not_matter_when_timers_fire(history: list[tuple[int, str]], firing: list[bool]) -> None:
    story = mail("story", trigger={"enters": "lapsing"}, steps=[{"send": "mail"}, {"wait": "3d", "leave_on": ["order_completed"]}])
    dated = mail("dated", trigger={"since": "go", "wait": "25d"}, when='not in_segment("vip")')
    whole = book(FEATURES, segments(VIP, LAPSING, refresh="12h"), story, dated)
    events, at = [], T
    for number, (gap, name) in enumerate(history):
        at += gap
        events.append(event(name, at, message_id=f"h{number}"))
    overtaken = Life(Engine(whole)).live(events).wait()
    timed = Life(Engine(whole))
    for happened, fire in zip(events, firing, strict=False):
        if fire:
            timed.wait(happened.at - 1)
        timed.live([happened])
    timed.wait()
    assert timed.records == overtaken.records
    assert timed.blob == overtaken.blob
    inside: dict[str, str] = {}
    for name, change, _ in changes(timed):
        assert inside.get(name, "left") != change, "in and out by turns"
        inside[name] = change


def test_leaves_makes_a_candidate_when_somebody_belongs_no_longer() -> None:
    bye = mail("bye", trigger={"leaves": "vip"})
    lived = life(FEATURES, segments(VIP, refresh="6h"), bye).live([order(T), order(T + HOUR)])
    assert lived.decisions == []
    lived.wait()
    (decision,) = lived.decisions
    assert ("vip", "left", decision.at) == changes(lived)[-1]
    assert T + 90 * DAY < decision.at <= T + 97 * DAY
    assert decision.trigger_event_id is None


def test_leaves_is_the_event_that_makes_it_so() -> None:
    bye = mail("bye", trigger={"leaves": "vip"})
    back = event("order_cancelled", T + 2 * HOUR, order_id=str(T))
    lived = life(FEATURES, segments(VIP), bye).live([order(T), order(T + HOUR), back])
    assert [(decision.at, decision.trigger_event_id) for decision in lived.decisions] == [(T + 2 * HOUR, back.message_id)]


def test_whoever_never_belonged_does_not_leave_and_a_paused_campaign_hears_of_nobody() -> None:
    bye = mail("bye", trigger={"leaves": "vip"})
    assert life(FEATURES, segments(VIP), bye).live([order(T)]).wait().decisions == []
    quiet = compile_book([control(FEATURES), control(segments(VIP), offset=1), control(bye, offset=2, status="paused")])
    assert Life(Engine(quiet)).live([order(T), order(T + 1)]).wait().decisions == []


def test_whoever_is_forgotten_is_not_told_that_they_left() -> None:
    bye = mail("bye", trigger={"leaves": "vip"})
    withdrawn = event("consent_withdrawn", T + HOUR, purpose="storage")
    assert life(FEATURES, segments(VIP), bye).live([order(T), order(T + 1), withdrawn]).wait().decisions == []


def test_a_segment_that_somebody_waits_to_be_left_is_not_taken_away() -> None:
    held = book(FEATURES, segments(VIP), mail("bye", trigger={"leaves": "vip"}))
    with pytest.raises(BookError, match="campaign 'bye' needs what these segments no longer have"):
        apply(held, Entry("segments", 100, None))
