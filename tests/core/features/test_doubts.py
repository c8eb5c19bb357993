"""What cannot be read makes a figure unknown, as long as it would count, and no figure that it does not concern: every aggregate by every way."""

import json
from typing import Any

import pytest

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, book
from udfs.codecs.decode import decode_all
from udfs.core.engine import Engine
from udfs.core.expressions.moment import Moment
from udfs.core.features.keyed import MAX_KEYS
from udfs.core.features.language.features import compile_features
from udfs.core.profile.stored import decode
from udfs.core.records import Event

NOW = MONDAY + 3 * DAY
POLICY = {"currency": {"base": "USD", "rates": {"EUR": 2}}}
WINDOW = "1d"
INSIDE, OUTSIDE = NOW - HOUR, NOW - 2 * DAY
READABLE = NOW - 2 * HOUR
"""When the event happened of which everything can be read."""

NUMERIC = ("sum", "mean", "min", "max")
UNREADABLE: dict[str, Any] = {
    "two numbers": "1,234",
    "no number": "n/a",
    "blank": "",
    "a truth value": True,
    "an object": {"amount": 5},
    "a list": [5],
    "beyond a double": "1e999",
    "another currency's": "5 GBP",
}


def told(name: str, at: int, properties: dict[str, Any], *, number: int = 0) -> Event:
    """The event that a record says, as the codec reads it."""
    body = {"type": "track", "messageId": f"{name}-{at}-{number}", "userId": "ada", "event": name, "timestamp": at, "properties": properties}
    events = [found for found in decode_all(b"ada", json.dumps(body).encode(), at) if isinstance(found, Event)]
    assert len(events) == 1
    return events[0]


def figures(features: list[dict[str, Any]], *events: Event, now: int = NOW) -> dict[str, Any]:
    """All features at `now`, by the vector; what a condition reads is the same."""
    document = {"features": features}
    life = Life(Engine(book(document, POLICY))).live(sorted(events, key=lambda event: event.at))
    assert life.blob is not None
    compiled = compile_features(document)
    moment = Moment(user_id="ada", profile=decode(life.blob), now=now, cart=None)
    found = compiled.vector(moment)
    assert found == {name: compute(moment) for name, compute in compiled.computes.items()}
    return found


def of_price(kind: str, **more: Any) -> dict[str, Any]:
    window = {} if kind == "first" else {"window": WINDOW}
    return {"name": kind, "aggregate": kind, "event": ["product_added", "paid"], "of": "properties.price"} | window | more


@pytest.mark.parametrize("name", ["product_added", "paid"])
@pytest.mark.parametrize("way", UNREADABLE)
@pytest.mark.parametrize("kind", NUMERIC)
@pytest.mark.parametrize("when", [INSIDE, OUTSIDE, NOW - 3 * HOUR])
def test_a_number_that_cannot_be_read_makes_a_figure_unknown_while_it_is_in_the_window(kind: str, way: str, when: int, name: str) -> None:
    known = told("product_added", READABLE, {"product_id": "p", "price": 10})
    unknown = told(name, when, {"product_id": "q", "price": UNREADABLE[way]})
    found = figures([of_price(kind, default=0)], known, unknown)
    assert found[kind] == (10 if when == OUTSIDE else None)


@pytest.mark.parametrize("kind", NUMERIC)
@pytest.mark.parametrize("text", ["5", "5.00", " 5 ", "5,0"])
def test_text_that_is_one_number_is_that_number_also_in_an_event_of_the_shops_own(kind: str, text: str) -> None:
    expected = {"sum": 15, "mean": 7.5, "min": 5, "max": 10}
    found = figures([of_price(kind)], told("paid", READABLE, {"price": 10}), told("paid", INSIDE, {"price": text}))
    assert found[kind] == expected[kind]


@pytest.mark.parametrize("kind", NUMERIC)
@pytest.mark.parametrize(
    ("asked", "sent"), [("loyalty_points", "loyaltyPoints"), ("loyaltyPoints", "loyalty_points"), ("loyalty_points", "loyalty_points")]
)
@pytest.mark.parametrize("within", ["", "card."])
def test_a_number_is_read_however_its_name_is_spelled(kind: str, asked: str, sent: str, within: str) -> None:
    feature = of_price(kind) | {"of": f"properties.{within}{asked}"}
    said = [{sent: number} for number in (10, 20)]
    first, second = [{"card": each} for each in said] if within else said
    found = figures([feature], told("paid", READABLE, first), told("paid", INSIDE, second))
    assert found[kind] == {"sum": 30, "mean": 15, "min": 10, "max": 20}[kind]


