"""Whoever logs in is decided about as if she had been logged in from the beginning; whatever the moment, nothing is sent to both ids."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.identity.decided import EVENTS, GAPS, STEPS, as_if_always_logged_in, both, nothing_to_the_old_id, run, told

MOMENTS = st.integers(min_value=0, max_value=10)
often = settings(max_examples=150, deadline=None, derandomize=True)


@pytest.mark.slow
@often
@given(history=STEPS, moment=MOMENTS)
def test_who_logs_in_is_decided_about_as_if_she_had_always_been_logged_in(history: list[Any], moment: int) -> None:
    as_if_always_logged_in(history, moment)


PARTS: list[tuple[str, Any]] = [
    ("carts.join", {}),
    ("due.join", []),
    ("due.join_entries", None),
    ("contact.join_messages", None),
    ("contact.join_consents", None),
]


@pytest.mark.parametrize(("part", "of"), PARTS)
def test_a_merge_that_forgets_a_part_is_caught(part: str, of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = Random(7)
    monkeypatch.setattr(f"udfs.core.identity.{part}", lambda *_, **__: of)
    for _ in range(400):
        history = [(chance.choice(GAPS), chance.choice(EVENTS), True) for _ in range(6)]
        two, one = both(history, chance.randrange(1, 6))
        if told(run(two)) != told(run(one)):
            return
    pytest.fail(f"nobody misses {part}")


@pytest.mark.slow
@often
@given(history=STEPS, moment=MOMENTS)
def test_nothing_goes_to_the_old_id_after_the_link_and_no_cap_is_exceeded(history: list[Any], moment: int) -> None:
    nothing_to_the_old_id(history, moment)
