"""Advice about consent is advice that helps: each is followed here, and the message goes out."""

from typing import Any

import pytest

from tests.builders import HOUR, MINUTE, MONDAY, event
from tests.explain.telling import CAMPAIGN, Customer

TEN = MONDAY + 10 * HOUR
BY_MAIL = {**CAMPAIGN, "variants": {"mail": {"channel": "email", "content": {"body": "Hi"}}}}
DENY = {"consent": {"default": {"marketing": "deny"}}}


def after(*before: Any, campaign: dict[str, Any] = BY_MAIL, policy: dict[str, Any] | None = None) -> Customer:
    return Customer(campaign, policy=policy or {}).live(*before, event("page", TEN, message_id="m1"))


def advice(case: Customer) -> str:
    return " ".join(case.told()["otherwise"])


def test_after_a_complaint_the_channel_has_to_be_opened_too() -> None:
    complained = event("message_complained", TEN - HOUR, channel="email", decision_id="x")
    told = advice(after(complained))
    assert (
        "No `message_complained` at 2026-01-05 09:00:00 UTC, or both a `subscribed` by email and, because a complaint closes the channel too" in told
    )
    assert "what opens it again: a new address (another trait `email`), `email_reachable: true` or a message that was delivered" in told
    subscribed = event("subscribed", TEN - MINUTE, channel="email")
    assert after(complained, subscribed).decisions[-1]["reason"] == "UNREACHABLE"
    opened = event("identify", TEN - MINUTE, type="identify", traits={"email_reachable": True})
    assert after(complained, subscribed, opened).decisions[-1]["outcome"] == "acted"


def test_where_no_time_lies_between_nothing_is_advised_for_it() -> None:
    night = {"quiet_hours": {"from": "09:00", "to": "20:00"}}
    ended = Customer(policy=night).live(event("page", TEN), event("consent_withdrawn", TEN + MINUTE, purpose="storage"))
    assert advice(ended) == "No denial of storage at 2026-01-05 10:01:00 UTC (consent_withdrawn)."
    assert advice(after(event("unsubscribed", TEN, channel="email"))) == "By email: No `unsubscribed` at 2026-01-05 10:00:00 UTC."
    bounced = event("message_bounced", TEN, channel="email", decision_id="x")
    assert advice(after(bounced)) == "By email: No bounce or complaint at 2026-01-05 10:00:00 UTC."


def test_what_closes_all_channels_alike_is_said_once_and_of_none() -> None:
    sentence = "A `consent_given` for marketing before 2026-01-05 10:00:00 UTC, or `consent: {default: {marketing: grant}}` in the policy."
    assert Customer(policy=DENY).live(event("page", TEN)).told()["otherwise"] == [sentence]
    three = {**CAMPAIGN, "variants": {"mail": {"channel": ["sms", "email", "push"], "content": {"body": "Hi"}}}}
    left = after(event("unsubscribed", TEN - HOUR, channel="sms"), campaign=three, policy=DENY).told()["otherwise"]
    assert left[0].startswith("By sms: No `unsubscribed` at 2026-01-05 09:00:00 UTC, or a `subscribed` by sms after that")
    assert left[1:] == [f"By email and push: {sentence}"]


@pytest.mark.parametrize(
    ("denial", "words", "deed"),
    [
        ({"name": "unsubscribed", "channel": "email"}, "a `subscribed` by email", {"name": "subscribed", "channel": "email"}),
        ({"name": "unsubscribed"}, "a `subscribed` after", {"name": "subscribed"}),
        (
            {"name": "consent_withdrawn", "channel": "email", "purpose": "tips"},
            "a `consent_given` for tips by email",
            {"name": "consent_given", "channel": "email", "purpose": "tips"},
        ),
        ({"name": "consent_withdrawn"}, "a `consent_given` for it", {"name": "consent_given", "purpose": "tips"}),
    ],
)
def test_for_another_purpose_too_the_advice_helps(denial: dict[str, Any], words: str, deed: dict[str, Any]) -> None:
    tips = {**BY_MAIL, "purpose": "tips"}
    said = {key: value for key, value in denial.items() if key != "name"}
    denied = event(denial["name"], TEN - HOUR, **said)
    assert words in advice(after(denied, campaign=tips))
    done = event(deed["name"], TEN - MINUTE, **{key: value for key, value in deed.items() if key != "name"})
    assert after(denied, done, campaign=tips).decisions[-1]["outcome"] == "acted"


def test_at_a_journeys_entry_the_channel_that_was_left_is_named() -> None:
    journey = {**BY_MAIL, "steps": [{"wait": "1h"}, {"send": "mail"}]}
    case = after(event("unsubscribed", TEN - HOUR, channel="email"), campaign=journey)
    assert advice(case).startswith("No `unsubscribed` at 2026-01-05 09:00:00 UTC, or a `subscribed` by email after that")
    told = case.told()
    assert told["trigger"] == ["event m1 (page, unless order_completed); the journey was not entered; decided at 2026-01-05 10:00:00 UTC"]
    assert told["filters"][0].startswith("the journey was not entered, so none was checked: UNSUBSCRIBED email: denied at 2026-01-05 09:00:00 UTC")
    assert "journey" not in told
