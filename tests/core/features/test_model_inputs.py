"""A vector as a model reads it, and the hashes by which a model knows its features again."""

import math
from typing import Any

from udfs.core.features.language.features import compile_features
from udfs.core.features.model_inputs import Input, encode


def test_numbers_and_truth_values_are_themselves_and_texts_their_number_in_the_order_of_the_inputs() -> None:
    inputs = [Input("weekday", "d1", {"monday": 0, "friday": 1}), Input("orders", "d2"), Input("returning", "d3")]
    assert encode(inputs, {"orders": 3, "returning": True, "weekday": "friday", "other": 7}) == [1.0, 3.0, 1.0]


def test_what_is_unknown_missing_or_of_another_kind_is_nan() -> None:
    number, text = Input("x", "d"), Input("x", "d", {"a": 0})
    for value in (None, "a text", [1], math.nan, math.inf, 10**400):
        assert math.isnan(encode([number], {"x": value})[0]), value
    for value in (None, "b", 0, True):
        assert math.isnan(encode([text], {"x": value})[0]), value
    assert math.isnan(encode([number], {})[0])


def hashes(*definitions: dict[str, Any]) -> dict[str, str]:
    return {name: feature.definition for name, feature in compile_features({"features": list(definitions)}).features.items()}


VIEWS = {"name": "views", "event": "product_viewed", "aggregate": "count", "window": "7d"}
ADDS = {"name": "adds", "event": "product_added", "aggregate": "count", "window": "7d"}
RATE = {"name": "rate", "ratio": ["adds", "views"], "default": 0}
KEEN = {"name": "keen", "expression": "rate > 1"}


def test_what_is_beyond_every_float_is_nan_beside_other_numbers() -> None:
    inputs = [Input("a", "", None), Input("b", "", None)]
    for beyond in (10**400, -(10**400), math.inf, 1e300):
        one, other = encode(inputs, {"a": 1.5, "b": beyond})
        assert one == 1.5 and math.isnan(other)


def test_a_definition_is_known_again_whatever_it_is_called_and_described() -> None:
    [renamed] = hashes(VIEWS | {"name": "looks", "doc": "Looked at", "purpose": "marketing"}).values()
    assert renamed == hashes(VIEWS)["views"]
    assert len(renamed) == 12


def test_whatever_changes_the_figure_changes_the_definition() -> None:
    one = hashes(VIEWS)["views"]
    for change in ({"window": "8d"}, {"event": "page"}, {"default": 0}, {"filter": "event.price > 1"}, {"aggregate": "streak", "window": None}):
        changed = {key: value for key, value in (VIEWS | change).items() if value is not None}
        assert hashes(changed)["views"] != one, change


def test_a_computed_feature_changes_with_what_it_reads_near_or_far_and_with_nothing_else() -> None:
    before = hashes(VIEWS, ADDS, RATE, KEEN)
    unrelated = hashes({"name": "other", "event": "page", "aggregate": "count"}, VIEWS, ADDS, RATE, KEEN)
    assert {name: unrelated[name] for name in before} == before
    after = hashes(VIEWS, ADDS | {"window": "30d"}, RATE, KEEN)
    assert after["views"] == before["views"]
    assert after["rate"] != before["rate"] and after["keen"] != before["keen"]
    renamed = hashes(VIEWS | {"name": "looks"}, ADDS, RATE | {"ratio": ["adds", "looks"]})
    assert renamed["rate"] == before["rate"]
