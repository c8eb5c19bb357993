"""Which state a job in a container goes on from, and that it does not lose a savepoint by that."""

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
    return to_restore("auto", checkpoints=f"file://{root}/c", savepoints=f"file:{root}/s", copies=root / "claimed")


def test_nothing_kept_is_a_first_start(tmp_path: Path) -> None:
    assert auto(tmp_path) is None


def test_the_newest_complete_one_counts_whichever_kind_it_is(tmp_path: Path) -> None:
    kept(tmp_path / "c" / "a" / "chk-5", at=100)
    kept(tmp_path / "c" / "a" / "chk-6", at=900, complete=False)
    assert auto(tmp_path) == f"file://{tmp_path}/c/a/chk-5"
    kept(tmp_path / "s" / "savepoint-1", at=200)
    assert newest(tmp_path / "c", tmp_path / "s") == tmp_path / "s" / "savepoint-1"
    kept(tmp_path / "c" / "b" / "chk-6", at=300)
    assert newest(tmp_path / "c", tmp_path / "s") == tmp_path / "c" / "b" / "chk-6"


def test_a_checkpoint_is_taken_as_it_is_and_a_savepoint_is_copied_because_its_owner_deletes_it(tmp_path: Path) -> None:
    kept(tmp_path / "c" / "a" / "chk-5", at=100)
    assert auto(tmp_path) == f"file://{tmp_path}/c/a/chk-5"
    assert not (tmp_path / "claimed").exists()
    savepoint = kept(tmp_path / "s" / "savepoint-1", at=200)
    copy = Path(str(auto(tmp_path)).removeprefix("file://"))
    assert copy.parent == tmp_path / "claimed"
    assert {file.name for file in copy.iterdir()} == {"_metadata", "data"}
    assert (savepoint / "_metadata").exists()


def test_a_job_that_never_starts_does_not_fill_the_disk_with_copies(tmp_path: Path) -> None:
    kept(tmp_path / "s" / "savepoint-1", at=200)
    for _ in range(3):
        last = auto(tmp_path)
    assert [f"file://{copy}" for copy in (tmp_path / "claimed").iterdir()] == [last]


def test_copies_that_their_jobs_have_emptied_are_deleted_and_those_that_checkpoints_may_need_are_not(tmp_path: Path) -> None:
    emptied, used = (kept(tmp_path / "claimed" / name, at=1) for name in ("savepoint-1-11", "savepoint-2-12"))
    (emptied / "_metadata").unlink()
    to_restore(
        str(kept(tmp_path / "s" / "savepoint-2", at=200)),
        checkpoints=f"file://{tmp_path}/c",
        savepoints=f"file://{tmp_path}/s",
        copies=tmp_path / "claimed",
    )
    assert not emptied.exists()
    assert (used / "data").exists(), "somebody goes back to a savepoint: newer checkpoints may refer to this copy"


def test_a_named_one_must_be_there_and_none_asks_nothing(tmp_path: Path) -> None:
    found = kept(tmp_path / "s" / "savepoint-1", at=1)
    where = {"checkpoints": f"file://{tmp_path}/c", "savepoints": f"file://{tmp_path}/s", "copies": tmp_path / "claimed"}
    for name in (str(found), f"file://{found}", f"file:{found}"):
        assert str(to_restore(name, **where)).startswith(f"file://{tmp_path}/claimed/savepoint-1-")  # type: ignore[arg-type]
    assert to_restore("none", checkpoints="s3://a", savepoints="s3://b", copies=tmp_path) is None
    with pytest.raises(InvalidInput, match="holds no _metadata"):
        to_restore(str(tmp_path), **where)  # type: ignore[arg-type]
