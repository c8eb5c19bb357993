"""A stop that is said again after something was granted is heard, though its bytes or its id came before; a redelivery takes nothing back."""

import json
from typing import Any

import pytest

from services.local.job import LocalJob
from services.replay.records import Record
from tests.builders import book, campaign, words
from udfs.core.counts import Count
from udfs.core.records import Action

AT = 1_772_445_600_000
"""2026-03-02T10:00Z."""
MINUTE = 60_000
CART = campaign(trigger={"idle": "30m", "of": "cart", "unless": ["order_completed", "cart_cleared"]})


GRANT: tuple[dict[str, Any], ...] = (CART, {"consent": {"default": {"marketing": "grant"}}})


def bare(event: str, minute: float, **fields: Any) -> Record:
    """An event with neither an id nor a time of its own, unless the fields say one: its bytes are the same each time."""
    message = {"type": "track", "event": event, "userId": "ann", **fields}
    return Record(AT + int(minute * MINUTE), b"ann", json.dumps(message).encode())


def said(event: str, minute: float, **fields: Any) -> Record:
    """The same with an id and a time of its own."""
    return bare(event, minute, messageId=f"{event}-{minute}-0123456789", timestamp=AT + int(minute * MINUTE), **fields)


def sent(*records: Record, documents: tuple[dict[str, Any], ...] = (CART,)) -> list[Action]:
    return [output for outputs in LocalJob(book(*documents)).run(records) for output in outputs if isinstance(output, Action)]


def counted(name: Count, *records: Record) -> int:
    job = LocalJob(book(CART))
    list(job.run(records))
    return job.engine.counts[name]


TENT = said("product_added", 0, properties={"product_id": "tent", "price": 120, "quantity": 1})
KNOWN = said("identify", -60, type="identify", traits={"email": "a@example.com"})
BANNER_NO = {"context": {"consent": {"categoryPreferences": {"Advertising": False}}}}
BANNER_YES = {"context": {"consent": {"categoryPreferences": {"Advertising": True}}}}
DENIALS: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("unsubscribed", {}, "subscribed", {}),
    ("unsubscribed", {"properties": {"channel": "email"}}, "subscribed", {"properties": {"channel": "email"}}),
    ("Unsubscribe", {}, "subscribed", {}),
    ("consent_withdrawn", {}, "consent_given", {}),
    ("consent_withdrawn", {"properties": {"purpose": "marketing"}}, "consent_given", {}),
    ("message_bounced", {"properties": {"channel": "email"}}, "identify", {"type": "identify", "traits": {"email": "new@example.com"}}),
    ("message_bounced", {"properties": {"channel": "email"}}, "message_delivered", {"properties": {"channel": "email"}}),
    ("message_complained", {"properties": {"channel": "email"}}, "subscribed", {"properties": {"channel": "email"}}),
    ("identify", {"type": "identify", "traits": {"email_reachable": False}}, "identify", {"type": "identify", "traits": {"email_reachable": True}}),
    ("page", BANNER_NO, "page", BANNER_YES),
]
TIMES: list[dict[str, Any]] = [{}, {"timestamp": "soon"}, {"timestamp": "2026-03-02"}, {"timestamp": "2099-01-01T00:00:00Z"}, {"messageId": "null"}]


@pytest.mark.parametrize(("denial", "what", "grant", "which"), DENIALS)
def test_the_grant_is_heard_where_nothing_denies_again(denial: str, what: dict[str, Any], grant: str, which: dict[str, Any]) -> None:
    opened = said("identify", -25, type="identify", traits={"email_reachable": True})  # a complaint closes the channel, too
    assert len(sent(KNOWN, bare(denial, -50, **what), said(grant, -30, **which), opened, TENT)) == 1


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize(("denial", "what", "grant", "which"), DENIALS)
def test_the_same_bytes_deny_again_after_a_grant(denial: str, what: dict[str, Any], grant: str, which: dict[str, Any], time: dict[str, Any]) -> None:
    denied = [bare(denial, minute, **what, **time) for minute in (-50, -10)]
    assert denied[0].value == denied[1].value
    opened = said("identify", -25, type="identify", traits={"email_reachable": True})
    assert sent(KNOWN, denied[0], said(grant, -30, **which), opened, denied[1], TENT) == []


@pytest.mark.parametrize(("denial", "what", "grant", "which"), [row for row in DENIALS if row[0] not in {"message_bounced", "identify"}])
def test_and_they_do_so_where_each_says_the_same_minute(denial: str, what: dict[str, Any], grant: str, which: dict[str, Any]) -> None:
    minute = {"timestamp": "2026-03-02T09:50:00Z"}
    denied = [bare(denial, at, **what, **minute) for at in (-10, -9.4)]
    assert sent(KNOWN, denied[0], bare(grant, -9.7, **which, **minute, messageId="a-grant-0123456789"), denied[1], TENT) == []


