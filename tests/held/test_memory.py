"""What was learned survives a restart; a file that nobody can read costs only the time to read decisions again."""

import logging
from pathlib import Path

import pytest

from services.held.tally import Tally
from services.memory_file import Memory, load, save
from tests.held.stand import BEGIN, Stand


def test_it_is_read_as_it_was_saved(tmp_path: Path) -> None:
    stand = Stand()
    stand.live(range(30))
    save(tmp_path / "deep" / "held.json", Memory(tally=stand.watch.tally, places={"decisions/0": 17}))
    found = load(tmp_path / "deep" / "held.json", Tally)
    assert found.places == {"decisions/0": 17}
    assert found.tally.packed() == stand.watch.tally.packed()
    assert [each.name for each in (tmp_path / "deep").iterdir()] == ["held.json"]


def test_a_file_that_is_missing_is_an_empty_memory(tmp_path: Path) -> None:
    assert load(tmp_path / "held.json", Tally) == Memory(Tally())


UNREADABLE = ('{"version": 9, "places": {}, "tally": {}}', '{"version": 1, "places": {}, "tally": {"campaigns": []}}')


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7", "{}", *UNREADABLE])
def test_a_file_that_cannot_be_read_is_said_and_passed_over(tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "held.json").write_text(text)
    with caplog.at_level(logging.WARNING):
        assert load(tmp_path / "held.json", Tally).tally.packed() == Tally().packed()
    assert "decisions are read again" in caplog.text


def test_minutes_before_a_restart_and_after_it_are_one_volume() -> None:
    stand = Stand()
    stand.live(range(9 * 24))
    now = BEGIN + 9 * 86_400_000
    stand.decide(now, 30)
    assert stand.look(now + 60_000) == []
    again = Stand(tally=Tally.unpacked(stand.watch.tally.packed()), control=stand.control)
    again.number = stand.number
    again.decide(now + 30_000, 25, over=20_000)
    assert len(again.look(now + 60_000)) == 1
