"""What the live view reads of the job's topics."""

from types import SimpleNamespace
from typing import Any

from kafka import TopicPartition

from services.view.feed import Feed, Seen


class Reader:
    """One batch of two topics."""

    def poll(self, *, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        assert timeout_ms
        return {
            TopicPartition("people", 0): [SimpleNamespace(value=None), SimpleNamespace(value=b'{"user_id": "bob"}')],
            TopicPartition("decisions", 0): [SimpleNamespace(value=b'{"outcome": "acted"}')],
        }


def test_somebody_who_is_forgotten_or_erased_does_not_end_the_view() -> None:
    feed = Feed("nowhere:9092", ["people", "decisions"])
    feed._read(Reader())
    seen: list[Seen] = list(feed.take())
    assert [(each.topic, each.value) for each in seen] == [("people", {"user_id": "bob"}), ("decisions", {"outcome": "acted"})]
