"""What strangers send is kept while it is small: clipped texts, lists and objects whole or not at all."""

from typing import Any

import pytest

from udfs.core.values.bounded import MAX_CARRIED, MAX_TEXT, carried, small

ORDER = [{"product_id": f"sku-{n}", "name": "Two-person tent", "price": 39.5, "quantity": 1} for n in range(200)]


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("x" * 900, "x" * MAX_TEXT),
        (5, 5),
        (True, True),
        (1e301, None),
        (None, None),
        ({"a": None, "b": [1, None]}, {"b": [1, None]}),
        ({"a": {"b": {"c": {"d": 1}}}}, {"a": {"b": {"c": {"d": 1}}}}),
        ({"a": {"b": {"c": {"d": {"e": 1}}}}}, None),
        (list(range(31)), None),
        ([["x" * 400] * 3], None),
        (ORDER, None),
        ((1, 2), [1, 2]),
    ],
)
def test_what_is_kept_of_a_value(value: Any, kept: Any) -> None:
    assert small(value) == kept


def test_an_event_that_waits_keeps_its_properties_unless_they_are_huge() -> None:
    assert carried(ORDER) is ORDER
    assert carried(7) == 7
    assert carried("x" * MAX_CARRIED) is not None
    assert carried("x" * (MAX_CARRIED + 1)) is None
    assert carried([{"text": "x" * MAX_CARRIED}]) is None
    assert carried(list(range(3_000))) is None
