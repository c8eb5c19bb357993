"""The schedule as a process: APScheduler says when, one thread runs. What was missed while it was down runs once at the start."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from training.schedule.plan import Job, Plan
from training.schedule.runner import Runner
from training.schedule.state import OfJob
from training.schedule.times import Times
from udfs.core.values.durations import HOUR

SET_BACK = HOUR
"""By how much a clock may go back without that anything runs twice."""


class Trigger(BaseTrigger):  # type: ignore[misc]  # apscheduler has no types
    """Our times, as APScheduler asks for them."""

    def __init__(self, times: Times) -> None:
        self.times = times

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The next instant after the last one, or after now."""
        return self.times.after(max(previous_fire_time, now) if previous_fire_time else now)


class Service:
    """Runs a plan until it is ended."""

    def __init__(self, plan: Plan, runner: Runner) -> None:
        self.plan, self.runner = plan, runner
        self._ending = threading.Event()

    def forever(self) -> None:
        """Catch up, then run what is due when it is due, until `end`."""
        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},  # one run at a time
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        scheduler.add_job(self.catch_up, id=" at the start")
        for job in self.plan.jobs.values():
            if job.times is not None:
                scheduler.add_job(self._due, Trigger(job.times), args=[job], id=job.name)
        if self.plan.looks:
            scheduler.add_job(self.look, IntervalTrigger(seconds=int(self.plan.look.total_seconds()), timezone=UTC), id=" look")
        scheduler.start()
        try:
            self._ending.wait()
        finally:
            scheduler.remove_all_jobs()
            scheduler.shutdown(wait=True)

    def end(self, *_: Any) -> None:
        """End: the run that is under way ends too, and is resumed at the next start. Fit for a signal handler."""
        self.runner.stop()
        self._ending.set()

    def once(self) -> None:
        """Run what is due now, then return: for those who have a scheduler of their own."""
        self.catch_up()
        self.look()

    def catch_up(self) -> None:
        """Resume a run that was killed; then run every job that was missed, once."""
        self.runner.resume()
        for job in self.missed():
            self.runner.run(job, "missed")

    def look(self) -> None:
        """Run the jobs that have enough new rows, or drifted features."""
        for job in self.plan.jobs.values():
            if (job.rows or job.drift) and not self.runner.stopping and (why := self.runner.look(job)):
                self.runner.run(job, why)

    def missed(self) -> Iterator[Job]:
        """The jobs that were due since they were last looked at. One that is new was never due."""
        for job in self.plan.jobs.values():
            if job.missed(_instant(self._of(job).seen), _instant(self.runner.now())):
                yield job
        self.runner.memory.save()

    def _due(self, job: Job) -> None:
        of = self._of(job)
        # What was due while another run of it was under way, or has just been caught up, is dealt with by that one.
        if job.missed(_instant(of.seen), _instant(self.runner.now())):
            self.runner.run(job, "due")

    def _of(self, job: Job) -> OfJob:
        """What is remembered of a job. A clock that was wrong, and was set back, must not silence it until that time has come."""
        now = self.runner.now()
        of = self.runner.memory.of(job.name, now=now)
        if of.seen > now + SET_BACK:
            told = f"was dealt with until {_instant(of.seen):%Y-%m-%d %H:%M} UTC, and it is earlier: the clock was set back, and the job is due again"
            self.runner.told.line(job.name, told)
            of.seen = now
        return of


def _instant(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)
