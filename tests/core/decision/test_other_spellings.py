"""A property or a trait is the same in snake_case and in camelCase: for exits that compare it, for what is remembered, and in messages."""

from typing import Any

import pytest

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, book, event, life, words
from udfs.core.engine import Engine
from udfs.core.profile.stored import decode


def mail(subject: str, **more: Any) -> dict[str, Any]:
    return {"mail": {"channel": "email", "content": {"subject": subject, "body": "b"}, **more}}


def said(name: str, value: Any) -> dict[str, Any]:
    return {name: value}


TEN = MONDAY + 10 * HOUR
SPELLINGS = ["invoice_id", "invoiceId", "InvoiceId", "Invoice ID"]


def pay(asked: str, **changes: Any) -> dict[str, Any]:
    return {
        "campaign": "pay",
        "trigger": {"event": "invoice_opened", "unless": [{"event": "bill_paid", "same": asked}]},
        "entry": {"once_per": f'event["{asked}"]'},
        "variants": mail(f'Pay {{{{ event["{asked}"] }}}}', wait="1h"),
        **changes,
    }


@pytest.mark.parametrize("asked", ["invoice_id", "invoiceId"])
@pytest.mark.parametrize("opened", SPELLINGS)
@pytest.mark.parametrize("paid", SPELLINGS)
def test_paying_one_bill_ends_the_reminder_of_that_bill_and_of_no_other(asked: str, opened: str, paid: str) -> None:
    lived = life(pay(asked))
    lived.live([event("invoice_opened", TEN, **said(opened, 7)), event("invoice_opened", TEN + MINUTE, **said(opened, "8"))])
    lived.live([event("bill_paid", TEN + 10 * MINUTE, **said(paid, "7"))]).wait()
    assert [action.content["subject"] for action in lived.actions] == ["Pay 8"]


@pytest.mark.parametrize("opened", SPELLINGS)
@pytest.mark.parametrize("paid", SPELLINGS)
def test_a_bill_that_was_paid_before_it_is_reported_is_not_asked_for(opened: str, paid: str) -> None:
    lived = life(pay("invoice_id")).live([event("bill_paid", TEN + MINUTE, **said(paid, "7"))])
    lived.live([event("invoice_opened", TEN, received=TEN + 2 * MINUTE, **said(opened, 7))])
    lived.live([event("invoice_opened", TEN, received=TEN + 3 * MINUTE, message_id="other", **said(opened, 8))]).wait()
    assert [action.content["subject"] for action in lived.actions] == ["Pay 8"]


def identify(at: int, **traits: Any) -> Any:
    return event("identify", at, type="identify", traits=traits)


def remembered(*history: Any) -> dict[str, Any]:
    lived = Life(Engine(book())).live(history)
    assert lived.blob is not None
    return decode(lived.blob).traits


@pytest.mark.parametrize(("first", "second"), [("petName", "pet_name"), ("pet_name", "petName"), ("Pet Name", "petName")])
def test_the_latest_word_on_a_trait_counts_whichever_way_it_is_spelled(first: str, second: str) -> None:
    assert remembered(identify(TEN, **{first: "Rex"}), identify(TEN + DAY, **{second: "Bob"})) == {second: "Bob"}
    assert remembered(identify(TEN, **{first: "Rex"}), identify(TEN + DAY, **{second: None})) == {}


@pytest.mark.parametrize("asked", ["pet_name", "petName"])
@pytest.mark.parametrize("told", ["pet_name", "petName", "Pet Name"])
def test_conditions_messages_and_dates_read_a_trait_in_either_spelling(asked: str, told: str) -> None:
    greeting = {
        "campaign": "greet",
        "trigger": {"event": "probe"},
        "when": f'user.{asked} == "Rex"',
        "variants": mail(f"{{{{ user.{asked} }}}}"),
    }
    lived = life(greeting).live([identify(TEN, **{told: "Rex"}), event("probe", TEN + HOUR)])
    assert [action.content["subject"] for action in lived.actions] == ["Rex"]


@pytest.mark.parametrize("told", ["trial_ends", "trialEnds"])
@pytest.mark.parametrize("asked", ["trial_ends", "trialEnds"])
def test_a_date_in_a_trait_comes_round_in_either_spelling(asked: str, told: str) -> None:
    ends = {"campaign": "ends", "trigger": {"date": f"user.{asked}", "at": "09:00"}, "variants": {"mail": words()}}
    lived = life(ends).live([identify(TEN, **{told: "2026-01-20"})]).wait(MONDAY + 30 * DAY)
    assert len(lived.actions) == 1


@pytest.mark.parametrize("told", ["plan_tier", "planTier"])
def test_a_feature_reads_a_property_in_either_spelling(told: str) -> None:
    features = [{"name": "latest_tier", "event": "probe", "aggregate": "last", "of": "properties.plan_tier"}]
    asks = {"campaign": "asks", "trigger": {"event": "probe"}, "when": 'latest_tier == "gold"', "variants": {"mail": words()}}
    lived = Life(Engine(book(asks, {"features": features}))).live([event("probe", TEN, **said(told, "gold"))])
    assert len(lived.actions) == 1
