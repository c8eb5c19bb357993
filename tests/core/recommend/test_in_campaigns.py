"""`recommend(8)` in messages, conditions and offers of a campaign, through the engine."""

from typing import Any

import msgspec
import pytest

from tests.builders import HOUR, MINUTE, MONDAY, Life, book, event, mail
from tests.core.items.shelf import Shelf, Shop
from tests.core.recommend.learned import recommender
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.campaigns.language.reader import CampaignError
from udfs.core.engine import Engine
from udfs.core.features.features import EMPTY
from udfs.core.items.item import Item
from udfs.core.profile.stored import decode
from udfs.core.recommend.recommender import FixedStand
from udfs.core.recommended import Recommended
from udfs.core.records import Decision, Event
from udfs.core.values.durations import DAY

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


def test_the_parts_of_the_reason_may_be_said_in_another_language() -> None:
    words = "{% for item in recommend(3) %}{{ item.source }} {{ item.how }} {{ item(item.because_of).name }};{% endfor %}"
    bought = event("order_completed", T - HOUR, products=[{"product_id": "tent"}], order_id="1")
    carted = event("product_added", T - HOUR, product_id="tent", price=129)
    for before, how in ((viewed("tent"), "viewed"), (carted, "in_cart"), (bought, "bought")):
        body = life(news(words), before).actions[0].content["body"]
        assert body == f"together {how} Dome;together {how} Dome;popular  ;"
    named = words.replace("recommend(3)", 'recommend(1, like="stove")')
    assert life(news(named), viewed("tent")).actions[0].content["body"] == "together like Stove;"


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


def test_what_is_bought_seen_in_a_cart_or_not_wanted_is_left_out() -> None:
    def shown(*before: Event) -> list[str]:
        return ids(listed(life(news("{{ recommend(4) | length }}"), viewed("tent"), *before)))

    assert shown() == ["stove", "lamp", "mug"]
    assert shown(event("order_completed", T - MINUTE, order_id="o1", products=[{"product_id": "lamp", "price": 20}])) == ["stove", "mug"]
    assert shown(event("product_added", T - MINUTE, product_id="mug", price=9, quantity=1)) == ["stove", "lamp"]
    assert "stove" not in shown(viewed("stove", T - MINUTE))
    assert shown(event("not_interested", T - MINUTE, product_id="lamp")) == ["stove", "mug"]
    assert shown(event("not_interested", T - MINUTE, category="Stoves")) == ["lamp", "mug"]


def test_what_was_bought_and_what_is_in_the_cart_bring_items_and_say_so() -> None:
    bought = event("order_completed", T - HOUR, order_id="o1", products=[{"product_id": "tent", "price": 129}])
    assert "Stove (because you bought Dome)" in life(news(), bought).actions[0].content["body"]
    added = event("product_added", T - HOUR, product_id="tent", price=129, quantity=1)
    document = news(trigger={"event": "product_added"})
    found = Life(Engine(book(document), shelf=Shelf(Shop(*ITEMS)), stand=FixedStand(recommender(TOGETHER)))).live([added])
    assert "Stove (because Dome is in your cart)" in found.actions[0].content["body"]


def test_a_product_that_the_catalogue_no_longer_has_is_not_shown() -> None:
    assert ids(listed(life(news(), viewed("tent"), shop=Shop(*ITEMS[:2])))) == ["stove"]


def test_of_two_with_the_same_score_the_smaller_id_goes_first() -> None:
    stand = FixedStand(recommender({"tent": {"stove": 0.5, "lamp": 0.5 + 2e-7, "mug": 0.50001}}))
    assert ids(listed(life(news(), viewed("tent"), stand=stand))) == ["mug", "lamp", "stove"]


def test_prices_are_compared_in_the_currency_of_the_shop() -> None:
    items = [Item(id="tent", name="Dome"), Item(id="yen", price=3000.0, currency="JPY"), Item(id="odd", price=1.0, currency="XXX")]
    stand = FixedStand(recommender({"tent": {"yen": 0.9, "odd": 0.8}}))
    policy = {"currency": {"base": "USD", "rates": {"JPY": 0.007}}, "consent": {"default": {"marketing": "grant"}}}
    engine = Engine(book(news("{{ recommend(3, max_price=25) | length }}"), policy), shelf=Shelf(Shop(*items)), stand=stand)
    assert ids(Life(engine).live([viewed("tent"), event("go", T)]).decisions[0].recommended[0]) == ["yen"]


def test_a_draw_is_the_same_each_time_and_its_probability_is_logged() -> None:
    near = {"tent": {f"n{number:02}": 1 - number / 100 for number in range(40)}}
    items = [Item(id="tent", name="Dome"), *(Item(id=f"n{number:02}", name=f"N{number}") for number in range(40))]
    declared = {"recommendations": {"default": {"explore": "50%"}}}
    shown: dict[int, list[Recommended]] = {}
    for number in range(10):
        events = [viewed("tent"), event("go", T, message_id=f"go-{number}")]
        for _ in range(2):
            engine = Engine(book(news("{{ recommend(8) | length }}"), declared), shelf=Shelf(Shop(*items)), stand=FixedStand(recommender(near)))
            shown.setdefault(number, []).append(Life(engine).live(events).decisions[0].recommended[0])
    assert all(one == again for one, again in shown.values())
    assert {each.probability for one, _ in shown.values() for each in one.items} == {0.5, 0.025}
    assert shown[0][0].strategy_version


def test_a_profile_of_before_has_bought_and_looked_for_nothing() -> None:
    found = life(news(), viewed("tent"))
    profile = decode(found.blob or b"")
    raw = msgspec.msgpack.decode(found.blob or b"")
    assert (profile.bought, profile.wanted, raw[-2:]) == ([], [], [[], []])
    older = decode(msgspec.msgpack.encode(raw[:-2]))
    assert (older.bought, older.wanted, older.packed_viewed) == ([], [], profile.packed_viewed)


def test_what_was_bought_is_known_by_its_time_in_whatever_order_it_is_reported() -> None:
    tent = event("order_completed", T, order_id="o1", products=[{"product_id": "tent"}, "no product", {"product_id": ["odd"]}, {}])
    peg = event("order_completed", T + DAY, order_id="o2", products=[{"product_id": "peg"}])
    again = event("order_completed", T + 2 * DAY, order_id="o3", product_id="tent")
    for orders in ([tent, peg, again], [again, peg, tent], [peg, again, tent]):
        found = decode(life(news()).live(orders).blob or b"").bought
        assert [each for each in found if "odd" not in each[0]] == [("peg", T + DAY), ("tent", T + 2 * DAY)]
