"""An order is a fact with an identity: counted once however often it is reported, and taken back by a cancellation or a refund."""

from typing import Any

import pytest

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, add, book, campaign, event, mail
from udfs.core.engine import Engine
from udfs.core.profile import orders
from udfs.core.profile.stored import decode
from udfs.core.records import Event

T = MONDAY + 9 * HOUR
FEATURES = {
    "features": [
        {"name": "orders", "event": "order_completed", "aggregate": "count", "window": "90d"},
        {"name": "spend", "event": "order_completed", "aggregate": "sum", "of": "properties.total", "window": "30d", "filter": "event.total > 0"},
        {"name": "revenue", "event": "order_completed", "aggregate": "sum", "of": "properties.revenue"},
        {"name": "mean", "event": "order_completed", "aggregate": "mean", "of": "properties.total"},
        {"name": "largest", "event": "order_completed", "aggregate": "max", "of": "properties.total"},
        {"name": "visits", "event": ["order_completed", "page"], "aggregate": "count"},
    ]
}
ALL = mail(trigger={"event": "ask"}, variants={"mail": {"channel": "email", "content": {"body": "x"}}})


def order(at: int, order_id: str | None, total: float | None = None, **more: Any) -> Event:
    told: dict[str, Any] = {key: value for key, value in {"order_id": order_id, "total": total}.items() if value is not None}
    return event("order_completed", at, **told, **more)


def undo(name: str, at: int, **told: Any) -> Event:
    return event(f"order_{name}", at, passive=True, **told)


def counted(*events: Event, policy: dict[str, Any] | None = None, at: int = T + DAY) -> dict[str, Any]:
    """The features after these events."""
    lived = Life(Engine(book(FEATURES, ALL, *([policy] if policy else [])))).live([*events, event("ask", at)])
    return {name: value for name, value in lived.decisions[-1].features.items() if name not in {"visits", "revenue"}}


def figures(orders: float, spend: float, mean: float | None, largest: float | None) -> dict[str, Any]:
    return {"orders": orders, "spend": spend, "mean": mean, "largest": largest}


def test_an_order_is_counted_once_however_many_messages_tell_it() -> None:
    told = [order(T, "o1", 60), order(T + MINUTE, " O1 ", 60), order(T + 5 * HOUR, "gid://shopify/Order/o1", 60), order(T + 6 * HOUR, "o2", 20)]
    assert counted(*told) == figures(2, 80, 40, 60)


def test_orders_without_an_id_are_as_many_as_their_messages() -> None:
    assert counted(order(T, None, 60), order(T + 1, "undefined", 20))["orders"] == 2


def test_a_cancellation_takes_an_order_back_and_the_greatest_stays_what_was_ordered() -> None:
    assert counted(order(T, "o1", 60), order(T + 1, "o2", 100), undo("cancelled", T + 2, order_id="O2")) == figures(1, 60, 60, 100)


def test_a_cancellation_that_is_told_twice_or_before_its_order_takes_it_back_once() -> None:
    cancelled = [undo("cancelled", T + 2, order_id="o2"), undo("cancelled", T + 3, order_id="o2"), undo("refunded", T + 4, order_id="o2")]
    assert counted(order(T, "o1", 60), order(T + 1, "o2", 100), *cancelled) == figures(1, 60, 60, 100)
    assert counted(order(T, "o1", 60), *cancelled, order(T + HOUR, "o2", 100)) == figures(1, 60, 60, 100)


def test_a_refund_takes_back_what_it_says_and_the_order_when_nothing_is_left() -> None:
    both = [order(T, "o1", 60), order(T + 1, "o2", 100, revenue=80)]
    assert counted(*both, undo("refunded", T + 2, order_id="o2", total=25)) == figures(2, 135, 67.5, 100)
    twice = [undo("refunded", T + 2, order_id="o2", total=25), undo("refunded", T + 3, order_id="o2", total=75)]
    assert counted(*both, *twice) == figures(1, 60, 60, 100)
    assert counted(*both, undo("refunded", T + 2, order_id="o2")) == figures(1, 60, 60, 100)
    assert counted(both[0], undo("refunded", T + 2, order_id="o2", total=25), both[1]) == figures(2, 135, 67.5, 100)


def test_a_refund_that_names_no_order_is_about_the_only_one_that_stands() -> None:
    assert counted(order(T, "o1", 60), undo("refunded", T + 1)) == figures(0, 0, None, 60)
    assert counted(order(T, "o1", 60), order(T + 1, "o2", 40), undo("refunded", T + 2))["orders"] == 2


def test_what_was_ordered_long_ago_is_taken_back_from_its_own_day() -> None:
    early = [order(T, "o1", 60), order(T + 40 * DAY, "o2", 100)]
    assert counted(*early, undo("cancelled", T + 41 * DAY, order_id="o1"), at=T + 41 * DAY) == figures(1, 100, 100, 100)


def test_a_later_message_says_what_the_first_one_did_not() -> None:
    assert counted(order(T, "o1"), order(T + 1, "o1", 60), order(T + 2, "o1", 70)) == figures(1, 60, 60, None)


