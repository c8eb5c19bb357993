"""Exits that are read before what they end: webhooks overtake each other, and what says stop always stops."""

from typing import Any

import pytest

from tests.builders import Life, book, campaign, event
from udfs.core.decision.earlier import ended_by
from udfs.core.engine import Engine
from udfs.core.profile import exited, packed
from udfs.core.profile.state import Profile
from udfs.core.profile.stored import decode
from udfs.core.records import Event, Reason

T = 1_772_445_600_000
SECOND, HOUR, DAY = 1000, 3_600_000, 86_400_000
PAID = [{"event": "payment_succeeded", "same": "invoice_id"}]
MAIL = {"mail": {"channel": "email", "content": {"body": "x"}}}


def told(name: str, second: float, *, arrives: float, **properties: Any) -> Event:
    return event(name, T + int(second * SECOND), received=T + int(arrives * SECOND), passive=True, **properties)


def invoices(**changes: Any) -> dict[str, Any]:
    document = {"trigger": {"event": "invoice_created", "unless": PAID}, "when": None, "entry": {"once_per": "event.invoice_id"}, "variants": MAIL}
    return campaign("pay", **{**document, **changes})


def life(*documents: dict[str, Any]) -> Life:
    return Life(Engine(book(*documents)))


def paid(second: float = 1, *, arrives: float = 1, **properties: Any) -> Event:
    return told("payment_succeeded", second, arrives=arrives, **properties)


def invoice(second: float = 0, *, arrives: float = 2, **properties: Any) -> Event:
    return told("invoice_created", second, arrives=arrives, **properties)


WAYS: list[dict[str, Any]] = [
    {},
    {"variants": {"mail": {**MAIL["mail"], "wait": "1h"}}},
    {"steps": [{"wait": "1h"}, {"send": "mail"}]},
    {"steps": [{"send": "mail"}]},
    {"trigger": {"since": "invoice_created", "wait": "1h", "unless": PAID}, "entry": None},
]


@pytest.mark.parametrize("way", WAYS)
def test_what_was_paid_before_its_invoice_is_told_is_not_asked_for(way: dict[str, Any]) -> None:
    assert life(invoices(**way)).live([paid(invoice_id="A"), invoice(invoice_id="A")]).wait().actions == []


@pytest.mark.parametrize("way", WAYS)
def test_what_was_paid_is_another_invoice_and_this_one_is_asked_for(way: dict[str, Any]) -> None:
    assert len(life(invoices(**way)).live([paid(invoice_id="B"), invoice(invoice_id="A")]).wait().actions) == 1


@pytest.mark.parametrize("way", WAYS)
def test_an_exit_from_before_the_trigger_that_came_before_it_is_history(way: dict[str, Any]) -> None:
    assert len(life(invoices(**way)).live([paid(-1, arrives=-1, invoice_id="A"), invoice(invoice_id="A")]).wait().actions) == 1


@pytest.mark.parametrize("way", WAYS)
def test_an_exit_that_does_not_say_which_one_ends_all(way: dict[str, Any]) -> None:
    assert life(invoices(**way)).live([paid(), invoice(invoice_id="A")]).wait().actions == []


@pytest.mark.parametrize("way", WAYS)
def test_of_two_at_one_instant_the_exit_counts(way: dict[str, Any]) -> None:
    assert life(invoices(**way)).live([paid(0, arrives=0, invoice_id="A"), invoice(0, arrives=0, invoice_id="A")]).wait().actions == []


@pytest.mark.parametrize("paid_as", ["gid://shopify/Order/1001", "gid://shopify/Order/1001?key=a", 1001, 1001.0, " 1001 "])
@pytest.mark.parametrize("first", ["exit", "trigger"])
def test_an_id_is_the_same_however_it_is_written(paid_as: Any, first: str) -> None:
    exit_, began = (
        paid(5, arrives=5, invoice_id=paid_as),
        invoice(0, arrives=6 if first == "exit" else 0, invoice_id="gid://shopify/Order/1001?key=b"),
    )
    lived = life(invoices(steps=[{"wait": "1h"}, {"send": "mail"}])).live([exit_, began] if first == "exit" else [began, exit_])
    assert lived.wait().actions == []


def test_who_is_not_entered_is_told_why() -> None:
    lived = life(invoices()).live([paid(invoice_id="A"), invoice(invoice_id="A")])
    assert [(each.reason, each.detail, each.variant) for each in lived.decisions] == [(Reason.EXITED, "payment_succeeded", "mail")]


