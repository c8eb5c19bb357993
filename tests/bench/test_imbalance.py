from pathlib import Path

import pytest

from bench.imbalance import KEY_GROUPS, imbalance, ranges, table, worst

PAGE = Path(__file__).resolve().parents[2] / "docs" / "decisions" / "0009-key-groups.md"


@pytest.mark.parametrize("key_groups", KEY_GROUPS)
@pytest.mark.parametrize("parallelism", [1, 3, 7, 100, 127, 128])
def test_it_is_what_dealing_the_groups_out_comes_to(key_groups: int, parallelism: int) -> None:
    dealt = ranges(key_groups, parallelism)
    assert [group for each in dealt for group in each] == list(range(key_groups))
    assert imbalance(key_groups, parallelism) == pytest.approx(max(map(len, dealt)) / (key_groups / parallelism))


def test_on_a_hundred_operators_some_of_128_groups_have_twice_the_work_of_others() -> None:
    sizes = [len(each) for each in ranges(128, 100)]
    assert (sizes.count(1), sizes.count(2)) == (72, 28)


def test_more_operators_than_groups_are_refused() -> None:
    with pytest.raises(ValueError, match="128 key groups cannot be dealt out to 129 operators"):
        imbalance(128, 129)


def test_the_worst_of_a_range_is_found() -> None:
    assert worst(128, 100) == (1.5625, 100)


def test_the_table_of_the_decision_is_the_one_computed_here() -> None:
    assert "\n".join(table()) in PAGE.read_text()
