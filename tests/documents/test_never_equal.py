"""Values of different kinds, such as a number and a text, are never alike: the check refuses to compare them, and says how to write it."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from services.documents.check import assess
from services.documents.files import load_campaign_files, shipped
from services.documents.findings import Finding
from tests.documents.writing import write

FEATURES = """\
features:
  - {name: orders, event: order_completed, aggregate: count}
  - {name: last_price, event: product_viewed, aggregate: last, of: properties.price}
  - {name: last_id, event: product_viewed, aggregate: last, of: properties.product_id}
  - {name: last_own, event: loan_requested, aggregate: last, of: properties.price}
  - {name: stage, expression: '"new" if orders == 0 else "known"'}
  - {name: share, ratio: [orders, orders], default: none}
  - {name: by_category, event: product_viewed, aggregate: count, by: properties.category}
"""


def found(folder: Path, when: str, *, trigger: str = "event: product_added", features: str = FEATURES) -> list[Finding]:
    write(folder / "features.yaml", features)
    quoted = when.replace("'", "''")
    file = write(
        folder / "mine.yaml",
        f"campaign: mine\ntrigger: {{{trigger}}}\nwhen: '{quoted}'\nvariants: {{one: {{channel: email, content: {{subject: Hi, body: Hi}}}}}}\n",
    )
    return assess(load_campaign_files([file])).findings


@pytest.mark.parametrize(
    ("when", "hint"),
    [
        ('cart.value >= "50 EUR"', "write 50 without quotes"),
        ('"50 EUR" <= cart.value', "write 50 without quotes"),
        ('cart.value == "50"', "write 50 without quotes"),
        ('cart.value in ["50", 60]', "write 50 without quotes"),
        ('cart.value >= "a lot"', "write a number, such as cart.value > 0"),
        ('event.price > "1,50 EUR"', "write 1.50 without quotes"),
        ("event.product_id == 4711", 'write "4711" in quotes'),
        ("event.product_id in [4711, 4712]", 'write "4711" in quotes'),
        ("user.weekday == 1", 'write the day as a text: "monday"'),
        ('user.hour == "9"', "write 9 without quotes"),
        ('orders == "none"', "write a number"),
        ('features.orders >= "3 orders"', "write 3 without quotes"),
        ('last_price > "20 EUR"', "write 20 without quotes"),
        ("last_id == 5", 'write "5" in quotes'),
        ("stage == 1", 'write "1" in quotes'),
        ("cart.value > cart.currency", "compare"),
        ("event.products == 3", "write len(event.products) for how many"),
        ('event.products == "tent"', "write any(event.products"),
        ('any(event.products, price > "50 EUR")', "write 50 without quotes"),
        ("any(cart.items, product_id == 4711)", 'write "4711" in quotes'),
        ("count(event.products, product_id == 4711) > 1", 'write "4711" in quotes'),
        ('count(event.products) > "two"', "write a number"),
        ('len(user.plan) == "4"', "write 4 without quotes"),
        ('"4711" in cart.value', "write == to compare"),
        ("4711 in event.product_id", 'write "4711" in quotes'),
        ("by_category > 3", 'write by_category["…"]'),
        ('seen("order_completed") == "yes"', "compare"),
        ('not (cart.value == "50")', "write 50 without quotes"),
        ('(10 if cart.value > "50 EUR" else 5) > 3', "write 50 without quotes"),
        ("cart.items == []", "write cart.empty"),
    ],
)
def test_values_of_different_kinds_never_match(tmp_path: Path, when: str, hint: str) -> None:
    (finding,) = found(tmp_path, when)
    assert hint in str(finding.suggestion)
    assert finding.line == 3


@pytest.mark.parametrize(
    "when",
    [
        "cart.value >= 50",
        "event.coupon == 5 or event.coupon == 'five'",
        "user.age == '40'",
        "user.vip == 1 and seen('order_completed') == true",
        "event.product_id == '4711'",
        "stage in ['new', 'known']",
        "last_own == 'high'",
        "share == 'x'",
        "by_category['tents'] > 3",
        "default(cart.value, 'none') == 'none'",
        "number(event.product_id) > 4000",
        "any(user.orders, price == 'high')",
        "any(event.products, lower(name) == 'tent')",
        "cart.id != null and event.price == null",
        "'tent' in event.product_id",
    ],
)
def test_what_may_match_is_left_alone(tmp_path: Path, when: str) -> None:
    assert found(tmp_path, when) == []


def test_what_an_event_of_ones_own_carries_was_never_checked_so_it_may_be_anything(tmp_path: Path) -> None:
    assert found(tmp_path, "event.value == 'high'", trigger="event: [loan_requested, product_added]") == []
    assert len(found(tmp_path, "event.value == 'high'")) == 1


def test_offers_segments_and_features_are_looked_through_too(tmp_path: Path) -> None:
    features = FEATURES + '  - {name: odd, expression: orders == "5"}\n'
    assert "write 5 without quotes" in _hints(assess(load_campaign_files([write(tmp_path / "features.yaml", features)])).findings)
    write(tmp_path / "features.yaml", FEATURES)
    segments = write(tmp_path / "segments.yaml", "segments: [{segment: vip, when: 'orders == \"5\"'}]\n")
    assert "write 5 without quotes" in _hints(assess(load_campaign_files([segments])).findings)
    segments.unlink()
    offer = write(
        tmp_path / "mine.yaml",
        "campaign: mine\ntrigger: {event: product_added}\n"
        "variants: {one: {channel: email, content: {subject: Hi, body: Hi}, offer: {percent: '10 if cart.value == \"50\" else 5'}}}\n",
    )
    assert "write 50 without quotes" in _hints(assess(load_campaign_files([offer])).findings)


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ("{% if cart.value > '50 EUR' %}x{% endif %}", "write 50 without quotes"),
        ("{{ 'x' if '50' == cart.value else 'y' }}", "write 50 without quotes"),
        ("{% if event.product_id == 4711 %}x{% endif %}", "write '4711' in quotes"),
        ("{% for p in event.products if p.price > '50' %}x{% endfor %}", "write 50 without quotes"),
        ("{% for p in cart.items %}{% if p.quantity == '2' %}x{% endif %}{% endfor %}", "write 2 without quotes"),
        ("{% if cart.items > 2 %}x{% endif %}", "write cart.items | length"),
        ("{% if cart.items | length > '2' %}x{% endif %}", "write 2 without quotes"),
        ("{% if features.orders == 'none' %}x{% endif %}", "write a number"),
    ],
)
def test_messages_are_looked_through_too(tmp_path: Path, body: str, hint: str) -> None:
    write(tmp_path / "features.yaml", FEATURES)
    text = f'campaign: mine\ntrigger: {{event: product_added}}\nvariants: {{one: {{channel: email, content: {{subject: Hi, body: "{body}"}}}}}}\n'
    assert hint in _hints(assess(load_campaign_files([write(tmp_path / "mine.yaml", text)])).findings)


def test_the_shipped_campaigns_compare_like_with_like() -> None:
    assert assess(load_campaign_files(shipped())).findings == []


def _hints(findings: Iterable[Finding]) -> str:
    return " ".join(str(each.suggestion) for each in findings)
