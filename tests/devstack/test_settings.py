from pathlib import Path

import pytest

from services.devstack.settings import Settings, home, load


def test_nothing_saved_means_defaults(tmp_path: Path) -> None:
    assert load(tmp_path) == Settings(home=tmp_path)


def test_what_was_saved_is_loaded_from_wherever_it_stands_now(tmp_path: Path) -> None:
    Settings(home=tmp_path, broker_port=19092, clock="replay").save()
    moved = tmp_path.rename(tmp_path.with_name("moved"))
    assert load(moved) == Settings(home=moved, broker_port=19092, clock="replay")


def test_settings_of_a_later_version_do_not_stop_an_earlier_one(tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text('{"broker_port": 1, "from_the_future": true}')
    assert load(tmp_path).broker_port == 1


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text("{")
    with pytest.raises(ValueError, match=r"stack\.json is not readable.*kairos up"):
        load(tmp_path)


def test_kairos_home_decides_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAIROS_HOME", str(tmp_path))
    assert home() == tmp_path


def test_heartbeats_go_to_every_topic_that_a_live_job_reads(tmp_path: Path) -> None:
    reads = {"kairos-live": "events", "trial-live": "trial-events", "old-replay": "history"}
    Settings(home=tmp_path, clock="replay", reads=reads).save()
    assert load(tmp_path).live_topics == ["events", "trial-events"]


def test_what_was_saved_when_there_was_one_job_still_beats_for_it(tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text('{"clock": "live", "events_topic": "mine"}')
    assert load(tmp_path).live_topics == ["mine"]
    (tmp_path / "stack.json").write_text('{"clock": "replay", "events_topic": "mine"}')
    assert load(tmp_path).live_topics == []
