from pathlib import Path
from typing import Any

import pytest

from services.lake import rows
from services.lake.ask import ask, opened
from services.lake.compact import compact
from services.lake.erase import erase
from services.lake.erased import NAME
from services.lake.store import Lake, LakeError
from tests.lake.filled import DAY, KNOWN, START, events, put, track
from udfs.lake.pseudonyms import Pseudonyms
from udfs.lake.tables import Rules

LATER = START + 30 * DAY
OLD = Rules(pseudonyms=Pseudonyms(keys={1: KNOWN.keys[1]}))


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """Ada in two files and two epochs, alone in a third, before her login in a fourth; a fifth is of Bob alone."""
    events(tmp_path, [track("ada", "A", START), track("bob", "A", START + 1)], name="part-1", rules=OLD)
    events(tmp_path, [track("ada", "B", START + DAY, anonymousId="browser-7"), track("bob", "B", START + DAY + 1)], name="part-2")
    events(tmp_path, [track("ada", "C", START + 2 * DAY)], name="part-3")
    events(
        tmp_path,
        [{"type": "track", "event": "D", "anonymousId": "browser-7", "messageId": "before the login", "timestamp": START + 10}],
        name="part-4",
    )
    events(tmp_path, [track("bob", "E", START + 3 * DAY)], name="part-5")
    put(
        tmp_path,
        "decisions",
        [(user, {"user_id": user, "decision_id": user, "campaign": "c", "at": START}, START) for user in ("ada", "bob")],
        name="part-1",
    )
    return tmp_path


def people(lake: Path) -> list[tuple[str, int]]:
    """What the files hold, whatever a query would leave out."""
    found: dict[str, int] = {}
    for batch in rows.batches(Lake(lake), Lake(lake).finished()):
        for person in batch.column("person").to_pylist():
            found[person] = found.get(person, 0) + 1
    return sorted(found.items())


def content(lake: Path) -> dict[str, bytes]:
    return {str(file.relative_to(lake)): file.read_bytes() for file in lake.rglob("*") if file.is_file() and file.name != ".lock"}


def test_erased_people_are_gone_in_every_epoch_and_others_stay(lake: Path) -> None:
    untouched = (lake / "events/dt=2026-03-05/part-5").read_bytes()
    done = erase(Lake(lake), ["ada"], KNOWN, before=LATER)
    assert people(lake) == [(KNOWN.at(1, "bob"), 1), (KNOWN.at(2, "bob"), 3)]
    assert done.rows == {"events": 4, "decisions": 1}
    assert (done.rewritten, done.deleted, done.linked) == (3, 2, 1)
    assert (lake / "events/dt=2026-03-05/part-5").read_bytes() == untouched


def test_doing_it_again_changes_nothing(lake: Path) -> None:
    erase(Lake(lake), ["ada"], KNOWN, before=LATER)
    before = content(lake)
    again = erase(Lake(lake), ["ada"], KNOWN, before=LATER)
    assert (again.rows, again.rewritten, again.deleted) == ({}, 0, 0)
    assert content(lake) == before


def test_what_comes_after_the_erasure_stays(lake: Path) -> None:
    erase(Lake(lake), ["ada"], KNOWN, before=START + DAY, linking=False)
    assert dict(people(lake))[KNOWN.at(2, "ada")] == 2


def test_without_linking_a_browser_keeps_its_events(lake: Path) -> None:
    erase(Lake(lake), ["ada"], KNOWN, before=LATER, linking=False)
    assert KNOWN.of("browser-7") in dict(people(lake))


@pytest.mark.slow
@pytest.mark.parametrize("broken_at", range(1, 6))
def test_an_erasure_that_is_interrupted_loses_nobody_else_and_is_finished_by_the_next(
    lake: Path, monkeypatch: pytest.MonkeyPatch, broken_at: int
) -> None:
    calls = 0
    real = Lake.replace

    def breaking(self: Lake, file: Any, making: str | None) -> None:
        nonlocal calls
        calls += 1
        if calls == broken_at:
            raise KeyboardInterrupt
        real(self, file, making)

    monkeypatch.setattr(Lake, "replace", breaking)
    with pytest.raises(KeyboardInterrupt):
        erase(Lake(lake), ["ada"], KNOWN, before=LATER)
    monkeypatch.undo()
    with opened(Lake(lake)) as connection:  # readers leave her out from the beginning
        assert ask(connection, "SELECT count(*), count(DISTINCT person) FROM events").fetchall() == [(3, 2)]
    erase(Lake(lake), [], KNOWN, before=LATER)
    assert people(lake) == [(KNOWN.at(1, "bob"), 1), (KNOWN.at(2, "bob"), 3)]
    assert not list(lake.rglob(".making-*"))


def test_a_file_that_comes_late_is_left_out_by_readers_and_rewritten_by_the_next_command(lake: Path) -> None:
    erase(Lake(lake), ["ada"], KNOWN, before=LATER)
    events(lake, [track("ada", "F", START + 5), track("bob", "F", START + 6)], name="part-6")
    with opened(Lake(lake)) as connection:
        assert ask(connection, "SELECT count(*) FROM events WHERE event = 'f'").fetchall() == [(1,)]
    compact(Lake(lake), now=4e9)
    erase(Lake(lake), [], KNOWN, before=LATER)
    assert KNOWN.of("ada") not in dict(people(lake))


def test_a_file_that_is_being_written_is_counted_and_left_alone(lake: Path) -> None:
    writing = lake / "events/dt=2026-03-02/.part-9.inprogress.x"
    writing.write_bytes(b"half")
    assert erase(Lake(lake), ["ada"], KNOWN, before=LATER).unfinished == 1
    assert writing.read_bytes() == b"half"


def test_a_list_of_erased_people_that_cannot_be_read_stops_everything(lake: Path) -> None:
    (lake / NAME).write_bytes(b"{")
    with pytest.raises(LakeError, match="erased people might come back"):
        erase(Lake(lake), ["ada"], KNOWN, before=LATER)
    with pytest.raises(LakeError), opened(Lake(lake)):
        pass


def test_two_commands_do_not_change_a_lake_at_once(lake: Path) -> None:
    with Lake(lake).changing(), pytest.raises(LakeError, match="another command"):
        erase(Lake(lake), ["ada"], KNOWN, before=LATER)
