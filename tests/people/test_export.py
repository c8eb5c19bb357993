"""`kairos user export`: everything that is known of somebody, readable, each field with its meaning."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from services.people.ask import ask
from services.people.export import Incomplete, document
from services.people.places import Places
from services.people.send import encoded, made
from tests.people.running import TENT, T, running, track
from udfs.core.export.everything import PARTS
from udfs.core.values.errors import InvalidInput

PLACES = Places(brokers="nowhere:9092")


@pytest.fixture
def history(tmp_path: Path) -> Path:
    lines = [track("ada", "product_added", T, **TENT), track("bob", "page", T + 1), track("ada", "order_completed", T + 2, order_id="o1", total=120)]
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join(record.value.decode() for record in lines) + "\n")
    return path


def exported(*words: str | Path) -> Result:
    return CliRunner().invoke(kairos, ["user", "export", *map(str, words)])


def test_every_part_is_told_with_its_meaning(history: Path) -> None:
    result = exported("ada", "--events", history)
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    assert (told["user_id"], told["status"], told["as_of"]) == ("ada", "known", "2026-01-05T10:00:00.003Z")
    assert list(told["profile"]) == [part.name for part in PARTS]
    assert all(set(entry) >= {"means", "value"} and entry["means"] for entry in told["profile"].values())
    assert [order["amounts"] for order in told["profile"]["orders"]["value"]] == [120.0]
    assert told["profile"]["orders"]["fields"]["amounts"].startswith("What it came to")


def test_of_somebody_unknown_it_says_so(history: Path) -> None:
    told = json.loads(exported("nobody-here", "--events", history).output)
    assert (told["status"], "profile" in told) == ("unknown", False)


def test_an_id_that_is_nobodys_cannot_be_asked_about(history: Path) -> None:
    result = exported("guest", "--events", history)
    assert result.exit_code == 1
    assert "which is nobody" in result.output


def test_campaigns_go_with_events_only(history: Path) -> None:
    assert exported("ada", "--campaigns", history).exit_code == 2


def test_the_job_is_asked_by_an_event_under_the_key_of_the_customer(monkeypatch: pytest.MonkeyPatch) -> None:
    job = running(monkeypatch, track("ada", "page", T))
    answer = ask(PLACES, "ada")
    assert document(answer)["profile"]["visit"]["value"]["events"] == 1
    assert ask(PLACES, "ada", status_only=True)["profile"] is None
    assert [key for key, _ in job.topics["responses"]] == [b"ada", b"ada"]


def test_an_anonymous_id_is_asked_about_without_making_it_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    job = running(monkeypatch, track(None, "product_added", T, web="web-1", **TENT))
    assert document(ask(PLACES, "web-1"))["profile"]["anonymous"]["value"] is True
    job.take(track("kim", "page", T + 3_600_000, web="web-1"))
    assert job.job.links.person("web-1") == "kim"
    assert ask(PLACES, "web-1")["user_id"] == "kim"


@pytest.mark.parametrize("user", ["ada 'or' 1=1", 'a"b', "Zoë 😀", "a\nb"])
def test_odd_ids_are_asked_about_as_they_are(user: str) -> None:
    key, value = encoded(made("profile_requested", user), at=T)
    assert json.loads(value)["anonymousId"] == user
    assert key == user.encode()


@pytest.mark.parametrize("user", ["", " ", "null", "x" * 257, "\ud800"])
def test_what_is_no_id_is_refused_before_it_is_sent(user: str) -> None:
    with pytest.raises(InvalidInput):
        encoded(made("profile_requested", user), at=T)


def test_a_profile_that_was_cut_is_not_passed_off_as_whole() -> None:
    answer: dict[str, Any] = {"user_id": "ada", "status": "known", "at": T, "ends": None, "profile": '{"locale": "de… [cut: 2000000 bytes]'}
    with pytest.raises(Incomplete):
        document(answer)
