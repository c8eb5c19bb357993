"""The interest job, in Flink SQL: whom a change of a product concerns.

[events] ──> looks(key, value, time) ──> interests by person and product ──┐
                                                                           ├──by product──> [interest], an upsert by id
[catalogue-changes] ──> price dropped, back in stock, low stock, new ──────┘

An id is made from the content, so a record that is written twice after a crash is one to all who read it. A record that is withdrawn (a tombstone)
says that somebody has looked at the product since, or bought it.
"""

import sys
from collections.abc import Mapping, Sequence
from functools import partial

from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

from jobs.environment import environment_with
from jobs.interest_options import InterestOptions, parse
from jobs.interest_sql import CATEGORY_INTERESTS, CHANGES, INTERESTS, LOOKS, NEWS, changed, told
from jobs.kafka.chosen import use
from jobs.registry.lookup import Lookup
from jobs.sql import broker, create_table, quoted
from udfs.operators.interest import Looked, looked

MILLIS = "1000 * EXTRACT(EPOCH FROM ts) + EXTRACT(MILLISECOND FROM ts)"


def build(tables: StreamTableEnvironment, options: InterestOptions) -> None:
    """Two topics become one."""
    reading = {
        **broker(options),
        "properties.group.id": options.identity,
        "properties.auto.offset.reset": "earliest",
        "properties.fetch.max.wait.ms": "20",
        "scan.startup.mode": "earliest-offset",
        "scan.topic-partition-discovery.interval": "30 s",
    }
    columns = "k BYTES, v BYTES, ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp'"
    create_table(tables, "happened", columns=columns, topic=options.events_topic, options=reading)
    writers = partial(Lookup.at, options.schema_registry) if options.schema_registry else None
    tables.create_temporary_function("looked", looked(Looked(max_bytes=options.max_event_bytes, writers=writers)))
    json = {"connector": "kafka", "topic": options.changes_topic, "format": "json", "json.ignore-parse-errors": "true"}
    _table(tables, "changes", CHANGES, {**json, **reading})
    upsert = {"connector": "upsert-kafka", "topic": options.interest_topic, "key.format": "raw", "value.format": "json"}
    news = ", ".join(f"`{name}` {kind}" for name, kind in NEWS.items())
    _table(tables, "news", f"{news}, PRIMARY KEY (`id`) NOT ENFORCED", {**upsert, **broker(options)})
    for name, query in views(options).items():
        tables.execute_sql(f"CREATE TEMPORARY VIEW `{name}` AS {query}")
    statements = tables.create_statement_set()
    statements.add_insert_sql(f"INSERT INTO `news` {told(options.rules)}")
    statements.attach_as_datastream()


def views(options: InterestOptions) -> dict[str, str]:
    """The views over `happened` and `changes`, by name."""
    named = ", ".join(f"`{name}`" for name in LOOKS)
    return {
        "looks": f"SELECT {named} FROM happened, LATERAL TABLE(looked(k, v, {MILLIS})) AS rows_of({named})",
        "interests": INTERESTS,
        "category_interests": CATEGORY_INTERESTS,
        "changed": changed(options.rules),
    }


def _table(tables: StreamTableEnvironment, name: str, columns: str, settings: Mapping[str, str]) -> None:
    listed = ", ".join(f"'{key}' = '{quoted(value)}'" for key, value in settings.items())
    tables.execute_sql(f"CREATE TEMPORARY TABLE {name} ({columns}) WITH ({listed})")


def environment(options: InterestOptions) -> StreamExecutionEnvironment:
    """An environment with all settings that the job needs on any cluster."""
    settings = {
        "parallelism.default": "1",
        "execution.checkpointing.interval": f"{options.checkpoint_interval_ms} ms",
        "execution.checkpointing.timeout": "10 min",
        "execution.buffer-timeout.interval": "5 ms",
        "state.backend.type": options.state_backend,
        "state.changelog.enabled": "false",
    }
    return environment_with(settings, checkpoint_dir=options.checkpoint_dir)


def tables_of(env: StreamExecutionEnvironment, options: InterestOptions) -> StreamTableEnvironment:
    """The tables of an environment: every step has a uid, and interests end with their time."""
    tables = StreamTableEnvironment.create(env)
    settings = {
        "table.exec.uid.generation": "ALWAYS",
        "table.exec.state.ttl": f"{options.days + 1} d",
        # All records of one id come from one task, in order. To put them in order again would keep every one of them in state.
        "table.exec.sink.upsert-materialize": "NONE",
    }
    for key, value in settings.items():
        tables.get_config().set(key, value)
    return tables


def main(arguments: Sequence[str]) -> None:
    """Build the graph and hand it to the cluster."""
    options = parse(arguments)
    use(options.kafka_properties)
    env = environment(options)
    build(tables_of(env, options), options)
    env.execute(options.identity)


if __name__ == "__main__":
    main(sys.argv[1:])
