"""`kairos models show` and `compare` say what `control` publishes next to what the registry says, and say so where the two disagree."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import services.control.models
from cli.main import kairos
from jobs.kafka.connect import KafkaRefused
from services.control.listing import Published
from services.model_versions.folder import Registry
from tests.model_versions.test_registry import FIRST, SECOND, THIRD, manifest

NOBODY = "127.0.0.1:1"


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    made = Registry(tmp_path / "registry")
    for at, version in enumerate((FIRST, SECOND, THIRD)):
        made.add("m", manifest(version), {}, {"at": at})
    made.promote("m", FIRST, "champion", at=9)
    return made


@pytest.fixture
def control(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Published]]:
    """What `control` publishes, in place of a broker."""
    found: list[Published] = []
    monkeypatch.setattr(services.control.models, "listed", lambda brokers, topic: found)
    yield found


def published(*versions: str, status: str = "live", name: str = "m", **more: Any) -> Published:
    document = {"model": name, "current": versions[0], "versions": [{"version": each} for each in versions], **more}
    record = {"document": document}
    return Published(key=f"model/{name}", kind="model", name=name, version="1", status=status, published_at=0, published_by="cli", value=record)


def call(registry: Registry, *arguments: str) -> str:
    result = CliRunner().invoke(kairos, ["models", *arguments, "--registry", str(registry.folder)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def row(output: str, title: str) -> list[str]:
    return next((line.split()[1:] for line in output.splitlines() if line.split()[:1] == [title]), [])


@pytest.mark.slow
def test_a_version_that_speaks_is_told_with_its_share(registry: Registry, control: list[Published]) -> None:
    control.append(published(FIRST, SECOND, challenger={"version": SECOND, "share": 0.25}))
    assert row(call(registry, "show", "m"), "published") == ["champion"]
    assert row(call(registry, "show", "m", SECOND), "published") == ["challenger,", "25", "%"]
    assert row(call(registry, "compare", "m", FIRST, THIRD), "published") == ["champion", "not", "published"]


def test_a_pause_and_a_version_that_is_only_kept_are_told(registry: Registry, control: list[Published]) -> None:
    control.append(published(FIRST, SECOND, status="paused"))
    assert row(call(registry, "show", "m"), "published") == ["paused"]
    assert row(call(registry, "show", "m", SECOND), "published") == ["kept", "loaded,", "not", "used"]


def test_a_champion_that_does_not_speak_is_told(registry: Registry, control: list[Published]) -> None:
    assert f"champion, {FIRST}, is not published" in call(registry, "show", "m")
    control.append(published(SECOND, FIRST))
    for command in ("show", "compare"):
        assert f"published is {SECOND}, and the registry's champion is {FIRST}" in call(registry, command, "m")


def test_another_model_of_the_same_topic_says_nothing_of_this_one(registry: Registry, control: list[Published]) -> None:
    control.append(published(FIRST, name="other"))
    assert row(call(registry, "show", "m"), "published") == ["not", "published"]


def test_agreement_is_not_worth_a_sentence(registry: Registry, control: list[Published]) -> None:
    control.append(published(FIRST))
    assert "registry's champion" not in call(registry, "show", "m") + call(registry, "compare", "m")


def test_the_registry_is_shown_without_a_broker_and_says_that_it_did_not_ask(registry: Registry) -> None:
    for command in ("show", "compare"):
        told = call(registry, command, "m", "--brokers", NOBODY)
        assert FIRST in told and f"what is published is not known: nothing listens at {NOBODY}" in told
        assert row(told, "published") == []


def test_a_client_that_may_not_read_control_sees_the_registry(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(brokers: str, topic: str) -> list[Published]:
        message = "not for you"
        raise KafkaRefused(message)

    monkeypatch.setattr(services.control.models, "listed", refused)
    assert "what is published is not known: not for you" in call(registry, "show", "m")


def test_offline_asks_nobody(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(brokers: str, topic: str) -> list[Published]:
        raise AssertionError

    monkeypatch.setattr(services.control.models, "listed", asked)
    for command in ("show", "compare"):
        told = call(registry, command, "m", "--offline")
        assert "published" not in told
