"""What RocksDB needs of a TaskManager."""

from collections.abc import Iterator

from jobs.options import Options
from services.flink.rest import Rest

CACHE_MB = 512
"""Below it most reads go to the disk: with 128 MB a million customers were read in at a sixth of the speed that a gigabyte allows."""


def small_cache(options: Options, rest: Rest, job: str) -> Iterator[str]:
    """A line if the job keeps state in RocksDB and a TaskManager of it has little memory for that. Raises ClusterError."""
    if options.state_backend != "rocksdb":
        return
    sizes = rest.managed_memory()
    least = min((sizes[name] for name in rest.hosts(job) if name in sizes), default=None)
    if least is not None and least < CACHE_MB * 1024 * 1024:
        yield (
            f"RocksDB has {least / 1024 / 1024:.0f} MB of memory on a TaskManager, and slows down with many customers: a file with the line "
            "taskmanager.memory.managed.size=1g, for `kairos up --flink-settings FILE`"
        )
