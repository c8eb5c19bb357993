"""Stops that were lost when somebody tried to break the promise from its text alone: each is heard now."""

import json
from typing import Any

import pytest

from services.local.job import LocalJob
from services.replay.records import Record
from tests.builders import book, campaign
from udfs.core.records import Action, Decision

AT = 1_772_445_600_000
"""2026-03-02T10:00Z."""
MINUTE = 60_000
CART = campaign(trigger={"idle": "30m", "of": "cart", "unless": ["order_completed", "cart_cleared"]})
PAY = {
    "campaign": "pay",
    "trigger": {"event": "invoice_created", "unless": [{"event": ["invoice_paid", "order_completed"], "same": ["invoice_id", "order_id"]}]},
    "steps": [{"wait": "1h"}, {"send": "mail"}],
    "variants": {"mail": {"channel": "email", "content": {"body": "x"}}},
}
GRANT: dict[str, Any] = {"consent": {"default": {"marketing": "grant"}}}


def said(event: str, minute: float, *, arrives: float | None = None, top: dict[str, Any] | None = None, **properties: Any) -> Record:
    at, arrived = AT + int(minute * MINUTE), AT + int((minute if arrives is None else arrives) * MINUTE)
    message = {"type": "track", "event": event, "userId": "ann", "messageId": f"message-{event}-{minute}-{arrives}", "timestamp": at}
    return Record(arrived, b"ann", json.dumps({**message, "properties": properties, **(top or {})}).encode())


def sent(*records: Record, documents: tuple[dict[str, Any], ...] = (CART,)) -> list[Action]:
    return [output for outputs in LocalJob(book(*documents)).run(records) for output in outputs if isinstance(output, Action)]


TENT = said("product_added", 0, product_id="tent", price=120, quantity=1)


def test_the_cart_is_spoken_of_where_nothing_stops_it() -> None:
    assert len(sent(TENT)) == 1


@pytest.mark.parametrize(("grant", "denial"), [("consent_given", "consent_withdrawn"), ("subscribed", "unsubscribed")])
def test_a_withdrawal_by_the_slower_of_two_clocks_is_heard(grant: str, denial: str) -> None:
    assert sent(said(grant, -26, arrives=-30), said(denial, -28), TENT) == []


@pytest.mark.parametrize(
    "top", [{"timestamp": "2026-03-02"}, {"sentAt": "2099-01-01T00:00:00Z"}, {"sentAt": AT + 10 * MINUTE, "receivedAt": "1999-01-01T00:00:00Z"}]
)
def test_an_order_whose_other_times_are_absurd_closes_the_cart(top: dict[str, Any]) -> None:
    assert sent(TENT, said("order_completed", 10, top=top, order_id="o")) == []


def test_an_order_with_the_message_id_of_another_event_closes_the_cart() -> None:
    first = said("product_added", 0, top={"messageId": "the-same-for-all-of-them"}, product_id="tent", price=120, quantity=1)
    assert sent(first, said("order_completed", 10, top={"messageId": "the-same-for-all-of-them"}, order_id="o")) == []


@pytest.mark.parametrize("which", [{}, {"invoice_id": {}}, {"invoice_id": ""}, {"invoice_id": "null"}, {"invoice_id": "i1"}])
def test_an_exit_that_does_not_say_which_one_it_is_about_ends_all(which: dict[str, Any]) -> None:
    assert sent(said("invoice_created", 0, invoice_id="i1"), said("invoice_paid", 5, **which), documents=(PAY,)) == []


def test_an_order_without_an_id_of_its_own_ends_what_it_may_be_about() -> None:
    assert sent(said("invoice_created", 0, order_id="o1"), said("order_completed", 5), documents=(PAY,)) == []
    assert len(sent(said("invoice_created", 0, order_id="o1"), said("order_completed", 5, order_id="o2"), documents=(PAY,))) == 1


@pytest.mark.parametrize("purpose", ['["marketing"]', "null", "undefined", "[object Object]", "x" * 5_000, "Advertising", {}, 7])
def test_a_withdrawal_of_a_purpose_that_nobody_can_read_withdraws_all(purpose: Any) -> None:
    assert sent(said("consent_withdrawn", -5, purpose=purpose), TENT) == []


@pytest.mark.parametrize(
    "context",
    [
        {"consent_management": {"denied_consent_ids": ["marketing"]}},
        {"consentManagement": {"denied_consent_ids": ["marketing"]}},
        {"consent": {"categoryPreferences": '{"marketing": false}'}},
    ],
)
def test_a_banner_is_heard_in_any_spelling(context: dict[str, Any]) -> None:
    assert sent(said("page_seen", -5, top={"context": context}), TENT) == []


@pytest.mark.parametrize("zone", ["+01:00", "UTC+1", "GMT+1"])
@pytest.mark.parametrize("per", ["day", "week", "month"])
def test_who_lives_by_an_offset_has_calendar_caps_too(zone: str, per: str) -> None:
    capped = {**GRANT, "caps": [{"id": "one", "channel": "email", "max": 1, "per": per}]}
    identify = said("identify", -5, top={"type": "identify", "traits": {"timezone": zone}})
    assert len(sent(identify, TENT, documents=(CART, capped))) == 1


@pytest.mark.parametrize("zone", [{}, [], {"a": 1}, ["x"]])
def test_a_zone_that_is_no_text_is_not_a_failure(zone: Any) -> None:
    quiet = {**GRANT, "quiet_hours": {"from": "22:00", "to": "08:00"}}
    identify = said("identify", -5, top={"type": "identify", "traits": {"timezone": zone}})
    found = [output for outputs in LocalJob(book(CART, quiet)).run([identify, TENT]) for output in outputs if isinstance(output, Decision)]
    assert [each.reason.value for each in found] != ["ENGINE_FAILED"]


@pytest.mark.parametrize("token", ["null", "undefined", "0", " "])
def test_a_token_that_is_none_does_not_open_push(token: str) -> None:
    both = campaign(variants={"word": {"channel": ["push", "email"], "content": {"body": "x", "title": "x"}}})
    identify = said("identify", -5, top={"type": "identify", "traits": {"email": "a@example.com"}, "context": {"device": {"token": token}}})
    assert [each.channel for each in sent(identify, TENT, documents=(both,))] == ["email"]