def test_each_sum_takes_back_what_it_has_counted() -> None:
    both = [order(T, "o1", 60, revenue=50), order(T + 1, "o2", 100, revenue=80)]
    ask = Life(Engine(book(FEATURES, ALL)))
    ask.live([*both, undo("refunded", T + 2, order_id="o2", total=25), event("ask", T + 3)])
    assert ask.decisions[-1].features["revenue"] == 105
    ask.live([undo("cancelled", T + 4, order_id="o2"), event("ask", T + 5)])
    assert ask.decisions[-1].features["revenue"] == 50


def test_amounts_add_up_in_the_shops_currency_and_a_sum_is_unknown_while_an_amount_is() -> None:
    policy = {"consent": {"default": {"marketing": "grant"}}, "currency": {"base": "USD", "rates": {"JPY": 0.01}}}
    yen, dollars, pounds = order(T, "o1", 4_000, currency="jpy"), order(T + 1, "o2", 60), order(T + 2, "o3", 5, currency="GBP")
    assert counted(yen, dollars, policy=policy) == figures(2, 100, 50, 60)
    assert counted(yen, dollars, undo("refunded", T + 3, order_id="o1", total=1_000, currency="JPY"), policy=policy)["spend"] == 90
    assert counted(yen, dollars, pounds, policy=policy) == figures(3, 100, None, 60), "the filter of `spend` leaves out what it cannot compare"
    assert counted(yen, dollars, pounds, undo("cancelled", T + 3, order_id="o3"), policy=policy) == figures(2, 100, 50, 60)


def test_an_order_that_is_told_again_triggers_nothing_and_moves_nothing() -> None:
    documents = (
        mail("thanks", trigger={"event": "order_completed"}),
        mail("since", trigger={"since": "order_completed", "wait": "2h"}),
        mail("quiet", trigger={"idle": "1h", "of": "any"}),
    )
    once = Life(Engine(book(*documents))).live([order(T, "o1", 60)]).wait()
    again = Life(Engine(book(*documents))).live([order(T, "o1", 60), order(T, "o1", 60), order(T + 50 * MINUTE, "o1", 60)]).wait()
    assert [(each.campaign, each.at) for each in again.decisions] == [(each.campaign, each.at) for each in once.decisions]
    assert {each.campaign for each in once.decisions} == {"thanks", "since", "quiet"}
    assert again.engine.counts["orders_retold"] == 2


def test_an_order_that_is_told_again_ends_the_cart_that_it_names_and_not_the_next_one() -> None:
    lived = Life(Engine(book(campaign()))).live(
        [add(T, cart_id="a"), order(T + MINUTE, "o1", cart_id="a"), add(T + 2 * HOUR), order(T + 2 * HOUR + 1, "o1")]
    )
    assert lived.wait().acted_at == [T + 2 * HOUR + 30 * MINUTE]
    browser_then_shop = [add(T), add(T + 1, cart_id="b"), order(T + 2, "o1", cart_id="elsewhere"), order(T + 3, "o1", cart_id="b")]
    assert Life(Engine(book(campaign()))).live(browser_then_shop).wait().acted_at == []


def test_the_pending_letter_follows_a_cart_that_is_named_late_and_its_entry_is_used_up_once() -> None:
    named = Life(Engine(book(campaign()))).live([add(T), event("cart_viewed", T + MINUTE, cart_id="tok")]).wait(T + HOUR)
    assert named.acted_at == [T + 31 * MINUTE]
    assert named.live([add(T + DAY, cart_id="TOK")]).wait().acted_at == [T + 31 * MINUTE]


def test_an_entry_of_an_order_is_one_in_every_spelling() -> None:
    thanks = mail("thanks", trigger={"event": "order_shipped"}, entry={"once_per": "event.order_id"})
    shipped = [event("order_shipped", T + number, order_id=name) for number, name in enumerate(["A-1", " a-1", "gid://shopify/Order/a-1", "a-2"])]
    assert Life(Engine(book(thanks))).live(shipped).acted_at == [T, T + 3]


def test_the_ledger_is_bounded_and_no_part_of_what_is_read_with_other_events() -> None:
    lived = Life(Engine(book(FEATURES, campaign())))
    for number in range(300):
        lived.live([order(T + number * DAY, f"o{number}", 60, revenue=50)])
    assert lived.blob is not None
    profile = decode(lived.blob)
    assert len(orders.ledger(profile)) == orders.MAX_ORDERS
    assert len(profile.packed_orders) < orders.MAX_ORDERS * 90
    before = profile.packed_orders
    lived.live([event("page", T + 301 * DAY)])
    assert decode(lived.blob).packed_orders == before


def test_without_consent_to_storage_no_order_is_kept() -> None:
    lived = Life(Engine(book(FEATURES))).live([order(T, "o1", 60), event("consent_withdrawn", T + 1, purpose="storage"), order(T + 2, "o2", 5)])
    assert lived.blob is not None
    assert decode(lived.blob).packed_orders == b""


@pytest.mark.parametrize("odd", [{"products": "tent"}, {"products": [None]}, {"total": True}, {"total": "60"}, {"total": -5}])
def test_odd_orders_are_orders(odd: dict[str, Any]) -> None:
    assert counted(event("order_completed", T, **{"order_id": "o1", **odd}), undo("refunded", T + 1, **{"order_id": "o7", **odd}))["orders"] == 1