@pytest.mark.parametrize(("currency", "worth"), [("EUR", 20), ("SEK", None), ("EURO", None), ({"id": 7}, None), (7, None)])
@pytest.mark.parametrize("price", [10, "10.00"])
@pytest.mark.parametrize("name", ["product_added", "paid"])
def test_an_amount_in_a_currency_without_a_rate_is_unknown_and_text_is_converted_like_a_number(
    name: str, price: Any, currency: Any, worth: float | None
) -> None:
    found = figures([of_price(kind) for kind in NUMERIC], told(name, INSIDE, {"product_id": "p", "price": price, "currency": currency}))
    assert found == dict.fromkeys(NUMERIC, worth)


def test_what_was_added_without_a_price_makes_a_sum_unknown_and_a_mean_is_of_what_has_one_and_a_discount_may_be_absent() -> None:
    discount = {"name": "discount", "aggregate": "sum", "event": "product_added", "of": "properties.discount"}
    known = told("product_added", READABLE, {"product_id": "p", "price": 10, "discount": 2})
    found = figures([*map(of_price, NUMERIC), discount], known, told("product_added", INSIDE, {"product_id": "q"}))
    assert found == {"sum": None, "mean": 10, "min": 10, "max": 10, "discount": 2}


def test_a_filter_leaves_out_what_cannot_be_read() -> None:
    known = told("product_added", READABLE, {"product_id": "p", "price": 10})
    unknown = told("product_added", INSIDE, {"product_id": "q", "price": "n/a"})
    assert figures([of_price("sum", filter="event.price >= 0")], known, unknown)["sum"] == 10


@pytest.mark.parametrize("way", ["two numbers", "no number", "blank", "a truth value", "an object", "a list", "beyond a double"])
def test_the_latest_and_the_first_value_are_unknown_only_where_they_cannot_be_read_themselves(way: str) -> None:
    features = [of_price("last", default=0), of_price("first", default=0), of_price("distinct")]
    known = told("product_added", READABLE, {"product_id": "p", "price": 10})
    assert figures(features, known, told("product_added", INSIDE, {"price": UNREADABLE[way]})) == {"last": None, "first": 10, "distinct": None}
    before = told("product_added", OUTSIDE, {"price": UNREADABLE[way]})
    assert figures(features, known, before) == {"last": 10, "first": None, "distinct": 1}
    after = told("product_added", NOW, {"product_id": "p", "price": 11})
    assert figures(features, told("product_added", INSIDE, {"price": UNREADABLE[way]}), after)["last"] == 11


def test_counts_lists_and_the_most_frequent_value_go_on_without_what_cannot_be_read() -> None:
    features = [of_price("last_n"), of_price("top"), {key: value for key, value in of_price("count").items() if key != "of"}]
    known = told("product_added", READABLE, {"product_id": "p", "price": 10})
    assert figures(features, known, told("product_added", INSIDE, {"price": "n/a"})) == {"last_n": [10], "top": 10, "count": 2}


def by_line(name: str, kind: str, *, of: str | None = None, **more: Any) -> dict[str, Any]:
    sums = {} if of is None else {"of": of}
    return {"name": name, "event": "order_completed", "aggregate": kind, "each": "properties.products", "window": WINDOW} | sums | more


LINES = [
    by_line("spend", "sum", of="item.price", times="item.quantity"),
    by_line("by_category", "sum", of="item.price", times="item.quantity", by="item.category"),
    by_line("dearest", "max", of="item.price"),
    by_line("cheapest", "min", of="item.price", by="item.category"),
    by_line("quantity", "sum", of="item.quantity"),
    by_line("lines", "count"),
    by_line("lines_by_category", "count", by="item.category"),
]
TENT = {"product_id": "t", "category": "tents", "price": 10, "quantity": 2}
FOOD = {"product_id": "f", "category": "food"}
KNOWN = {
    "spend": 20,
    "by_category": {"tents": 20},
    "dearest": 10,
    "cheapest": {"tents": 10},
    "quantity": 2,
    "lines": 1,
    "lines_by_category": {"tents": 1},
}
PRICE_UNKNOWN = {"spend": None, "by_category": {"tents": 20, "food": None}, "dearest": None, "cheapest": {"tents": 10, "food": None}}
ALL_UNKNOWN = dict.fromkeys(KNOWN)


