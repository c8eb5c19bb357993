"""Options of the interest job."""

import pytest

from jobs.interest_options import InterestOptions
from jobs.interest_sql import Rules


def test_a_command_line_gives_the_options_back() -> None:
    told = InterestOptions(brokers="b:1", interest_topic="shop.interest", days=10, low_stock=5, state_backend="rocksdb", deployment="shop")
    assert InterestOptions.parse(told.arguments) == told
    assert InterestOptions().arguments == []
    assert told.identity == "shop-interest"
    assert told.rules == Rules(days=10, price_drop_percent=5, low_stock=5)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"days": 0}, "--days is 0: at least 1"),
        ({"price_drop_percent": -1}, "--price-drop-percent is -1: at least 0"),
        ({"price_drop_percent": 100}, "--price-drop-percent is 100: at most 99"),
        ({"state_backend": "disk"}, "--state-backend is 'disk': choose one of hashmap, rocksdb"),
        ({"interest_topic": "my interest"}, "'my interest' is not a topic name"),
        ({"interest_topic": "events"}, "two topics share a name"),
    ],
)
def test_what_is_impossible_is_refused_with_its_flag(changes: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        InterestOptions(**changes)  # type: ignore[arg-type]