def test_an_order_that_overtakes_the_sign_up_stops_the_welcome() -> None:
    welcome = campaign("welcome", trigger={"event": "signed_up", "unless": ["order_completed"]}, when=None, entry=None, variants=MAIL)
    order, signed_up = told("order_completed", 1, arrives=1, order_id="o"), told("signed_up", 0, arrives=2)
    assert life(welcome).live([order, signed_up]).actions == []


def test_a_trigger_that_is_its_own_exit_does_not_end_itself() -> None:
    own = campaign("own", trigger={"event": "go", "unless": ["go"]}, when=None, entry=None, variants=MAIL)
    assert len(life(own).live([event("go", T)]).actions) == 1


def test_what_a_journey_waits_for_first_may_have_been_told_before_it_began() -> None:
    wait = {"wait_for": [{"event": "payment_succeeded", "same": "invoice_id"}], "at_most": "2d", "then": [{"send": "mail"}], "else": []}
    document = invoices(trigger={"event": "invoice_created"}, steps=[wait])
    assert len(life(document).live([paid(invoice_id="A"), invoice(invoice_id="A")]).actions) == 1
    assert life(document).live([paid(invoice_id="B"), invoice(invoice_id="A")]).wait().actions == []


def test_what_ends_the_first_wait_may_have_been_told_before_it_began() -> None:
    document = invoices(trigger={"event": "invoice_created"}, steps=[{"wait": "1h", "leave_on": PAID}, {"send": "mail"}])
    assert life(document).live([paid(invoice_id="A"), invoice(invoice_id="A")]).wait().actions == []
    assert len(life(document).live([paid(invoice_id="B"), invoice(invoice_id="A")]).wait().actions) == 1


def test_exits_that_are_compared_are_bounded_and_the_latest_stay() -> None:
    held = packed.EMPTY
    for number in range(10_000):
        held = exited.with_one_more(held, exited.Exited("paid", T + number, {"id": b"12345678"}), now=T + number)
    kept = exited.unpack(held)
    assert len(kept) <= exited.MOST
    assert kept[-1].at == T + 9_999
    assert (
        exited.unpack(exited.with_one_more(packed.packed(kept[:15]), exited.Exited("paid", T + 30 * DAY, {}), now=T + 30 * DAY))[0].at == T + 30 * DAY
    )


def test_only_exits_that_some_campaign_compares_are_kept() -> None:
    plain = campaign("plain", trigger={"event": "go", "unless": ["order_completed"]}, when=None, entry=None, variants=MAIL)
    lived = life(plain).live([told("order_completed", 0, arrives=0, order_id="o")])
    assert decode(lived.blob or b"").packed_exited == packed.EMPTY


def test_an_exit_that_was_never_seen_ends_nothing() -> None:
    assert ended_by(Profile(born=T, now=T), {"paid": ()}, start=0, properties=None, began=()) is None


CANCELLED = [{"event": "order_cancelled", "same": "order_id"}]


def thanks(unless: Any = CANCELLED) -> dict[str, Any]:
    late = {"mail": {**MAIL["mail"], "wait": "1h"}}
    return campaign("thanks", trigger={"event": "order_completed", "unless": unless}, when=None, entry=None, variants=late)


def called_off(second: float, **properties: Any) -> Event:
    return told("order_cancelled", second, arrives=1, **properties)


def order(**properties: Any) -> Event:
    return event("order_completed", T, received=T + 2 * SECOND, **properties)


@pytest.mark.parametrize("second", [-1, -60, -299, 0, 1])
def test_the_shops_clock_may_be_minutes_behind_where_it_names_the_order(second: float) -> None:
    assert life(thanks()).live([called_off(second, order_id="A"), order(order_id="A")]).wait().actions == []


@pytest.mark.parametrize(
    ("second", "told_of", "unless"),
    [
        (-300, {"order_id": "A"}, CANCELLED),
        (-60, {"order_id": "B"}, CANCELLED),
        (-60, {}, CANCELLED),
        (-60, {"order_id": "A"}, ["order_cancelled"]),
    ],
)
def test_a_cancellation_of_before_that_is_not_of_this_order_ends_nothing(second: float, told_of: dict[str, Any], unless: Any) -> None:
    assert len(life(thanks(unless)).live([called_off(second, **told_of), order(order_id="A")]).wait().actions) == 1
