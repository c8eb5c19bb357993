"""A schedule is read, and everything that is wrong with it is said at once, line by line."""

from pathlib import Path

import pytest

from services.documents.findings import BadFile
from training.schedule.plan import read_plan

GOOD = """
schedule: shop
time_zone: Europe/London
jobs:
  - {train: train.yaml, every: daily, at: "02:30", rows: 500, drift: {window: 7d}}
  - {check: {fresh: 2h}, every: weekly, weekday: sunday, at: "04:00"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "train.yaml").write_text("training: buys\n")
    return tmp_path


def wrong(folder: Path, text: str) -> str:
    (folder / "schedule.yaml").write_text(text)
    with pytest.raises(BadFile) as told:
        read_plan(folder / "schedule.yaml")
    return str(told.value)


def test_a_schedule_names_its_jobs_after_what_they_do(folder: Path) -> None:
    (folder / "schedule.yaml").write_text(GOOD)
    plan = read_plan(folder / "schedule.yaml")
    assert list(plan.jobs) == ["buys", "check"]
    assert plan.jobs["buys"].rows == 500 and plan.jobs["buys"].drift is not None
    assert plan.jobs["buys"].drift.rows == 1_000
    assert plan.looks


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("every: daily", "every: 30s", "is too often"),
        ("every: daily, at", "every: 10m, at", "belongs to `every: hourly | daily | weekly | monthly`"),
        ("every: daily", "every: hourly", "of `hourly` is a minute such as :15"),
        ('every: daily, at: "02:30", rows: 500, drift: {window: 7d}', "name: a", "is never due"),
        ("train: train.yaml, ", "", "says none of `train`, `recommend`, `check` and `membership`"),
        ("check: {fresh: 2h}", "check: {}, train: train.yaml", "says `train` and `check`"),
        ("check: {fresh: 2h}", "check: {}, rows: 5", "is for a training, and this is a check"),
        ("check: {fresh: 2h}", "check: {history: {lake: lake}}", "is not read by a check"),
        ("Europe/London", "Europe/Londn", "is not a time zone"),
        ("Europe/London", "../../etc/passwd", "is not a time zone"),
        ("train.yaml", "nowhere.yaml", "cannot be read"),
        ("window: 7d", "rows: 10", "1000"),
        ("schedule: shop", "schedule: shop\nalerts: {webhook: 'http://example.com/x'}", "is not encrypted"),
        ("schedule: shop", "schedule: shop\nalerts: {webhook: 'https://me:secret@example.com/'}", "webhook"),
        ("schedule: shop", "schedule: shop\nalerts: {webhook: 'http://[::1'}", "is no address"),
        ("schedule: shop", "schedule: shop\nalerts: {webhook: 'https://example.com:99999/x'}", "is no address"),
        ("schedule: shop", "schedule: shop\nlook: 1ms", "is too often"),
        ("check: {fresh: 2h}, every: weekly, weekday: sunday, at", "train: train.yaml, every: daily, at", "is named 'buys' like job 1"),
        ("weekday: sunday", "day: 3", "belongs to `every: monthly`"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(folder: Path, old: str, new: str, told: str) -> None:
    assert old in GOOD
    assert told in wrong(folder, GOOD.replace(old, new))
