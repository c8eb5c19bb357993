"""Channels that are closed because nothing arrives there."""

from typing import Any

import pytest

from tests.builders import HOUR, MONDAY, event, life, mail
from udfs.core.records import Event, Reason

T = MONDAY + 10 * HOUR


def traits(at: int, **said: Any) -> Event:
    return event("identify", at, type="identify", traits=said)


@pytest.mark.parametrize(
    ("name", "after", "reason"),
    [
        ("message_bounced", [], Reason.UNREACHABLE),
        ("message_bounced", [traits(T + 2, email="new@example.com")], Reason.ELIGIBLE),
        ("message_bounced", [traits(T + 2, email="old@example.com")], Reason.UNREACHABLE),
        ("message_bounced", [traits(T + 2, email_reachable=True)], Reason.ELIGIBLE),
        ("message_bounced", [event("message_delivered", T + 2, channel="email")], Reason.ELIGIBLE),
        ("message_bounced", [event("message_delivered", T, channel="email")], Reason.UNREACHABLE),
        ("message_complained", [], Reason.UNSUBSCRIBED),
        ("message_opened", [], Reason.ELIGIBLE),
    ],
)
def test_what_came_back_closes_its_channel_until_something_says_otherwise(name: str, after: list[Event], reason: Reason) -> None:
    ada = life(mail()).live([traits(T - 1, email="old@example.com"), event("go", T)])
    ada.live([event(name, T + 1, decision_id=ada.actions[0].decision_id), *after, event("go", T + 3)])
    assert ada.decisions[1].reason is reason


def test_a_customers_own_flag() -> None:
    ada = life(mail(channel=["sms", "email"])).live([traits(T, sms_reachable=False), event("go", T + 1)])
    assert [action.channel for action in ada.actions] == ["email"]
    assert ada.live([traits(T + 2, sms_reachable=True), event("go", T + 3)]).actions[1].channel == "sms"
    assert life(mail()).live([traits(T, email_reachable=False), event("go", T)]).decisions[0].reason is Reason.UNREACHABLE


def test_by_what_somebody_is_reached_is_remembered_however_much_else_is_known() -> None:
    many = event("identify", T, type="identify", traits={f"trait_{number}": number for number in range(60)})
    closed = event("identify", T + 1, type="identify", traits={"email_reachable": False})
    (decision,) = life(mail()).live([many, closed, event("go", T + 2)]).decisions
    assert decision.reason is Reason.UNREACHABLE
    soft = [event("message_bounced", T, channel="Email", bounce_type="Soft"), event("message_bounced", T + 1, channel="Email")]
    assert life(mail()).live([soft[0], event("go", T + 2)]).actions
    assert not life(mail()).live([*soft, event("go", T + 2)]).actions
