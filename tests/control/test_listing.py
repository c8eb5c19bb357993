"""A campaign's trigger as a person would say it."""

from typing import Any

import pytest

from services.documents.spoken import trigger_in_words


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        ({"event": "page"}, "page"),
        (
            {"event": ["page", "screen"], "becomes": "views_7d > 3", "unless": "order_completed"},
            "page or screen makes views_7d > 3, unless order_completed",
        ),
        ({"idle": "30m", "of": "cart", "unless": ["a", "b"]}, "a cart untouched for 30m, unless a or b"),
        ({"since": "order_completed", "wait": "90d"}, "90d since the last order_completed"),
        ({"date": "user.birthday", "before": "3d"}, "3d before user.birthday, at 09:00"),
        ({"enters": "vip"}, "coming into the segment vip"),
        ({"leaves": "vip", "unless": "order_completed"}, "leaving the segment vip, unless order_completed"),
        (None, "?"),
    ],
)
def test_a_trigger_in_words(trigger: Any, words: str) -> None:
    assert trigger_in_words(trigger) == words
