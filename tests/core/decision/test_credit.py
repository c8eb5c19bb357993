"""Credit is arithmetic: one conversion is divided among messages, and nothing of it is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import DAY, HOUR, MINUTE, MONDAY
from udfs.core.decision.credit import MODELS, Touch, shares

T = MONDAY
touches = st.lists(st.tuples(st.integers(0, 90 * DAY), st.sampled_from((1, MINUTE, 7 * DAY, 90 * DAY))), min_size=1, max_size=64)


def of(*touched: Touch, at: int = T) -> dict[str, list[float]]:
    parts = shares(touched, at)
    return {model: [part[place] for part in parts] for place, model in enumerate(MODELS)}


def test_the_only_message_has_all_of_it() -> None:
    assert of(Touch(T - DAY, HOUR)) == {model: [1.0] for model in MODELS}


def test_three_messages_by_each_model() -> None:
    found = of(Touch(T - 2 * DAY, DAY), Touch(T - DAY, DAY), Touch(T, DAY))
    assert found["last"] == [0, 0, 1]
    assert found["first"] == [1, 0, 0]
    assert found["linear"] == [1 / 3] * 3
    assert found["decay"] == [1 / 7, 2 / 7, 4 / 7]
    assert [round(each, 9) for each in found["position"]] == [0.4, 0.2, 0.4]


def test_two_messages_share_evenly_by_position() -> None:
    assert of(Touch(T - DAY, DAY), Touch(T, DAY))["position"] == [0.5, 0.5]


def test_no_message_has_no_credit() -> None:
    assert shares([], T) == []


@given(touched=touches)
def test_each_model_divides_exactly_one_conversion(touched: list[tuple[int, int]]) -> None:
    found = of(*(Touch(T - age, half_life) for age, half_life in sorted(touched, reverse=True)))
    for model, parts in found.items():
        assert abs(sum(parts) - 1) < 1e-9, model
        assert min(parts) >= 0


@pytest.mark.slow
@given(touched=touches)
def test_however_old_messages_are_decay_prefers_the_later_of_equal_half_lives(touched: list[tuple[int, int]]) -> None:
    parts = of(*(Touch(T - age, HOUR) for age, _ in sorted(touched, reverse=True)))["decay"]
    assert parts == sorted(parts)
