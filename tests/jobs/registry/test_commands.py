"""Commands with a registry: what cannot be meant is said in a line, and events in Confluent's format are shown, counted and sent again."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from cli.tail import _value_of_event
from jobs.registry.chosen import using
from jobs.registry.told import VARIABLE
from services.replay.segment import UNREADABLE, key_of
from tests.codecs.registered import ADDED, framed
from tests.codecs.test_confluent import RECORD
from tests.jobs.registry.fake import fake, says
from training.command import training
from udfs.codecs.writers import current

VALUE = framed(ADDED, RECORD)


def ran(*arguments: str) -> Result:
    return CliRunner().invoke(kairos, list(arguments), catch_exceptions=False)


def test_which_registry_is_asked_for() -> None:
    done = ran("schemas", "register")
    assert done.exit_code == 2
    assert f"--schema-registry URL, or {VARIABLE}" in done.stderr


def test_a_registry_that_does_not_listen_is_a_line() -> None:
    done = ran("schemas", "register", "--schema-registry", "http://127.0.0.1:1")
    assert (done.exit_code, done.stderr) == (1, "Error: the schema registry at http://127.0.0.1:1 does not answer (Connection refused)\n")


def test_a_registry_that_cannot_be_meant_is_a_line_for_every_command_and_the_job_is_not_submitted(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = ran("submit", "--schema-registry", "https://ada:hunter2@registry.example", "--print-command")
    assert refused.exit_code == 1
    assert "holds a login" in refused.stderr
    assert "hunter2" not in refused.output
    learned = CliRunner().invoke(training, ["train", "--history", "x", "--schema-registry", "http://registry.example"], catch_exceptions=False)
    assert learned.exit_code == 2
    assert "in the clear" in learned.stderr
    monkeypatch.setenv(VARIABLE, "http://registry.example")
    told = ran("schema")
    assert told.exit_code == 1
    assert "in the clear" in told.stderr


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = ran("submit", "--schema-registry", str(tmp_path / "registry.properties"), "--print-command")
    assert done.exit_code == 1
    assert "registry.properties: the file of properties cannot be read" in done.stderr


@pytest.mark.slow
def test_the_job_gets_the_address_and_nothing_else() -> None:
    done = ran("submit", "--schema-registry", "https://registry.example/", "--print-command")
    assert "--schema-registry https://registry.example/" in done.stdout


def test_an_event_is_shown_and_its_person_is_found_with_the_registry_and_only_there() -> None:
    assert _value_of_event(VALUE) == VALUE
    assert key_of(VALUE) == UNREADABLE
    with fake(says(200, {"schema": json.dumps(ADDED)})) as (url, _, _), using(url):
        shown = _value_of_event(VALUE)
        assert (shown["event"], shown["properties"]["product_id"]) == ("ProductAdded", "tent")
        assert key_of(VALUE) == b"ada"
    assert current() is None
