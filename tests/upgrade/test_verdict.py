from dataclasses import replace
from typing import Any

from services.upgrade.look import cause
from services.upgrade.verdict import Look, broken, wrong

WELL = Look(
    state="RUNNING", tasks_run=True, failure="", completed=1, failed=1, state_bytes=5_000_000, read=100, written=110, events=10, refused=0
)  # fmt: skip


def verdict(*, bytes_before: int = 5_000_000, refused_before: float = 0.0, **last: Any) -> list[str]:
    end = {"completed": 200, "read": 5_000, "written": 5_010, "events": 4_900, **last}
    return wrong([WELL, replace(WELL, **end)], bytes_before=bytes_before, refused_before=refused_before, watch_s=30)


def test_a_job_that_works_has_nothing_wrong_with_it() -> None:
    assert verdict() == []


def test_a_restart_ends_the_watch_at_once_and_its_cause_is_told() -> None:
    assert broken(replace(WELL, failure="ValueError: no such field")) == "it failed and started again: ValueError: no such field"
    assert broken(replace(WELL, state="FAILED")) == "it is FAILED"
    assert broken(WELL) == ""


def test_checkpoints_must_complete_and_one_that_failed_is_forgiven() -> None:
    assert verdict(completed=1) == ["no checkpoint completed within 30 s"]
    assert verdict(failed=2) == []
    assert verdict(completed=11, failed=6) == ["5 of 15 checkpoints failed"]


def test_a_job_that_reads_nothing_is_wrong_only_if_there_is_something_to_read() -> None:
    assert verdict(read=100) == ["it reads nothing: 4,910 records are unread, and none was read within 30 s"]
    assert verdict(read=100, written=100) == []


def test_state_that_is_missing_is_noticed_and_small_state_is_not_judged_by_its_size() -> None:
    assert verdict(state_bytes=1_000_000) == ["its state is 1,000,000 bytes, and was 5,000,000: customers are missing"]
    assert verdict(state_bytes=1_000, bytes_before=500_000) == []
    assert verdict(state_bytes=50_000_000) == [], "the changelog is part of it"


def test_new_code_that_refuses_events_is_wrong_but_not_where_the_old_code_refused_as_many() -> None:
    assert verdict(refused=4_900) == ["it refused 100% of 4,900 events, and the old code 0%"]
    assert verdict(refused=2_450, refused_before=0.4) == []
    assert verdict(events=50, refused=50) == [], "of so few nothing is concluded"


def test_a_task_that_does_not_run_is_told() -> None:
    assert verdict(tasks_run=False) == ["not all of its tasks run"]


def test_of_a_java_stack_trace_the_innermost_cause_is_told() -> None:
    trace = "X: wrapped\n\tat a\nCaused by: java.lang.RuntimeException: b\n\tat c\nCaused by: pemja.core.PythonException: <class 'KeyError'>: 'x'"
    assert cause(trace) == "pemja.core.PythonException: <class 'KeyError'>: 'x'"
