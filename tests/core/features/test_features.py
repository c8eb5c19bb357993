"""Every aggregate and window against a naive oracle over random histories; the language's mistakes; unknown is not zero."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, book, campaign, event
from udfs.core.engine import Engine
from udfs.core.expressions.moment import Moment
from udfs.core.features.counters import hop_for
from udfs.core.features.features import FeatureError
from udfs.core.features.language.features import compile_features
from udfs.core.profile.state import Profile
from udfs.core.profile.stored import decode, encode
from udfs.core.values.durations import parse_duration

WINDOWS = ("10m", "1h", "6h", "24h", "7d", "30d", "90d")
KINDS = ("count", "sum", "min", "max", "mean", "distinct")

histories = st.lists(st.tuples(st.integers(0, 100 * DAY), st.sampled_from((1, 2, 3, 5, 8, -4))), min_size=1, max_size=40)


def naive(kind: str, values: list[int]) -> Any:
    """The naive answer over the values in the window."""
    if kind == "count":
        return len(values)
    if kind == "sum":
        return sum(values)
    if kind == "distinct":
        return len(set(values))
    if not values:
        return None
    return {"min": min(values), "max": max(values), "mean": sum(values) / len(values)}[kind]


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(history=histories, gap=st.integers(0, 40 * DAY))
def test_every_window_holds_what_the_naive_oracle_says(history: list[tuple[int, int]], gap: int) -> None:
    """In any order, late events included; the profile goes through its bytes after every event."""
    document = {
        "features": [
            {"name": f"{kind}_{window}", "event": "bid", "aggregate": kind, "window": window} | ({} if kind == "count" else {"of": "properties.x"})
            for kind in KINDS
            for window in WINDOWS
        ]
    }
    features = compile_features(document)
    profile = Profile(born=MONDAY, now=0)
    for offset, value in history:
        at = MONDAY + offset
        profile.now = max(profile.now, at)
        features.update(profile, "bid", {"properties": {"x": value}, "told": {"x": value}, "traits": {}, "context": {}}, at, profile.now)
        profile = decode(encode(profile))
    now = profile.now + gap
    vector = features.vector(Moment(user_id="ada", profile=profile, now=now, cart=None))
    for window in WINDOWS:
        span = parse_duration(window)
        hop = hop_for(span)
        tail = (now - span) // hop * hop
        held = [value for offset, value in history if MONDAY + offset >= tail]
        for kind in KINDS:
            assert vector[f"{kind}_{window}"] == pytest.approx(naive(kind, held)), (kind, window)


def test_a_window_is_cut_into_a_bounded_number_of_tiles() -> None:
    for window in WINDOWS:
        span = parse_duration(window)
        assert span % hop_for(span) == 0
        assert span / hop_for(span) <= 90


def test_memory_is_bounded_however_busy_the_user() -> None:
    features = compile_features({"features": [{"name": "n", "event": "bid", "aggregate": "count", "window": "24h"}]})
    profile = Profile(born=0, now=0)
    for minute in range(60 * 24 * 20):
        profile.now = minute * MINUTE
        features.update(profile, "bid", {"properties": {}, "told": {}, "traits": {}, "context": {}}, profile.now, profile.now)
    (tiles,) = profile.features.values()
    assert len(tiles) <= 24 * HOUR // hop_for(24 * HOUR) + 2


def live(features: list[dict[str, Any]], *events: Any, at: int) -> dict[str, Any]:
    """The vector at `at` after these events."""
    document = {"features": features}
    engine = Engine(book(document))
    life = Life(engine).live(events)
    assert life.blob is not None
    return compile_features(document).vector(Moment(user_id="ada", profile=decode(life.blob), now=at, cart=None))


def test_last_first_time_since_and_streak() -> None:
    vector = live(
        [
            {"name": "last_category", "event": "product_viewed", "aggregate": "last", "of": "properties.category"},
            {"name": "first_category", "event": "product_viewed", "aggregate": "first", "of": "properties.category"},
            {"name": "recent_category", "event": "product_viewed", "aggregate": "last", "of": "properties.category", "window": "1d"},
            {"name": "days_since", "event": "product_viewed", "aggregate": "time_since", "unit": "d"},
            {"name": "days_known", "event": "product_viewed", "aggregate": "time_since_first", "unit": "d"},
            {"name": "streak", "event": "product_viewed", "aggregate": "streak"},
            {"name": "never", "event": "order_completed", "aggregate": "time_since", "unit": "d", "default": 999},
        ],
        event("product_viewed", MONDAY, category="tents"),
        event("product_viewed", MONDAY + DAY, category="stoves"),
        event("product_viewed", MONDAY + 2 * DAY, category="boots"),
        event("product_viewed", MONDAY + DAY + HOUR, category="late"),
        at=MONDAY + 4 * DAY - HOUR,
    )
    assert vector == {
        "last_category": "boots",
        "first_category": "tents",
        "recent_category": None,
        "days_since": pytest.approx(2 - 1 / 24),
        "days_known": pytest.approx(4 - 1 / 24),
        "streak": 3,
        "never": 999,
    }


def test_ratios_expressions_filters_and_lists_of_events() -> None:
    vector = live(
        [
            {"name": "views", "event": ["product_viewed", "page"], "aggregate": "count"},
            {"name": "dear", "event": "product_viewed", "aggregate": "count", "filter": "event.price > 50"},
            {"name": "share", "ratio": ["dear", "views"]},
            {"name": "zero", "event": "order_completed", "aggregate": "count"},
            {"name": "defaulted", "ratio": ["dear", "zero"], "default": 0},
            {"name": "doubled", "expression": "views * 2 + session.events"},
        ],
        event("product_viewed", MONDAY, price=60),
        event("product_viewed", MONDAY + 1, price=40),
        event("page", MONDAY + 2),
        event("page", MONDAY + 3),
        at=MONDAY + 4,
    )
    assert vector == {"views": 4, "dear": 1, "share": 0.25, "zero": 0, "defaulted": 0, "doubled": 12}


def test_a_feature_introduced_later_is_unknown_until_its_window_has_filled() -> None:
    """Unknown is not zero: the condition is not met, negated or not, and it is counted as warming up."""
    plain = {"features": [{"name": "views_7d", "event": "product_viewed", "aggregate": "count", "window": "7d"}]}
    warming = {**plain, "introduced": {"views_7d": MONDAY + DAY}}
    asked = campaign("quiet", trigger={"event": "page"}, when="views_7d < 5", entry=None)
    engine = Engine(book(warming, asked))
    old = Life(engine).live([event("page", MONDAY), event("page", MONDAY + 2 * DAY)])
    assert old.decisions == []
    assert engine.counts["triggers_warming"] == 2
    assert len(old.live([event("page", MONDAY + 8 * DAY)]).actions) == 1
    new = Life(engine, "bob").live([event("page", MONDAY + 2 * DAY, user="bob")])
    assert len(new.actions) == 1, "a customer who came later has no time before"


@pytest.mark.parametrize(
    ("definition", "path", "says"),
    [
        ({"name": "Views", "event": "page", "aggregate": "count"}, "name", "lower_case"),
        ({"name": "cart", "event": "page", "aggregate": "count"}, "name", "word of the language"),
        ({"name": "a", "event": "page", "aggregate": "cuont"}, "aggregate", "unknown aggregate"),
        ({"name": "a", "aggregate": "count"}, "event", "name the event"),
        ({"name": "a", "event": "page", "aggregate": "sum"}, "of", "needs the value"),
        ({"name": "a", "event": "page", "aggregate": "sum", "of": "price"}, "of", "such as properties.price"),
        ({"name": "a", "event": "page", "aggregate": "count", "window": "7 days"}, "window", "not a duration"),
        ({"name": "a", "event": "page", "aggregate": "streak", "window": "7d"}, "window", "no window"),
        ({"name": "a", "event": "page", "aggregate": "count", "filter": "cart.value > 1"}, "filter", "unknown name"),
        ({"name": "a", "event": "page", "aggregate": "count", "wndow": "7d"}, "wndow", "unknown key"),
        ({"name": "a", "ratio": ["b", "c"]}, "ratio", "declared above"),
        ({"name": "a", "expression": "nothing + 1"}, "expression", "unknown name"),
        ({"name": "a"}, "name", "exactly one"),
    ],
)
def test_a_mistake_in_a_feature_is_named_where_it_is(definition: dict[str, Any], path: str, says: str) -> None:
    with pytest.raises(FeatureError) as caught:
        compile_features({"features": [definition]})
    (problem,) = caught.value.problems
    assert problem.path == ("features", 0, path)
    assert says in problem.message


@pytest.mark.parametrize("name", ["url", "referrer"])
def test_of_the_address_of_a_page_nothing_is_kept_from_its_query_on(name: str) -> None:
    declared = {"name": "came_from", "event": "page", "aggregate": "last", "of": f"context.page.{name}"}
    life = Life(Engine(book({"features": [declared]}, campaign("news", trigger={"event": "page"}, when=None, entry=None))))
    life.live([event("page", MONDAY, context={"page": {name: "https://mail.example/open?to=ada@example.com#top"}})])
    assert life.decisions[-1].features["came_from"] == "https://mail.example/open"
