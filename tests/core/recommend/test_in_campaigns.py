"""`recommend(8)` in messages, conditions and offers of a campaign, through the engine."""

from typing import Any

import pytest

from tests.builders import HOUR, MINUTE, MONDAY, Life, book, event, mail
from tests.core.items.shelf import Shelf, Shop
from tests.core.recommend.learned import recommender
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.campaigns.language.reader import CampaignError
from udfs.core.engine import Engine
from udfs.core.features.features import EMPTY
from udfs.core.items.item import Item
from udfs.core.recommend.recommender import FixedStand
from udfs.core.recommended import Recommended
from udfs.core.records import Decision, Event

T = MONDAY + 12 * HOUR
ITEMS = (
    Item(id="tent", name="Dome", category="Outdoor > Tents", brand="Acme", price=129.0, currency="USD", in_stock=True),
    Item(id="stove", name="Stove", category="Outdoor > Stoves", brand="Acme", price=50.0, currency="USD", in_stock=True),
    Item(id="lamp", name="Lamp <1>", category="Outdoor > Lamps", brand="Bright", price=20.0, currency="USD", in_stock=True),
    Item(id="mat", name="Mat", category="Outdoor > Mats", brand="Soft", price=30.0, currency="USD", in_stock=False, stock=0),
    Item(id="mug", name="Mug", category="Kitchen", brand="Acme", price=9.0, currency="USD", stock=3),
)
TOGETHER = {"tent": {"stove": 0.9, "lamp": 0.5, "mat": 0.8}, "stove": {"lamp": 0.6, "mug": 0.3}}
LIST = "{% for item in recommend(3) %}{{ item.name }} ({{ item.because }}) {% endfor %}"


def news(body: str = LIST, **changes: Any) -> dict[str, Any]:
    return mail(variants={"mail": {"channel": "email", "content": {"subject": "s", "body": body}, **changes.pop("more", {})}}, **changes)


def viewed(item: str, at: int = T - HOUR) -> Event:
    return event("product_viewed", at, product_id=item)


def life(document: dict[str, Any], *before: Event, stand: FixedStand | None = None, shop: Shop | None = None) -> Life:
    found = stand or FixedStand(recommender(TOGETHER, popular=["mug", "stove", "lamp"]))
    return Life(Engine(book(document), shelf=Shelf(shop or Shop(*ITEMS)), stand=found)).live([*before, event("go", T)])


def only(life: Life) -> Decision:
    (decision,) = life.decisions
    return decision


def listed(life: Life) -> Recommended:
    (found,) = only(life).recommended
    return found


def ids(found: Recommended) -> list[str]:
    return [each.item for each in found.items]


def test_a_message_shows_what_others_took_with_it_and_says_why() -> None:
    found = life(news(), viewed("tent"))
    assert found.actions[0].content["body"] == "Stove (because you viewed Dome) Lamp <1> (because you viewed Dome) Mug (because it is popular) "


def test_the_decision_says_what_was_recommended_from_what_and_what_of_the_catalogue_was_used() -> None:
    decision = only(life(news(), viewed("tent")))
    (found,) = decision.recommended
    assert (found.asked, found.strategy, found.recommender, found.catalogue, found.history) == ("recommend(3)", "default", "r1", "v1", ["tent"])
    assert [(each.item, each.source, each.because_of, each.probability) for each in found.items] == [
        ("stove", "together", "tent", 1.0),
        ("lamp", "together", "tent", 1.0),
        ("mug", "popular", None, 1.0),
    ]
    assert [each.score for each in found.items] == [0.9, 0.5, 0.0]
    assert decision.catalogue is not None
    assert decision.catalogue.items == {"stove": {"name": "Stove"}, "tent": {"name": "Dome"}, "lamp": {"name": "Lamp <1>"}, "mug": {"name": "Mug"}}


def test_every_field_of_a_message_shows_the_same_list_and_it_is_recorded_once() -> None:
    document = news("{{ (recommend(3) | first).name }} {{ recommend(3)[1].price | money('USD') }} {{ recommend(3) | length }}")
    assert life(document, viewed("tent")).actions[0].content["body"] == "Stove $20.00 3"
    assert len(only(life(document, viewed("tent"))).recommended) == 1


def test_in_html_the_names_are_escaped() -> None:
    document = mail(variants={"mail": {"channel": "email", "content": {"subject": "s", "html": LIST}}})
    assert "Lamp &lt;1&gt;" in life(document, viewed("tent")).actions[0].content["html"]


def test_a_condition_may_ask_whether_there_is_enough_to_show() -> None:
    assert len(life(news(when="len(recommend(3)) == 3"), viewed("tent")).actions) == 1
    assert life(news(when="len(recommend(4)) == 4"), viewed("tent")).decisions == []
    assert len(life(news(when="any(recommend(3), price < 30)"), viewed("tent")).actions) == 1


