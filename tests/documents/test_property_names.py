"""Misspelt properties of events, things in lists and organisations are warned of, with what was probably meant."""

from pathlib import Path

import pytest

from services.documents.check import Checked, assess
from services.documents.files import load_campaign_files
from tests.documents.writing import write


def checked(folder: Path, *, when: str = "true", body: str = "Hi", trigger: str = "event: product_added") -> Checked:
    text = f'campaign: mine\ntrigger: {{{trigger}}}\nwhen: {when}\nvariants: {{one: {{channel: email, content: {{subject: Hi, body: "{body}"}}}}}}\n'
    return assess(load_campaign_files([write(folder / "mine.yaml", text)]))


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ("{{ event.produkt_name }}", "write event.name"),
        ("{{ event.prduct_id }}", "'product_id'"),
        ("{{ event.image_ulr }}", "'image_url'"),
        ("{{ event.quantitty | default(1) }}", "'quantity'"),
        ("{% for p in event.products %}{{ p.nmae }}{% endfor %}", "'name'"),
        ("{% for p in event.products[:2] %}{{ p.imageurl }}{% endfor %}", "'image_url'"),
        ("{{ (event.products | first).catgory }}", "'category'"),
        ("{{ event.products[0].brnd }}", "'brand'"),
        ("{{ group.industri }}", "'industry'"),
        ("{{ user.frist_name }}", "'first_name'"),
    ],
)
def test_a_misspelt_property_in_a_message_is_told(tmp_path: Path, body: str, hint: str) -> None:
    found = checked(tmp_path, body=body)
    assert not found.findings
    (doubt,) = found.doubts
    assert hint in str(doubt.suggestion)
    assert doubt.line == 4


@pytest.mark.parametrize(
    "body", ["{{ (cart.items | first).nmae }}", "{{ cart.items[0].nmae }}", "{{ cart.valeu }}", "{% for i in cart.items %}{{ i.nmae }}{% endfor %}"]
)
def test_a_field_that_a_cart_does_not_have_is_refused(tmp_path: Path, body: str) -> None:
    (finding,) = checked(tmp_path, body=body).findings
    assert "nothing fills" in finding.message


@pytest.mark.parametrize(
    ("when", "hint"),
    [
        ("event.prize > 5", "'price'"),
        ("any(event.products, catgory == 'tents')", "'category'"),
        ("sum(event.products, price * quantitty) > 5", "'quantity'"),
        ("any(cart.items, categroy == 'tents')", "a line of the cart has product_id, name"),
        ("any(cart.products, prise > 5)", "'price'"),
    ],
)
def test_a_misspelt_property_in_a_condition_is_told(tmp_path: Path, when: str, hint: str) -> None:
    (doubt,) = checked(tmp_path, when=when).doubts
    assert hint in str(doubt.suggestion)


def test_names_of_ones_own_and_those_that_the_scenarios_send_are_believed(tmp_path: Path) -> None:
    assert checked(tmp_path, body="{{ event.loyalty_tier }} {{ event.product_name }} {{ event.products[0].material }}").doubts == []
    assert len(checked(tmp_path, body="{{ event.prices }}").doubts) == 1
    story = '- scenario: x\n  given: [{at: "10:00", event: product_added, properties: {product_id: a, prices: 5}}]\n  expect: []\n'
    write(tmp_path / "mine.scenarios.yaml", story)
    assert checked(tmp_path, body="{{ event.prices }}").doubts == []
