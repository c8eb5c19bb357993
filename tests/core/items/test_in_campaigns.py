"""`item(event.product_id).price` in conditions, offers and messages of a campaign, through the engine."""

from typing import Any

import msgspec
import pytest

from tests.builders import HOUR, MONDAY, Life, book, event, mail
from tests.core.items.shelf import STOVE, TENT, Shelf, Shop
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.campaigns.language.reader import CampaignError
from udfs.core.catalogue_used import CatalogueUsed
from udfs.core.engine import Engine
from udfs.core.features.features import EMPTY
from udfs.core.records import Decision

T = MONDAY + 12 * HOUR
GRANTED = {"consent": {"default": {"marketing": "grant"}}}


def news(body: str = "x", **changes: Any) -> dict[str, Any]:
    return mail(variants={"mail": {"channel": "email", "content": {"subject": "s", "body": body}, **changes.pop("more", {})}}, **changes)


def went(document: dict[str, Any], *documents: dict[str, Any], shop: Shop | None = None, **properties: Any) -> Life:
    engine = Engine(book(document, *documents), shelf=Shelf(shop or Shop()))
    return Life(engine).live([event("go", T, **properties)])


def only(life: Life) -> Decision:
    (decision,) = life.decisions
    return decision


def used(life: Life) -> CatalogueUsed:
    found = only(life).catalogue
    assert found is not None
    return found


def compiled(**changes: Any) -> Campaign:
    return compile_campaign(news(**changes), features=EMPTY)


@pytest.mark.parametrize(
    "when",
    [
        "item(event.product_id).price > 99",
        "item(event.product_id).price < item(event.product_id).list_price",
        "item('tent').in_stock and item('tent').stock < 5",
        "'Tents' in item(event.product_id).category",
        "item(event.product_id).properties.colour == 'green'",
        'item(event.product_id)["properties"]["Frame Size"] == 2',
        "'sale' in item(event.product_id).tags",
        "item(event.product_id).released < now",
        "now - item(event.product_id).released > 4 * 86400000",
        "not (item(event.product_id).price < 99)",
        "any(event.products, item(product_id).price > 99)",
        "any(event.products, item(item.product_id).brand == 'Acme')",
        "default(item('nothing').price, 1) == 1",
        "item('nothing').price == null",
    ],
)
def test_a_condition_reads_an_item(when: str) -> None:
    life = went(news(when=when), product_id="tent", products=[{"product_id": "stove"}, {"product_id": "tent"}])
    assert len(life.actions) == 1


@pytest.mark.parametrize(
    "when", ["item('kayak').price > 99", "not (item('kayak').price > 99)", "item(event.missing).price > 99", "not item('kayak').in_stock"]
)
def test_what_is_unknown_never_matches_negated_or_not(when: str) -> None:
    assert went(news(when=when), product_id="tent").decisions == []


def test_the_decision_says_what_it_has_read_and_of_which_version() -> None:
    life = went(news("{{ item(event.product_id).name }} {{ item('kayak').name }}", when="item(event.product_id).price > 99"), product_id="tent")
    assert used(life) == CatalogueUsed(version="v1", items={"tent": {"price": 129.0, "name": "Dome <2>"}}, unknown={"kayak": "UNKNOWN_ITEM"})
    assert life.actions[0].content["body"] == "Dome <2> "


def test_an_offer_may_be_computed_from_an_item() -> None:
    life = went(news("{{ offer.percent }}", more={"offer": {"percent": "10 if item(event.product_id).price > 99 else 5"}}), product_id="tent")
    assert life.actions[0].content["body"] == "10"
    assert used(life).items == {"tent": {"price": 129.0}}


@pytest.mark.parametrize(
    ("body", "written"),
    [
        ("{{ item(event.product_id).price | money(item(event.product_id).currency) }}", "$129.00"),
        ("{{ item(event.product_id).properties.colour }}", "green"),
        ("{{ item(event.product_id)['properties']['Frame Size'] }}", "2"),
        ("{% for item in cart.items %}{{ item(item.product_id).brand }}{% endfor %}", ""),
        ("{% for item in event.products %}{{ item(item.product_id).name }};{% endfor %}", "Stove;Dome <2>;"),
        ("{% if item(event.product_id).in_stock %}yes{% else %}no{% endif %}", "yes"),
        ("{{ item('kayak').name | default('it') }}", "it"),
        ("{{ item(event.product_id).tags | join(', ') }}", "sale, summer"),
        ("{% for tag in item(event.product_id).tags %}[{{ tag }}]{% endfor %}", "[sale][summer]"),
    ],
)
def test_a_message_reads_an_item(body: str, written: str) -> None:
    life = went(news(body), product_id="tent", products=[{"product_id": "stove"}, {"product_id": "tent"}])
    assert life.actions[0].content["body"] == written


