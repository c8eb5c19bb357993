"""The interest job, in Flink SQL: whom a change of a product concerns.

[events] ──> looks(key, value, time) ──> interests by person and product ──┐
                                                                           ├──by product──> [interest], an upsert by id
[catalogue-changes] ──> price dropped, back in stock, low stock, new ──────┘

An id is made from the content, so a record that is written twice after a crash is one to all who read it. A record that is withdrawn (a tombstone)
says that somebody has looked at the product since, or bought it.
"""

import sys
from collections.abc import Sequence
from functools import partial

from pyflink.table import StreamTableEnvironment

from jobs.interest_options import InterestOptions
from jobs.interest_sql import CATEGORY_INTERESTS, CHANGES, INTERESTS, LOOKS, NEWS, changed, told
from jobs.registry.lookup import Lookup
from jobs.sql import MILLIS, create, create_table
from jobs.sql_job import JSON, create_upserts, from_the_beginning, insert, run
from udfs.operators.interest import Looked, looked


def build(tables: StreamTableEnvironment, options: InterestOptions) -> None:
    """Two topics become one."""
    reading = {**from_the_beginning(options), "properties.fetch.max.wait.ms": "20"}
    columns = "k BYTES, v BYTES, ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp'"
    create_table(tables, "happened", columns=columns, topic=options.events_topic, options=reading)
    writers = partial(Lookup.at, options.schema_registry) if options.schema_registry else None
    tables.create_temporary_function("looked", looked(Looked(max_bytes=options.max_event_bytes, writers=writers)))
    create(tables, "changes", CHANGES, {**JSON, **reading, "topic": options.changes_topic})
    create_upserts(tables, "news", NEWS, key="`id`", topic=options.interest_topic, options=options)
    for name, query in views(options).items():
        tables.execute_sql(f"CREATE TEMPORARY VIEW `{name}` AS {query}")
    insert(tables, f"INSERT INTO `news` {told(options.rules)}")


def views(options: InterestOptions) -> dict[str, str]:
    """The views over `happened` and `changes`, by name."""
    named = ", ".join(f"`{name}`" for name in LOOKS)
    return {
        "looks": f"SELECT {named} FROM happened, LATERAL TABLE(looked(k, v, {MILLIS})) AS rows_of({named})",
        "interests": INTERESTS,
        "category_interests": CATEGORY_INTERESTS,
        "changed": changed(options.rules),
    }


def main(arguments: Sequence[str]) -> None:
    """Build the graph and hand it to the cluster."""
    options = InterestOptions.parse(arguments)
    settings = {
        "table.exec.state.ttl": f"{options.days + 1} d",
        # All records of one id come from one task, in order. To put them in order again would keep every one of them in state.
        "table.exec.sink.upsert-materialize": "NONE",
    }
    run(options, build, settings=settings, more={"execution.buffer-timeout.interval": "5 ms", "state.backend.type": options.state_backend})


if __name__ == "__main__":
    main(sys.argv[1:])
