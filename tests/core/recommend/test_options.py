"""The options of `recommend(…)`: read as they are meant, refused where nobody could, and never taken for those of another call."""

from typing import Any

import pytest

from tests.builders import Life, book, event
from tests.core.items.shelf import Shelf, Shop
from tests.core.recommend.learned import recommender
from tests.core.recommend.test_in_campaigns import TOGETHER, T, ids, listed, news, only, viewed
from tests.core.recommend.test_in_campaigns import life as lived
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.campaigns.language.reader import CampaignError
from udfs.core.engine import Engine
from udfs.core.features.features import EMPTY
from udfs.core.items.item import Item
from udfs.core.recommend.call import Asked
from udfs.core.recommend.options import plainly
from udfs.core.recommend.recommender import FixedStand
from udfs.core.values.money import Currency

EURO = Currency("EUR", {"USD": 0.5})


def shown(call: str, *more: str) -> str:
    """What each call of one message shows, one a line."""
    lists = (f"{{% for item in {each} %}}{{{{ item.id }}}} {{% endfor %}}" for each in (call, *more))
    return str(lived(news("|".join(lists)), viewed("tent")).actions[0].content["body"])


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ('like=["tent|stove"]', 'like=["tent", "stove"]', "mug stove lamp |lamp mug "),
        ('category="Outdoor, brand=Acme"', 'category="Outdoor", brand="Acme"', "|stove "),
        ("like=[]", "", "mug stove lamp |stove lamp mug "),
        ("max_price=30", "max_price=30.0", "lamp mug |lamp mug "),
    ],
)
def test_two_calls_that_read_alike_are_two_lists(first: str, second: str, found: str) -> None:
    assert shown(f"recommend(3, {first})", f"recommend(3, {second})" if second else "recommend(3)") == found


@pytest.mark.parametrize(
    ("value", "bound"),
    [
        (30, 30.0),
        ("30", 30.0),
        (" 30,50 € ", 30.5),
        ("30 USD", 15.0),
        ("30 GBP", None),  # no rate
        ("1,234", None),  # two amounts
        ("cheap", None),
        (True, None),
        (float("nan"), None),
        (float("inf"), None),
        ([30], None),
        ({"amount": 30}, None),
    ],
)
def test_a_price_is_read_as_an_amount_of_an_event_is(value: Any, bound: float | None) -> None:
    assert plainly(Asked(3, min_price=value, max_price=value), EURO)[4:6] == (bound, bound)


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ({"category": ["Tents"]}, {}),
        ({"category": " / "}, {}),
        ({"brand": 7}, {"brand": "7"}),
        ({"in_stock": "yes"}, {}),
        ({"in_stock": False}, {"in_stock": False}),
    ],
)
def test_what_cannot_be_read_is_not_asked_for(told: dict[str, Any], meant: dict[str, Any]) -> None:
    assert plainly(Asked(3, **told), EURO) == Asked(3, **meant)


def test_the_record_says_what_was_asked_for_and_not_what_could_not_be_read() -> None:
    def asked(budget: object) -> str:
        known = event("identify", T - 1, type="identify", traits={"budget": budget})
        found = lived(news("{{ recommend(3, max_price=user.budget) | length }}"), viewed("tent"), known)
        assert ids(listed(found)) == (["lamp", "mug"] if budget == "30 USD" else ["stove", "lamp", "mug"])
        return only(found).recommended[0].asked

    assert asked("30 USD") == "recommend(3, max_price=30)"
    assert asked("little") == "recommend(3)"


def test_a_condition_and_an_offer_have_prices_in_the_currency_of_the_shop_and_a_message_those_of_the_items() -> None:
    shop = Shop(Item(id="stove", name="Stove", price=5_000.0, currency="JPY"), Item(id="lamp", price=20.0, currency="GBP"), Item(id="mug", price=9.0))
    words = "{% for item in recommend(3) %}{{ item.price | money(item.currency) }} {% endfor %}"
    document = news(words, when="any(recommend(3), price == 50)", more={"offer": {"products": "recommend(3)"}})
    stand = FixedStand(recommender(TOGETHER, popular=["mug"]))
    policy = {"consent": {"default": {"marketing": "grant"}}, "currency": {"base": "USD", "rates": {"JPY": 0.01}}}
    engine = Engine(book(document, policy), shelf=Shelf(shop), stand=stand)
    action = Life(engine).live([viewed("tent"), event("go", T)]).actions[0]
    assert action.content["body"] == "¥5,000 £20.00 $9.00 "
    assert action.offer is not None
    assert [(each["id"], each.get("price"), each.get("currency")) for each in action.offer["products"]] == [
        ("stove", 50.0, "USD"),
        ("lamp", None, None),  # no rate
        ("mug", 9.0, "USD"),
    ]


@pytest.mark.parametrize(
    "option",
    ['max_price="30"', 'min_price="cheap"', "max_price=[30]", 'in_stock="yes"', "in_stock=1", 'category=["Tents"]', 'category=""', 'brand=" "'],
)
def test_what_nobody_can_read_is_refused_where_it_is_written(option: str) -> None:
    for document in (news(f"{{{{ recommend(3, {option}) | length }}}}"), news("x", when=f"len(recommend(3, {option})) == 3")):
        with pytest.raises(CampaignError, match=option.partition("=")[0]):
            compile_campaign(document, features=EMPTY)


def test_lists_end_where_no_more_items_can_be_read_and_none_is_shown_without_its_name() -> None:
    names = [f"i{number:03}" for number in range(90)]
    shop = Shop(*(Item(id=name, name=name, category=f"C{number % 3}", price=1.0) for number, name in enumerate(names)), version="v1")
    calls = [
        f"{{% for item in recommend(24, category='C{number}') %}}<{{{{ item.name }}}} {{{{ item.because }}}}>{{% endfor %}}" for number in range(3)
    ]
    stand = FixedStand(recommender({"tent": {name: 1 - number / 100 for number, name in enumerate(names)}}))
    found = lived(news("".join(calls)), viewed("tent"), stand=stand, shop=shop)
    lists = only(found).recommended
    assert [(len(each.items), each.reason) for each in lists] == [(24, None), (24, None), (1, "TOO_MANY")]
    body = found.actions[0].content["body"]
    assert [each.partition(" ")[0] for each in body.split("<")[1:]] == [item for each in lists for item in ids(each)]
