"""What a person allows and where she can be reached, each computed by hand: what cannot be read denies more and grants nothing."""

import pytest

from tests.world_oracle.player import Record
from tests.world_oracle.telling import ANYWHERE, add, play, raw, told

STRICT = {"addresses": "elsewhere", "consent": {"default": {"marketing": "deny"}}}
KNOWN: dict[str, object] = {"consent": {"default": {"marketing": "grant"}}}


def answer(*records: Record, rules: object = ANYWHERE) -> tuple[str, str | None]:
    """Why, and by which channel, the cart of 10:00 is answered at 10:30. The campaign goes by email, else by push."""
    assert isinstance(rules, dict | None)
    told = play([add("10:00"), *records], rules=rules).decisions()
    assert len(told) == 1
    return told[0].reason, told[0].channel


@pytest.mark.parametrize(
    ("event", "properties", "expected"),
    [
        ("unsubscribed", {}, ("UNSUBSCRIBED", "email")),
        ("unsubscribed", {"channel": "email"}, ("ELIGIBLE", "push")),
        ("unsubscribed", {"channel": " EMAIL "}, ("ELIGIBLE", "push")),
        ("unsubscribed", {"channel": "push"}, ("ELIGIBLE", "email")),
        ("unsubscribed", {"channel": ["email", "push"]}, ("UNSUBSCRIBED", "email")),
        ("unsubscribed", {"channel": {}}, ("UNSUBSCRIBED", "email")),
        ("unsubscribed", {"channel": []}, ("UNSUBSCRIBED", "email")),
        ("unsubscribed", {"channel": "e-mail"}, ("UNSUBSCRIBED", "email")),
        ("unsubscribed", {"channel": ["push", "pigeon"]}, ("UNSUBSCRIBED", "email")),
        ("unsubscribed", {"decision_id": "unknown"}, ("UNSUBSCRIBED", "email")),
        ("consent_withdrawn", {}, ("NO_CONSENT", "email")),
        ("consent_withdrawn", {"purpose": []}, ("NO_CONSENT", "email")),
        ("consent_withdrawn", {"purpose": {}, "channel": "email"}, ("ELIGIBLE", "push")),
        ("consent_withdrawn", {"purpose": "newsletter"}, ("ELIGIBLE", "email")),
        ("consent_withdrawn", {"purpose": ["marketing"], "channel": "push"}, ("ELIGIBLE", "email")),
        ("message_complained", {}, ("UNSUBSCRIBED", "email")),
        ("message_complained", {"channel": "email"}, ("ELIGIBLE", "push")),
        ("message_bounced", {"channel": "email"}, ("ELIGIBLE", "push")),
        ("message_bounced", {"channel": "email", "bounce_type": "soft"}, ("ELIGIBLE", "email")),
        ("message_bounced", {}, ("UNREACHABLE", "email")),
    ],
)
def test_what_is_stopped(event: str, properties: dict[str, object], expected: tuple[str, str]) -> None:
    assert answer(told(event, "10:10", None, properties)) == expected


@pytest.mark.parametrize(
    ("event", "properties", "expected"),
    [
        ("consent_given", {}, ("ELIGIBLE", "email")),
        ("consent_given", {"channel": "push"}, ("ELIGIBLE", "push")),
        ("consent_given", {"channel": {}}, ("NO_CONSENT", "email")),
        ("consent_given", {"purpose": []}, ("NO_CONSENT", "email")),
        ("consent_given", {"purpose": "newsletter"}, ("NO_CONSENT", "email")),
        ("consent_given", {"expires_in": "15m"}, ("NO_CONSENT", "email")),
        ("consent_given", {"expires_in": "1d"}, ("ELIGIBLE", "email")),
        ("consent_given", {"expires_at": "some day"}, ("NO_CONSENT", "email")),
        ("subscribed", {}, ("ELIGIBLE", "email")),
        ("subscribed", {"channel": {}}, ("NO_CONSENT", "email")),
    ],
)
def test_what_is_granted(event: str, properties: dict[str, object], expected: tuple[str, str]) -> None:
    assert answer(told(event, "10:10", None, properties), rules=STRICT) == expected


