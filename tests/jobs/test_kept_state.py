"""Which state a job in a container goes on from, and what may be deleted."""

import os
from pathlib import Path

import pytest

from jobs.kept_state import newest, to_restore
from udfs.core.values.errors import InvalidInput


def kept(folder: Path, *, at: int, complete: bool = True) -> Path:
    folder.mkdir(parents=True)
    (folder / "data").write_bytes(b"x")
    if complete:
        (folder / "_metadata").write_bytes(b"")
        os.utime(folder / "_metadata", (at, at))
    return folder


def auto(root: Path) -> str | None:
    return to_restore("auto", checkpoints=f"file://{root}/c", savepoints=f"file:{root}/s", changelog=root / "changelog")


def test_nothing_kept_is_a_first_start(tmp_path: Path) -> None:
    assert auto(tmp_path) is None


def test_the_newest_complete_one_counts_whichever_kind_it_is(tmp_path: Path) -> None:
    kept(tmp_path / "c" / "a" / "chk-5", at=100)
    kept(tmp_path / "c" / "a" / "chk-6", at=900, complete=False)
    assert auto(tmp_path) == f"file://{tmp_path}/c/a/chk-5"
    kept(tmp_path / "s" / "savepoint-1", at=200)
    assert auto(tmp_path) == f"file://{tmp_path}/s/savepoint-1"
    kept(tmp_path / "c" / "b" / "chk-6", at=300)
    assert newest(tmp_path / "c", tmp_path / "s") == tmp_path / "c" / "b" / "chk-6"


def test_what_older_jobs_kept_is_deleted_once_a_newer_one_has_a_checkpoint(tmp_path: Path) -> None:
    kept(tmp_path / "c" / "old" / "chk-5", at=100)
    kept(tmp_path / "c" / "new" / "chk-6", at=200)
    for job in ("old", "new", "of-another-deployment"):
        (tmp_path / "changelog" / job).mkdir(parents=True)
    assert auto(tmp_path) == f"file://{tmp_path}/c/new/chk-6"
    assert [folder.name for folder in (tmp_path / "c").iterdir()] == ["new"]
    assert {folder.name for folder in (tmp_path / "changelog").iterdir()} == {"new", "of-another-deployment"}


def test_nothing_is_deleted_while_a_newer_job_has_no_checkpoint_or_the_newest_is_a_savepoint(tmp_path: Path) -> None:
    kept(tmp_path / "c" / "old" / "chk-5", at=100)
    kept(tmp_path / "c" / "new" / "chk-6", at=200, complete=False)
    assert auto(tmp_path) == f"file://{tmp_path}/c/old/chk-5"
    kept(tmp_path / "s" / "savepoint-1", at=300)
    auto(tmp_path)
    assert (tmp_path / "c" / "old" / "chk-5" / "data").exists()


def test_a_named_one_must_be_there_and_none_asks_nothing(tmp_path: Path) -> None:
    found = kept(tmp_path / "s" / "savepoint-1", at=1)
    uris = {"checkpoints": f"file://{tmp_path}/c", "savepoints": f"file://{tmp_path}/s"}
    assert to_restore(str(found), **uris) == f"file://{found}"
    assert to_restore(f"file://{found}", **uris) == f"file://{found}"
    assert to_restore("none", checkpoints="s3://a", savepoints="s3://b") is None
    with pytest.raises(InvalidInput, match="holds no _metadata"):
        to_restore(str(tmp_path), **uris)