@pytest.mark.parametrize(("denial", "grant"), [("unsubscribed", "subscribed"), ("consent_withdrawn", "consent_given")])
def test_a_redelivery_with_its_own_id_and_time_takes_nothing_back(denial: str, grant: str) -> None:
    denied = bare(denial, -50, messageId="denial-0123456789", timestamp=AT - 50 * MINUTE)
    assert len(sent(denied, said(grant, -48), denied._replace(at=AT - 10 * MINUTE), TENT)) == 1
    assert len(sent(denied, said(grant, -30), denied._replace(at=AT - 10 * MINUTE), TENT)) == 1


def test_a_bounce_redelivered_with_its_own_id_and_time_does_not_close_the_new_address() -> None:
    bounced = bare("message_bounced", -50, messageId="bounce-0123456789", timestamp=AT - 50 * MINUTE, properties={"channel": "email"})
    new = said("identify", -40, type="identify", traits={"email": "new@example.com"})
    assert len(sent(KNOWN, bounced, new, bounced._replace(at=AT - 10 * MINUTE), TENT)) == 1


@pytest.mark.parametrize(("denial", "what", "grant", "which"), [row for row in DENIALS if row[0] != "identify" and row[0] != "page"])
def test_an_id_that_is_used_again_for_a_later_denial_hides_nothing(denial: str, what: dict[str, Any], grant: str, which: dict[str, Any]) -> None:
    """A link that is pressed again, or a soft bounce and then a hard one, under an id made of the message's."""
    denied = [bare(denial, minute, messageId="made-of-the-decision-id", timestamp=AT + minute * MINUTE, **what) for minute in (-50, -10)]
    assert sent(KNOWN, denied[0], said(grant, -30, **which), denied[1], TENT) == []


def test_a_soft_bounce_does_not_hide_the_hard_one_of_the_same_message() -> None:
    soft, hard = (
        bare(
            "message_bounced", at, messageId="bounced-d1-0123456789", timestamp=AT + at * MINUTE, properties={"channel": "email", "bounce_type": kind}
        )
        for at, kind in ((-50, "soft"), (-40, "hard"))
    )
    assert sent(KNOWN, soft, hard, TENT) == []


@pytest.mark.parametrize(("denial", "what", "grant", "which"), DENIALS)
def test_a_redelivery_without_an_id_that_says_when_it_was_sent_takes_nothing_back(
    denial: str, what: dict[str, Any], grant: str, which: dict[str, Any]
) -> None:
    """Sent at the instant at which it happened: its time is then that of its record, and moves with each delivery."""
    for times in ({"timestamp": "2026-03-02T09:10:00Z", "sentAt": "2026-03-02T09:10:00Z"}, {"sentAt": "2026-03-02T09:10:00Z"}):
        denied = [bare(denial, at, **what, **times) for at in (-50, -10)]
        opened = said("identify", -25, type="identify", traits={"email_reachable": True})
        assert len(sent(KNOWN, denied[0], said(grant, -30, **which), opened, denied[1], TENT)) == 1


@pytest.mark.parametrize("sent_at", ["", "soon", {}, "null"])
def test_a_time_of_sending_that_cannot_be_read_is_none(sent_at: Any) -> None:
    denied = [bare("unsubscribed", at, sentAt=sent_at) for at in (-50, -10)]
    assert sent(KNOWN, denied[0], said("subscribed", -30), denied[1], TENT) == []


def test_a_denial_that_changes_nothing_is_still_a_duplicate() -> None:
    denied = bare("unsubscribed", -50, timestamp=AT - 50 * MINUTE)
    assert counted("duplicates", denied, said("page", -40), denied._replace(at=AT - 10 * MINUTE)) == 1


def test_an_addition_with_neither_id_nor_time_is_a_duplicate_still() -> None:
    tent = {"properties": {"product_id": "tent", "price": 120, "quantity": 1}}
    assert counted("duplicates", bare("product_added", -20, **tent), bare("product_added", -10, **tent)) == 1


def test_the_grant_that_is_sent_again_is_a_duplicate_still() -> None:
    granted = bare("subscribed", -50)
    assert sent(granted, bare("unsubscribed", -30), granted._replace(at=AT - 10 * MINUTE), TENT) == []


def test_a_flag_in_a_bounce_that_is_said_again_is_heard_though_the_bounce_closes_nothing_new() -> None:
    by_sms = (CART | {"variants": {"word": words("sms")}}, {**GRANT[1], "addresses": "elsewhere"})
    bounced = bare("message_bounced", -50, properties={"channel": "email"}, context={"traits": {"sms_reachable": False}})
    opened = said("identify", -30, type="identify", traits={"sms_reachable": True})
    assert len(sent(bounced, opened, TENT, documents=by_sms)) == 1
    assert sent(bounced, opened, bounced._replace(at=AT - 10 * MINUTE), TENT, documents=by_sms) == []
