"""Two histories that are merged are one history in order of time, field by field, wherever that is defined."""

import pytest
from hypothesis import given, settings

from tests.identity.histories import Told
from tests.identity.laws import LAWS, MOMENTS, Law


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_two_histories_are_one(law: Law) -> None:
    @settings(max_examples=100, deadline=None, derandomize=True)
    @given(history=law.histories, moment=MOMENTS)
    def holds(history: list[Told], moment: int) -> None:
        law.holds(history, moment)

    holds()
