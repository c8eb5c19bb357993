"""The whole command `python -m training schedule`: SIGTERM ends it and the run under way, and the next start goes on with that run."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.training.shop import TRAINING, features, history
from training.schedule.state import Memory

TRAIN = TRAINING + "gate: {at_least: {auc: 0.6}}\nalias: challenger\n"
SCHEDULE = "schedule: shop\njobs: [{train: train.yaml, every: 1d}]\nstate: state\n"
PATIENCE_S = 240


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A schedule whose job was due long ago."""
    (tmp_path / "train.yaml").write_text(TRAIN)
    (tmp_path / "schedule.yaml").write_text(SCHEDULE)
    features(tmp_path)
    history(tmp_path / "events.jsonl", users=40)
    memory = Memory(tmp_path / "state")
    memory.of("comes-back", now=1)
    memory.save()
    return tmp_path


@contextmanager
def schedule(folder: Path, *options: str) -> Iterator["subprocess.Popen[str]"]:
    words = [sys.executable, "-m", "training", "schedule", str(folder / "schedule.yaml"), *options]
    with (folder / "said.txt").open("a") as out:
        process = subprocess.Popen(words, stdout=out, stderr=out, text=True, env={**os.environ, "KAIROS_HOME": str(folder / "home")})
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def until(condition: Callable[[], bool], folder: Path) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, (folder / "said.txt").read_text()
        time.sleep(0.05)


def runs_of(process: "subprocess.Popen[str]") -> list[int]:
    """The processes that a schedule has begun."""
    found = Path(f"/proc/{process.pid}/task").glob("*/children")
    return [int(pid) for file in found for pid in file.read_text().split()]


@pytest.mark.apart
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_schedule_with_its_run_and_the_next_start_goes_on_with_it(folder: Path, sent: signal.Signals) -> None:
    state = folder / "runs" / "comes-back" / "0001" / "run.json"
    with schedule(folder) as process:
        until(lambda: Memory(folder / "state").state.underway is not None and bool(runs_of(process)), folder)
        until(lambda: state.is_file() and '"dataset"' in state.read_text(), folder)
        runs, began = runs_of(process), time.monotonic()
        process.send_signal(sent)
        assert process.wait(timeout=30) == 0
        assert time.monotonic() - began < 15, "a run that is asked to end may not hold the schedule up"
    assert "the schedule has ended" in (folder / "said.txt").read_text()
    assert not any(Path(f"/proc/{pid}").exists() for pid in runs)
    left = Memory(folder / "state")
    assert left.runs() == [] and left.state.underway is not None

    with schedule(folder, "--once") as process:
        assert process.wait(timeout=PATIENCE_S) == 0, (folder / "said.txt").read_text()
    [ended] = Memory(folder / "state").runs()
    assert (ended.status, ended.attempts, ended.run) == (0, 2, "0001")
    assert ended.version
    assert Memory(folder / "state").state.underway is None


@pytest.mark.apart
def test_a_second_signal_and_one_while_nothing_runs_end_it_just_as_well(folder: Path) -> None:
    memory = Memory(folder / "state")
    memory.state.jobs["comes-back"].seen = int(time.time() * 1000)
    memory.save()
    with schedule(folder) as process:
        until(lambda: "comes-back: next" in (folder / "said.txt").read_text(), folder)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    assert Memory(folder / "state").runs() == []


@pytest.mark.apart
def test_once_says_that_nothing_was_due_and_when_something_will_be(folder: Path) -> None:
    memory = Memory(folder / "state")
    memory.state.jobs["comes-back"].seen = int(time.time() * 1000)
    memory.save()
    with schedule(folder, "--once") as process:
        assert process.wait(timeout=PATIENCE_S) == 0, (folder / "said.txt").read_text()
    said = (folder / "said.txt").read_text()
    assert "nothing was due" in said and "comes-back: next" in said
    assert Memory(folder / "state").runs() == []
