"""Lists and objects in conditions: what they mean, what stays unknown, and that they end whatever comes in."""

import time
from typing import Any

import pytest

from tests.builders import MONDAY
from udfs.core.expressions.compiler import ExpressionError, compile_condition, compile_value
from udfs.core.expressions.moment import Moment
from udfs.core.expressions.vocabulary import Vocabulary
from udfs.core.profile.cart_state import Cart, Item
from udfs.core.profile.state import Profile

WORDS = Vocabulary(
    features={
        "views_7d": lambda moment: 4,
        "adds_7d": lambda moment: 7,
        "spend_by_category": lambda moment: {"tents": 120, "two words": 5},
        "last_products": lambda moment: [{"name": "Tent", "url": "u1"}, {"name": "Peg", "url": "u2"}],
    }
)
PRODUCTS = [
    {"category": "tents", "price": 120, "quantity": 1, "name": "Tent", "tags": ["new", "sale"], "variants": [{"size": "S"}, {"size": "M"}]},
    {"category": "pegs", "price": 0.5, "quantity": 8, "name": "Peg", "tags": [], "variants": [{"size": "L"}]},
]


def moment(**properties: Any) -> Moment:
    profile = Profile(born=MONDAY, now=MONDAY)
    profile.traits = {"address": {"city": "Utrecht", "geo": {"lat": 52.1}}, "tags": ["vip", "beta"], "blank": "  ", "country": "US", "age": 41}
    profile.group = {"id": "acme", "industry": "retail", "employees": 250}
    cart = profile.carts["c1"] = Cart("c1", MONDAY, MONDAY, "USD", [Item("tent", 120.0, 1.0, "Tent"), Item("peg", 0.5, 8.0)])
    return Moment(user_id="ada", profile=profile, now=MONDAY, cart=cart, properties={"products": PRODUCTS, **properties})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("any(event.products, category == 'tents')", True),
        ("any(event.products, category == 'boots')", False),
        ("not any(event.products, category == 'boots')", True),
        ("all(event.products, price > 1)", False),
        ("all(event.products, price > 0.1)", True),
        ("not all(event.products, price > 1)", True),
        ("any(event.products, category == 'tents' and price > 200 or name == 'Peg')", True),
        ("any(event.products, not (category == 'tents' or price < 1))", False),
        ("count(event.products)", 2),
        ("count(event.products, price > 50)", 1),
        ("count(event.products, price > user.age)", 1),
        ("sum(event.products, price * quantity)", 124),
        ("sum(event.products, quantity)", 9),
        ("sum(event.numbers)", 6),
        ("max(event.products, price)", 120),
        ("min(event.products, price * quantity)", 4),
        ("max(event.numbers)", 3),
        ("max(event.products, item.price)", 120),
        ("max(cart.value, views_7d)", 124),
        ("max(views_7d, adds_7d * 2)", 14),
        ("min(views_7d, 3)", 3),
        ("max(event.products, views_7d)", None),  # a field of that name: no product has it
        ("event.products[0].name", "Tent"),
        ("event.products[-1].name", "Peg"),
        ("event.products[7].name", None),
        ("event.products[0].variants[1].size", "M"),
        ("event.products[0]['name']", "Tent"),
        ('event["Plan Name"]', "gold"),
        ("user.address.city", "Utrecht"),
        ("user.address.geo.lat > 52", True),
        ("'vip' in user.tags", True),
        ("any(user.tags, item == 'beta')", True),
        ("any(user.tags, starts_with(item, 'be'))", True),
        ("group.industry == 'retail' and group.employees > 100", True),
        ("group.id", "acme"),
        ("count(cart.items, price > 50)", 1),
        ("any(cart.products, product_id == 'peg')", True),
        ("sum(cart.items, price * quantity) == cart.value", True),
        ("cart.items[0].name", "Tent"),
        ("len(cart.items)", 2),
        ("cart.items", 9),
        ("any(event.products, any(variants, size == 'L'))", True),
        ("sum(event.products, count(variants))", 3),
        ("any(event.products, 'sale' in tags)", True),
        ("spend_by_category['tents'] > 100", True),
        ("features.spend_by_category['two words']", 5),
        ("features.views_7d + views_7d", 8),
        ("last_products[0].name", "Tent"),
        ("any(last_products, name == 'Peg')", True),
        ("any(event.products, price > features.views_7d)", True),
        ("default(user.blank, 'there')", "there"),
        ("default(user.nothing, 'there')", "there"),
        ("default(user.country, '') != 'DE'", True),
        ("default(user.nothing, '') != 'DE'", True),
        ("default(0, 5)", 0),
        ("default(false, true)", False),
        ("ends_with(user.country, 'S')", True),
        ("now", MONDAY),
    ],
)
def test_what_an_expression_over_lists_means(source: str, expected: object) -> None:
    assert compile_value(source, WORDS).evaluate(moment(numbers=[1, 2, 3], **{"Plan Name": "gold"})) == expected


