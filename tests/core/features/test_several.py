"""Aggregates that hold several values: the latest few, the most frequent, one for each key; against a naive oracle, and bounded."""

from collections import Counter, defaultdict
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, book, campaign, event, words
from udfs.core.engine import Engine
from udfs.core.expressions.moment import Moment
from udfs.core.features.counters import FEW_TILES, hop_for
from udfs.core.features.features import FeatureError
from udfs.core.features.keyed import MAX_KEYS, MAX_LATEST
from udfs.core.features.language.features import compile_features
from udfs.core.profile.state import Profile
from udfs.core.profile.stored import decode, encode

LATEST = {"name": "last_products", "event": "product_viewed", "aggregate": "last_n", "n": 3, "of": ["properties.name", "properties.url"]}
SPEND = {
    "name": "spend_by_category",
    "event": "order_completed",
    "aggregate": "sum",
    "each": "properties.products",
    "of": "item.price",
    "times": "item.quantity",
    "by": "item.category",
}
TOP = {"name": "favourite", "event": "product_viewed", "aggregate": "top", "of": "properties.category"}


def vector(features: list[dict[str, Any]], history: list[Any], at: int) -> dict[str, Any]:
    """The vector at `at` after these events; the profile goes through its bytes after each."""
    life = Life(Engine(book({"features": features}))).live(history)
    assert life.blob is not None
    profile = decode(life.blob)
    return compile_features({"features": features}).vector(Moment(user_id="ada", profile=profile, now=at, cart=None))


def viewed(at: int, name: str | None, **more: Any) -> Any:
    return event("product_viewed", at, name=name, url=f"https://shop/{name}", **more)


def test_the_three_products_viewed_last_newest_first_each_once() -> None:
    history = [viewed(MONDAY + minute * MINUTE, name) for minute, name in enumerate(["tent", "peg", "tent", "mat", "lamp", "mat"])]
    assert vector([LATEST], history, MONDAY + DAY)["last_products"] == [
        {"name": "mat", "url": "https://shop/mat"},
        {"name": "lamp", "url": "https://shop/lamp"},
        {"name": "tent", "url": "https://shop/tent"},
    ]


def test_before_the_first_there_is_an_empty_list_and_an_event_without_the_name_is_none() -> None:
    assert vector([LATEST], [viewed(MONDAY, None)], MONDAY)["last_products"] == []


def test_a_late_event_takes_the_place_of_its_time() -> None:
    history = [viewed(MONDAY, "tent"), viewed(MONDAY + 2, "peg"), viewed(MONDAY + 1, "mat"), viewed(MONDAY + 1, "peg")]
    assert [each["name"] for each in vector([LATEST], history, MONDAY + 2)["last_products"]] == ["peg", "mat", "tent"]


def test_a_window_forgets_and_plain_values_are_a_plain_list() -> None:
    latest = {"name": "x", "event": "product_viewed", "aggregate": "last_n", "of": "properties.name", "window": "1h"}
    history = [viewed(MONDAY, "tent"), viewed(MONDAY + HOUR, "peg")]
    assert vector([latest], history, MONDAY + HOUR)["x"] == ["peg", "tent"]
    assert vector([latest], history, MONDAY + HOUR + 1)["x"] == ["peg"]


def test_the_last_record_and_the_names_of_the_last_steps() -> None:
    last = {"name": "last", "event": "product_viewed", "aggregate": "last", "of": ["properties.name", "properties.url"]}
    path = {"name": "path", "event": ["page", "product_viewed"], "aggregate": "last_n", "n": 5, "of": "name"}
    found = vector([last, path], [event("page", MONDAY), viewed(MONDAY + 1, "tent")], MONDAY + 1)
    assert found == {"last": {"name": "tent", "url": "https://shop/tent"}, "path": ["product_viewed", "page"]}


def order(at: int, *lines: tuple[str | None, Any, Any]) -> Any:
    told = [{"category": category, "price": price, "quantity": quantity} for category, price, quantity in lines]
    products = [{name: value for name, value in line.items() if value is not None} for line in told]
    return event("order_completed", at, order_id=f"o{at}", products=products)


def test_spend_by_category_looks_into_the_lines_of_an_order() -> None:
    history = [order(MONDAY, ("tents", 100, 2), ("pegs", 1, 10)), order(MONDAY + DAY, ("tents", 50, None), (None, 7, 1), ("mats", "dear", 1))]
    assert vector([SPEND], history, MONDAY + DAY)["spend_by_category"] == {"tents": 250, "pegs": 10, "mats": None}


