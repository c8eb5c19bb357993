"""Options of the jobs of SQL: one suite for all of them."""

import pytest

from jobs.arms_options import ArmsOptions
from jobs.interest_options import InterestOptions
from jobs.interest_sql import Rules
from jobs.lake_options import LakeOptions
from jobs.sql_options import SqlOptions

TOLD: dict[type[SqlOptions], SqlOptions] = {
    ArmsOptions: ArmsOptions(brokers="b:1", counts_topic="shop.counts", state_days=40, deployment="shop"),
    InterestOptions: InterestOptions(brokers="b:1", interest_topic="shop.interest", days=10, low_stock=5, state_backend="rocksdb", deployment="shop"),
    LakeOptions: LakeOptions(brokers="b:1", tables="events", topics="events=shop.events", checkpoint_interval_ms=5_000, deployment="shop"),
}


@pytest.mark.parametrize("kind", TOLD)
def test_a_command_line_gives_the_options_back(kind: type[SqlOptions]) -> None:
    told = TOLD[kind]
    assert kind.parse(told.arguments) == told
    assert kind().arguments == []
    assert told.identity == f"shop-{kind.job}"


def test_the_jobs_have_names_of_their_own() -> None:
    assert set(TOLD) == set(SqlOptions.__subclasses__())
    assert len({kind.job for kind in TOLD}) == len(TOLD)


@pytest.mark.parametrize(
    ("kind", "changes", "says"),
    [
        *((kind, {"checkpoint_interval_ms": 5}, "--checkpoint-interval-ms is 5: at least 1000") for kind in TOLD),
        (ArmsOptions, {"state_days": 1}, "--state-days is 1: at least 2"),
        (ArmsOptions, {"counts_topic": "arm counts"}, "'arm counts' is not a topic name"),
        (ArmsOptions, {"counts_topic": "outcomes"}, "two topics share a name"),
        (InterestOptions, {"days": 0}, "--days is 0: at least 1"),
        (InterestOptions, {"price_drop_percent": -1}, "--price-drop-percent is -1: at least 0"),
        (InterestOptions, {"price_drop_percent": 100}, "--price-drop-percent is 100: at most 99"),
        (InterestOptions, {"state_backend": "disk"}, "--state-backend is 'disk': choose one of hashmap, rocksdb"),
        (InterestOptions, {"interest_topic": "my interest"}, "'my interest' is not a topic name"),
        (InterestOptions, {"interest_topic": "events"}, "two topics share a name"),
        (LakeOptions, {"tables": "visits"}, "there is no table 'visits'"),
        (LakeOptions, {"tables": ""}, "--tables names none"),
        (LakeOptions, {"topics": "events=my events"}, "--topics: 'my events' is not a topic name"),
    ],
)
def test_what_is_impossible_is_refused_with_its_flag(kind: type[SqlOptions], changes: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        kind(**changes)  # type: ignore[arg-type]


def test_a_mistake_on_the_command_line_ends_with_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        LakeOptions.parse(["--tables", "visits"])
    assert "there is no table 'visits'" in capsys.readouterr().err


def test_options_say_what_follows_from_them() -> None:
    lake, interest = TOLD[LakeOptions], TOLD[InterestOptions]
    assert isinstance(lake, LakeOptions) and lake.topic_of("events") == "shop.events"
    assert isinstance(interest, InterestOptions) and interest.rules == Rules(days=10, price_drop_percent=5, low_stock=5)
