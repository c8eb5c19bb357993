"""Whoever has left the mailing list returns by subscribing to it: no banner and no general consent brings them back."""

from typing import Any

import pytest

from tests.builders import Life, book, event, mail
from udfs.core.engine import Engine
from udfs.core.records import Event

T = 1_772_445_600_000
MINUTE = 60_000
POLICY = {"consent": {"default": {"marketing": "grant"}}}
BANNER = {"consent": {"categoryPreferences": {"Advertising": True}}}
LATER: list[dict[str, Any]] = [
    {"name": "page_viewed", "context": BANNER},
    {"name": "page_viewed", "context": {"consentManagement": {"allowedConsentIds": ["Marketing"]}}},
    {"name": "consent_given"},
    {"name": "consent_given", "purpose": "marketing"},
]


def reached(*events: Event, document: dict[str, Any] | None = None) -> list[str]:
    life = Life(Engine(book(document or mail(), POLICY))).live([*events, event("go", T + 10 * MINUTE)])
    return [each.channel for each in life.actions]


@pytest.mark.parametrize("later", LATER)
@pytest.mark.parametrize("left", [{}, {"channel": {}}, {"channel": "newsletterlist"}, {"list_id": "9"}, {"channel": "email"}])
def test_no_banner_and_no_general_consent_lifts_an_unsubscription(left: dict[str, Any], later: dict[str, Any]) -> None:
    said = dict(later)
    assert reached(event("unsubscribed", T, **left), event(said.pop("name"), T + MINUTE, **said)) == []


@pytest.mark.parametrize("back", [{}, {"channel": "email"}])
def test_who_subscribes_again_is_back(back: dict[str, Any]) -> None:
    assert reached(event("unsubscribed", T), event("subscribed", T + MINUTE, **back)) == ["email"]


def test_who_subscribes_to_another_channel_is_not_back() -> None:
    assert reached(event("unsubscribed", T), event("subscribed", T + MINUTE, channel="sms")) == []


@pytest.mark.parametrize("purpose", ["email", "marketing emails", ["marketing newsletter"]])
def test_a_withdrawal_of_a_purpose_that_nobody_uses_withdraws_all_marketing(purpose: Any) -> None:
    assert reached(event("consent_withdrawn", T, purpose=purpose)) == []
    assert reached(event("consent_withdrawn", T, purpose=purpose), event("consent_given", T + MINUTE)) == ["email"]


def test_the_same_mailbox_written_otherwise_does_not_open_after_a_bounce() -> None:
    known = event("identify", T - 2, type="identify", traits={"email": "a@b.c"})
    bounced = event("message_bounced", T - 1, channel="email")
    assert reached(known, bounced, event("identify", T, type="identify", traits={"email": " A@B.C "})) == []
    assert reached(known, bounced, event("identify", T, type="identify", traits={"email": "d@b.c"})) == ["email"]
