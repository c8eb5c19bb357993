"""`kairos schema` shows every schema and the catalogue as they are."""

import json

import pytest
from click.testing import CliRunner

from cli.schema import TOPICS, schema
from tests.schemas.test_schemas import load
from udfs.codecs.catalogue import catalogue


def run(*arguments: str) -> str:
    result = CliRunner().invoke(schema, arguments, env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.output


def test_all_topics_are_listed_with_their_schemas() -> None:
    output = run()
    assert [name for name, (topic, _) in TOPICS.items() if name not in output or topic not in output] == []


@pytest.mark.parametrize("name", TOPICS)
def test_every_field_is_shown(name: str) -> None:
    output = run(name)
    assert [field["name"] for field in load(f"{name}.avsc")["fields"] if field["name"] not in output] == []


@pytest.mark.parametrize("name", TOPICS)
def test_the_schema_itself_is_printed_for_machines(name: str) -> None:
    assert json.loads(run(name, "--avsc")) == load(f"{name}.avsc")


@pytest.mark.parametrize(("topic", "name"), [("decisions", "decision"), ("actions.email", "action"), ("events", "event")])
def test_a_topics_name_will_do(topic: str, name: str) -> None:
    assert run(topic) == run(name)


def test_the_catalogue_shows_every_event_and_what_it_needs() -> None:
    output = run("--catalogue")
    assert [name for name in catalogue().events if name not in output] == []
    assert "product_id (identifier)" in output


def test_a_misspelt_name_gets_a_suggestion() -> None:
    result = CliRunner().invoke(schema, ["decison"])
    assert result.exit_code == 1
    assert "did you mean 'decision'?" in result.output
