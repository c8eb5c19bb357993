"""Public bug reports of this trade, made into small inputs: those that are about carts, orders and money."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.local.book import book_of
from services.local.job import LocalJob
from services.replay.records import Record
from services.replay.segment import key_of
from tests.field.playing import at, decisions, needs_cases, played
from udfs.core.records import Action, Decision

pytestmark = needs_cases


def bodies(case: str) -> dict[str, str]:
    return {each.user_id: each.content["body"] for each in played(case) if isinstance(each, Action)}


def test_an_order_that_names_a_cart_nobody_knows_is_about_the_one_cart_that_there_is() -> None:
    assert decisions(played("order-names-a-cart-nobody-knows")) == []


def test_an_order_that_is_told_twice_is_one_order() -> None:
    assert decisions(played("order-told-twice")) == []


def test_a_webhook_that_comes_again_after_four_hours_and_130_page_views_is_known() -> None:
    assert decisions(played("webhook-again-after-four-hours")) == []


def test_who_cancelled_and_ordered_again_is_no_regular() -> None:
    assert decisions(played("regular-by-cancelled-orders")) == []


def test_a_line_of_quantity_zero_is_gone_from_the_cart() -> None:
    assert decisions(played("line-of-quantity-zero")) == []


def test_an_order_without_an_id_or_with_a_quantity_in_kilograms_ends_its_cart() -> None:
    assert decisions(played("refused-order-without-order-id")) == decisions(played("refused-order-decimal-quantity")) == []


def test_francs_have_no_decimals_and_dinars_have_three() -> None:
    assert bodies("money-of-three-places-and-of-none") == {"u1": "Hi there, 7,500 XPF waits.", "u2": "Hi there, 61.255 KWD waits."}


def test_the_letter_says_what_stands_in_her_cart_and_the_condition_compares_in_the_shops_currency() -> None:
    assert bodies("currency-of-the-book-in-the-letter") == {"u1": "Hi there, €100.00 waits."}


def test_who_left_the_first_name_empty_is_greeted_as_somebody_whose_name_is_not_known() -> None:
    assert bodies("blank-first-name") == {"u1": "Hi there, $60.00 waits."}


def test_a_cart_is_spoken_of_once() -> None:
    assert [each[1:3] for each in decisions(played("pass-one-mail-a-cart"))] == [(at("2026-03-02T10:30:00"), "acted")]


# Programmes of practitioners: the parts that were wishes.

LEFT: dict[str, Any] = {
    "campaign": "left",
    "trigger": {"idle": "1h", "of": "cart", "unless": ["order_completed", "cart_cleared"]},
    "when": "cart.value >= 40",
    "entry": {"once_per": "cart.id"},
    "variants": {"remind": {"channel": "email", "content": {"subject": "{{ cart.value | money(cart.currency) }}", "body": "x"}}},
}


def lived(tmp_path: Path, campaign: dict[str, Any], *events: tuple[str, str, dict[str, Any]], **more: Any) -> list[Decision | Action]:
    """The outputs for `(when, event, properties)` of one customer; `more`: features, policy, and what an event has besides its properties."""
    documents: dict[str, Any] = {"campaign": campaign, **{name: more.pop(name) for name in ("features", "policy") if name in more}}
    paths = {}
    for name, document in documents.items():
        paths[name] = tmp_path / f"{name}.yaml"
        paths[name].write_text(json.dumps({"features": document} if name == "features" else document))
    book = book_of([paths["campaign"], *([paths["features"]] if "features" in paths else [])], policy=paths.get("policy"))
    records = []
    for number, (time, name, properties) in enumerate(events):
        told = {"messageId": f"m{number}", "type": "track", "event": name, "userId": "u1", "timestamp": f"{time}Z", "properties": properties, **more}
        value = json.dumps(told).encode()
        records.append(Record(at(time), key_of(value), value))
    outputs = [each for found in LocalJob(book).run(records) for each in found]
    return [each for each in outputs if isinstance(each, Decision | Action)]


TENT = {"product_id": "tent", "name": "Tent", "price": 120, "quantity": 1}
ADDED, BOUGHT = "2026-03-02T10:00:00", "2026-03-02T10:20:00"


def test_p03_an_order_by_another_name_than_the_adds_ends_the_cart_of_which_it_lists_the_product(tmp_path: Path) -> None:
    order = {"order_id": "o1", "total": 120, "products": [TENT]}
    for adds, orders in (({}, {"cart_id": "c9"}), ({"cart_id": "c1"}, {}), ({"cart_id": "c1"}, {"cart_id": "k7"})):
        assert lived(tmp_path, LEFT, (ADDED, "Product Added", {**TENT, **adds}), (BOUGHT, "Order Completed", {**order, **orders})) == []


@pytest.mark.slow
def test_p05_an_order_with_a_strange_field_or_no_id_ends_the_cart(tmp_path: Path) -> None:
    for odd in ({"order_id": "o1", "shipping": {"cost": 4.9}}, {"order_id": "o2", "total": "120,00"}, {"checkout_id": "c1"}, {"currency": 978}):
        assert lived(tmp_path, LEFT, (ADDED, "Product Added", TENT), (BOUGHT, "Order Completed", odd)) == []


def test_p08_40_000_yen_are_silver_and_not_gold(tmp_path: Path) -> None:
    campaign = {
        "campaign": "win-back",
        "trigger": {"since": "order_completed", "wait": "60d"},
        "when": "clv >= 150",
        "variants": {"mail": {"channel": "email", "content": {"subject": "s", "body": "{{ features.clv | money('USD') }}"}}},
    }
    features = [{"name": "clv", "event": "order_completed", "aggregate": "sum", "of": "properties.total"}]
    policy = {"consent": {"default": {"marketing": "grant"}}, "currency": {"base": "USD", "rates": {"JPY": 0.0067}}}
    order = (ADDED, "Order Completed", {"order_id": "o1", "total": 40_000, "currency": "JPY"})
    found = lived(tmp_path, campaign, order, features=features, policy=policy)
    assert [each.content["body"] for each in found if isinstance(each, Action)] == ["$268.00"]
    campaign["when"] = "clv >= 500"
    assert lived(tmp_path, campaign, order, features=features, policy=policy) == []


def test_p21_money_is_written_as_where_the_customer_lives_in_the_currency_of_her_cart(tmp_path: Path) -> None:
    policy = {"consent": {"default": {"marketing": "grant"}}, "currency": {"base": "USD", "rates": {"JPY": 0.0067, "EUR": 1.08, "CHF": 1.1}}}
    for price, code, locale, written in (
        (1249.9, "EUR", "de-DE", "1.249,90 €"),
        (12_490, "JPY", "ja-JP", "￥12,490"),
        (12_490, "JPY", "en-US", "¥12,490"),
        (12_490, "JPY", None, "¥12,490"),
        (1249.9, "CHF", "de-CH", "CHF 1'249.90"),
        (1249.9, "EUR", "xx-klingon", "€1,249.90"),
    ):
        added = (ADDED, "Product Added", {**TENT, "price": price, "currency": code})
        found = lived(tmp_path, LEFT, added, policy=policy, context={"locale": locale} if locale else {})
        (mail,) = [each for each in found if isinstance(each, Action)]
        assert mail.content["subject"].replace("\N{NO-BREAK SPACE}", " ").replace("\N{RIGHT SINGLE QUOTATION MARK}", "'") == written


def test_p21_a_cart_of_two_currencies_is_written_in_the_shops(tmp_path: Path) -> None:
    policy = {"consent": {"default": {"marketing": "grant"}}, "currency": {"base": "USD", "rates": {"EUR": 1.08}}}
    adds = [(ADDED, "Product Added", {**TENT, "price": 100, "product_id": code, "currency": code}) for code in ("EUR", "USD")]
    (mail,) = [each for each in lived(tmp_path, LEFT, *adds, policy=policy) if isinstance(each, Action)]
    assert mail.content["subject"] == "$208.00"


def test_p21_a_currency_for_which_there_is_no_rate_meets_no_condition(tmp_path: Path) -> None:
    policy = {"consent": {"default": {"marketing": "grant"}}, "currency": {"base": "USD", "rates": {"EUR": 1.08}}}
    assert lived(tmp_path, LEFT, (ADDED, "Product Added", {**TENT, "currency": "GBP"}), policy=policy) == []
