"""`kairos send` checks an event as the job would, before anything is sent."""

import json

import pytest
from click.testing import CliRunner, Result

from cli.main import kairos


def sent(*arguments: str) -> Result:
    return CliRunner().invoke(kairos, ["send", *arguments, "--dry-run"])


def test_values_are_json_where_they_are_json_and_text_elsewhere() -> None:
    event = json.loads(sent("Sizes Compared", "--user", "ada", "a=120", "b=true", "c=tent", 'd="120"', "e=[1, 2]", "f=", "g=x=y").output)
    assert event["properties"] == {"a": 120, "b": True, "c": "tent", "d": "120", "e": [1, 2], "f": "", "g": "x=y"}
    assert (event["type"], event["event"], event["userId"]) == ("track", "Sizes Compared", "ada")


def test_calls_of_the_spec_are_calls_and_no_track_events() -> None:
    event = json.loads(sent("identify", "--anonymous", "a1", "--traits", "first_name=Ada", "--context", "timezone=Europe/London").output)
    assert (event["type"], event["anonymousId"], event["traits"], event["context"]["timezone"]) == (
        "identify",
        "a1",
        {"first_name": "Ada"},
        "Europe/London",
    )
    assert "event" not in event


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["product_added", "--user", "ada", "price=1"], "MISSING_PROPERTY, properties.product_id"),
        (["product_added", "product_id=tent", "price=1"], "MISSING_FIELD"),
        (["--json", '{"type": "page"'], "MALFORMED"),
    ],
)
def test_what_the_job_would_reject_is_not_sent_unless_forced(arguments: list[str], told: str) -> None:
    refused = sent(*arguments)
    assert refused.exit_code == 1
    assert told in refused.output
    forced = sent(*arguments, "--force")
    assert forced.exit_code == 0
    assert told in forced.stderr


@pytest.mark.parametrize(
    "arguments", [[], ["page", "--json", "{}"], ["page", "--user", "ada", "novalue"], ["page", "--user", "ada", "--at", "yesterday"]]
)
def test_what_cannot_be_meant_is_a_mistake_of_usage(arguments: list[str]) -> None:
    assert sent(*arguments).exit_code == 2