def test_what_was_never_bought_was_bought_for_nothing_and_the_least_of_nothing_is_unknown() -> None:
    least = {**SPEND, "name": "least", "aggregate": "min"}
    least.pop("times")
    asked = [
        campaign("zero", trigger={"event": "page"}, when="spend_by_category['boots'] < 1", entry=None),
        campaign("tents", trigger={"event": "page"}, when="spend_by_category['tents'] >= 200", entry=None),
        campaign("unknown", trigger={"event": "page"}, when="least['boots'] < 1 or least['boots'] >= 1", entry=None),
    ]
    life = Life(Engine(book({"features": [SPEND, least]}, *asked))).live([order(MONDAY, ("tents", 100, 2)), event("page", MONDAY + 1)])
    assert sorted(decision.campaign for decision in life.decisions) == ["tents", "zero"]


@settings(max_examples=80, deadline=None)
@given(
    history=st.lists(st.tuples(st.integers(0, 60 * DAY), st.sampled_from(("a", "b", "c", "d")), st.integers(-5, 5)), min_size=1, max_size=40),
    gap=st.integers(0, 20 * DAY),
)
def test_every_key_holds_what_the_naive_oracle_says(history: list[tuple[int, str, int]], gap: int) -> None:
    kinds: dict[str, Any] = {"count": len, "sum": sum, "min": min, "max": max}
    features = [
        {"name": kind, "event": "bid", "aggregate": kind, "by": "properties.key", "window": "30d"}
        | ({} if kind == "count" else {"of": "properties.x"})
        for kind in kinds
    ] + [{"name": "top", "event": "bid", "aggregate": "top", "of": "properties.key", "window": "30d"}]
    compiled = compile_features({"features": features})
    profile = Profile(born=MONDAY, now=0)
    for offset, key, x in history:
        at = MONDAY + offset
        profile.now = max(profile.now, at)
        values = {"properties": {"key": key, "x": x}, "told": {"key": key, "x": x}, "traits": {}, "context": {}, "name": "bid"}
        compiled.update(profile, "bid", values, at, profile.now)
        profile = decode(encode(profile))
    now = profile.now + gap
    hop = hop_for(30 * DAY, FEW_TILES)
    tail = (now - 30 * DAY) // hop * hop
    held: dict[str, list[int]] = defaultdict(list)
    for offset, key, x in history:
        if MONDAY + offset >= tail:
            held[key].append(x)
    found = compiled.vector(Moment(user_id="ada", profile=profile, now=now, cart=None))
    for kind, naive in kinds.items():
        for key in "abcd":
            nothing = 0 if kind in {"count", "sum"} else None
            assert found[kind].get(key) == (naive(held[key]) if held[key] else nothing), (kind, key)
    most = Counter({key: len(values) for key, values in held.items()})
    assert (found["top"] is None) if not most else (most[found["top"]] == max(most.values()))


def test_of_equally_frequent_values_the_latest_is_the_top() -> None:
    views = [viewed(MONDAY + n, "x", category=category) for n, category in enumerate(["tents", "pegs", "pegs", "tents"])]
    assert vector([TOP], views, MONDAY + DAY)["favourite"] == "tents"
    assert vector([TOP], [viewed(MONDAY, "x")], MONDAY)["favourite"] is None


def test_a_stranger_who_sends_everything_makes_no_large_profile() -> None:
    """Invented categories, endless names, addresses of a kilobyte: all of it is bounded, and an address is whole or not there."""
    features = [
        {**LATEST, "n": MAX_LATEST},
        {**TOP, "window": "400d"},
        {"name": "views", "event": "product_viewed", "aggregate": "count", "by": "properties.category", "window": "400d"},
        {"name": "last", "event": "product_viewed", "aggregate": "last", "of": "properties.name"},
        {"name": "last_list", "event": "product_viewed", "aggregate": "last", "of": "properties.list"},
    ]
    compiled = compile_features({"features": features})
    profile = Profile(born=0, now=0)
    for n in range(3_000):
        properties = {"name": f"{n}" + "x" * 10_000, "url": "https://" + "y" * 10_000, "category": f"{n}" + "z" * 10_000, "list": [1] * 10_000}
        profile.now = n * HOUR
        compiled.update(
            profile,
            "product_viewed",
            {"properties": properties, "told": properties, "traits": {}, "context": {}, "name": "x"},
            profile.now,
            profile.now,
        )
    assert len(encode(profile)) < 32_000
    found = compiled.vector(Moment(user_id="ada", profile=profile, now=profile.now, cart=None))
    assert found["last_products"][0] == {"name": ("2999" + "x" * 500)[:500], "url": None}
    assert len(found["views"]) == MAX_KEYS
    assert found["last_list"] is None


