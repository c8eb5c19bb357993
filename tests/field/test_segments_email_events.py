"""Bounces, complaints and unsubscriptions by the names of Segment's spec close their channel, and no other."""

import json
from typing import Any

import pytest

from services.replay.records import Record
from tests.builders import words
from tests.field.test_stops_said_again import AT, CART, GRANT, KNOWN, MINUTE, TENT, said, sent

BOTH = (CART | {"variants": {"word": words(["email", "sms", "push"])}}, {**GRANT[1], "addresses": "elsewhere"})
BOUNCE: dict[str, Any] = {"properties": {"email_id": "18vzF7u3z", "campaign_name": "New Customer Discount"}}


@pytest.mark.parametrize("name", ["Email Bounced", "Email Marked as Spam", "email_bounced", "EmailBounced", "Email Unsubscribed"])
def test_nothing_goes_out_by_email_any_more(name: str) -> None:
    assert [each.channel for each in sent(said(name, -5, **BOUNCE), TENT, documents=BOTH)] == ["sms"]
    assert sent(said(name, -5, **BOUNCE), TENT) == []


def test_a_bounced_push_notification_closes_push_only() -> None:
    assert [each.channel for each in sent(said("Push Notification Bounced", -5), TENT, documents=BOTH)] == ["email"]


def test_an_address_in_the_context_of_the_bounce_does_not_open_the_channel() -> None:
    bounced = said("Email Bounced", -5, **BOUNCE, context={"traits": {"email": "pgibbons@example.com"}})
    assert sent(bounced, TENT) == []


def test_an_email_delivered_later_opens_it_again() -> None:
    assert len(sent(said("Email Bounced", -5, **BOUNCE), said("Email Delivered", -4), TENT)) == 1


SPEC: dict[str, Any] = {
    "action": "track",
    "user_id": "ann",
    "context": {"traits": {"email": "pgibbons@example.com"}, "ip": "67.207.109.102", "user_agent": "Mozilla/5.0 (Macintosh)"},
    "properties": {
        "email_id": "18vzF7u3z",
        "email_subject": "20% off: A token of our appreciation!",
        "campaign_id": "123",
        "campaign_name": "New Customer Discount",
        "link_id": "a1",
        "link_url": "http://www.example.com",
    },
}


def as_in_the_spec(name: str, minute: float) -> Record:
    """As Segment's page on email events writes it: `action` for type, `user_id`, and the address in the context."""
    return Record(AT + int(minute * MINUTE), b"ann", json.dumps({**SPEC, "event": name}).encode())


@pytest.mark.parametrize("name", ["Email Bounced", "Email Marked as Spam"])
def test_a_payload_of_the_spec_closes_the_channel(name: str) -> None:
    assert sent(as_in_the_spec(name, -5), TENT) == []
    assert sent(KNOWN, as_in_the_spec(name, -5), TENT) == []
    assert [each.channel for each in sent(as_in_the_spec(name, -5), TENT, documents=BOTH)] == ["sms"]


def test_a_payload_of_the_spec_unsubscribes() -> None:
    assert sent(as_in_the_spec("Unsubscribed", -5), TENT, documents=BOTH) == []


@pytest.mark.parametrize("name", ["Email Delivered", "Email Opened", "Email Link Clicked"])
def test_a_payload_of_the_spec_that_stops_nothing_stops_nothing(name: str) -> None:
    assert len(sent(as_in_the_spec(name, -5), TENT)) == 1


def test_the_address_that_bounced_is_no_new_one_when_it_is_told_again() -> None:
    again = said("identify", -4, type="identify", traits={"email": "pgibbons@example.com"})
    assert sent(as_in_the_spec("Email Bounced", -5), again, TENT) == []
    another = said("identify", -4, type="identify", traits={"email": "peter@example.com"})
    assert len(sent(as_in_the_spec("Email Bounced", -5), another, TENT)) == 1


@pytest.mark.parametrize("traits", [{"email_reachable": True}, {"email": "other@example.com"}])
def test_what_comes_with_a_bounce_does_not_open_the_channel(traits: dict[str, Any]) -> None:
    assert sent(KNOWN, said("Email Bounced", -5, **BOUNCE, context={"traits": traits}), TENT) == []


def test_a_token_in_the_context_of_a_bounce_does_not_open_push() -> None:
    bounced = said("Push Notification Bounced", -5, context={"device": {"token": "t-2"}})
    push = (CART | {"variants": {"word": words("push")}}, *BOTH[1:])
    known = said("identify", -60, type="identify", traits={"push_token": "t-1"})
    assert sent(known, bounced, TENT, documents=push) == sent(bounced, TENT, documents=push) == []


def test_a_soft_bounce_by_brazes_name_closes_nothing() -> None:
    assert len(sent(said("Email Soft Bounced", -5, **BOUNCE), TENT)) == 1


def test_a_soft_bounce_closes_nothing() -> None:
    assert len(sent(said("Email Bounced", -5, properties={"bounce_type": "soft"}), TENT)) == 1


def test_unsubscribed_stops_every_channel() -> None:
    assert sent(said("Unsubscribed", -5, **BOUNCE), TENT, documents=BOTH) == []
