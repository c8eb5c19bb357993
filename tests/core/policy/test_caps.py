"""Frequency caps: how many a window holds, whose calendar it is, and what follows when it is full."""

from typing import Any

import pytest

from tests.builders import DAY, HOUR, MINUTE, MONDAY, book, event, life, mail
from udfs.core.records import Event, Outcome, Reason
from udfs.core.values.chance import lot
from udfs.core.values.instants import in_utc

T = MONDAY + 10 * HOUR
GRANT = {"consent": {"default": {"marketing": "grant"}}}
JITTER = int(lot("release", "ada") * 15 * MINUTE)


def capped(*caps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**GRANT, "caps": [{"id": f"cap-{at}", **cap} for at, cap in enumerate(caps)], **more}


def go(at: int, name: str = "go", **fields: Any) -> Event:
    return event(name, at, **fields)


def reasons(policy: dict[str, Any], *times: int, campaigns: tuple[dict[str, Any], ...] = (mail(),)) -> list[str]:
    return [decision.reason.value for decision in life(*campaigns, policy).live([go(at) for at in times]).decisions]


def test_a_message_exactly_as_old_as_the_window_counts_no_more() -> None:
    policy = capped({"channel": "email", "max": 1, "within": "24h"})
    assert reasons(policy, T, T + DAY - 1) == ["ELIGIBLE", "CAP_REACHED"]
    assert reasons(policy, T, T + DAY) == ["ELIGIBLE", "ELIGIBLE"]


def test_the_decision_names_the_rule_and_how_it_stands() -> None:
    policy = capped({"channel": "any", "max": 2, "within": "7d"})
    decision = life(mail(), policy).live([go(T), go(T + 1), go(T + 2)]).decisions[2]
    assert decision.detail == f"cap-0: 2 of 2 within 1w, the last at {in_utc(T + 1)}"


def test_a_cap_speaks_of_what_it_names_and_of_nothing_else() -> None:
    push, tagged, other = mail("push", channel="push"), mail("sale", tags=["promo"]), mail("other")
    for cap, passing in (
        ({"channel": "email"}, {"push"}),
        ({"tag": "promo"}, {"push", "other"}),
        ({"campaign": ["push", "other"]}, {"sale"}),
        ({"channel": ["email", "push"], "tag": "promo"}, {"push", "other"}),
        ({"channel": "any"}, set()),
    ):
        policy = capped({**cap, "max": 0, "within": "1h"})
        decided = life(push, tagged, other, policy).live([go(T)]).decisions
        assert {decision.campaign for decision in decided if decision.outcome is Outcome.ACTED} == passing, cap


def test_all_caps_hold_and_of_one_instant_the_higher_priority_goes_first() -> None:
    policy = capped({"channel": "any", "max": 1, "within": "1h"})
    first, second = life(mail("low", priority=1), mail("high", priority=2), policy).live([go(T)]).decisions
    assert [(each.campaign, each.reason) for each in (first, second)] == [("high", Reason.ELIGIBLE), ("low", Reason.CAP_REACHED)]


def test_tags_are_those_of_the_time_of_sending() -> None:
    policy = capped({"tag": "promo", "max": 1, "within": "24h"})
    ada = life(mail(tags=["promo"]), mail("sale", trigger={"event": "sale"}, tags=["promo"]), policy).live([go(T)])
    ada.engine.book = book(mail(tags=[]), mail("sale", trigger={"event": "sale"}, tags=["promo"]), policy)
    assert ada.live([go(T + 1, "sale")]).decisions[1].reason is Reason.CAP_REACHED


def test_a_widened_rule_sees_what_went_out_before_it() -> None:
    ada = life(mail(), GRANT).live([go(T)])
    ada.engine.book = book(mail(), capped({"channel": "any", "max": 1, "within": "30d"}))
    assert ada.live([go(T + 30 * DAY - 1), go(T + 30 * DAY)]).told[1:] == [
        ("withheld", "CAP_REACHED", T + 30 * DAY - 1),
        ("acted", "ELIGIBLE", T + 30 * DAY),
    ]


@pytest.mark.parametrize(
    ("zone", "per", "sent", "again", "expected"),
    [
        ("Europe/Berlin", "day", "2026-01-05T22:59", "2026-01-05T23:00", "ELIGIBLE"),  # midnight in Berlin
        ("Europe/Berlin", "day", "2026-01-05T23:00", "2026-01-06T22:59", "CAP_REACHED"),
        ("America/New_York", "day", "2026-01-06T04:59", "2026-01-06T05:00", "ELIGIBLE"),
        ("Europe/Berlin", "day", "2026-03-28T23:00", "2026-03-29T21:59", "CAP_REACHED"),  # a day of 23 hours
        ("Europe/Berlin", "day", "2026-03-28T23:00", "2026-03-29T22:00", "ELIGIBLE"),
        ("Europe/Berlin", "day", "2026-10-24T22:00", "2026-10-25T22:59", "CAP_REACHED"),  # a day of 25 hours
        ("UTC", "week", "2026-01-05T00:00", "2026-01-11T23:59", "CAP_REACHED"),
        ("UTC", "week", "2026-01-11T23:59", "2026-01-12T00:00", "ELIGIBLE"),
        ("UTC", "month", "2026-01-01T00:00", "2026-01-31T23:59", "CAP_REACHED"),
        ("UTC", "month", "2026-01-31T23:59", "2026-02-01T00:00", "ELIGIBLE"),
    ],
)
def test_a_calendar_window_is_the_customers_own(zone: str, per: str, sent: str, again: str, expected: str) -> None:
    from udfs.core.values.instants import parse_instant

    policy = capped({"channel": "any", "max": 1, "per": per})
    ada = life(mail(), policy).live(
        [event("page", parse_instant("2025-12-31T00:00"), context={"timezone": zone}), go(parse_instant(sent)), go(parse_instant(again))]
    )
    assert [decision.reason.value for decision in ada.decisions] == ["ELIGIBLE", expected]


