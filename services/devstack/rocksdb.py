"""What RocksDB needs of a TaskManager."""

from collections.abc import Iterator

from jobs.options import Options
from services.flink.rest import ClusterError, Rest

CACHE_MB = 512
"""Below it a line is said. Measured are 128 MB, with which the first 600,000 of a million customers were read in at a sixth of the speed of 1 GB
(a run that was broken off), and 1 GB. Where between them it becomes slow is not known."""


def small_cache(options: Options, rest: Rest, job: str) -> Iterator[str]:
    """A line if the job keeps state in RocksDB and a TaskManager of it has little memory for that, or if nobody could say."""
    if options.state_backend != "rocksdb":
        return
    try:
        sizes = rest.managed_memory()
        least = min((sizes[name] for name in rest.hosts(job) if name in sizes), default=None)
    except ClusterError as problem:  # the job runs: what is only advice must not make its submit fail
        yield f"whether RocksDB has enough memory could not be asked: {problem}"
        return
    if least is not None and least < CACHE_MB * 1024 * 1024:
        yield (
            f"RocksDB has {least / 1024 / 1024:.0f} MB of memory on a TaskManager, and slows down with many customers: a file with the line "
            "taskmanager.memory.managed.size=1g, for `kairos up --flink-settings FILE`"
        )
