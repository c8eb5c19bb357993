"""Who hears of a run that has failed: the log, the metrics, and a webhook if there is one. An alert that cannot be sent is logged."""

import http.client
import json
import logging
import urllib.error
import urllib.request
from collections.abc import Callable
from threading import Thread
from typing import Any

from services.metrics.registry import Exported
from training.schedule.runner import lasted
from training.schedule.state import Ended
from udfs.metrics.schedule import (
    CHECK_FINDINGS,
    SCHEDULE_LOOK_FAILURES,
    SCHEDULE_METRICS,
    SCHEDULE_RUNS,
    SCHEDULE_STATUS,
    SCHEDULE_SUCCEEDED,
    SCHEDULE_UNDERWAY,
)

TIMEOUT_S = 10.0
PATIENCE_S = 2 * TIMEOUT_S
"""How long a run waits for the webhook in all: a name that is not resolved, or an answer of a byte now and then, has no timeout of its own."""

log = logging.getLogger("schedule")


class _Here(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the alert would arrive elsewhere as a GET without its body, and count as delivered."""

    def redirect_request(self, *_: Any) -> None:
        """None: the redirect is an error."""


class Alerts:
    """Hears of every run, logs it, counts it, and calls the webhook for one that has failed."""

    def __init__(self, schedule: str, *, webhook: str | None = None, say: Callable[[str], None] = print) -> None:
        self.exported = Exported(SCHEDULE_METRICS)
        self.failures = 0
        self._schedule, self._webhook, self._say = schedule, webhook, say

    def know(self, job: str, last: Ended | None) -> None:
        """Export a job from the start, with how it ended before."""
        self.exported.set(SCHEDULE_UNDERWAY, 0, schedule_job=job)
        self.exported.add(SCHEDULE_LOOK_FAILURES, 0, schedule_job=job)
        for outcome in ("succeeded", "failed"):
            self.exported.add(SCHEDULE_RUNS, 0, schedule_job=job, outcome=outcome)
        if last is not None:
            self.exported.set(SCHEDULE_STATUS, last.status, schedule_job=job)
            if last.status == 0:
                self.exported.set(SCHEDULE_SUCCEEDED, last.ended / 1000, schedule_job=job)

    def began(self, job: str, why: str, attempt: int) -> None:
        """A run has begun."""
        self.exported.set(SCHEDULE_UNDERWAY, 1, schedule_job=job)
        again = "" if attempt == 1 else f", attempt {attempt}, since the one before was killed"
        self._say(f"{job}: begins ({why}{again})")

    def line(self, job: str, text: str) -> None:
        """Pass on a line of a run."""
        self._say(f"{job}: {text}")

    def ended(self, record: Ended, *, champion: bool) -> None:
        """A run has ended well."""
        self._count(record, "succeeded")
        self.exported.set(SCHEDULE_SUCCEEDED, record.ended / 1000, schedule_job=record.job)
        what = f"trained version {record.version}" + (", used from now on" if champion else "") if record.version else "nothing was found"
        self._say(f"{record.job}: done in {lasted(record)}: {what}")

    def failed(self, record: Ended) -> None:
        """A run has failed. The champion stays."""
        self.failures += 1
        self._count(record, "failed")
        keeps = "; the champion stays" if record.run else ""
        log.error("%s failed with exit status %d%s", record.job, record.status, keeps)
        self._say(f"{record.job}: failed with exit status {record.status} after {lasted(record)}{keeps}: {record.said}")
        if self._webhook:
            self._post(record)

    def not_looked(self, job: str, why: str) -> None:
        """New rows and drift could not be looked for: it is tried again at the next look."""
        self.failures += 1
        self.exported.add(SCHEDULE_LOOK_FAILURES, schedule_job=job)
        log.error("%s: new rows and drift could not be looked for", job)
        self._say(f"{job}: new rows and drift could not be looked for: {why}")

    def _count(self, record: Ended, outcome: str) -> None:
        self.exported.set(SCHEDULE_UNDERWAY, 0, schedule_job=record.job)
        self.exported.add(SCHEDULE_RUNS, schedule_job=record.job, outcome=outcome)
        self.exported.set(SCHEDULE_STATUS, record.status, schedule_job=record.job)
        if record.findings is not None:
            self.exported.set(CHECK_FINDINGS, record.findings, schedule_job=record.job)

    def _post(self, record: Ended) -> None:
        body = {"schedule": self._schedule, "job": record.job, "status": record.status, "why": record.why, "said": record.said}
        asked = urllib.request.Request(
            str(self._webhook), data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}, method="POST"
        )
        sending = Thread(target=self._send, args=[asked], name="webhook", daemon=True)
        sending.start()
        sending.join(PATIENCE_S)
        if sending.is_alive():
            log.warning("the webhook did not take the alert: no answer in %.0f seconds", PATIENCE_S)

    def _send(self, asked: urllib.request.Request) -> None:
        try:
            with urllib.request.build_opener(_Here).open(asked, timeout=TIMEOUT_S):
                pass
        except urllib.error.HTTPError as problem:
            moved = ": it sends alerts elsewhere, so name the address that it names" if 300 <= problem.code < 400 else ""
            log.warning("the webhook did not take the alert: status %d%s", problem.code, moved)
        except (OSError, ValueError, http.client.HTTPException) as problem:
            log.warning("the webhook did not take the alert: %s", type(problem).__name__)
