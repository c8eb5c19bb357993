"""Quiet hours: by whose clock, through both changes of daylight saving, and when what was deferred comes back."""

from typing import Any

import pytest

from tests.builders import DAY, HOUR, MINUTE, MONDAY, event, life, mail
from udfs.core.campaigns.compile_book import apply
from udfs.core.records import Event, Outcome, Reason
from udfs.core.values.chance import lot
from udfs.core.values.instants import parse_instant

GRANT = {"consent": {"default": {"marketing": "grant"}}}
JITTER = int(lot("release", "ada") * 15 * MINUTE)
NIGHT = {"from": "22:00", "to": "08:00"}


def policy(**changes: Any) -> dict[str, Any]:
    return {**GRANT, "quiet_hours": {**NIGHT, **changes}}


def go(at: int) -> Event:
    return event("go", at)


def at(text: str) -> int:
    return parse_instant(text)


@pytest.mark.parametrize(
    ("zone", "time", "quiet"),
    [
        ("UTC", "2026-01-05T21:59:59", False),
        ("UTC", "2026-01-05T22:00", True),
        ("UTC", "2026-01-06T07:59:59", True),
        ("UTC", "2026-01-06T08:00", False),
        ("Europe/Berlin", "2026-03-28T21:00", True),  # 22:00 in winter
        ("Europe/Berlin", "2026-03-29T05:59", True),  # 07:59 in summer
        ("Europe/Berlin", "2026-03-29T06:00", False),
        ("Europe/Berlin", "2026-10-25T06:59", True),
        ("Europe/Berlin", "2026-10-25T07:00", False),
        ("America/New_York", "2026-03-08T11:59", True),
        ("America/New_York", "2026-03-08T12:00", False),
        ("America/New_York", "2026-11-01T13:00", False),
        ("America/New_York", "2026-11-01T12:59", True),
        ("Australia/Lord_Howe", "2026-04-04T21:29", True),  # half an hour of daylight saving: 07:59
        ("Australia/Lord_Howe", "2026-04-04T21:30", False),
    ],
)
def test_it_is_night_by_the_customers_wall_clock(zone: str, time: str, *, quiet: bool) -> None:
    ada = life(mail(), policy(then="drop")).live([event("page", at("2026-01-01"), context={"timezone": zone}), go(at(time))])
    assert ada.decisions[0].reason is (Reason.QUIET_HOURS if quiet else Reason.ELIGIBLE)


def test_hours_within_one_day() -> None:
    noon = policy(**{"from": "12:00", "to": "13:30", "then": "drop"})
    times = [MONDAY + 12 * HOUR - 1, MONDAY + 12 * HOUR, MONDAY + 13 * HOUR + 30 * MINUTE]
    assert [reason for _, reason, _ in life(mail(), noon).live([go(time) for time in times]).told] == ["ELIGIBLE", "QUIET_HOURS", "ELIGIBLE"]


@pytest.mark.parametrize(
    ("traits", "context", "more", "quiet"),
    [
        ({"timezone": "Asia/Tokyo"}, {"timezone": "UTC"}, {}, True),  # the trait goes first: 22:30 in Tokyo
        ({"timezone": "nowhere"}, {"timezone": "Asia/Tokyo"}, {}, True),
        ({}, {}, {"fallback": "Asia/Tokyo"}, True),
        ({}, {}, {"fallback": "UTC"}, False),
        ({}, {}, {"fallback": "strictest"}, True),
        ({"timezone": "UTC"}, {}, {"fallback": "strictest"}, False),
        ({"timezone": "UTC"}, {}, {"zone": "Asia/Tokyo"}, True),
    ],
)
def test_whose_clock_it_is(traits: dict[str, Any], context: dict[str, Any], more: dict[str, Any], *, quiet: bool) -> None:
    known = event("identify", MONDAY, type="identify", traits=traits, context=context)
    ada = life(mail(), policy(then="drop", **more)).live([known, go(at("2026-01-05T13:30"))])
    assert (ada.decisions[0].reason is Reason.QUIET_HOURS) is quiet


def test_deferred_to_the_morning_and_her_own_jitter_and_decided_again() -> None:
    ada = life(mail(), policy()).live([go(at("2026-01-05T23:00"))])
    (deferred,) = ada.decisions
    assert (deferred.outcome, deferred.deferred_until) == (Outcome.DEFERRED, at("2026-01-06T08:00") + JITTER)
    again = ada.wait().decisions[1]
    assert (again.decision_id, again.attempt, again.outcome) == (deferred.decision_id, 1, Outcome.ACTED)
    assert ada.actions[0].expires_at == at("2026-01-06T23:00"), "it lives from its trigger on"


@pytest.mark.parametrize(
    ("zone", "night", "morning"),
    [
        ("Europe/Berlin", "2026-03-28T22:30", "2026-03-29T06:00"),
        ("Europe/Berlin", "2026-10-24T22:30", "2026-10-25T07:00"),
        ("America/New_York", "2026-03-08T04:00", "2026-03-08T12:00"),
        ("America/New_York", "2026-11-01T04:00", "2026-11-01T13:00"),
        ("Australia/Lord_Howe", "2026-04-04T12:00", "2026-04-04T21:30"),
        ("Australia/Lord_Howe", "2026-10-03T12:00", "2026-10-03T21:00"),
    ],
)
def test_the_morning_after_a_change_of_the_clock(zone: str, night: str, morning: str) -> None:
    ada = life(mail(), policy()).live([event("page", at("2026-01-01"), context={"timezone": zone}), go(at(night))])
    assert ada.decisions[0].deferred_until == at(morning) + JITTER


