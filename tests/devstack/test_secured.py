"""How commands find the file of properties, and what creation of topics asks for."""

import os
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cli.kafka import kafka
from cli.main import kairos
from jobs.kafka.chosen import VARIABLE, chosen, using
from jobs.options import Options, arguments_of, parse
from services.devstack.settings import Settings
from services.devstack.topics import topics
from services.kafka.client import Topic, create_command


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("KAIROS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(VARIABLE, raising=False)
    yield
    assert VARIABLE not in os.environ  # no command may leave it behind


@click.command()
@kafka
def show(brokers: str | None) -> None:
    click.echo(f"{brokers} {chosen()}")


def shown(*words: str, **environment: str) -> str:
    done = CliRunner().invoke(show, words, env=environment)
    assert done.exit_code == 0, done.output
    return done.stdout.strip()


def written(folder: Path, name: str, text: str = "security.protocol=SSL\n") -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def test_a_flag_goes_before_the_environment_and_that_before_the_local_stack(tmp_path: Path) -> None:
    mine, other = written(tmp_path, "mine"), written(tmp_path, "other", "bootstrap.servers=a:1,\\\n  b:2\n")
    assert shown() == "None None"
    assert shown("--kafka-properties", mine) == f"None {mine}"
    assert shown(KAIROS_KAFKA_PROPERTIES=other) == f"a:1,b:2 {other}"
    assert shown("--kafka-properties", mine, KAIROS_KAFKA_PROPERTIES=other) == f"None {mine}"
    assert shown("--brokers", "c:3", KAIROS_KAFKA_PROPERTIES=other) == f"c:3 {other}"
    Settings(home=tmp_path / "home", other_brokers="d:4", kafka_properties=mine).save()
    assert shown() == f"d:4 {mine}"
    assert shown("--brokers", "c:3") == "c:3 None"  # another broker is not reached by the local stack's file


def test_a_mistake_in_the_file_is_one_line(tmp_path: Path) -> None:
    file = written(tmp_path, "client.properties", "security.protocol=TLS\n")
    for words in (["tail", "decisions"], ["send", "page", "--user", "a"], ["campaigns", "list"], ["events"]):
        done = CliRunner().invoke(kairos, [*words, "--brokers", "localhost:1", "--kafka-properties", file])
        assert done.output.strip() == f"Error: {file}: security.protocol is 'TLS': choose one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL"
        assert done.exit_code == 1


def test_submit_refuses_a_secret_in_the_clear_before_it_does_anything(tmp_path: Path) -> None:
    file = written(tmp_path, "client.properties", "ssl.key.password=hunter2\n")
    done = CliRunner().invoke(kairos, ["submit", "--print-command", "--kafka-properties", file])
    assert done.exit_code == 1
    assert "holds a secret in the clear (ssl.key.password)" in done.output
    assert "hunter2" not in done.output


@pytest.mark.slow
def test_the_job_is_told_where_the_file_is_and_takes_it_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path, "client.properties", "bootstrap.servers=a:1\n")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(kairos, ["submit", "--print-command", "--kafka-properties", "client.properties"])
    assert f"--brokers a:1 --kafka-properties {file}" in done.stdout
    monkeypatch.setenv(VARIABLE, file)
    assert parse([]).kafka_properties == file
    monkeypatch.delenv(VARIABLE)
    assert parse([]).kafka_properties == ""


def test_replicas_of_topics() -> None:
    assert {topic.replicas for topic in topics(Options())} == {0}
    made = topics(Options(replication_factor=3, min_insync_replicas=2))
    assert {(topic.replicas, topic.config["min.insync.replicas"]) for topic in made} == {(3, "2")}
    assert arguments_of(Options(replication_factor=3)) == ["--replication-factor", "3"]
    with pytest.raises(ValueError, match="--min-insync-replicas is 3: at most --replication-factor, 2"):
        Options(replication_factor=2, min_insync_replicas=3)


def test_the_command_that_creates_a_topic(tmp_path: Path) -> None:
    topic = Topic(name="control", partitions=1, replicas=3, config={"cleanup.policy": "compact"})
    with using(""):
        assert create_command("a:1", topic) == (
            "kafka-topics.sh --bootstrap-server a:1 --create --topic control --partitions 1 --replication-factor 3 --config cleanup.policy=compact"
        )
    with using(tmp_path / "client.properties"):
        assert f"--command-config {tmp_path}/client.properties --create" in create_command("a:1", topic)


def test_acls_are_the_commands_of_kafka_with_the_names_of_this_deployment() -> None:
    done = CliRunner().invoke(kairos, ["acls", "job", "--deployment", "shop", "--principal", "User:job", "--brokers", "a:1", "--channels", "email"])
    lines = done.stdout.splitlines()
    start = "kafka-acls.sh --bootstrap-server a:1 --command-config admin.properties --add --allow-principal User:job --operation"
    assert f"{start} Read --topic events" in lines
    assert f"{start} Write --topic actions.email" in lines
    assert f"{start} Read --group shop-live" in lines
    assert f"{start} Write --transactional-id shop-live --resource-pattern-type prefixed" in lines
    quick = CliRunner().invoke(kairos, ["acls", "job", "--guarantee", "at-least-once"]).stdout
    assert "transactional-id" not in quick
    listed = CliRunner().invoke(kairos, ["acls"]).stdout
    assert "heartbeat: Write on topic events" in listed
    assert "no process 'jbo'" in CliRunner().invoke(kairos, ["acls", "jbo"]).output
