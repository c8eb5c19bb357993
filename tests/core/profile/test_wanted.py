"""What somebody looks for: bounded and known by its time, whatever is sent in whatever order."""

import itertools
import math
from typing import Any

import pytest

from tests.builders import MINUTE, MONDAY, event
from udfs.core.profile import wanted
from udfs.core.profile.sessions import begin
from udfs.core.profile.state import Profile


def looking(*filters: tuple[int, Any]) -> Profile:
    profile = Profile(born=1, now=MONDAY)
    begin(profile, MONDAY)
    for after, told in filters:
        wanted.take(profile, event("product_list_filtered", MONDAY + after * MINUTE, filters=told))
    return profile


@pytest.mark.parametrize("value", [10**400, -(10**4000), math.nan, math.inf, True, None, ["10"], {"a": 1}, "", "  "])
def test_what_is_no_value_of_a_filter_is_not_looked_for_and_what_is_beside_it_is(value: Any) -> None:
    sizes = [{"type": "size", "value": value}, {"type": "colour", "value": "Red"}, "no filter"]
    assert wanted.in_this_visit(looking((0, sizes))) == [wanted.of_filter("colour", "red")]


@pytest.mark.parametrize(("one", "other"), [(10, 10.0), (10, "10"), ("Light  Blue", "light blue"), (1_234_567, "1234567"), (42.5, "42.5")])
def test_a_value_is_the_same_however_it_is_written(one: Any, other: Any) -> None:
    assert wanted.of_filter("size", one) == wanted.of_filter("size", other)
    assert wanted.of_filter("size", 1_234_567) != wanted.of_filter("size", 1_234_568)


def test_the_latest_filter_of_a_name_counts_in_whatever_order_they_arrive() -> None:
    told = [(0, {"size": 9}), (1, {"size": 10}), (2, {"colour": "red"})]
    for order in itertools.permutations(told):
        assert wanted.in_this_visit(looking(*order)) == [wanted.of_filter("size", 10), wanted.of_filter("colour", "red")]


def test_it_is_bounded() -> None:
    profile = looking(*((number, [{"type": f"t{number}-{each}", "value": "x" * 10_000} for each in range(1_000)]) for number in range(20)))
    assert len(profile.wanted) == wanted.MAX_WANTED
