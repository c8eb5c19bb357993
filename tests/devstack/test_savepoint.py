from pathlib import Path
from typing import Any

import pytest

from jobs.options import MAX_PARALLELISM, Options
from services.devstack import savepoint
from services.devstack.launch import SubmitError
from services.devstack.settings import Settings
from services.devstack.submit import require_key_groups, require_linked, require_same_events
from services.flink.rest import Rest

BEGINNING = bytes.fromhex(
    "4960672d 00000006 000000000000004b 00000000 0000000c 0011 53696e6b436f6e76657273696f6e5b335d 0000"
    "0fbb23d6a5cfa2506792f4bc50fc0752 00000001 00000080 00000000 01 00000000"
)
"""Of a checkpoint that Flink 2.3 made of the main job when it had 128 key groups, up to the end of its first operator."""
OURS = BEGINNING.replace(bytes.fromhex("0000000100000080"), bytes.fromhex("00000001") + MAX_PARALLELISM.to_bytes(4, "big"))


def kept(folder: Path, data: bytes = BEGINNING) -> Path:
    folder.mkdir(parents=True)
    (folder / "_metadata").write_bytes(data)
    return folder


def settings(home: Path) -> Settings:
    return Settings(home=home, clock="live", reads={"kairos-live": "events"})


OWN = [{"jid": "j", "state": "RUNNING", "name": "kairos-live"}]
"""The jobs that a submit replaces."""


class Cluster(Rest):
    """A JobManager with one job."""

    def __init__(self, key_groups: int) -> None:
        super().__init__("")
        self.key_groups = key_groups

    def get(self, path: str) -> Any:
        return {"name": "kairos-live", "vertices": [{"maxParallelism": self.key_groups}]}


def running(key_groups: int) -> tuple[Rest, list[dict[str, str]]]:
    """A cluster, and the jobs on it that a submit replaces."""
    return Cluster(key_groups), OWN


def test_the_number_is_read_from_what_flink_wrote(tmp_path: Path) -> None:
    assert savepoint.key_groups(kept(tmp_path / "old")) == 128
    assert savepoint.key_groups(kept(tmp_path / "new", OURS)) == MAX_PARALLELISM


@pytest.mark.parametrize("data", [b"", b"state", b"\0" * 200, BEGINNING[:30], BEGINNING[:60], BEGINNING.replace(b"\0\0\0\6", b"\0\0\0\4")])
def test_what_is_not_understood_is_left_to_flink(tmp_path: Path, data: bytes) -> None:
    assert savepoint.key_groups(kept(tmp_path / "strange", data)) is None
    savepoint.require(tmp_path / "strange")


def test_state_with_other_key_groups_is_refused_with_both_numbers_and_the_cure(tmp_path: Path) -> None:
    point = kept(tmp_path / "savepoint")
    with pytest.raises(SubmitError) as refused:
        require_key_groups(Options(), settings(tmp_path), Rest(""), [], restore=str(point), wanted=MAX_PARALLELISM)
    assert str(refused.value).startswith(f"{point} has 128 key groups, this version of Kairos has 1,024: Flink cannot restore its state.\n")
    assert "kairos submit --restore none" in str(refused.value)
    assert "docs/decisions/0009-key-groups.md" in str(refused.value)


def test_the_newest_state_of_the_clock_is_the_one_that_counts(tmp_path: Path) -> None:
    kept(settings(tmp_path).home / "checkpoints" / "live" / "job" / "chk-7")
    kept(settings(tmp_path).savepoints / "replay" / "other-clock", OURS)
    with pytest.raises(SubmitError, match="chk-7 has 128 key groups"):
        require_key_groups(Options(), settings(tmp_path), Rest(""), [], restore="auto", wanted=MAX_PARALLELISM)
    require_key_groups(Options(clock="replay"), settings(tmp_path), Rest(""), [], restore="auto", wanted=MAX_PARALLELISM)
    require_key_groups(Options(), settings(tmp_path), Rest(""), [], restore="none", wanted=MAX_PARALLELISM)


def test_a_running_job_is_asked_before_it_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(SubmitError, match="the running job kairos-live has 128 key groups"):
        require_key_groups(Options(), settings(tmp_path), *running(128), restore="auto", wanted=MAX_PARALLELISM)
    require_key_groups(Options(), settings(tmp_path), *running(MAX_PARALLELISM), restore="auto", wanted=MAX_PARALLELISM)


def test_a_running_job_whose_state_nobody_wants_is_no_hindrance(tmp_path: Path) -> None:
    require_key_groups(Options(), settings(tmp_path), *running(128), restore="none", wanted=MAX_PARALLELISM)
    require_key_groups(Options(clock="replay"), settings(tmp_path), Cluster(128), [], restore="auto", wanted=MAX_PARALLELISM)


def test_state_of_a_job_that_read_another_topic_is_refused_with_both_names(tmp_path: Path) -> None:
    other = Options(events_topic="events-2")
    with pytest.raises(SubmitError, match=r"reads 'events', not 'events-2'.*--restore none"):
        require_same_events(other, settings(tmp_path), OWN, restore="auto")
    require_same_events(other, settings(tmp_path), [], restore="auto")  # there is no state
    kept(settings(tmp_path).savepoints / "live" / "newest", OURS)
    with pytest.raises(SubmitError, match="reads 'events'"):
        require_same_events(other, settings(tmp_path), [], restore="auto")
    require_same_events(other, settings(tmp_path), [], restore="none")
    require_same_events(other, Settings(home=tmp_path, clock="replay"), [], restore="auto")  # which topic that state is of is not known
    require_same_events(Options(), settings(tmp_path), [], restore="auto")


def test_the_topic_of_a_job_that_was_stopped_is_remembered(tmp_path: Path) -> None:
    stopped = Settings(home=tmp_path, submitted={"kairos-live": {"events": "events", "control": "control"}})
    kept(stopped.savepoints / "live" / "newest", OURS)
    with pytest.raises(SubmitError, match=r"reads 'events', not 'events-2'"):
        require_same_events(Options(events_topic="events-2"), stopped, [], restore="auto")
    require_same_events(Options(), stopped, [], restore="auto")


def test_state_with_linked_ids_is_not_gone_on_from_without_them(tmp_path: Path) -> None:
    linked = Settings(home=tmp_path, submitted={"kairos-live": {"events": "events", "control": "control", "identity": "identity"}})
    require_linked(Options(), linked, [], restore="auto")  # there is no state
    kept(linked.savepoints / "live" / "newest", OURS)
    for own in ([], OWN):
        with pytest.raises(SubmitError, match=r"Say --link-ids on, or --restore none"):
            require_linked(Options(), linked, own, restore="auto")
    require_linked(Options(link_ids="any"), linked, [], restore="auto")
    require_linked(Options(), linked, OWN, restore="none")
    require_linked(Options(link_ids="on"), settings(tmp_path), OWN, restore="auto")
