"""What catching up does, in order, on a stack whose upgrades and looks the test plays."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli.catch_up import catch_up
from jobs.options import Options, arguments_of
from services.devstack import release
from services.devstack.settings import Settings
from services.upgrade import catch_up as module
from services.upgrade import plan
from services.upgrade.behind import Behind
from services.upgrade.catch_up import CatchUp, Wanted
from services.upgrade.journal import Journal
from udfs.core.values.errors import InvalidInput, NotFound, Unavailable

WANTED = Wanted(interval_ms=2_000, gain=1.4, pauses_s=60)
FAR, NEAR, DONE = (Behind(unread=unread, read=1_000, written=10) for unread in (1_000_000, 30_000, 5))


class Stack:
    """Carries out upgrades at once: `interval` is what the job has."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settings = Settings(home=home)
        self.settings.save()
        self.said: list[str] = []
        self.intervals: list[int] = []
        self.works: Callable[[int], bool] = lambda interval: True
        self.set(100)
        monkeypatch.setattr(plan, "plan", self.plan)
        monkeypatch.setattr(plan, "begin", lambda settings, journal: None)
        monkeypatch.setattr(plan, "follow", self.follow)
        self.planned: dict[str, Any] = {}

    def set(self, interval: int) -> None:
        zipped = self.settings.home / "code.zip"
        zipped.write_bytes(b"code")
        options = Options(checkpoint_interval_ms=interval)
        release.remember(
            self.settings, release.Release(zip=str(zipped), main="jobs.decide", identity=options.identity, arguments=tuple(arguments_of(options)))
        )

    def plan(self, settings: Settings, identity: str, changes: dict[str, Any], *, zipped: Path, **_: Any) -> Journal:
        assert zipped == settings.home / "code.zip", "the same code"
        self.planned = changes
        found = release.remembered(settings, identity)
        assert found is not None
        return Journal(identity=identity, old=found, new=found, old_job="a", stack={}, watch_s=1, began=0)

    def follow(self, settings: Settings, identity: str, say: Callable[[str], None]) -> Journal:
        interval = self.planned["checkpoint_interval_ms"]
        journal = self.plan(settings, identity, self.planned, zipped=settings.home / "code.zip")
        if not self.works(interval):
            return journal.change(runs="old", stage="done")
        self.set(interval)
        self.intervals.append(interval)
        return journal.change(runs="new", stage="done")

    def job(self, monkeypatch: pytest.MonkeyPatch, *looks: Behind) -> CatchUp:
        told = iter(looks)
        monkeypatch.setattr(CatchUp, "look", lambda job, seconds=10.0: next(told))
        return CatchUp(self.settings, "kairos-live", WANTED, self.said.append)


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    return Stack(tmp_path, monkeypatch)