def test_in_html_a_name_is_escaped() -> None:
    document = mail(variants={"mail": {"channel": "email", "content": {"subject": "s", "html": "<b>{{ item(event.product_id).name }}</b>"}}})
    assert went(document, product_id="tent").actions[0].content["html"] == "<b>Dome &lt;2&gt;</b>"


def test_prices_are_compared_in_the_currency_of_the_policy() -> None:
    policy = {**GRANTED, "currency": {"base": "USD", "rates": {"EUR": 1.1}}}
    life = went(news("{{ item(event.product_id).price }}", when="item(event.product_id).price == 55"), policy, product_id="stove")
    assert life.actions[0].content["body"] == "50"
    assert used(life).items == {"stove": {"price_in_base": 55.0, "price": 50.0}}


def test_without_a_catalogue_a_message_has_a_gap_and_the_record_a_reason() -> None:
    life = Life(Engine(book(news("[{{ item('tent').name }}]")))).live([event("go", T)])
    assert life.actions[0].content["body"] == "[]"
    assert used(life) == CatalogueUsed(version=None, items={}, unknown={"tent": "NO_CATALOGUE"})


def test_a_candidate_sees_one_version_throughout() -> None:
    """Another version is put on the shelf while the candidate is decided: its condition and its message still read the same."""
    shelf = Shelf(Shop())

    class Slow(Shop):
        def find(self, item_id: str) -> Any:
            shelf.current = Shop(msgspec.structs.replace(TENT, price=1.0), version="v2")
            return super().find(item_id)

    shelf.current = Slow()
    document = news("{{ item('tent').price }}", when="item('tent').price > 99")
    life = Life(Engine(book(document), shelf=shelf)).live([event("go", T)])
    assert (life.actions[0].content["body"], used(life).version) == ("129", "v1")
    life.live([event("go", T + HOUR)])
    assert len(life.actions) == 1  # the next decision reads the next version


def test_a_deferred_candidate_reads_the_catalogue_again_and_says_what_no_longer_held() -> None:
    shelf = Shelf(Shop())
    policy = {**GRANTED, "quiet_hours": {"from": "11:00", "to": "14:00", "then": "defer"}}
    document = news(when="item('tent').price > 99")
    life = Life(Engine(book(document, policy), shelf=shelf)).live([event("go", T)])
    assert [each.outcome.value for each in life.decisions] == ["deferred"]
    shelf.current = Shop(msgspec.structs.replace(TENT, price=1.0), version="v2")
    life.wait()
    last = life.decisions[-1]
    assert last.reason.value == "ELIGIBILITY"
    assert last.catalogue == CatalogueUsed(version="v2", items={"tent": {"price": 1.0}}, unknown={})


def test_a_campaign_that_reads_no_item_never_asks_the_catalogue() -> None:
    shop = Shop()
    life = went(news("{{ event.product_id }}", when="event.product_id == 'tent'"), shop=shop, product_id="tent")
    assert (only(life).catalogue, shop.asked) == (None, [])
    assert compiled(when="event.product_id == 'tent'").plain  # decided in one moment with all such campaigns, as before
    assert not compiled(when="event.product_id == 'tent'").reads_items


@pytest.mark.parametrize(
    ("changes", "message", "hint"),
    [
        ({"when": "item(event.product_id).prize > 9"}, "no field 'prize'", "did you mean 'price'"),
        ({"when": "item(event.product_id) > 9"}, "an item is no value", "item(event.product_id).price"),
        ({"when": "item().price > 9"}, "takes one thing", "item(event.product_id).price"),
        ({"when": "item(a, b).price > 9"}, "takes one thing", ""),
        ({"when": "item(id=event.product_id).price > 9"}, "takes one thing", ""),
        ({"when": "item(event.product_id).price.x > 9"}, "nothing comes after it", ""),
        ({"when": "item(event.product_id).__class__ == 1"}, "no field '__class__'", ""),
        ({"when": "item(prodct).price > 9"}, "unknown name 'prodct'", ""),
        ({"body": "{{ item(event.product_id).prize }}"}, "no field 'prize'", "did you mean 'price'"),
        ({"body": "{{ item(event.product_id) }}"}, "an item is no value", ""),
        ({"body": "{{ item }}"}, "unknown name 'item'", ""),
        ({"body": "{{ other(event.product_id).name }}"}, "calls nothing but item", ""),
        ({"trigger": {"event": "go", "becomes": "item(event.product_id).price > 9"}}, "the catalogue is not read here", "ask it in when"),
        ({"goal": {"event": "order_completed", "when": "item(event.product_id).price > 9"}}, "the catalogue is not read here", ""),
    ],
)
def test_a_mistake_is_named(changes: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(CampaignError) as caught:
        compile_campaign(news(**changes), features=EMPTY)
    (problem,) = caught.value.problems
    assert message in problem.message
    assert hint in (problem.suggestion or "")


def test_stove_has_no_stock_and_nobody_guesses_it() -> None:
    assert STOVE.stock is None
    assert went(news(when="item('stove').stock < 5"), product_id="stove").decisions == []