@pytest.mark.parametrize("when", [INSIDE, OUTSIDE])
@pytest.mark.parametrize(
    ("products", "unknown"),
    [
        ([FOOD | {"price": "n/a", "quantity": 1}], PRICE_UNKNOWN | {"quantity": 3}),
        ([FOOD | {"price": "1,234", "quantity": 1}], PRICE_UNKNOWN | {"quantity": 3}),
        ([FOOD | {"quantity": 1}], PRICE_UNKNOWN | {"quantity": 3}),
        ([FOOD], PRICE_UNKNOWN | {"quantity": 3}),
        ([FOOD | {"price": 3, "currency": "SEK"}], PRICE_UNKNOWN | {"quantity": 3}),
        (
            [FOOD | {"price": 3, "quantity": "some"}],
            {"spend": None, "by_category": {"tents": 20, "food": None}, "cheapest": {"tents": 10, "food": 3}, "quantity": None},
        ),
        ("oops", ALL_UNKNOWN),
        (["oops"], ALL_UNKNOWN | {"lines": 2}),
        ([{"category": {"id": 3}, "price": 3}], {"spend": 23, "quantity": 3, "by_category": None, "cheapest": None, "lines_by_category": None}),
    ],
)
def test_a_line_that_cannot_be_read_makes_its_own_figures_unknown(products: Any, unknown: dict[str, Any], when: int) -> None:
    known = told("order_completed", READABLE, {"order_id": "o1", "products": [TENT]})
    odd = told("order_completed", when, {"order_id": "o2", "products": products})
    found = figures(LINES, known, odd)
    if when == OUTSIDE:
        assert found == KNOWN
        return
    counted = {"lines": 2, "lines_by_category": {"tents": 1, "food": 1}}
    assert found == KNOWN | counted | unknown


def test_an_order_that_does_not_say_what_was_bought_leaves_the_spend_by_category_unknown() -> None:
    known = told("order_completed", READABLE, {"order_id": "o1", "products": [TENT]})
    found = figures(LINES, known, told("order_completed", INSIDE, {"order_id": "o2", "total": 40}))
    assert (found["spend"], found["by_category"], found["dearest"]) == (None, None, None)
    assert found["lines"] == 1


def test_more_lines_than_are_looked_at_are_not_a_smaller_sum() -> None:
    order = told("order_completed", INSIDE, {"order_id": "o1", "products": [TENT] * 501})
    assert figures(LINES, order) == ALL_UNKNOWN


def test_a_default_does_not_stand_in_for_what_cannot_be_read_nor_does_that_of_a_ratio_or_an_expression_made_of_it() -> None:
    features = [
        of_price("sum", default=0),
        {"name": "adds", "event": "product_added", "aggregate": "count"},
        {"name": "ratio", "ratio": ["sum", "adds"], "default": 0},
        {"name": "doubled", "expression": "sum * 2", "default": 0},
        {"name": "again", "ratio": ["doubled", "adds"], "default": 0},
    ]
    unknown = told("product_added", INSIDE, {"product_id": "q", "price": "n/a"})
    assert figures(features, unknown) == {"sum": None, "adds": 1, "ratio": None, "doubled": None, "again": None}
    assert figures(features, unknown, now=NOW + 2 * DAY)["ratio"] == 0


def test_doubts_about_more_keys_than_are_kept_concern_every_key_and_stay_small() -> None:
    feature = {"name": "by", "aggregate": "sum", "event": "product_added", "of": "properties.price", "by": "properties.category", "window": WINDOW}
    odd = [
        told("product_added", INSIDE + number, {"product_id": "p", "category": f"c{number}", "price": "n/a"}, number=number)
        for number in range(MAX_KEYS)
    ]
    known = told("product_added", NOW, {"product_id": "p", "category": "tents", "price": 10})
    assert figures([feature], *odd, known)["by"]["tents"] == 10
    one_more = told("product_added", NOW, {"product_id": "p", "category": "pegs", "price": "n/a"}, number=1)
    assert figures([feature], *odd, known, one_more)["by"] is None
    many = [told("product_added", INSIDE + n * MINUTE // 100, {"category": f"d{n}", "price": "n/a"}, number=n) for n in range(300)]
    life = Life(Engine(book({"features": [feature]}))).live([*odd, *many])
    assert life.blob is not None
    doubts = next(state for key, state in decode(life.blob).features.items() if key.startswith("?"))
    assert len(doubts) <= MAX_KEYS + 1


def test_two_histories_become_one_with_the_doubts_of_both() -> None:
    compiled = compile_features({"features": [of_price("sum"), of_price("last"), *LINES]})
    for key, aggregate in compiled.aggregates.items():
        if key.startswith("?"):
            place: Any = "food" if type(aggregate).__name__ == "ByKeyDoubts" else 1
            one, other = (aggregate.update(None, at, NOW, place) for at in (READABLE, INSIDE))
            both = aggregate.update(aggregate.update(None, READABLE, NOW, place), INSIDE, NOW, place)
            assert aggregate.merge(one, other, NOW) == both
