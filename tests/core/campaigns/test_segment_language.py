"""Declared segments: what a document may say, and for how long time alone can change who belongs to them."""

from typing import Any

import pytest

from udfs.core.campaigns.language.segments import SegmentError, compile_segments
from udfs.core.campaigns.segments import Segments
from udfs.core.features.language.features import compile_features
from udfs.core.values.durations import DAY, HOUR, MAX_DURATION

FEATURES = compile_features(
    {
        "features": [
            {"name": "orders_90d", "event": "order_completed", "aggregate": "count", "window": "90d"},
            {"name": "orders", "event": "order_completed", "aggregate": "count"},
            {"name": "days_since", "event": "order_completed", "aggregate": "time_since", "unit": "d"},
            {"name": "share", "ratio": ["orders_90d", "orders"]},
            {"name": "silent", "expression": 'not seen("page", "3d")'},
            {"name": "hour", "expression": "user.hour"},
        ]
    }
)


def segments(*rules: Any, **keys: Any) -> Segments:
    return compile_segments({"segments": list(rules), **keys}, features=FEATURES)


def rule(when: Any, name: str = "vip") -> dict[str, Any]:
    return {"segment": name, "when": when}


def test_what_a_document_says() -> None:
    made = segments(
        {**rule("orders_90d >= 3"), "description": "Buys a lot"}, rule('in_segment("vip") and user.country == "DE"', "vip-de"), refresh="6h"
    )
    assert list(made.rules) == ["vip", "vip-de"]
    assert made.refresh == 6 * HOUR
    assert segments(rule("true")).refresh == DAY
    assert made.version != segments(rule("orders_90d >= 4")).version


@pytest.mark.parametrize(
    ("when", "span"),
    [
        ("user.country == 'DE'", 0),
        ('seen("order_completed")', 0),
        ("orders > 3", 0),
        ('not seen("order_completed", "60d") and seen("page", "7d")', 60 * DAY),
        ('opened("win-back", "7d")', 7 * DAY),
        ("orders_90d >= 3", 91 * DAY),
        ("share > 0.5", 91 * DAY),
        ("silent", 3 * DAY),
        ("days_since > 60", MAX_DURATION),
        ("hour > 8", MAX_DURATION),
        ("user.weekday == 'monday'", MAX_DURATION),
    ],
)
def test_for_how_long_time_alone_can_change_it(when: str, span: int) -> None:
    assert segments(rule(when)).span == span


MISTAKES: list[tuple[str, Any, str, str]] = [
    ("no list", {"segments": {"vip": "true"}}, "", "a list under 'segments'"),
    ("an unknown key", {"segments": [], "refreh": "1d"}, "refreh", "did you mean 'refresh'"),
    ("a refresh below an hour", {"segments": [], "refresh": "59m"}, "refresh", "1h at least"),
    ("a refresh in words", {"segments": [], "refresh": "daily"}, "refresh", "not a duration"),
    ("no mapping", {"segments": ["vip"]}, "segments.0", "a segment is a mapping"),
    ("an unknown key of one", {"segments": [{**rule("true"), "if": "x"}]}, "segments.0.if", "unknown key"),
    ("a name in capitals", {"segments": [rule("true", "VIP")]}, "segments.0.segment", "lower-case"),
    ("two of one name", {"segments": [rule("true"), rule("false")]}, "segments.1.segment", "already declared"),
    ("no condition", {"segments": [{"segment": "vip"}]}, "segments.0", "who belongs to"),
    ("a misspelt feature", {"segments": [rule("order_90d > 1")]}, "segments.0.when", "did you mean 'orders_90d'"),
    ("an event", {"segments": [rule("event.price > 1")]}, "segments.0.when", "no event here"),
    ("a score", {"segments": [rule("score > 1")]}, "segments.0.when", "unknown name 'score'"),
    ("itself", {"segments": [rule('in_segment("vip")')]}, "segments.0.when", "none is declared before this"),
    ("one that comes later", {"segments": [rule("true", "a"), rule('in_segment("vop")', "vip")]}, "segments.1.when", "there are a"),
    ("too many", {"segments": [rule("true", f"s{n}") for n in range(101)]}, "segments", "at most 100"),
]


@pytest.mark.parametrize(("document", "path", "says"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES])
def test_a_mistake_is_named_where_it_is(document: Any, path: str, says: str) -> None:
    with pytest.raises(SegmentError) as caught:
        compile_segments(document, features=FEATURES)
    told = {".".join(map(str, problem.path)): str(problem) for problem in caught.value.problems}
    assert path in told, told
    assert says in told[path]
