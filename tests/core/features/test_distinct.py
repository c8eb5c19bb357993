"""Different values kept as bytes: the same count as a mapping of them, in any order of events, and from the state of an older version."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.core.features.distinct import MAX_DISTINCT, Distinct
from udfs.core.values.chance import fingerprint
from udfs.core.values.durations import DAY, HOUR

NOW = 1_772_000_000_000
EVENTS = st.lists(st.tuples(st.integers(0, 9 * DAY), st.sampled_from("abcdefghij")), max_size=60)


def number(value: str) -> int:
    return int.from_bytes(fingerprint(value)[:6])


@pytest.mark.parametrize(("window", "hop"), [(7 * DAY, HOUR), (None, 1)])
@given(EVENTS)
def test_they_are_counted_as_a_mapping_counts_them(window: int | None, hop: int, events: list[tuple[int, str]]) -> None:
    kept, state, latest = Distinct(window, hop), None, dict[str, int]()
    for ago, value in events:
        state = kept.update(state, NOW - ago, NOW, value)
        if window is None or (NOW - ago) // hop >= (NOW - window) // hop:
            latest[value] = max(NOW - ago, latest.get(value, 0))
    for later in (NOW, NOW + 3 * DAY, NOW + 30 * DAY):
        oldest = 0 if window is None else (later - window) // hop
        assert kept.evaluate(state, later) == sum(at // hop >= oldest for at in latest.values())


@given(EVENTS, EVENTS)
def test_two_histories_count_as_one(mine: list[tuple[int, str]], others: list[tuple[int, str]]) -> None:
    kept = Distinct(7 * DAY, HOUR)
    one, other, both = b"", b"", None
    for ago, value in mine:
        one, both = kept.update(one, NOW - ago, NOW, value), kept.update(both, NOW - ago, NOW, value)
    for ago, value in others:
        other, both = kept.update(other, NOW - ago, NOW, value), kept.update(both, NOW - ago, NOW, value)
    assert kept.evaluate(kept.merge(one, other, NOW), NOW) == kept.evaluate(both, NOW)


def test_the_mapping_of_an_older_state_is_read_and_goes_on() -> None:
    kept = Distinct(7 * DAY, HOUR)
    old = {number("a"): NOW // HOUR, number("b"): (NOW - 6 * DAY) // HOUR, number("c"): (NOW - 8 * DAY) // HOUR}
    assert kept.evaluate(old, NOW) == 2
    state = kept.update(old, NOW, NOW, "b")
    assert isinstance(state, bytes)
    assert kept.evaluate(state, NOW) == 2
    assert kept.evaluate(kept.update(state, NOW, NOW, "d"), NOW) == 3
    assert kept.evaluate(kept.merge(old, {number("e"): NOW // HOUR}, NOW), NOW) == 3


def test_beyond_the_bound_the_oldest_give_way() -> None:
    kept, state = Distinct(7 * DAY, HOUR), None
    for value in range(MAX_DISTINCT + 10):
        state = kept.update(state, NOW + value * HOUR // 4, NOW + value * HOUR // 4, value)
    assert kept.evaluate(state, NOW + 3 * DAY) == MAX_DISTINCT
    assert kept.evaluate(kept.update(state, NOW + 3 * DAY, NOW + 3 * DAY, MAX_DISTINCT + 9), NOW + 3 * DAY) == MAX_DISTINCT
