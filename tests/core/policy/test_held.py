"""What is out of line is held, and comes back as soon as a person says so: decided again, never sent as it was."""

from typing import Any

import pytest

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, add, book, campaign, event, hold, mail, switch, usual, words
from udfs.core.campaigns.book import Book, BookError, Entry
from udfs.core.campaigns.compile_book import apply, unpack
from udfs.core.engine import Engine
from udfs.core.policy.anomaly import amount_in, is_discount, limit
from udfs.core.profile.stored import decode

T = MONDAY + 10 * HOUR
GO = event("go", T, email="a@b.c")


def changed(ada: Life, *entries: Entry) -> Life:
    ada.engine.book = apply(ada.engine.book, *entries)
    return ada


def held(made: Book | None = None) -> Life:
    """Ada, whose message is held from 10:00 on."""
    return Life(Engine(apply(made or book(mail()), hold(offset=5, at=T - 1)))).live([GO])


def test_what_is_held_says_so_once_and_waits_in_silence() -> None:
    ada = held().wait(T + 6 * HOUR)
    (decision,) = ada.decisions
    assert (decision.outcome, decision.reason, decision.detail) == ("deferred", "ANOMALY_HELD", "812 messages in 10m, 95 expected")
    assert decision.facts == ({"about": "volume", "found": 812, "expected": 95},)
    assert decision.deferred_until == T + MINUTE
    assert not ada.actions and len(decode(ada.blob or b"").due) == 1


def test_it_is_looked_at_seldom_and_more_seldom() -> None:
    ada, looks = held(), list[int]()
    while ada.due is not None and ada.due < T + DAY:
        looks.append(ada.due)
        ada.wait(ada.due)
    spans = [after - before for before, after in zip([T, *looks], looks, strict=False)]
    assert min(spans) == MINUTE and max(spans) == 30 * MINUTE and len(looks) < 70


def test_released_it_is_decided_again_and_goes_out_once() -> None:
    ada = changed(held().wait(T + HOUR), hold(offset=6, status="released", at=T + HOUR)).wait()
    assert [(each.outcome, each.reason, each.attempt) for each in ada.decisions] == [("deferred", "ANOMALY_HELD", 0), ("acted", "ELIGIBLE", 1)]
    assert len({each.decision_id for each in ada.decisions}) == 1
    assert T + HOUR < ada.acted_at[0] <= T + HOUR + 30 * MINUTE


def test_who_has_bought_since_gets_nothing_when_it_is_released() -> None:
    made = apply(book(campaign()), hold("cart-abandonment", offset=5))
    ada = Life(Engine(made)).live([add(T)]).wait(T + HOUR)
    assert ada.told == [("deferred", "ANOMALY_HELD", T + 30 * MINUTE)]
    ada.live([event("order_completed", T + 2 * HOUR, order_id="o", products=[{"product_id": "tent", "price": 120, "quantity": 1}])])
    changed(ada, hold("cart-abandonment", offset=6, status="released", at=T + 3 * HOUR)).wait()
    assert ada.told[1:] == [("withheld", "EXITED", T + 2 * HOUR)] and not ada.actions


def test_who_has_unsubscribed_since_gets_nothing_when_it_is_released() -> None:
    ada = held().wait(T + HOUR).live([event("unsubscribed", T + 2 * HOUR, channel="email")])
    changed(ada, hold(offset=6, status="released", at=T + 3 * HOUR)).wait()
    assert [each.reason for each in ada.decisions] == ["ANOMALY_HELD", "UNSUBSCRIBED"]


@pytest.mark.parametrize("what", ["all", "campaign/news", "channel/email"])
def test_a_switch_wins_over_a_release(what: str) -> None:
    ada = changed(held(), switch(what, offset=6), hold(offset=7, status="released", at=T + HOUR)).wait()
    assert [each.reason for each in ada.decisions] == ["ANOMALY_HELD", "SWITCHED_OFF"] and not ada.actions


def test_dropped_it_ends_and_that_version_says_nothing_any_more() -> None:
    ada = changed(held().wait(T + HOUR), hold(offset=6, status="dropped", at=T + HOUR)).wait()
    assert [(each.outcome, each.reason) for each in ada.decisions] == [("deferred", "ANOMALY_HELD"), ("withheld", "ANOMALY_HELD")]
    assert ada.decisions[1].facts == ({"about": "volume", "dropped_at": T + HOUR},)
    ada.live([event("go", T + 5 * HOUR)]).wait()
    assert [each.outcome for each in ada.decisions[2:]] == ["withheld"]


def test_what_was_dropped_stays_dropped_under_a_new_version_and_what_is_new_goes_out() -> None:
    ada = changed(held(), hold(offset=6, status="dropped", at=T + HOUR, version="v0"))
    mended = Entry("campaign/news", 7, ada.engine.book.entries["campaign/news"].value and _again("v7"))
    changed(ada, mended).wait()
    ada.live([event("go", T + 5 * HOUR)])
    assert [(each.outcome, each.reason) for each in ada.decisions[1:]] == [("withheld", "ANOMALY_HELD"), ("acted", "ELIGIBLE")]