@pytest.mark.parametrize(
    "source",
    [
        "any(event.nothing, price > 1)",
        "not any(event.nothing, price > 1)",
        "all(event.nothing, price > 1)",
        "not all(event.nothing, price > 1)",
        "any(event.word, item == 'a')",
        "any(event.half, price > 500)",
        "not any(event.half, price > 500)",  # the one without a price may cost that much
        "all(event.half, price < 500)",
        "count(event.half, price > 1) > 0",
        "sum(event.half, price) > 0",
        "sum(event.words) > 0",
        "max(event.empty, price) > 0",
        "event.word[0] == 'a'",
        "event.products['name'] == 'Tent'",
        "user.address[0] == 'Utrecht'",
        "any(event.long, item == 7)",
        "count(event.long, item == 1) > 0",
        "group.nothing == 'x'",
    ],
)
def test_what_no_item_can_tell_is_unknown_and_never_met(source: str) -> None:
    given = moment(word="abc", words=["a"], half=[{"price": 5}, {"price": None}], empty=[], long=[1] * 501)
    assert not compile_condition(source, WORDS).met(given)


def test_one_item_that_is_known_to_meet_it_is_enough_and_one_that_fails_too() -> None:
    given = moment(half=[{"price": None}, {"price": 5}], long=[1] * 501)
    assert compile_condition("any(event.half, price == 5)", WORDS).met(given)
    assert compile_condition("not all(event.half, price > 5)", WORDS).met(given)
    assert compile_condition("any(event.long, item == 1)", WORDS).met(given)


def test_and_of_an_item_is_false_if_one_side_is_whatever_the_other_is() -> None:
    """A line without a category that is cheap is not a dear tent, so the count is known."""
    given = moment(lines=[{"price": 5}, {"price": 90, "category": "tents"}])
    assert compile_value("count(event.lines, category == 'tents' and price > 50)", WORDS).evaluate(given) == 1
    assert compile_value("count(event.lines, not (category != 'tents' or price < 50))", WORDS).evaluate(given) == 1
    assert compile_value("count(event.lines, 1 < price < 50 or category == 'tents')", WORDS).evaluate(given) == 2


def test_without_a_cart_the_list_is_empty_not_unknown() -> None:
    nobody = Moment(user_id="ada", profile=Profile(born=0, now=0), now=0, cart=None)
    assert compile_value("count(cart.items)", WORDS).evaluate(nobody) == 0
    assert compile_condition("not any(cart.items, price > 5)", WORDS).met(nobody)


def test_an_event_property_that_a_list_function_reads_is_carried() -> None:
    for source in ("any(event.products, price > 5)", "event.products[0].name == 'a'", 'event["products"] == 5'):
        assert "event.products" in compile_value(source, WORDS).names