def test_messages_name_them_by_place_and_in_loops_and_decisions_carry_them() -> None:
    body = (
        "{{ features.last_products[0].name }}|{% for p in features.last_products %}{{ p.name }} {% endfor %}|{{ features.spend_by_category.tents }}"
    )
    told = campaign("told", trigger={"event": "page"}, when=None, entry=None, variants={"only": words(content={"body": body})})
    told = {key: value for key, value in told.items() if value is not None}
    history = [viewed(MONDAY, "tent"), viewed(MONDAY + 1, "peg"), order(MONDAY + 2, ("tents", 100, 2)), event("page", MONDAY + 3)]
    life = Life(Engine(book({"features": [LATEST, SPEND]}, told))).live(history)
    assert [action.content["body"] for action in life.actions] == ["peg|peg tent |200"]
    written = msgspec.json.decode(msgspec.json.encode(life.decisions[0].features))
    assert written == {
        "last_products": [{"name": "peg", "url": "https://shop/peg"}, {"name": "tent", "url": "https://shop/tent"}],
        "spend_by_category": {"tents": 200},
    }


def test_a_visit_is_counted_when_it_starts_with_what_its_first_event_says() -> None:
    features = [
        {"name": "visits", "event": "visit_started", "aggregate": "count"},
        {"name": "source", "event": "visit_started", "aggregate": "last", "of": "context.campaign.source"},
        {"name": "longest", "expression": "session.longest"},
        {"name": "number", "expression": "session.number"},
    ]
    history = [
        event("page", MONDAY, context={"campaign": {"source": "ad"}}),
        event("page", MONDAY + 10 * MINUTE, context={"campaign": {"source": "inside"}}),
        event("order_refunded", MONDAY + 2 * HOUR, passive=True),
        event("page", MONDAY + 3 * HOUR),
    ]
    assert vector(features, history, MONDAY + DAY) == {"visits": 2, "source": "ad", "longest": 600, "number": 2}


@pytest.mark.parametrize(
    ("definition", "key", "says"),
    [
        ({"aggregate": "last_n", "of": "properties.x", "n": 0}, "n", "whole number from 1 to 20"),
        ({"aggregate": "last_n", "of": "properties.x", "n": True}, "n", "whole number"),
        ({"aggregate": "count", "n": 3}, "n", "goes with aggregate: last_n"),
        ({"aggregate": "last_n", "of": []}, "of", "1 to 6 fields"),
        ({"aggregate": "last_n", "of": ["properties.name", "traits.name"]}, "of", "last names differ"),
        ({"aggregate": "last_n", "of": ["name", "prop.x"]}, "of", "a field is written"),
        ({"aggregate": "sum", "of": ["properties.x"]}, "of", "a list of them is for"),
        ({"aggregate": "distinct", "of": "properties.x", "by": "properties.y"}, "by", "not kept by key"),
        ({"aggregate": "count", "by": "category"}, "by", "such as properties.category"),
        ({"aggregate": "sum", "of": "item.price"}, "of", "name the list"),
        ({"aggregate": "sum", "of": "item.price", "each": "products"}, "each", "a list of the event"),
        ({"aggregate": "max", "of": "properties.x", "times": "properties.y"}, "times", "goes with aggregate: sum"),
    ],
)
def test_a_mistake_in_such_a_feature_is_named(definition: dict[str, Any], key: str, says: str) -> None:
    with pytest.raises(FeatureError) as caught:
        compile_features({"features": [{"name": "a", "event": "page", **definition}]})
    (problem,) = caught.value.problems
    assert problem.path == ("features", 0, key)
    assert says in problem.message


def test_keys_that_other_features_do_not_have_leave_their_memory_alone() -> None:
    """The key of a feature's state is what it was before these aggregates existed."""
    compiled = compile_features({"features": [{"name": "views_7d", "event": "product_viewed", "aggregate": "count", "window": "7d"}]})
    assert compiled.features["views_7d"].state == "d52a75"
