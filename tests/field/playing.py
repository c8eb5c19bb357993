"""Plays a public bug report: a small input made of it, with its campaign, and what is right.

The folder of cases is next to the repository (../shared/cases), or where KAIROS_CASES says.
"""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from services.local.book import book_of
from services.local.job import LocalJob, Output
from services.replay.records import Record
from services.replay.segment import key_of, segment
from udfs.core.records import Decision

CASES = Path(os.environ.get("KAIROS_CASES", Path(__file__).parents[2] / ".." / "shared" / "cases")) / "field"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason=f"no cases at {CASES}: set KAIROS_CASES to their folder")


def at(clock: str) -> int:
    return int(datetime.fromisoformat(f"{clock}+00:00").timestamp() * 1000)


def played(case: str) -> list[Output]:
    """The outputs of a case, by event time or, where it says when its records arrive, by that."""
    folder = CASES / case
    policy = folder / "policy.yaml"
    job = LocalJob(book_of([folder / "campaign.yaml"], policy=policy if policy.exists() else None))
    arrivals = folder / "arrival.txt"
    if arrivals.exists():
        return list(_arriving(job, folder, [line.strip() for line in arrivals.read_text().splitlines() if line.strip()]))
    return [output for outputs in job.run(segment(folder / "events.jsonl").records, drain=400 * 86_400_000) for output in outputs]


def _arriving(job: LocalJob, folder: Path, times: list[str]) -> Iterator[Output]:
    lines = (folder / "events.jsonl").read_bytes().splitlines()
    for time, line in zip(times, lines, strict=True):
        arrived = int(datetime.fromisoformat(time).timestamp() * 1000)
        for outputs in job.until(arrived - 1):
            yield from outputs
        yield from job.take(Record(arrived, key_of(line), line))
    for outputs in job.until(arrived + 8 * 86_400_000):
        yield from outputs


def decisions(found: list[Output]) -> list[tuple[str, int, str, str]]:
    return [(each.user_id, each.at, each.outcome.value, each.reason.value) for each in found if isinstance(each, Decision)]