def test_an_offer_holds_a_list_as_plain_values() -> None:
    found = life(news("{% for each in offer.products %}{{ each.name }} {% endfor %}", more={"offer": {"products": "recommend(2)"}}), viewed("tent"))
    offer = found.actions[0].offer
    assert offer is not None
    assert offer["products"][0] == {
        "id": "stove",
        "product_id": "stove",
        "name": "Stove",
        "brand": "Acme",
        "category": "Outdoor > Stoves",
        "price": 50.0,
        "currency": "USD",
        "because": "because you viewed Dome",
        "source": "together",
    }
    assert found.actions[0].content["body"] == "Stove Lamp <1> "


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        ("recommend(4)", ["stove", "lamp", "mug"]),
        ("recommend(4, max_price=30)", ["lamp", "mug"]),
        ("recommend(4, min_price=30)", ["stove"]),
        ("recommend(4, category='outdoor')", ["stove", "lamp"]),
        ("recommend(4, category='Lamps')", ["lamp"]),
        ("recommend(4, brand='ACME')", ["stove", "mug"]),
        ("recommend(4, in_stock=true)", ["stove", "lamp", "mug"]),
        ("recommend(4, in_stock=false)", ["stove", "mat", "lamp", "mug"]),
        ("recommend(4, like='stove')", ["lamp", "mug"]),
        ("recommend(4, like=['stove', 'nothing'])", ["lamp", "mug"]),
        ("recommend(4, like=event.missing)", ["stove", "lamp", "mug"]),
        ("recommend(4, max_price=event.missing)", ["stove", "lamp", "mug"]),
    ],
)
def test_options_in_messages_and_in_offers(call: str, shown: list[str]) -> None:
    assert ids(listed(life(news("{% for item in " + call + " %}x{% endfor %}"), viewed("tent")))) == shown
    assert ids(listed(life(news("x", more={"offer": {"list": call}}), viewed("tent")))) == shown


def test_without_a_catalogue_lists_hold_ids_and_filters_that_need_one_leave_nothing() -> None:
    engine = Engine(book(news("{{ (recommend(2) | first).id }} {{ recommend(2, max_price=9) | length }}")), stand=FixedStand(recommender(TOGETHER)))
    found = Life(engine).live([viewed("tent"), event("go", T)])
    assert found.actions[0].content["body"] == "stove 0"
    assert [each.reason for each in only(found).recommended] == [None, "NO_CATALOGUE"]


def test_without_a_recommender_lists_are_empty_and_the_decision_says_so() -> None:
    found = Life(Engine(book(news("{{ recommend(2) | length }}")), shelf=Shelf(Shop(*ITEMS)))).live([viewed("tent"), event("go", T)])
    assert found.actions[0].content["body"] == "0"
    assert (listed(found).reason, listed(found).recommender) == ("NO_RECOMMENDER", None)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("{{ recommend(0) }}", "whole number from 1 to 24"),
        ("{{ recommend(99) | length }}", "whole number from 1 to 24"),
        ("{{ recommend(event.number) | length }}", "whole number from 1 to 24"),
        ("{{ recommend() | length }}", "takes one number"),
        ("{{ recommend(3, prize=5) | length }}", "no option 'prize'"),
        ("{{ recommend(3, strategy=event.x) | length }}", "named by a text"),
        ("{% for item in recommend(3) %}{{ item.becuase }}{% endfor %}", "no field 'becuase'"),
        ("{{ (recommend(3) | first).prices }}", "no field 'prices'"),
        ("{{ recommend(3)[0].prices }}", "no field 'prices'"),
    ],
)
def test_what_is_written_wrongly_is_refused_with_a_hint(body: str, problem: str) -> None:
    with pytest.raises(CampaignError, match=problem):
        compile_campaign(news(body), features=EMPTY)


@pytest.mark.parametrize(
    ("place", "expression", "problem"),
    [
        ("when", "len(recommend(99)) > 1", "whole number"),
        ("when", "len(recommend(3, prize=5)) > 1", "no option"),
        ("entry", {"once_per": "recommend(1)[0].id"}, "nothing is recommended here"),
        ("when", "any(event.products, len(recommend(3)) > 1)", "made once"),
    ],
)
def test_the_same_in_conditions(place: str, expression: Any, problem: str) -> None:
    with pytest.raises(CampaignError, match=problem):
        compile_campaign(news(**{place: expression}), features=EMPTY)


def test_a_deferred_decision_makes_its_list_again_and_one_that_is_made_again_makes_the_same() -> None:
    first, second = (listed(life(news(), viewed("tent"), viewed("stove", T - MINUTE))) for _ in range(2))
    assert first == second
    assert first.history == ["stove", "tent"]
