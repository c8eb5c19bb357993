"""The arms job, in Flink SQL: the results of decisions that bandits drew, by campaign, variant, context and epoch.

[decisions] ──> acted, drawn by a bandit ──┐
                                           ├──by decision──> final ones ──> counts by arm ──> [arm-counts], compacted
[outcomes] ───> the newest revision ───────┘

Probabilities are constant within an epoch. A job that starts without its state counts from the beginning of its topics again; whoever reads
`arm-counts` keeps the larger count of each key, so nothing that was learned is lost when old decisions have been deleted.
"""

import sys
from collections.abc import Sequence

from pyflink.table import StreamTableEnvironment

from jobs.arms_options import ArmsOptions
from jobs.arms_sql import DECISIONS, DRAWN, ENDED, KEY, MEASURES, OUTCOMES, counted
from jobs.sql import create
from jobs.sql_job import COMMITTED, JSON, create_upserts, from_the_beginning, insert, run


def build(tables: StreamTableEnvironment, options: ArmsOptions) -> None:
    """Two topics become one."""
    reading = {**JSON, **COMMITTED, **from_the_beginning(options)}
    create(tables, "decisions", DECISIONS, {**reading, "topic": options.decisions_topic})
    create(tables, "outcomes", OUTCOMES, {**reading, "topic": options.outcomes_topic})
    columns = {
        "campaign": "STRING",
        "variant": "STRING",
        "context": "STRING",
        "epoch": "BIGINT",
        **{name: kind for name, (kind, _) in MEASURES.items()},
    }
    create_upserts(tables, "arm_counts", columns, key=KEY, topic=options.counts_topic, options=options)
    tables.execute_sql(f"CREATE TEMPORARY VIEW drawn AS {DRAWN}")
    tables.execute_sql(f"CREATE TEMPORARY VIEW ended AS {ENDED}")
    insert(tables, f"INSERT INTO arm_counts {counted()}")


def main(arguments: Sequence[str]) -> None:
    """Build the graph and hand it to the cluster."""
    options = ArmsOptions.parse(arguments)
    settings = {
        "table.exec.state.ttl": f"{options.state_days} d",
        # Counts of one arm that change together are written once.
        "table.exec.mini-batch.enabled": "true",
        "table.exec.mini-batch.allow-latency": "500 ms",
        "table.exec.mini-batch.size": "5000",
    }
    run(options, build, settings=settings)


if __name__ == "__main__":
    main(sys.argv[1:])
