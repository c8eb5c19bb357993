"""Splits: the share of an arm is its weight, golden values are pinned, and a changed weight moves nobody but into or out of its own arm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from udfs.core.values import chance

GOLDEN = {
    (1, 1): "110001100101010011001010",
    (1, 3): "110111100101111011111010",
    (1, 1, 1): "120011200201021021101020",
    (1, 2, 3): "122221220201221221221022",
    (1, 1, 1, 1, 1): "241113301402132033212040",
    (0.5, 1, 1): "120211200201221121111020",
}
"""The arms of user-0 to user-23 of cart-abandonment. A change here would move customers under running experiments."""

weights = st.floats(0.01, 100)


def drawn(shares: tuple[float, ...], count: int) -> list[int]:
    return [chance.choose("cart-abandonment", f"user-{number}", shares) for number in range(count)]


@pytest.mark.parametrize("shares", GOLDEN)
def test_golden_arms(shares: tuple[float, ...]) -> None:
    assert "".join(map(str, drawn(shares, 24))) == GOLDEN[shares]


@pytest.mark.parametrize("shares", [(1.0,), (1, 1), (1, 3), (1, 1, 1), (1, 1, 1, 1, 1, 1, 1)])
def test_equal_splits_and_splits_in_two_are_the_ranges_of_growthbook(shares: tuple[float, ...]) -> None:
    ranges = chance.split(shares)
    in_ranges = [chance.pick(ranges, chance.lot("cart-abandonment", f"user-{number}")) for number in range(3000)]
    assert drawn(shares, 3000) == [len(shares) - 1 if arm is None else arm for arm in in_ranges]


@pytest.mark.slow
@pytest.mark.parametrize("shares", [(1, 2, 3), (5, 1, 1, 2), (0.5, 1, 1)])
def test_arms_are_drawn_by_weight(shares: tuple[float, ...]) -> None:
    arms = drawn(shares, 20_000)
    expected = [20_000 * share for share in chance.split(shares)]
    assert chisquare([arms.count(arm) for arm in range(len(shares))], expected).pvalue > 0.001


@given(before=st.lists(weights, min_size=2, max_size=6), data=st.data())
def test_a_changed_weight_moves_nobody_between_other_arms(before: list[float], data: st.DataObject) -> None:
    changed = data.draw(st.integers(0, len(before) - 1))
    after = [*before]
    after[changed] = data.draw(weights)
    for number in range(40):
        old, new = (chance.choose("offer", f"user-{number}", shares) for shares in (before, after))
        if old != new:
            assert changed in {old, new}
            assert (new == changed) is (after[changed] > before[changed])


@pytest.mark.parametrize("shares", [(0, 1), (1, 0, 1), (1, 1, 0)])
def test_an_arm_without_weight_is_nobodys(shares: tuple[float, ...]) -> None:
    assert shares.index(0) not in drawn(shares, 2000)