def test_weeks_begin_when_the_policy_says() -> None:
    policy = capped({"channel": "any", "max": 1, "per": "week"}, week_starts="sunday")
    sunday = MONDAY + 6 * DAY
    assert reasons(policy, sunday - 1, sunday) == ["ELIGIBLE", "ELIGIBLE"]
    assert reasons(policy, sunday, sunday + 7 * DAY - 1) == ["ELIGIBLE", "CAP_REACHED"]


def test_a_hard_bounce_gives_the_place_back_and_a_soft_one_does_not() -> None:
    policy = capped({"channel": "any", "max": 1, "within": "24h"})
    both = mail(channel=["email", "push"])
    for kind, expected in (("hard", "push"), ("soft", None)):
        ada = life(both, policy).live([go(T)])
        bounce = event("message_bounced", T + 1, decision_id=ada.actions[0].decision_id, bounce_type=kind)
        decision = ada.live([bounce, go(T + 2)]).decisions[1]
        assert (decision.channel if decision.outcome is Outcome.ACTED else None) == expected, kind


def test_transactional_passes_by_and_counts_only_where_the_cap_says_so() -> None:
    receipt = mail("receipt", trigger={"event": "paid"}, purpose="transactional")
    for counts, expected in ((False, "ELIGIBLE"), (True, "CAP_REACHED")):
        policy = capped({"channel": "email", "max": 1, "within": "24h", "count_transactional": counts})
        ada = life(mail(), receipt, policy).live([go(T, "paid"), go(T + 1, "paid"), go(T + 2)])
        assert [decision.reason.value for decision in ada.decisions] == ["ELIGIBLE", "ELIGIBLE", expected]


def test_deferred_until_the_window_has_room_and_decided_again_once() -> None:
    policy = capped({"channel": "any", "max": 2, "within": "24h", "then": "defer"})
    ada = life(mail(send={"expires": "7d"}), policy).live([go(T), go(T + HOUR), go(T + 2 * HOUR)])
    deferred = ada.decisions[2]
    assert (deferred.outcome, deferred.reason, deferred.attempt) == (Outcome.DEFERRED, Reason.CAP_REACHED, 0)
    assert deferred.deferred_until == T + DAY + JITTER
    again = ada.wait().decisions[3]
    assert (again.decision_id, again.attempt, again.outcome, again.at) == (deferred.decision_id, 1, Outcome.ACTED, T + DAY + JITTER)


def test_two_deferred_ones_come_back_at_one_moment_and_the_second_is_withheld_for_good() -> None:
    policy = capped({"channel": "any", "max": 1, "per": "day", "then": "defer"})
    ada = life(mail(send={"expires": "7d"}), policy).live([go(T), go(T + 1), go(T + 2)]).wait()
    midnight = MONDAY + DAY + JITTER
    assert sorted(ada.told[3:]) == [("acted", "ELIGIBLE", midnight), ("withheld", "CAP_REACHED", midnight)]


def test_a_cap_of_none_cannot_be_waited_out() -> None:
    policy = capped({"channel": "any", "max": 0, "within": "24h", "then": "defer"})
    assert life(mail(), policy).live([go(T)]).told == [("withheld", "CAP_REACHED", T)]


def test_the_next_channel_is_tried_where_the_cap_says_so() -> None:
    policy = capped({"channel": "email", "max": 1, "within": "24h", "then": "next_channel"})
    ada = life(mail(channel=["email", "push"]), policy).live([go(T), go(T + 1)])
    assert [action.channel for action in ada.actions] == ["email", "push"]


def test_every_cap_without_room_is_named_and_the_channel_that_stopped_it() -> None:
    rules = {
        "consent": {"default": {"marketing": "grant"}},
        "caps": [{"id": "a", "channel": "email", "max": 0, "within": "2h"}, {"id": "b", "channel": "any", "max": 0, "within": "5h"}],
    }
    (decision,) = life(mail(), rules).live([event("go", T)]).decisions
    assert decision.detail == "a: 0 of 0 within 2h; b: 0 of 0 within 5h"
    stopped = {**rules, "caps": [{"id": "c", "channel": "push", "max": 0, "within": "2h"}]}
    (decision,) = life(mail(channel=["email", "push"]), stopped).live([event("unsubscribed", T, channel="email"), event("go", T + 1)]).decisions
    assert (decision.reason, decision.channel) == (Reason.CAP_REACHED, "push")
