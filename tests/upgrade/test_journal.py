import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from jobs.options import Options
from services.devstack import lifecycle, release, state
from services.devstack.settings import Settings
from services.flink.rest import Rest
from services.upgrade import plan
from services.upgrade import upgrade as module
from services.upgrade.journal import Journal, load, stop_file, unfinished
from services.upgrade.upgrade import Upgrade, UpgradeFailed, importable
from udfs.core.values.errors import InvalidInput, NotAllowed


class Cluster:
    """A cluster whose jobs are these."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, running: list[str]) -> None:
        self.running, self.launched = running, list[tuple[str, Path]]()
        monkeypatch.setattr(Rest, "unfinished", lambda rest: [{"jid": job, "name": "kairos-live"} for job in self.running])
        monkeypatch.setattr(Rest, "checkpoints", lambda rest, job: {"history": []})
        monkeypatch.setattr(Rest, "cancel", lambda rest, job: self.running.remove(job))
        monkeypatch.setattr(module, "SETTLED_S", 0.1)
        monkeypatch.setattr(module, "launch", self.launch)
        monkeypatch.setattr(module, "task_managers_of", lambda rest, jobs: set())
        monkeypatch.setattr(lifecycle, "guard", lambda settings: None)
        monkeypatch.setattr(module, "refused_share", lambda rest, job: 0.0)
        monkeypatch.setattr(module, "importable", lambda code, settings: None)
        monkeypatch.setattr(module, "announce", lambda options: None)
        monkeypatch.setattr(state, "stop_with_savepoint", self.stop)
        self.savepoint = Path()

    def launch(self, code: release.Release, settings: Settings, point: Path, **_: Any) -> str:
        self.launched.append((code.name, point))
        self.running.append(f"job-of-{code.name}")
        return self.running[-1]

    def stop(self, rest: Rest, job: str, settings: Settings, **_: Any) -> Path:
        self.running.remove(job)
        return self.savepoint


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(home=tmp_path, task_managers=1)
    made.save()
    return made


def journal(settings: Settings, **changes: Any) -> Journal:
    old, new = (release.Release(zip=f"/zips/{name}.zip", main="jobs.decide", identity="kairos-live", arguments=()) for name in ("old", "new"))
    planned = Journal(identity="kairos-live", old=old, new=new, old_job="a1", stack={"task_managers": 1}, watch_s=0.1, began=0.0)
    return planned.change(**changes).save(settings)


def savepoint(settings: Settings) -> Path:
    made = settings.savepoints / "live" / "2026-01-01"
    made.mkdir(parents=True)
    (made / "_metadata").write_bytes(b"state")
    return made


def test_an_upgrade_that_was_killed_before_the_stop_leaves_the_old_job_running(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(monkeypatch, ["a1"])
    done = Upgrade(journal(settings, stage="stopping"), settings, lambda line: None).run()
    assert (done.stage, done.runs, cluster.launched, cluster.running) == ("done", "old", [], ["a1"])
    assert "nothing was changed" in done.lines[-1]


@pytest.mark.parametrize("stage", ["starting", "watching", "going back"])
def test_one_that_was_killed_after_it_starts_the_old_code_from_a_copy_of_the_savepoint(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    kept, cluster = savepoint(settings), Cluster(monkeypatch, ["b2"] if stage == "watching" else [])
    done = Upgrade(journal(settings, stage=stage, savepoint=str(kept), new_job="b2"), settings, lambda line: None).run()
    assert (done.runs, cluster.running) == ("old", ["job-of-old"]), "the new job is cancelled"
    ((code, point),) = cluster.launched
    assert code == "old"
    assert point != kept
    assert (kept / "_metadata").exists(), "the job that claims a savepoint deletes it"
    assert "decided again, under the same decision_id" in done.lines[-1]


def test_one_killed_between_the_stop_and_writing_it_down_finds_the_savepoint(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    savepoint(settings)
    cluster = Cluster(monkeypatch, [])
    assert Upgrade(journal(settings, stage="stopping"), settings, lambda line: None).run().runs == "old"
    assert [code for code, _ in cluster.launched] == ["old"]


def test_a_new_job_that_does_not_start_is_replaced_by_the_old_one(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(monkeypatch, ["a1"])
    cluster.savepoint = savepoint(settings)
    right = cluster.launch

    def launch(code: release.Release, *args: Any, **keys: Any) -> str:
        if code.name == "new":
            message = "job b2 is FAILED: state is missing"
            raise UpgradeFailed(message)
        return right(code, *args, **keys)

    monkeypatch.setattr(module, "launch", launch)
    monkeypatch.setattr(module, "recorded", lambda options, settings, rest, others: settings.change(task_managers=4))
    told: list[str] = []
    done = Upgrade(journal(settings), settings, told.append).run()
    assert (done.runs, cluster.running) == ("old", ["job-of-old"])
    assert any(line.startswith("failed") and "state is missing" in line for line in told)
    assert list(done.lines) == told


def test_if_not_even_the_old_one_starts_that_is_said_with_the_command(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    Cluster(monkeypatch, [])
    kept = savepoint(settings)

    def launch(*_: Any, **__: Any) -> str:
        message = "no slot"
        raise UpgradeFailed(message)

    monkeypatch.setattr(module, "launch", launch)
    done = Upgrade(journal(settings, stage="starting", savepoint=str(kept)), settings, lambda line: None).run()
    assert done.runs == "nothing"
    assert f"kairos submit --restore {kept}" in done.lines[-1]


def test_a_stop_that_comes_before_it_begins_changes_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster, planned = Cluster(monkeypatch, ["a1"]), journal(settings)
    stop_file(settings, "kairos-live").touch()
    assert Upgrade(planned, settings, lambda line: None).run().runs == "old"
    assert cluster.running == ["a1"]


def test_the_journal_survives_the_process(settings: Settings) -> None:
    written = journal(settings, stage="watching", lines=("a", "b"))
    assert load(settings, "kairos-live") == written
    assert unfinished(settings) == written
    written.change(stage="done").save(settings)
    assert unfinished(settings) is None


def test_code_that_cannot_be_imported_is_found_while_the_old_job_runs(settings: Settings, tmp_path: Path) -> None:
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(broken, "w") as archive:
        archive.writestr("jobs/__init__.py", "")
        archive.writestr("jobs/decide.py", "def main(:\n")
    settings.logs.mkdir()
    told = release.adopt(settings, broken, Options())
    with pytest.raises(UpgradeFailed, match="cannot be imported: SyntaxError"):
        importable(told, settings)


def test_of_two_upgrades_at_the_same_time_one_is_refused_and_does_not_touch_the_other(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    monkeypatch.setattr(plan, "start", lambda settings, identity: started.append(identity))
    first = journal(settings, stage="done")  # what is planned stands nowhere yet
    plan.begin(settings, first.change(stage="planned", old_job="first"))
    with pytest.raises(NotAllowed, match="another upgrade of kairos-live began at the same time"):
        plan.begin(settings, first.change(stage="planned", old_job="second"))
    held = unfinished(settings)
    assert held is not None
    assert (held.old_job, started) == ("first", ["kairos-live"])


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"identity": "kairos-live"}', '{"old": 1, "new": 2, "lines": []}', '"x"'])
def test_a_journal_that_cannot_be_read_is_named_with_what_to_do(settings: Settings, text: str) -> None:
    place = settings.home / "upgrades" / "live.json"
    place.parent.mkdir(parents=True)
    place.write_text(text)
    with pytest.raises(InvalidInput, match=f"{place} is not the journal of an upgrade.*if none is under way, delete it"):
        unfinished(settings)


def test_a_journal_of_a_later_version_is_not_guessed_at(settings: Settings) -> None:
    journal(settings, stage="watching")
    (file,) = (settings.home / "upgrades").glob("*.json")
    file.write_text(json.dumps({**json.loads(file.read_text()), "of_tomorrow": 1}))
    with pytest.raises(InvalidInput, match="TypeError"):
        unfinished(settings)
