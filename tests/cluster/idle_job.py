"""The main job as it must not be built: a partition that is silent for a second is left behind by event time."""

import sys
from collections.abc import Mapping

from pyflink.table import StreamTableEnvironment

from jobs import sources
from jobs.decide import main
from jobs.sql import create_table


def with_idle_timeout(tables: StreamTableEnvironment, name: str, *, columns: str, topic: str, options: Mapping[str, str]) -> None:
    """A table of the job's, with the option that every tutorial recommends."""
    create_table(tables, name, columns=columns, topic=topic, options={**options, "scan.watermark.idle-timeout": "1 s"})


if __name__ == "__main__":
    vars(sources)["create_table"] = with_idle_timeout
    main(sys.argv[1:])