def test_a_general_consent_never_lifts_what_was_said_about_one_channel() -> None:
    left = told("unsubscribed", "10:10", channel="email")
    assert answer(left, told("consent_given", "10:20")) == ("ELIGIBLE", "push")
    assert answer(left, told("subscribed", "10:20", channel="email")) == ("ELIGIBLE", "email")


def test_a_withdrawal_of_all_withdraws_what_was_granted_by_one_channel() -> None:
    granted = told("consent_given", "10:10", channel="push")
    assert answer(granted, told("consent_withdrawn", "10:20"), rules=STRICT) == ("NO_CONSENT", "email")


def test_the_latest_word_counts_by_event_time() -> None:
    late = told("consent_withdrawn", "09:00", "10:20")
    assert answer(told("consent_given", "10:10"), late) == ("ELIGIBLE", "email")


def test_of_two_at_one_instant_and_within_five_minutes_the_denial() -> None:
    given = told("consent_given", "10:10")
    assert answer(given, told("consent_withdrawn", "10:10", "10:11")) == ("NO_CONSENT", "email")
    assert answer(given, told("consent_withdrawn", "10:05:01", "10:11")) == ("NO_CONSENT", "email")
    assert answer(given, told("consent_withdrawn", "10:05", "10:11")) == ("ELIGIBLE", "email")


def identified(happened: str, arrived: str | None = None, **traits: object) -> Record:
    return told("identify", happened, arrived, top={"type": "identify", "traits": traits})


def test_a_channel_is_open_only_if_an_address_is_known() -> None:
    assert answer(rules={**KNOWN, "addresses": "required"}) == ("UNREACHABLE", "email")
    assert answer(identified("10:01", email="a@example.com"), rules=KNOWN) == ("ELIGIBLE", "email")
    assert answer(identified("10:01", push_token="t"), rules=KNOWN) == ("ELIGIBLE", "push")
    assert answer(identified("10:01", email="undefined"), rules={**KNOWN, "addresses": "required"}) == ("UNREACHABLE", "email")
    device = raw({"type": "page", "userId": "u1", "context": {"device": {"token": "t"}}}, "10:01")
    assert answer(device, rules=KNOWN) == ("ELIGIBLE", "push")


def test_the_policy_may_say_that_addresses_live_elsewhere() -> None:
    known = identified("10:01", email="a@example.com")
    assert answer(known, rules=KNOWN) == ("ELIGIBLE", "email")
    assert answer(known, rules={**KNOWN, "addresses": {"push": "elsewhere"}}) == answer(rules={**KNOWN, "addresses": "elsewhere"})


def test_without_any_policy_only_another_address_shows_that_this_one_is_missing() -> None:
    assert answer(rules=None) == ("ELIGIBLE", "email")
    assert answer(identified("10:01", push_token="t"), rules=None) == ("ELIGIBLE", "push")


def test_a_late_identify_does_not_take_back_what_is_newer() -> None:
    newer = identified("10:05", email="a@example.com")
    assert answer(newer, identified("10:01", "10:10", email=""), rules=KNOWN) == ("ELIGIBLE", "email")


def test_a_bounce_closes_until_the_address_changes() -> None:
    before, bounced = identified("09:00", email="old@example.com"), told("message_bounced", "10:05", channel="email")
    assert answer(before, bounced) == ("ELIGIBLE", "push")
    assert answer(before, bounced, identified("10:10", email="old@example.com")) == ("ELIGIBLE", "push")
    assert answer(before, bounced, identified("10:10", email="new@example.com")) == ("ELIGIBLE", "email")


def test_at_night_in_a_zone_that_nobody_understands_nothing_is_sent() -> None:
    quiet = {**ANYWHERE, "quiet_hours": {"from": "22:00", "to": "08:00", "spread": "1s"}}
    stated = identified("10:01", timezone="Berlin somewhere")
    assert answer(stated, rules=quiet) == ("QUIET_HOURS", "email")
    assert answer(rules=quiet) == ("ELIGIBLE", "email")
