"""Drift of membership: shares of segments then and now, with intervals that mean what they say."""

from random import Random

import pytest

from training.segments.membership import MIN_CUSTOMERS, Moved, Verdict, moved

BOUND = 0.05


def of(segment: str, told: list[Moved]) -> Moved:
    (found,) = [each for each in told if each.segment == segment]
    return found


def verdicts(before: dict[str, int], now: dict[str, int], bound: float = BOUND) -> dict[str, str]:
    return {each.segment: each.verdict.value for each in moved(before, now, bound=bound)}


def test_the_same_shares_of_another_number_of_customers_have_not_drifted() -> None:
    assert verdicts({"a": 4000, "b": 6000}, {"a": 8000, "b": 12000}) == {"a": "within", "b": "within"}


def test_a_segment_whose_share_changed_by_more_than_the_bound_has_drifted_up_or_down() -> None:
    told = moved({"a": 4000, "b": 6000}, {"a": 5500, "b": 4500}, bound=BOUND)
    assert [each.verdict for each in told] == [Verdict.DRIFTED, Verdict.DRIFTED]
    assert of("a", told).change == pytest.approx(0.15)
    assert of("a", told).low > BOUND
    assert of("b", told).high < -BOUND


def test_a_change_that_is_certain_and_small_is_within_and_one_that_is_uncertain_is_unclear() -> None:
    assert verdicts({"a": 400_000, "b": 600_000}, {"a": 420_000, "b": 580_000}) == {"a": "within", "b": "within"}
    assert verdicts({"a": 40, "b": 60}, {"a": 47, "b": 53}) == {"a": "unclear", "b": "unclear"}


def test_a_segment_that_is_new_or_that_nobody_is_in_any_more_is_one_of_them() -> None:
    told = moved({"a": 500, "gone": 500}, {"a": 500, "outliers": 500}, bound=BOUND)
    assert (of("gone", told).now, of("gone", told).verdict) == (0.0, Verdict.DRIFTED)
    assert (of("outliers", told).before, of("outliers", told).verdict) == (0.0, Verdict.DRIFTED)
    assert of("a", told).verdict is Verdict.WITHIN or of("a", told).verdict is Verdict.UNCLEAR


@pytest.mark.parametrize(
    ("before", "now"), [({"a": 5, "b": 14}, {"a": 900, "b": 100}), ({"a": 900, "b": 100}, {"a": 3}), ({}, {"a": 900}), ({"a": 9}, {})]
)
def test_with_too_few_customers_nothing_is_said(before: dict[str, int], now: dict[str, int]) -> None:
    assert set(verdicts(before, now).values()) == {"too few"}
    assert min(sum(before.values()), sum(now.values())) < MIN_CUSTOMERS


def test_nobody_at_all_is_no_segment() -> None:
    assert moved({}, {}, bound=BOUND) == []


@pytest.mark.slow
def test_intervals_hold_for_all_segments_together() -> None:
    """Of 600 pairs of samples of the same five shares, at most one in twenty has an interval without 0; and a change of twelve points is found."""
    chance, shares = Random(4), {"a": 0.4, "b": 0.3, "c": 0.2, "d": 0.08, "e": 0.02}
    shifted = {**shares, "a": 0.28, "b": 0.42}
    apart = found = 0
    for _ in range(600):
        before, now, later = (drawn(chance, each, 2000) for each in (shares, shares, shifted))
        apart += any(each.low > 0 or each.high < 0 for each in moved(before, now, bound=BOUND))
        assert all(each.verdict is not Verdict.DRIFTED for each in moved(before, now, bound=BOUND))
        found += {"a", "b"} == {each.segment for each in moved(before, later, bound=BOUND) if each.verdict is Verdict.DRIFTED}
    assert apart / 600 <= 0.06
    assert found / 600 >= 0.8


def drawn(chance: Random, shares: dict[str, float], number: int) -> dict[str, int]:
    found = chance.choices(list(shares), list(shares.values()), k=number)
    return {name: found.count(name) for name in shares}
