"""The metrics of `python -m training schedule`."""

from udfs.metrics.metric import Kind, Metric


def _of(name: str, unit: str, meaning: str, action: str, *, kind: Kind = "level", labels: tuple[str, ...] = ("schedule_job",)) -> Metric:
    return Metric(name=f"kairos_schedule_{name}", kind=kind, unit=unit, source="schedule", meaning=meaning, action=action, labels=labels)


SCHEDULE_RUNS = _of(
    "runs_total",
    "runs",
    "Scheduled runs that have ended, by outcome: succeeded or failed.",
    "Failures: see the alert ScheduledRunFailed.",
    kind="counter",
    labels=("schedule_job", "outcome"),
)
SCHEDULE_STATUS = _of(
    "last_exit_status",
    "status",
    "The exit status of the last run; negative: the signal that ended it.",
    "Not 0: see the alert ScheduledRunFailed.",
)
SCHEDULE_SUCCEEDED = _of(
    "last_success_timestamp_seconds",
    "seconds since 1970",
    "When a run last ended well.",
    "Long ago: `python -m training schedule FILE --list` shows what is due, and how the last runs ended.",
)
SCHEDULE_UNDERWAY = _of(
    "run_underway",
    "yes (1) or no (0)",
    "Whether the job is running now.",
    "1 for hours: look at the log of the schedule for the step.",
)
SCHEDULE_LOOK_FAILURES = _of(
    "look_failures_total",
    "looks",
    "Looks for new rows and drift that failed.",
    "Growth: the log of the schedule says why; see the alert ScheduledRunFailed.",
    kind="counter",
)
CHECK_FINDINGS = _of(
    "check_findings",
    "findings",
    "What the last check of the data found wrong.",
    "Not 0: read the report; every finding says what to do.",
)

SCHEDULE_METRICS = (SCHEDULE_RUNS, SCHEDULE_STATUS, SCHEDULE_SUCCEEDED, SCHEDULE_UNDERWAY, SCHEDULE_LOOK_FAILURES, CHECK_FINDINGS)
"""All of them."""