def test_all_that_she_has_deferred_comes_back_at_one_moment() -> None:
    ada = life(mail(), mail("push", channel="push"), policy()).live([go(at("2026-01-05T23:00")), go(at("2026-01-06T03:00"))]).wait()
    assert {action.at for action in ada.actions} == {at("2026-01-06T08:00") + JITTER}
    assert len(ada.actions) == 4


def test_what_would_be_too_old_by_then_expires() -> None:
    ada = life(mail(send={"expires": "6h"}), policy()).live([go(at("2026-01-05T23:00"))]).wait()
    assert [reason for _, reason, _ in ada.told] == ["QUIET_HOURS", "EXPIRED"]


def test_in_an_unknown_zone_the_strictest_reading_can_wait_for_no_morning() -> None:
    ada = life(mail(), policy(fallback="strictest")).live([go(MONDAY)]).wait()
    assert ada.told == [("withheld", "QUIET_HOURS", MONDAY)]


def test_an_exit_while_it_is_deferred_ends_it_at_once() -> None:
    leaving = mail(trigger={"event": "go", "unless": ["order_completed"]})
    ada = life(leaving, policy()).live([go(at("2026-01-05T23:00")), event("order_completed", at("2026-01-06T01:00"), order_id="o")]).wait()
    assert [reason for _, reason, _ in ada.told] == ["QUIET_HOURS", "EXITED"]
    assert [decision.attempt for decision in ada.decisions] == [0, 1]


def test_what_holds_no_more_in_the_morning_ends_there() -> None:
    fussy = mail(when="user.vip")
    vip = event("identify", MONDAY, type="identify", traits={"vip": True})
    plain = event("identify", at("2026-01-06T05:00"), type="identify", traits={"vip": False})
    ada = life(fussy, policy()).live([vip, go(at("2026-01-05T23:00")), plain]).wait()
    assert [reason for _, reason, _ in ada.told] == ["QUIET_HOURS", "ELIGIBILITY"]


def test_an_entry_used_up_in_the_night_blocks_what_was_deferred() -> None:
    once = mail(entry={"again": "7d"})
    ada = life(once, policy()).live([go(at("2026-01-05T23:00")), go(at("2026-01-05T23:30"))]).wait()
    assert [reason for _, reason, _ in ada.told] == ["QUIET_HOURS", "QUIET_HOURS", "ELIGIBLE", "ENTRY_BLOCKED"]


def test_an_unsubscription_in_the_night_holds_in_the_morning() -> None:
    ada = life(mail(), policy()).live([go(at("2026-01-05T23:00")), event("unsubscribed", at("2026-01-06T02:00"))]).wait()
    assert [reason for _, reason, _ in ada.told] == ["QUIET_HOURS", "UNSUBSCRIBED"]


def test_transactional_and_what_is_exempt_pass_and_so_do_channels_that_are_not_named() -> None:
    night = go(at("2026-01-05T23:00"))
    assert life(mail(purpose="transactional"), policy()).live([night]).decisions[0].outcome is Outcome.ACTED
    assert life(mail(tags=["alarm"]), policy(exempt=["alarm"])).live([night]).decisions[0].outcome is Outcome.ACTED
    assert life(mail(channel="in_app"), policy(channels=["email"])).live([night]).decisions[0].outcome is Outcome.ACTED
    assert life(mail(purpose="transactional"), policy(exempt=["alarm"])).live([night]).decisions[0].outcome is Outcome.ACTED


def test_the_next_channel_at_night() -> None:
    told = life(mail(channel=["push", "email"]), policy(channels=["push"], then="next_channel")).live([go(at("2026-01-05T23:00"))]).actions
    assert [action.channel for action in told] == ["email"]


def test_a_paused_campaign_ends_what_it_had_deferred() -> None:
    from tests.builders import book, control

    ada = life(mail(), policy()).live([go(at("2026-01-05T23:00"))])
    ada.engine.book = apply(book(mail(), policy()), control(mail(), offset=9, status="paused"))
    assert [reason for _, reason, _ in ada.wait().told] == ["QUIET_HOURS", "SWITCHED_OFF"]
    bea = life(mail(), policy()).live([go(at("2026-01-05T23:00"))])
    bea.engine.book = book(mail("another"), policy())
    assert bea.wait().told[1] == ("withheld", "SWITCHED_OFF", at("2026-01-06T08:00") + JITTER)


def test_releases_are_spread_over_the_minutes_that_the_policy_names_and_never_back_into_the_night() -> None:
    short = policy(**{"from": "08:10", "to": "08:00", "spread": "6h"})
    released = set()
    for number in range(200):
        somebody = life(mail(), short, user=f"u{number}").live([event("go", MONDAY + 12 * HOUR, user=f"u{number}")]).wait()
        released.add(somebody.actions[0].at - MONDAY - DAY - 8 * HOUR)
    assert all(0 <= after < 10 * MINUTE for after in released)
    assert len(released) > 150
