"""A schedule runs one job at a time, remembers how each ended, and neither loses nor repeats a run, whatever ends it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.training.schedule.stage import Stage
from training.errors import TrainingError
from training.schedule.state import Ended, Memory, Underway


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_what_was_missed_while_it_was_down_runs_once_and_not_once_for_each_time(stage: Stage) -> None:
    stage.service.once()
    assert stage.ran() == [], "a job that is new was never missed"
    stage.at += 5 * 3600
    stage.begin()
    stage.service.once()
    assert stage.ran() == ["run"]
    stage.service.once()
    assert stage.ran() == ["run"]
    stage.at += 86_400
    stage.begin()
    stage.service.once()
    assert stage.ran() == ["run", "run", "check --job check"]


def test_damaged_files_of_a_run_do_not_hide_how_it_ended(stage: Stage) -> None:
    made = "import pathlib; folder = pathlib.Path(sys.argv[0]).parent / 'runs/buys/0001'; folder.mkdir(parents=True, exist_ok=True)"
    stage.does(f"{made}; (folder / 'run.json').write_text(''); os.kill(os.getpid(), signal.SIGKILL) if number == 1 else sys.exit(4)")
    stage.runner.run(stage.plan.jobs["buys"], "due")
    assert [(each.status, each.attempts) for each in stage.memory.runs()] == [(4, 2)]
    stage.does("pathlib.Path(sys.argv[0]).with_name('state').joinpath('checks/check/check.json').write_text('{'); sys.exit(1)")
    (stage.plan.state / "checks" / "check").mkdir(parents=True)
    stage.runner.run(stage.plan.jobs["check"], "due")
    assert [(each.status, each.findings) for each in stage.memory.runs()][1:] == [(1, None)]
    assert any("check.json cannot be read" in line for line in stage.said)


def test_a_clock_that_was_wrong_and_set_back_silences_no_job(stage: Stage) -> None:
    year = 365 * 86_400
    stage.at += year
    stage.service.once()
    stage.at -= year
    stage.begin()
    stage.service.once()
    assert stage.ran() == [] and any("the clock was set back" in line for line in stage.said)
    stage.at += 900
    stage.service.once()
    assert stage.ran() == ["run"]
    stage.at -= 900
    stage.service.once()
    assert stage.ran() == ["run"], "a few minutes back: nothing runs twice"


def test_a_run_that_is_killed_is_begun_again_and_after_some_attempts_has_failed(stage: Stage) -> None:
    stage.does("os.kill(os.getpid(), signal.SIGKILL) if number == 1 else sys.exit(0)")
    stage.runner.run(stage.plan.jobs["buys"], "due")
    assert stage.ran() == ["run", "run"]
    assert [(each.status, each.attempts) for each in stage.memory.runs()] == [(0, 2)]
    stage.does("os.kill(os.getpid(), signal.SIGKILL)")
    stage.runner.run(stage.plan.jobs["buys"], "due")
    assert len(stage.ran()) == 2 + 3
    last = stage.memory.runs()[-1]
    assert (last.status, last.attempts, last.said) == (-9, 3, "it was killed each time")
    assert stage.metric("runs_total")['outcome="failed",schedule_job="buys"'] == 1
    assert Memory(stage.plan.state).state.underway is None


def test_a_schedule_that_was_killed_during_a_run_goes_on_with_it_at_its_next_start(stage: Stage) -> None:
    stage.memory.of("buys", now=stage.runner.now())
    stage.memory.state.underway = Underway(job="buys", why="due", began=stage.runner.now())
    stage.memory.save()
    run = stage.folder / "runs" / "buys" / "0001"
    run.mkdir(parents=True)
    done = {"fingerprint": "x", "at": stage.runner.now() + 5, "seconds": 1.0, "said": ""}
    (run / "run.json").write_text(json.dumps({"steps": {"dataset": done}}))
    stage.begin()
    stage.service.once()
    assert stage.ran() == ["run --resume"]
    assert stage.memory.state.underway is None
    stage.service.once()
    assert len(stage.ran()) == 1


def test_a_run_that_was_killed_before_its_first_step_was_done_is_begun_again(stage: Stage) -> None:
    earlier = stage.folder / "runs" / "buys" / "0001"
    earlier.mkdir(parents=True)
    done = {"fingerprint": "x", "at": stage.runner.now() - 10_000, "seconds": 1.0, "said": ""}
    (earlier / "run.json").write_text(json.dumps({"steps": {"dataset": done}}))
    stage.memory.of("buys", now=stage.runner.now())
    stage.memory.state.underway = Underway(job="buys", why="due", began=stage.runner.now())
    stage.memory.save()
    stage.begin()
    stage.service.once()
    assert stage.ran() == ["run"], "a run from before is not resumed"


def test_a_run_under_way_whose_job_has_left_the_schedule_is_forgotten(stage: Stage) -> None:
    stage.memory.state.underway = Underway(job="gone", why="due", began=1)
    stage.service.once()
    assert stage.ran() == [] and stage.memory.state.underway is None


@pytest.mark.slow
def test_stopping_ends_the_run_under_way_and_leaves_it_for_the_next_start(stage: Stage) -> None:
    stage.does("import time; time.sleep(60)")
    threading.Timer(1.0, stage.service.end).start()
    began = time.monotonic()
    stage.runner.run(stage.plan.jobs["buys"], "due")
    assert time.monotonic() - began < 50
    assert stage.memory.runs() == []
    stage.does("sys.exit(0)")
    stage.begin()
    stage.service.once()
    assert [(each.status, each.attempts) for each in stage.memory.runs()] == [(0, 2)]


@pytest.mark.slow
def test_two_jobs_that_are_due_at_once_run_one_after_the_other(stage: Stage) -> None:
    stage.does("import time; begun = time.time(); time.sleep(0.5); print(begun, time.time())")
    stage.service.once()
    stage.at += 86_400
    stage.begin()
    stage.service.once()
    spans = [[float(part) for part in line.split(": ")[1].split()] for line in stage.said if line.split(": ")[1][:1].isdigit()]
    assert len(spans) == 2 and spans[0][1] <= spans[1][0]


def test_a_second_schedule_on_the_same_state_is_refused(stage: Stage) -> None:
    with stage.memory.alone(), pytest.raises(TrainingError, match="this schedule runs already"), Memory(stage.plan.state).alone():
        pass
    with Memory(stage.plan.state).alone():
        pass


def test_a_damaged_state_says_what_to_do_and_a_cut_off_line_of_the_log_is_left_out(stage: Stage) -> None:
    stage.runner.run(stage.plan.jobs["buys"], "due")
    log = stage.plan.state / "runs.jsonl"
    log.write_bytes(log.read_bytes() + b'{"job":"bu')
    assert len(stage.memory.runs()) == 1
    (stage.plan.state / "state.json").write_text("{")
    with pytest.raises(TrainingError, match="remove it, and the schedule begins from the start"):
        Memory(stage.plan.state)


def test_times_far_apart_and_a_clock_set_back_do_not_run_a_job_twice(stage: Stage) -> None:
    stage.service.once()
    stage.at -= 3_600
    stage.begin()
    stage.service.once()
    assert stage.ran() == []
    stage.memory.ended(Ended(job="buys", why="", began=0, ended=1, status=0))


def test_a_run_ends_with_its_schedule_even_if_that_is_killed() -> None:
    leash = "Thread(target=training.schedule.child._end_with_the_schedule, daemon=True).start()"
    child = f"import time, training.schedule.child; from threading import Thread; {leash}; time.sleep(60)"
    begin = f"run = subprocess.Popen([sys.executable, '-c', {child!r}], stdin=subprocess.PIPE)"
    program = f"import subprocess, sys, time; {begin}; print(run.pid, flush=True); time.sleep(60)"
    schedule = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert schedule.stdout
    run = int(schedule.stdout.readline())
    schedule.send_signal(signal.SIGKILL)
    schedule.wait()
    schedule.stdout.close()
    until = time.monotonic() + 10
    while _lives(run) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _lives(run)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"
