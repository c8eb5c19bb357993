import time
from pathlib import Path

import pytest
from pyarrow.fs import LocalFileSystem

from services.lake.ask import ask, opened
from services.lake.compact import compact
from services.lake.store import Lake, LakeError
from tests.lake.filled import DAY, START, events, track

FILES = 6
NOW = 4e9


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    for day in range(2):
        for number in range(FILES):
            at = START + day * DAY + number
            events(tmp_path, [track("ada", "A", at), track("bob", "A", at)], name=f"part-{number}", first=10 * number)
    return tmp_path


def counted(lake: Path) -> tuple[int, int]:
    with opened(Lake(lake)) as connection:
        found = ask(connection, "SELECT count(*), count(DISTINCT (dt, topic_offset, topic_item)) FROM events").fetchall()[0]
    return found[0], found[1]


def test_many_small_files_become_one_a_day_with_the_same_rows(lake: Path) -> None:
    before = counted(lake)
    done = compact(Lake(lake), now=NOW)
    assert (done.files, done.into, done.days, done.rows) == (2 * FILES, 2, 2, before[0])
    assert counted(lake) == before == (4 * FILES, 4 * FILES)
    assert len(list(lake.rglob("part-*"))) == 2
    again = compact(Lake(lake), now=NOW)
    assert (again.files, again.into) == (0, 0)


@pytest.mark.parametrize("broken", ["move", "delete_file", "second delete_file"])
def test_a_compaction_that_is_interrupted_shows_each_row_once_and_is_finished_by_the_next(lake: Path, broken: str) -> None:
    place = Lake(lake)

    class Breaking:
        def __init__(self) -> None:
            self.left = 2 if broken.startswith("second") else 1
            self.real = LocalFileSystem()

        def __getattr__(self, name: str) -> object:
            if name == broken.rsplit(maxsplit=1)[-1]:
                self.left -= 1
                if not self.left:
                    raise KeyboardInterrupt
            return getattr(self.real, name)

    place.files = Breaking()
    with pytest.raises(KeyboardInterrupt):
        compact(place, now=NOW)
    assert counted(lake) == (4 * FILES, 4 * FILES)
    compact(Lake(lake), now=NOW)
    assert counted(lake) == (4 * FILES, 4 * FILES)
    assert len(list(lake.rglob("part-*"))) == 2
    assert not [file for file in lake.rglob(".*") if file.name != ".lock"]


def test_in_an_object_store_young_files_stay_as_they_are(lake: Path) -> None:
    place = Lake(lake)
    place.is_local = False
    done = compact(place, now=time.time())
    assert (done.files, done.young) == (0, 2 * FILES)


def test_large_files_stay_as_they_are(lake: Path) -> None:
    assert compact(Lake(lake), target_mb=0, now=NOW).files == 0


def test_a_file_that_is_broken_is_named_and_nothing_is_changed(lake: Path) -> None:
    (lake / "events/dt=2026-03-02/part-9").write_bytes(b"PAR1 and no more")
    with pytest.raises(LakeError, match="part-9"):
        compact(Lake(lake), now=NOW)
    assert len(list(lake.rglob("part-*"))) == 2 * FILES + 1
    with pytest.raises(LakeError, match="part-9"), opened(Lake(lake)):
        pass