def _again(version: str) -> bytes:
    import msgspec

    return msgspec.json.encode({"kind": "campaign", "name": "news", "version": version, "status": "live", "document": mail()})


def test_what_nobody_looks_at_expires_and_says_that_it_was_held() -> None:
    ada = held().wait()
    assert [(each.outcome, each.reason, each.at) for each in ada.decisions] == [
        ("deferred", "ANOMALY_HELD", T),
        ("withheld", "EXPIRED", T + DAY),
    ]
    assert ada.decisions[1].detail == f"{DAY} ms after its trigger, and it lives {DAY} ms: it was held as out of line"
    assert ada.decisions[1].facts[0]["held_since"] == T


def test_it_is_held_again_after_a_release_and_says_so_again() -> None:
    ada = changed(held(), hold(offset=6, status="released", at=T + 10), hold(offset=7, at=T + 20)).wait(T + 2 * HOUR)
    assert [each.reason for each in ada.decisions] == ["ANOMALY_HELD"], "nobody has told this customer of the release between"
    changed(ada, hold(offset=8, status="released", at=T + 2 * HOUR)).wait()
    assert len(ada.actions) == 1


def test_released_into_the_night_it_waits_for_the_morning() -> None:
    policy = {
        "quiet_hours": {"from": "22:00", "to": "08:00", "zone": "UTC", "then": "defer", "spread": "1m"},
        "consent": {"default": {"marketing": "grant"}},
    }
    late = MONDAY + 21 * HOUR + 55 * MINUTE
    ada = Life(Engine(apply(book(mail(), policy), hold(offset=5)))).live([event("go", late)]).wait(late + 5 * MINUTE)
    changed(ada, hold(offset=6, status="released", at=late + 6 * MINUTE)).wait()
    assert [each.reason for each in ada.decisions] == ["ANOMALY_HELD", "QUIET_HOURS", "ELIGIBLE"]
    assert MONDAY + 32 * HOUR <= ada.acted_at[0] <= MONDAY + 33 * HOUR


def test_only_what_would_have_gone_out_is_held() -> None:
    ada = Life(Engine(apply(book(mail()), hold(offset=5)))).live([event("unsubscribed", T - 1, channel="email"), GO])
    assert [each.reason for each in ada.decisions] == ["UNSUBSCRIBED"]


def test_members_of_the_control_group_are_held_like_everybody_else() -> None:
    ada = held(book(mail(control_group="100%")))
    changed(ada, hold(offset=6, status="released", at=T + HOUR)).wait()
    assert [(each.outcome, each.reason) for each in ada.decisions] == [("deferred", "ANOMALY_HELD"), ("control", "EXPERIMENT_CONTROL")]


def test_what_is_transactional_is_never_held() -> None:
    made = book(mail(purpose="transactional", variants={"mail": words(offer={"percent": 80})}))
    ada = Life(Engine(apply(made, hold(offset=5), usual({"news": {"percent": 8}}, offset=6)))).live([GO])
    assert len(ada.actions) == 1


def test_a_paused_campaign_ends_what_was_held() -> None:
    ada = held()
    paused = ada.engine.book.entries["campaign/news"]
    changed(ada, Entry("campaign/news", 9, (paused.value or b"").replace(b'"live"', b'"paused"'))).wait()
    assert [each.reason for each in ada.decisions] == ["ANOMALY_HELD", "SWITCHED_OFF"]


def test_the_run_of_a_journey_waits_at_the_send_and_goes_on_behind_it() -> None:
    journey = mail(variants={"hello": words(), "again": words()}, steps=[{"send": "hello"}, {"wait": "1h"}, {"send": "again"}])
    ada = held(book(journey)).wait(T + 3 * HOUR)
    assert [each.reason for each in ada.decisions] == ["ANOMALY_HELD"]
    changed(ada, hold(offset=6, status="released", at=T + 3 * HOUR)).wait()
    assert [action.variant for action in ada.actions] == ["hello", "again"]


def offering(percent: Any, **changes: Any) -> Book:
    return book(mail(variants={"mail": words(offer={"percent": percent})}, **changes))


@pytest.mark.parametrize(
    ("percent", "given", "expect", "reason"),
    [
        (8, {}, None, "ELIGIBLE"),
        (80, {"news": {"percent": 8}}, None, "ANOMALY_HELD"),
        (30, {"news": {"percent": 8}}, None, "ELIGIBLE"),
        (31, {"news": {"percent": 8}}, None, "ANOMALY_HELD"),
        (36, {"news": {"percent": 12}}, None, "ELIGIBLE"),
        (50, {"other": {"percent": 5}}, None, "ANOMALY_HELD"),
        (50, {"other": {"percent": 5}, "sale": {"percent": 30}}, None, "ELIGIBLE"),
        (50, {"other": {"percent": 5}, "news": {"percent": 40}}, None, "ELIGIBLE"),
        (80, {"news": {"percent": 8}}, {"offer": {"percent": 80}}, "ELIGIBLE"),
        ("40 + 40", {}, {"offer": {"percent": 50}}, "ANOMALY_HELD"),
        ("80%", {"news": {"percent": 8}}, None, "ANOMALY_HELD"),
        ("80 %", {}, {"offer": {"percent": 50}}, "ANOMALY_HELD"),
        ("20%", {"news": {"percent": 8}}, None, "ELIGIBLE"),
        ("EIGHTY", {"news": {"percent": 8}}, None, "ELIGIBLE"),
        (800, {}, None, "ANOMALY_HELD"),
        ("10 * 8", {"news": {"percent": 8}}, None, "ANOMALY_HELD"),
        ("event.missing", {"news": {"percent": 8}}, None, "ELIGIBLE"),
    ],
)
def test_an_offer_far_above_the_usual_is_held_in_its_very_decision(percent: Any, given: Any, expect: Any, reason: str) -> None:
    made = apply(offering(percent, **({"expect": expect} if expect else {})), usual(given, offset=5))
    assert [each.reason for each in Life(Engine(made)).live([GO]).decisions] == [reason]


