"""The lake job, from topics to Parquet: one query a table, each with the function that reads a record and writes nobody's name.

[events]     ──> known(key, value, time) ──> lake/events/dt=2026-03-02/part-…
[decisions]  ──> known(key, value, time) ──> lake/decisions/dt=2026-03-02/part-…
"""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pyflink.table import StreamTableEnvironment

from jobs.kafka.chosen import use
from jobs.lake_options import LakeOptions
from jobs.registry.lookup import Lookup
from jobs.sql import MILLIS, create, create_table
from jobs.sql_job import COMMITTED, environment, from_the_beginning, insert
from jobs.uids import pin_chains
from udfs.lake.pseudonyms import read_keys
from udfs.lake.tables import BY_NAME, TIME, Table
from udfs.operators.lake import Known, known

ROW_GROUP = 16 * 1024 * 1024
"""Bytes that a file keeps in memory before it writes them. A replay of a year has a file open for each day of it."""


def build(tables: StreamTableEnvironment, options: LakeOptions) -> None:
    """Each topic becomes a table of files."""
    for name in options.table_names:
        table = BY_NAME[name]
        _source(tables, table, options)
        _files(tables, table, options)
        writers = partial(Lookup.at, options.schema_registry) if options.schema_registry else None
        told = Known(name, keys=options.keys, traits=options.trait_names, max_bytes=options.max_event_bytes, writers=writers)
        tables.create_temporary_function(f"known_{name}", known(table, told))
    insert(tables, *(_insert(BY_NAME[name]) for name in options.table_names))


def _source(tables: StreamTableEnvironment, table: Table, options: LakeOptions) -> None:
    partition = "topic_partition INT METADATA FROM 'partition' VIRTUAL, topic_offset BIGINT METADATA FROM 'offset' VIRTUAL"
    create_table(
        tables,
        f"topic_{table.name}",
        columns=f"k BYTES, v BYTES, ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', {partition}",
        topic=options.topic_of(table.name),
        options={**from_the_beginning(options), **COMMITTED},
    )


def _files(tables: StreamTableEnvironment, table: Table, options: LakeOptions) -> None:
    columns = ", ".join(f"`{name}` {kind}" for name, kind in table.columns)
    settings = {
        "connector": "filesystem",
        "path": f"{options.lake.rstrip('/')}/{table.name}",
        "format": "parquet",
        "parquet.compression": "SNAPPY",
        "parquet.utc-timezone": "true",
        "parquet.write.int64.timestamp": "true",
        "parquet.timestamp.time.unit": "millis",
        "parquet.block.size": str(ROW_GROUP),
    }
    create(tables, f"lake_{table.name}", f"{columns}, dt STRING", settings, by="dt")


def _insert(table: Table) -> str:
    read = dict(table.read_columns)
    of_topic = {"recorded": "ts"}
    given = [
        of_topic.get(name, name) if name not in read else f"TO_TIMESTAMP_LTZ(`{name}`, 3)" if kind == TIME else f"`{name}`"
        for name, kind in table.columns
    ]
    return (
        f"INSERT INTO lake_{table.name} SELECT {', '.join(given)}, DATE_FORMAT(ts, 'yyyy-MM-dd') FROM topic_{table.name}, "
        f"LATERAL TABLE(known_{table.name}(k, v, {MILLIS})) AS rows_of({', '.join(f'`{name}`' for name in read)})"
    )


def main(arguments: Sequence[str]) -> None:
    """Build the graph and hand it to the cluster. The keys are read here only to say what is wrong with them."""
    options = LakeOptions.parse(arguments)
    use(options.kafka_properties)
    read_keys(Path(options.keys))
    env = environment(options)
    if options.jars:
        env.add_jars(*options.jars.split(";"))
    build(StreamTableEnvironment.create(env), options)
    pin_chains(env)
    env.execute(options.identity)


if __name__ == "__main__":
    main(sys.argv[1:])
