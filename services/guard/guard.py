"""Stop a job with a savepoint when too many of its events are refused. The numbers are the job's own metrics, summed over its operators."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from services.flink.rest import ClusterError, Rest
from udfs.codecs.refusals import Refusals, RejectionLimit
from udfs.metrics.metric import GROUP

PERIOD_S = 5.0
"""Seconds between two looks: Flink gathers metrics every ten by default."""
EVENTS, REJECTED, FAILED = (f"decide.{GROUP}.{name}" for name in ("events", "records_rejected", "engine_errors"))

log = logging.getLogger("guard")

Limits = Mapping[str, RejectionLimit]
"""Job (deployment and clock) -> its limit."""
End = Callable[[str, str], str]
"""Stops a job (its id and its name) with a savepoint, and returns where that is. Raises ClusterError."""


class Guard:
    """What was seen of each running job. A job that was submitted again is another one, and begins with nothing."""

    def __init__(self, rest: Rest, end: End, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: seconds."""
        self._rest, self._end, self._clock = rest, end, clock
        self._seen: dict[str, Refusals] = {}

    def look(self, limits: Limits) -> list[str]:
        """Look once at every running job that has a limit, and stop it if need be. Returns the names of the jobs that were stopped.

        A cluster that does not answer and a savepoint that fails are logged; the next look tries again.
        """
        try:
            running = [job for job in self._rest.unfinished() if job["state"] == "RUNNING" and job["name"] in limits]
        except ClusterError as problem:
            log.warning("not watched: %s", problem)
            return []
        ids = {str(job["jid"]) for job in running}
        self._seen = {job: seen for job, seen in self._seen.items() if job in ids}
        return [str(job["name"]) for job in running if self._stops(str(job["jid"]), str(job["name"]), limits[job["name"]])]

    def _stops(self, job: str, name: str, limit: RejectionLimit) -> bool:
        try:
            found = totals(self._rest, job)
            if found is None:
                return False
            now = self._clock()
            seen = self._seen.setdefault(job, Refusals(limit, now=now))
            share = seen.exceeded(now, total=found[0], refused=found[1])
            if share is None:
                return False
            log.error("%s: %.0f %% of the events of the last %d minutes were refused, more than %d %%", name, share, limit.minutes, limit.percent)
            kept = self._end(job, name)
        except ClusterError as problem:
            log.warning("%s: %s", name, problem)
            return False
        log.error("%s is stopped, with a savepoint in %s. `kairos tail rejected` says why; docs/running.md says how to go on", name, kept)
        return True


def totals(rest: Rest, job: str) -> tuple[int, int] | None:
    """All events of a job, and those that were refused, since it started; None as long as there are no metrics. Raises ClusterError."""
    vertices: list[dict[str, Any]] = rest.get(f"/jobs/{job}")["vertices"]
    vertex = next((each["id"] for each in vertices if each["name"].startswith("decide")), None)
    if vertex is None:
        return None
    told = rest.get(f"/jobs/{job}/vertices/{vertex}/subtasks/metrics?get={EVENTS},{REJECTED},{FAILED}&agg=sum")
    sums = {each["id"]: int(float(each["sum"])) for each in told}
    if not sums:
        return None
    rejected = sums.get(REJECTED, 0)
    return sums.get(EVENTS, 0) + rejected, rejected + sums.get(FAILED, 0)


def run(guard: Guard, limits: Callable[[], Limits], *, period_s: float = PERIOD_S, sleep: Callable[[float], None] = time.sleep) -> None:
    """Look again and again, forever. `limits` is asked each time."""
    while True:
        guard.look(limits())
        sleep(period_s)
