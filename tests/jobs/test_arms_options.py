"""Options of the arms job."""

import pytest

from jobs.arms_options import ArmsOptions


def test_a_command_line_gives_the_options_back() -> None:
    told = ArmsOptions(brokers="b:1", counts_topic="shop.counts", state_days=40, deployment="shop")
    assert ArmsOptions.parse(told.arguments) == told
    assert ArmsOptions().arguments == []
    assert told.identity == "shop-arms"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"state_days": 1}, "--state-days is 1: at least 2"),
        ({"checkpoint_interval_ms": 5}, "--checkpoint-interval-ms is 5: at least 1000"),
        ({"counts_topic": "arm counts"}, "'arm counts' is not a topic name"),
        ({"counts_topic": "outcomes"}, "two topics share a name"),
    ],
)
def test_what_is_impossible_is_refused_with_its_flag(changes: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ArmsOptions(**changes)  # type: ignore[arg-type]
