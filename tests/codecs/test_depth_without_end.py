"""An event is not lost to a field that is nested without end: what cannot be read is set aside, and said."""

import json

import pytest

from tests.codecs.builders import added, all_of
from udfs.codecs.depth import shallow


@pytest.mark.parametrize("depth", [40, 900, 1_100, 1_500, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_an_order_with_such_a_field_is_an_order(depth: int, opening: str, closing: str) -> None:
    deep = opening * depth + "1" + closing * depth
    whole = json.dumps(added(event="Order Completed", properties={"order_id": "q", "total": 5, "x": "HERE"})).replace('"HERE"', deep)
    events, asides = all_of(whole.encode())
    assert [(each.name, each.properties["order_id"], each.properties["total"]) for each in events] == [("order_completed", "q", 5)]
    assert [(each.reason, each.field, each.accepted) for each in asides] == [("TOO_DEEP", "properties.x", True)]


def test_brackets_within_text_are_text() -> None:
    text = json.dumps({"a": "[[[" * 100, "b": '"]' * 100, "c": [1, {"d": "}"}]})
    assert shallow(text) == text


def test_what_is_cut_off_is_left_to_whoever_reads_it() -> None:
    assert shallow("[" * 2_000) == "[" * 2_000