def test_far_behind_it_gets_longer_checkpoints_and_the_former_ones_when_it_has_caught_up(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stack.job(monkeypatch, FAR, NEAR, DONE).once()
    assert stack.intervals == [2_000, 100]
    assert stack.said[0] == (
        "1,000,000 records unread, 1,000/s read, 10/s written: 16m 50s to catch up, 13m with a checkpoint every 2000 ms instead of 100"
    )
    assert not stack.job(monkeypatch).under_way


def test_a_little_behind_nothing_is_done(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not stack.job(monkeypatch, NEAR).once()
    assert stack.intervals == []
    assert stack.said == [
        "30,000 records unread, 1,000/s read, 10/s written: 30s to catch up; a checkpoint every 2000 ms instead of 100 would not make it shorter"
    ]


def test_an_idle_job_with_the_default_interval_is_left_alone(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.set(0)
    assert not stack.job(monkeypatch, Behind(unread=4, read=8, written=8.01)).once()
    assert stack.said == ["4 records unread, 8/s read, 8/s written: it is not behind"]


def test_the_default_interval_is_the_default_again(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.set(0)
    assert stack.job(monkeypatch, FAR, DONE).once()
    assert stack.intervals == [2_000, 0]
    assert stack.said[0].endswith("with a checkpoint every 2000 ms instead of 100")


def test_what_can_never_catch_up_is_told_what_helps(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not stack.job(monkeypatch, Behind(unread=9_000_000, read=1_000, written=5_000)).once()
    assert "kairos upgrade --parallelism" in stack.said[0]


STOOD, BEGAN = Behind(unread=1_000_000, read=0, written=0), Behind(unread=1_000_000, read=3, written=10)


def test_a_job_that_was_just_started_may_begin_first(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stack.job(monkeypatch, STOOD, STOOD, BEGAN, FAR, DONE).once()
    assert "16m 50s to catch up" in stack.said[0]


def test_a_job_that_stands_still_is_left_as_it_is(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not stack.job(monkeypatch, *[STOOD] * 7).once()
    assert stack.said == ["1,000,000 records unread, 0/s read, 0/s written: it reads nothing. `kairos status` says more"]


def test_an_interval_that_is_as_long_is_left(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.set(2_000)
    assert not stack.job(monkeypatch, FAR).once()
    assert stack.said[0].endswith("a checkpoint every 2000 ms is long enough already")


def test_a_dry_run_changes_nothing(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stack.job(monkeypatch, FAR).once(try_only=True)
    assert (stack.intervals, stack.job(monkeypatch).under_way) == ([], False)


def test_a_run_that_was_cut_off_is_gone_on_with(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    first = stack.job(monkeypatch, FAR)
    with pytest.raises(StopIteration):
        first.once()  # as if the process had ended while it waited
    assert (stack.intervals, first.under_way) == ([2_000], True)
    again = stack.job(monkeypatch, NEAR, DONE)
    assert again.once()
    assert (stack.intervals, again.under_way) == ([2_000, 100], False)


def test_it_goes_back_also_if_the_next_run_would_choose_another_interval(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StopIteration):
        stack.job(monkeypatch, FAR).once()
    looks = iter([DONE])
    monkeypatch.setattr(CatchUp, "look", lambda job, seconds=10.0: next(looks))
    assert CatchUp(stack.settings, "kairos-live", Wanted(interval_ms=5_000, gain=1.4, pauses_s=60), stack.said.append).once()
    assert stack.intervals == [2_000, 100]


def test_an_upgrade_that_fails_leaves_the_job_as_it_was_and_nothing_to_go_back_to(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.works = lambda interval: False
    job = stack.job(monkeypatch, FAR)
    with pytest.raises(Unavailable, match="could not be given a checkpoint every 2000 ms"):
        job.once()
    assert not job.under_way


def test_a_way_back_that_fails_is_tried_again_the_next_time(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.works = lambda interval: interval == 2_000
    job = stack.job(monkeypatch, FAR, DONE)
    with pytest.raises(Unavailable, match="every 100 ms"):
        job.once()
    assert job.under_way
    stack.works = lambda interval: True
    assert stack.job(monkeypatch, DONE).once()
    assert stack.intervals == [2_000, 100]


def test_what_somebody_sets_while_it_waits_stays(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    job = stack.job(monkeypatch, FAR)
    looks = iter([FAR, DONE])

    def look(job: CatchUp, seconds: float = 10.0) -> Behind:
        found = next(looks)
        if found is DONE:
            stack.set(500)
        return found

    monkeypatch.setattr(CatchUp, "look", look)
    assert job.once()
    assert stack.intervals == [2_000]
    assert stack.said[-1] == "somebody has set a checkpoint every 500 ms in the meantime: that stays"
    assert not job.under_way


@pytest.mark.parametrize("since", [100, 500])
def test_a_note_that_no_longer_holds_does_not_keep_a_job_from_catching_up(stack: Stack, monkeypatch: pytest.MonkeyPatch, since: int) -> None:
    with pytest.raises(StopIteration):
        stack.job(monkeypatch, FAR).once()
    stack.set(since)  # as `kairos submit` does, or somebody
    job = stack.job(monkeypatch, FAR, DONE)
    assert job.once()
    assert stack.intervals == [2_000, 2_000, since]
    assert ("somebody has set a checkpoint every 500 ms in the meantime: that stays" in stack.said) == (since == 500)
    assert not job.under_way


def test_a_note_that_cannot_be_read_is_named_with_what_to_do(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    job = stack.job(monkeypatch, FAR)
    note = stack.settings.home / "catching-up" / "live.json"
    note.parent.mkdir()
    note.write_text("{")
    with pytest.raises(InvalidInput, match="checkpoint-interval-ms`, and delete the file"):
        job.once()


def test_a_job_that_nobody_submitted_here_is_not_changed(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFound, match="run `kairos submit` once"):
        CatchUp(stack.settings, "other-live", WANTED, stack.said.append).look()


def test_the_command_goes_on_after_a_failure_if_it_is_to_look_again(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAIROS_HOME", str(stack.settings.home))
    looks: Iterator[Unavailable | Behind] = iter([Unavailable("Flink does not answer"), NEAR])

    def look(job: CatchUp, seconds: float = 10.0) -> Behind:
        found = next(looks, None)
        if found is None:
            raise KeyboardInterrupt
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(module.CatchUp, "look", look)
    told = CliRunner().invoke(catch_up, ["--every", "1s"])
    assert "Flink does not answer; looking again in 1 s" in told.output
    assert "would not make it shorter" in told.output
