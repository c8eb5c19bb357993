"""What is kept of a savepoint comes back as it was; what is not good enough is not kept; and what was released stays."""

import subprocess
from pathlib import Path

import pytest

from tests.golden import __main__ as command
from tests.golden import kept
from tests.golden.kept import Sent, State, Story, Topic
from tests.golden.make import NotGolden, differences, require_same
from tests.golden.running import differences as between
from tests.golden.running import in_order

STORY = Story(
    version="9.9.9",
    options={"link_ids": "on"},
    topics={"events": Topic({0: 2}, [Sent(0, 0, 5, b"ada", b"{}"), Sent(0, 1, 6, None, None)]), "identity": Topic({0: 9})},
    after=[(7, b"ada", b"\xff")],
    ends=8,
    said={"decisions": [{"decision_id": "d", "at": 7}]},
)
STATE = State(key="ada", kind="user", stored="AAEC", means={"timer": 1})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(kept, "FOLDER", tmp_path / "kept")
    return tmp_path / "kept"


@pytest.fixture
def savepoint(tmp_path: Path) -> Path:
    made = tmp_path / "made"
    (made / "inner").mkdir(parents=True)
    (made / "_metadata").write_bytes(b"metadata")
    (made / "inner" / "state").write_bytes(b"state" * 100)
    return made


@pytest.fixture
def models(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.onnx").write_bytes(b"model")
    return tmp_path / "models"


def test_all_of_it_comes_back_as_it_was(folder: Path, savepoint: Path, models: Path, tmp_path: Path) -> None:
    size = kept.keep(STORY, [STATE], savepoint, models=models, folder=folder)
    assert kept.versions() == ["9.9.9"]
    assert (kept.story("9.9.9"), kept.states("9.9.9")) == (STORY, [STATE])
    assert STATE.value == b"\x00\x01\x02"
    copy = kept.unpack("9.9.9", tmp_path / "copy")
    assert {file.name: file.read_bytes() for file in copy.rglob("*") if file.is_file()} == {"_metadata": b"metadata", "state": b"state" * 100}
    assert size == sum(file.stat().st_size for file in (folder / "9.9.9").iterdir())


def test_made_again_it_takes_the_place_of_the_one_before(folder: Path, savepoint: Path, models: Path) -> None:
    kept.keep(STORY, [STATE], savepoint, models=models, folder=folder)
    (folder / "9.9.9" / "stale.onnx").write_bytes(b"")
    kept.keep(STORY, [], savepoint, models=models, folder=folder)
    assert kept.states("9.9.9") == []
    assert not (folder / "9.9.9" / "stale.onnx").exists()


def test_the_same_files_make_the_same_archive(folder: Path, savepoint: Path, models: Path) -> None:
    made = []
    for _ in range(2):
        kept.keep(STORY, [STATE], savepoint, models=models, folder=folder)
        made.append((folder / "9.9.9" / "savepoint.tar.xz").read_bytes())
    assert made[0] == made[1]


def test_what_is_too_large_for_the_repository_is_not_kept(folder: Path, savepoint: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MAX_BYTES", 100)
    with pytest.raises(ValueError, match=r"9\.9\.9 would have [\d,]+ bytes, and 100 are allowed: savepoint\.tar\.xz"):
        kept.keep(STORY, [STATE], savepoint, models=models, folder=folder)
    assert kept.versions() == []


def test_what_has_a_part_of_the_changelog_is_released_in_a_clone_without_tags_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - 2026-11-25\n")
    monkeypatch.setattr(command, "ROOT", tmp_path)
    assert command.is_released("0.1.0")
    assert not command.is_released("0.1.1")
    assert not command.is_released("Unreleased")


def test_a_version_that_is_released_keeps_its_savepoint(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(command, "is_released", lambda version: version == "0.2.0")
    monkeypatch.setattr("sys.argv", ["golden", "0.2.0"])
    assert command.main() == 1
    assert "a migration is missing" in capsys.readouterr().err


# What has to be the same as in one process.


def test_a_customer_who_differs_is_named_with_what_differs() -> None:
    from udfs.core.profile.state import Profile
    from udfs.core.profile.stored import encode

    one, other = encode(Profile(born=1, now=2)), encode(Profile(born=1, now=3))
    assert differences({"ada": one}, {"ada": other}) == ["ada.now was 2, and is 3"]
    assert differences({"ada": one}, {}) == ["ada: not in the savepoint"]
    assert differences({}, {"ada": one}) == ["ada: in the savepoint only"]
    assert differences({"ada": one}, {"ada": one}) == []


def test_a_decision_that_is_lost_or_doubled_or_other_stops_it() -> None:
    from collections import Counter

    require_same(Counter(["a"]), Counter(["a"]))
    with pytest.raises(NotGolden, match="lost: a"):
        require_same(Counter(["a"]), Counter())
    with pytest.raises(NotGolden, match="not expected: a"):
        require_same(Counter(["a"]), Counter(["a", "a"]))


def test_a_record_that_is_lost_other_or_doubled_is_named_and_a_new_field_is_none_of_these() -> None:
    one = {"user_id": "ada", "at": 1, "decision_id": "a", "attempt": 0, "outcome": "acted"}
    assert between([one], [one | {"new": 5}]) == []
    assert between([one], []) == ["lost: user_id=ada at=1 decision_id=a attempt=0"]
    assert between([one], [one, one]) == ["not expected: user_id=ada at=1 decision_id=a attempt=0"]
    other = one | {"outcome": "withheld"}
    assert between([one], [other]) == ["user_id=ada at=1 decision_id=a attempt=0: .outcome was 'acted', and is 'withheld'"]
    assert len(between([one], [one | {"decision_id": "b"}])) == 2


def test_records_are_compared_by_what_names_them_and_without_the_wall_clock() -> None:
    one = {"user_id": "ada", "at": 1, "decision_id": "b", "decided_at": 5, "scores": {"s": {"score": 1, "took_us": 7}}}
    other = {"user_id": "ada", "at": 1, "decision_id": "a", "decided_at": 6, "detail": "in words"}
    assert in_order([one, other]) == in_order([other, one])
    assert in_order([one]) == [{"user_id": "ada", "at": 1, "decision_id": "b", "scores": {"s": {"score": 1}}}]
