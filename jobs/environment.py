"""The environment of a job: the settings that every job of ours needs on any cluster, and its own."""

from collections.abc import Mapping

from pyflink.common import Configuration
from pyflink.datastream import StreamExecutionEnvironment

COMMON = {
    "python.execution-mode": "thread",
    "execution.checkpointing.tolerable-failed-checkpoints": "10",
    "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
    "table.local-time-zone": "UTC",
}


def environment_with(settings: Mapping[str, str], *, checkpoint_dir: str) -> StreamExecutionEnvironment:
    """An environment with these settings and those of all jobs. `checkpoint_dir`: a URI, empty for the cluster's own."""
    found = {**COMMON, **settings, **({"execution.checkpointing.dir": checkpoint_dir} if checkpoint_dir else {})}
    configuration = Configuration()
    for key, value in found.items():
        configuration.set_string(key, value)
    return StreamExecutionEnvironment.get_execution_environment(configuration)
