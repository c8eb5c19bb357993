"""Options of the lake job."""

import pytest

from jobs.lake_options import LakeOptions


def test_a_command_line_gives_the_options_back() -> None:
    told = LakeOptions(brokers="b:1", tables="events", topics="events=shop.events", checkpoint_interval_ms=5_000, deployment="shop")
    assert LakeOptions.parse(told.arguments) == told
    assert LakeOptions().arguments == []
    assert told.identity == "shop-lake"
    assert told.topic_of("events") == "shop.events"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"checkpoint_interval_ms": 5}, "--checkpoint-interval-ms is 5: at least 1000"),
        ({"tables": "visits"}, "there is no table 'visits'"),
        ({"tables": ""}, "--tables names none"),
        ({"topics": "events=my events"}, "--topics: 'my events' is not a topic name"),
    ],
)
def test_what_is_impossible_is_refused_with_its_flag(changes: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        LakeOptions(**changes)  # type: ignore[arg-type]


def test_a_mistake_on_the_command_line_ends_with_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        LakeOptions.parse(["--tables", "visits"])
    assert "there is no table 'visits'" in capsys.readouterr().err
