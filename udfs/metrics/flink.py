"""The metrics of Flink itself that our alerts, dashboards and `kairos top` use. Flink has hundreds more, under its own documentation."""

from udfs.metrics.metric import OPERATOR, Metric


def _flink(name: str, unit: str, meaning: str, action: str, *, kind: str = "level") -> Metric:
    return Metric(name=name, kind=kind, unit=unit, source="flink", meaning=meaning, action=action)  # type: ignore[arg-type]


RUNNING_JOBS = _flink("flink_jobmanager_numRunningJobs", "jobs", "Jobs that run on this cluster.", "See the alert NoJob.")
RESTARTS = _flink("flink_jobmanager_job_numRestarts", "restarts", "Restarts of the job since it was submitted.", "See the alert JobRestarts.")
CHECKPOINTS = _flink(
    "flink_jobmanager_job_numberOfCompletedCheckpoints", "checkpoints", "Checkpoints completed.", "See the alert CheckpointsFailing."
)
CHECKPOINTS_FAILED = _flink(
    "flink_jobmanager_job_numberOfFailedCheckpoints",
    "checkpoints",
    "Checkpoints that failed. One just after a start is usual.",
    "See the alert CheckpointsFailing.",
)
CHECKPOINT_DURATION = _flink(
    "flink_jobmanager_job_lastCheckpointDuration",
    "milliseconds",
    "Duration of the last checkpoint. With exactly-once, decisions wait for it.",
    "Longer than the interval: use a longer interval, or look at the disk.",
)
CHECKPOINT_SIZE = _flink(
    "flink_jobmanager_job_lastCheckpointSize", "bytes", "State that the last checkpoint wrote.", "Growth without end: see retention in the policy."
)
WATERMARK = _flink(
    f"{OPERATOR}currentOutputWatermark",
    "milliseconds since 1970",
    "How far time has come in an operator. It is that of the slowest partition.",
    "See the alert JobLags.",
)
BUSY = _flink(
    "flink_taskmanager_job_task_busyTimeMsPerSecond",
    "milliseconds per second",
    "How much of each second a task works.",
    "Near 1,000 for long: more `--parallelism`.",
)
BACKPRESSURED = _flink(
    "flink_taskmanager_job_task_backPressuredTimeMsPerSecond",
    "milliseconds per second",
    "How much of each second a task waits for the one after it.",
    "Near 1,000: Kafka takes the output too slowly.",
)
HEAP_USED = _flink(
    "flink_taskmanager_Status_JVM_Memory_Heap_Used", "bytes", "Heap of a TaskManager in use.", "Near its maximum: more memory, or RocksDB."
)
HEAP_MAX = _flink("flink_taskmanager_Status_JVM_Memory_Heap_Max", "bytes", "Heap that a TaskManager may use.", "See Heap_Used.")

FLINK_METRICS = (
    RUNNING_JOBS, RESTARTS, CHECKPOINTS, CHECKPOINTS_FAILED, CHECKPOINT_DURATION, CHECKPOINT_SIZE, WATERMARK, BUSY, BACKPRESSURED,
    HEAP_USED, HEAP_MAX,
)  # fmt: skip
"""All that we use."""
