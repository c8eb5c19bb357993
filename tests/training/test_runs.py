"""The runs of one training: of two at once the second waits, and a damaged one stops none of those after it."""

import threading
from pathlib import Path

import pytest

from training.config import Config
from training.errors import TrainingError
from training.steps.folder import RunFolder, alone
from training.steps.step import Run
from training.steps.validate import REPORT, Report, passed_before


def test_the_second_run_says_that_it_waits_and_goes_on_after_the_first(tmp_path: Path) -> None:
    waits, done = threading.Event(), threading.Event()

    def second() -> None:
        with alone(tmp_path, waits.set):
            done.set()

    with alone(tmp_path, lambda: pytest.fail("nobody is there to wait for")):
        thread = threading.Thread(target=second)
        thread.start()
        assert waits.wait(30) and not done.wait(0.2)
    thread.join(30)
    assert done.is_set()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(TrainingError, match="name a folder that can be written to with `runs:`"), alone(tmp_path / "runs", lambda: None):
        pass


def test_a_damaged_run_of_before_is_left_out_and_named(tmp_path: Path) -> None:
    report = Report(rows=1, positives=0.5, features={}, findings=[])
    for number in ("0001", "0002", "0003"):
        RunFolder(tmp_path / number).put(REPORT, report)
    (tmp_path / "0002" / "run.json").write_text("")
    (tmp_path / "0003" / REPORT).write_text("{")
    said: list[str] = []
    run = Run(config=Config(tmp_path / "t.yaml", {}), folder=RunFolder(tmp_path / "0004"), at=0, say=said.append)
    assert passed_before(run) == ("0001", report)
    assert [line.partition(":")[0] for line in said] == ["run 0003 is not compared with", "run 0002 is not compared with"]
