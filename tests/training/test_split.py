"""No label of the past reaches into the test, whatever the rows, the instant and the window."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.errors import HistoryError
from training.split import instant_for, split


@dataclass(frozen=True)
class At:
    at: int


histories = st.lists(st.integers(0, 1_000).map(At), max_size=60)


@given(rows=histories, at=st.integers(-50, 1_100), within=st.integers(1, 400))
def test_every_training_window_closes_before_the_first_test_row_and_no_row_is_in_two_parts(rows: list[At], at: int, within: int) -> None:
    parts = split(rows, at=at, within=within)
    for learned in parts.train:
        assert all(learned.at + within <= tested.at for tested in parts.test)
    assert sorted(each.at for part in (parts.train, parts.test, parts.embargoed) for each in part) == sorted(each.at for each in rows)


@given(rows=histories.filter(bool), share=st.floats(0.05, 0.95))
def test_the_default_instant_leaves_about_the_share_asked_for_to_the_test(rows: list[At], share: float) -> None:
    at = instant_for(rows, share=share)
    later = sum(each.at > at for each in rows)
    assert later <= share * len(rows) + 1
    assert sum(each.at >= at for each in rows) >= share * len(rows) - 1


def test_without_a_closed_window_there_is_nothing_to_split() -> None:
    with pytest.raises(HistoryError, match="shorter than the goal's window"):
        instant_for([], share=0.3)
