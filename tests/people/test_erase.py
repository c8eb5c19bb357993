"""`kairos user erase`: in the job, under every id that is known to be the person's, and in the lake."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.lake import rows
from services.lake.erased import erased
from services.lake.store import Lake
from services.people import erase as erasing
from services.people.erase import erase, erase_from_lake
from services.people.places import Places
from services.people.send import NoAnswer, id_of
from tests.lake.filled import events
from tests.lake.filled import track as of_lake
from tests.people.running import TENT, T, running, track
from udfs.core.profile.tombstone import is_tombstone
from udfs.lake.pseudonyms import add_key, read_keys
from udfs.lake.tables import Rules

PLACES = Places(brokers="nowhere:9092")


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    add_key(tmp_path / "lake.keys")
    return tmp_path / "lake.keys"


def persons(lake: Path) -> set[str]:
    """Pseudonyms in the files of a lake, whatever a query would leave out."""
    return {each for batch in rows.batches(Lake(lake), Lake(lake).finished()) for each in batch.column("person").to_pylist()}


def test_every_id_of_the_person_is_erased_by_an_event_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    job = running(monkeypatch, track(None, "product_added", T, web="web-1", **TENT), track("kim", "page", T + 1, web="web-1"))
    told: list[Any] = []
    done = erase(PLACES, "kim", say=told.append)
    assert [notice["user_id"] for notice in done.notices] == ["kim", "web-1"]
    assert told == done.notices
    assert done.notices[0]["linked"] == ["web-1"]
    assert all(is_tombstone(blob) for blob in job.job.profiles.values() if blob)
    assert (b"kim", None) in job.topics["people"]


def test_erasing_again_does_no_harm_and_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    running(monkeypatch, track("ada", "page", T))
    first, second = erase(PLACES, "ada"), erase(PLACES, "ada")
    assert [first.notices[0]["was_known"], second.notices[0]["was_known"]] == [True, False]


def test_ids_without_an_end_are_not_followed_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*told: Any, **_: Any) -> Any:
        user = id_of(told[2])
        return {"user_id": user, "linked": [f"{user}a", f"{user}b"], "until": T}

    monkeypatch.setattr(erasing, "send_and_wait", endless)
    done = erase(PLACES, "x")
    assert len(done.notices) == erasing.MAX_IDS
    assert done.left


def test_the_lake_loses_them_under_every_id_and_what_comes_until_they_are_new(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keys: Path) -> None:
    running(monkeypatch, track("kim", "page", T, web="web-1"))
    done = erase(PLACES, "kim")
    until = done.notices[0]["until"]
    known, lake = read_keys(keys), tmp_path / "lake"
    rules = Rules(pseudonyms=known)
    events(lake, [of_lake(user, "Page", T) for user in ("kim", "web-1", "bob")], name="part-1", rules=rules)
    events(lake, [of_lake("kim", "Page", until - 1), of_lake("kim", "Page", until)], name="part-2", rules=rules)
    erase_from_lake(done, Lake(lake), keys)
    assert persons(lake) == {known.of("bob"), known.of("kim")}
    assert done.lake is not None
    assert done.lake.rows == {"events": 3}
    assert erased(Lake(lake)) == {known.of("kim"): until, known.of("web-1"): done.notices[1]["until"]}


def test_the_command_says_what_it_did(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keys: Path) -> None:
    monkeypatch.setenv("KAIROS_HOME", str(tmp_path))
    running(monkeypatch, track("ada", "go", T))
    events(tmp_path / "lake", [of_lake("ada", "Page", T)], rules=Rules(pseudonyms=read_keys(keys)))
    result = CliRunner().invoke(kairos, ["user", "erase", "ada", "--yes"])
    assert result.exit_code == 0, result.output
    assert "erased, 1 message recalled" in result.output
    assert "lake: rows erased: 1 of events" in result.output
    assert "kairos user trace ada" in result.output


def test_whoever_does_not_confirm_erases_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    job = running(monkeypatch, track("ada", "page", T))
    assert CliRunner().invoke(kairos, ["user", "erase", "ada"], input="n\n").exit_code == 1
    assert not is_tombstone(job.job.profiles["ada"])


def test_where_the_job_does_not_answer_the_command_says_to_run_it_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def silent(*_: Any, **__: Any) -> Any:
        message = "no answer on erasures within 1 s"
        raise NoAnswer(message, "does the job run?")

    monkeypatch.setenv("KAIROS_HOME", str(tmp_path))
    monkeypatch.setattr(erasing, "send_and_wait", silent)
    result = CliRunner().invoke(kairos, ["user", "erase", "ada", "--yes"])
    assert result.exit_code == 1
    assert "run the command again" in result.output


def test_without_a_lake_there_is_nothing_to_rewrite(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KAIROS_HOME", str(tmp_path))
    running(monkeypatch, track("ada", "page", T))
    result = CliRunner().invoke(kairos, ["user", "erase", "ada", "--yes"])
    assert (result.exit_code, "lake" in result.output) == (0, False)