def test_a_held_offer_says_what_it_is_and_waits_for_a_person() -> None:
    ada = Life(Engine(apply(offering(80), usual({"news": {"percent": 8}}, offset=5)))).live([GO]).wait(T + 5 * HOUR)
    (decision,) = ada.decisions
    assert (decision.detail, decision.facts) == (
        "percent is 80, at most 30 is expected",
        ({"about": "offer", "field": "percent", "found": "80", "expected": "30"},),
    )
    changed(ada, hold(offset=6, about="offer", status="released", at=T + 5 * HOUR, offer={"percent": 80})).wait()
    assert len(ada.actions) == 1
    assert [each.reason for each in ada.live([event("go", T + 12 * HOUR)]).decisions[2:]] == ["ELIGIBLE"], "80 percent are meant from now on"


def test_a_mended_offer_goes_out_with_the_mended_value_when_it_is_released() -> None:
    ada = Life(Engine(apply(offering(80), usual({"news": {"percent": 8}}, offset=5)))).live([GO])
    mended = offering(8).entries["campaign/news"].value
    changed(ada, Entry("campaign/news", 6, mended), hold(offset=7, about="offer", status="released", at=T + HOUR)).wait()
    assert [action.offer for action in ada.actions] == [{"percent": 8}]


def test_a_hold_about_offers_holds_no_message_whose_offer_is_as_usual() -> None:
    ada = Life(Engine(apply(offering(8), usual({"news": {"percent": 8}}, offset=5), hold(offset=6, about="offer")))).live([GO])
    assert len(ada.actions) == 1


def test_names_of_what_is_given_away() -> None:
    assert all(map(is_discount, ("percent", "discount_amount", "amountOff", "bonus_points")))
    assert [limit(name, None) for name in ("pct", "percentage", "discount_pct", "percentOff")] == [100.0] * 4
    assert is_discount("rebate")
    assert not any(map(is_discount, ("days", "minimum", "code", "offer_id", "", "büro")))
    assert (limit("percent", 8), limit("percent", None), limit("amount", 5), limit("amount", None), limit("days", 5)) == (30, 100, 15, None, None)
    assert limit("percent", 60) == 100
    assert limit("amount", 0) is None, "nothing is known of who has given nothing"


@pytest.mark.parametrize(
    ("status", "document"),
    [
        ("maybe", {"about": "volume", "version": "v", "at": 1}),
        ("held", {"about": "weather", "version": "v", "at": 1}),
        ("held", {"version": "v", "at": 1}),
        ("held", {"about": "volume", "version": "v", "at": "now"}),
    ],
)
def test_a_record_that_holds_nothing_is_refused(status: str, document: dict[str, Any]) -> None:
    import msgspec

    value = {"kind": "hold", "name": "news", "version": "", "status": status, "document": document}
    with pytest.raises(BookError):
        apply(book(mail()), Entry("hold/news", 5, msgspec.json.encode(value)))
    bad = {"kind": "expectations", "name": "expectations", "version": "", "document": {"offers": {"news": 8}}}
    with pytest.raises(BookError):
        apply(book(mail()), Entry("expectations", 5, msgspec.json.encode(bad)))


def test_it_survives_packing() -> None:
    made = unpack(apply(book(mail()), hold(offset=5), usual({"news": {"percent": 8}}, offset=6)).pack())
    assert made.holds["news"].status == "held" and made.usual.most("news", "percent") == 8


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        *[(8, 8.0), (0.125, 0.125), ("80%", 80.0), ("80 %", 80.0), ("-80", -80.0), ("80% off", 80.0), ("$80", 80.0), ("80 €", 80.0)],
        *[("1,200", 1200.0), ("1,200.50", 1200.5), ("1.200,50 EUR", 1200.5), ("1.200.000", 1_200_000.0), ("1,5", 1.5), ("-1.500", -1500.0)],
        *[(each, None) for each in (True, None, [80], "SAVE80", "10 days", "", "%", "nan", "inf", "1.2.3", "1,2,3", "8" * 60, float("nan"))],
        (10**400, float("inf")),
    ],
)
def test_a_text_that_is_a_number_to_customers_is_one(value: Any, amount: float | None) -> None:
    assert amount_in(value) == amount