def test_a_filter_of_a_feature_may_look_into_the_event() -> None:
    assert compile_condition("any(event.products, category == 'tents')", Vocabulary(profile=False)).met(moment())


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("any(event.products)", "asks each item"),
        ("any()", "asks each item"),
        ("sum()", "runs over a list"),
        ("count(event.products, price > 1, 2)", "runs over a list"),
        ("any(event.a, any(b, any(c, x > 1)))", "nested at most 2"),
        ("any(event.products, any(event.products, price > 1))", "runs over a list of the item"),
        ("any(event.products, any(user.tags, item == 'x'))", "runs over a list of the item"),
        (" or ".join("any(event.a, b > 1)" for _ in range(11)), "at most 10 list functions"),
        ("category == 'tents'", "unknown name"),
        ("any(event.products, cart.vlaue > 1)", "unknown name"),
        ("any(event.products, [x for x in item])", "not part of the language"),
        ("any(event.products, item.__class__.__init__())", "no function"),
    ],
)
def test_a_mistake_with_lists_is_named(source: str, says: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_condition(source, WORDS)
    assert says in caught.value.message


def test_fields_of_items_that_are_also_features_are_told_apart() -> None:
    assert compile_condition("any(event.products, price > views_7d)", WORDS).fields == {"price", "views_7d"}
    assert not compile_condition("max(cart.value, views_7d) > 5", WORDS).fields


def test_whatever_comes_in_the_work_is_bounded() -> None:
    """Ten functions over a list of a megabyte, each asking for a long text from outside: milliseconds, and no quadratic growth."""
    wide = moment(products=[{"a": "x" * 1000, "b": list(range(100))} for _ in range(500)], text="y" * 1_000_000)
    slow = compile_condition(" or ".join("any(event.products, event.text in a or a in event.text or 7000 in b)" for _ in range(10)), WORDS)
    started = time.process_time()
    assert not slow.met(wide)
    assert time.process_time() - started < 10  # of CPU time
    deep: Any = {"price": 1}
    for _ in range(200):
        deep = {"item": [deep]}
    assert not compile_condition("any(event.products, any(item, price > 0))", WORDS).met(moment(products=[deep] * 1000))


def test_attributes_of_python_are_out_of_reach_through_items_and_brackets() -> None:
    given = moment(products=[{"name": "a"}])
    for source in ("any(event.products, item.__class__ != 'x')", "event.products[0].__class__ == 'x'", "user.tags.__len__ == 2"):
        assert not compile_condition(source, WORDS).met(given)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("spend_by_category[event.category]", 120),
        ("spend_by_category[event.unknown]", None),
        ("spend_by_category[event.products]", None),
        ("all(event.products, features.spend_by_category[category] > 100)", None),
        ("any(event.products, features.spend_by_category[category] > 100)", True),
        ("count(event.products, features.spend_by_category[event.category] > 100)", 2),
        ("last_products[event.one].name", "Peg"),
        ("last_products[event.yes].name", None),
        ("last_products[event.half].name", None),
    ],
)
def test_a_property_may_say_which_figure_is_meant(source: str, expected: Any) -> None:
    given = moment(category="tents", one=1, yes=True, half=0.5)
    assert compile_value(source, WORDS).evaluate(given) == expected


@pytest.mark.parametrize(
    "source",
    [
        "spend_by_category[tents] > 1",
        "spend_by_category[1 + 1] > 1",
        "event.products[event.one] == 1",
        "count(event.products, tags[name] == 1) > 1",
        "user[event.category] == 1",
        "event[user.x] == 1",
    ],
)
def test_a_word_without_quotes_is_no_key(source: str) -> None:
    with pytest.raises(ExpressionError, match=r"in brackets stands|name the field"):
        compile_condition(source, WORDS)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("any(event.products, category == 'tents')", True),
        ("all(event.products, price > 100)", True),
        ("count(event.products)", 1),
        ("count(event.products, price > 200)", 0),
        ("sum(event.products, price)", 160),
        ("max(event.products, price)", 160),
        ("event.products[0].name", "Tent"),
        ("event.products[-1].name", "Tent"),
        ("event.products[1].name", None),
        ("count(event.none)", 0),
        ("any(event.none, price > 1)", False),
    ],
)
def test_a_single_object_stands_for_a_list_of_one(source: str, expected: object) -> None:
    given = moment(products={"name": "Tent", "category": "tents", "price": 160}, none={})
    assert compile_value(source, WORDS).evaluate(given) == expected
